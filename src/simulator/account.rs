//! One simulated account: a request comes in, a reply goes out, or the connection breaks.
//!
//! The order is a real server's: path, method, credentials, rate limit, then the work and what can go wrong with it.
//! A request that does not get as far as the limit does not count against it.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::header::{ALLOW, AUTHORIZATION, DATE, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request};

use super::answer::{self, ApiError, Reply};
use super::faults::Fault;
use super::limit::Limiter;
use super::list::{self, Asked, ListQuery, ListRefusal};
use super::query::{InvalidParameter, Query};
use super::random::{Random, SharedRandom};
use super::settings::{Parameters, Settings};
use super::world::World;
use crate::clock::Clock;
use crate::model::{AccountSid, Counts, UnixSeconds};

/// What can be asked of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resource {
    Summary,
    List,
}

impl Resource {
    fn of(path: &str) -> Option<Self> {
        match path {
            "/v2/Attempts/Summary" => Some(Self::Summary),
            list::PATH => Some(Self::List),
            _ => None,
        }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
const REQUEST_DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");
const CONCURRENT_REQUESTS: HeaderName = HeaderName::from_static("twilio-concurrent-requests");

const LABEL: u64 = u64::from_be_bytes(*b"requests");

/// Instead of a reply: the connection is to be reset.
#[derive(Debug, thiserror::Error)]
#[error("connection reset on purpose")]
pub(super) struct Reset;

/// What arrived so far.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    received: AtomicU64,
    throttled: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
}

impl Traffic {
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(super) fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    pub(super) fn most_in_flight(&self) -> u64 {
        self.most_in_flight.load(Ordering::Relaxed)
    }

    fn arrive(&self) -> InFlight<'_> {
        self.received.fetch_add(1, Ordering::Relaxed);
        let concurrent = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        if concurrent > self.most_in_flight.load(Ordering::Relaxed) {
            self.most_in_flight.fetch_max(concurrent, Ordering::Relaxed);
        }
        InFlight { traffic: self, concurrent }
    }
}

/// A request until it is answered or its client has gone.
struct InFlight<'a> {
    traffic: &'a Traffic,
    concurrent: u64,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.traffic.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The account behind a server.
pub(super) struct Account {
    settings: Arc<Settings>,
    world: Arc<World>,
    clock: Arc<dyn Clock>,
    limiter: Option<Mutex<Limiter>>,
    random: SharedRandom,
    pub(super) traffic: Traffic,
}

impl Account {
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let limiter = settings.requests_per_minute.map(|limit| Mutex::new(Limiter::new(limit, settings.window)));
        Self {
            world: Arc::new(World::with(settings.seed, settings.incidents)),
            random: SharedRandom::stream(settings.seed, &[LABEL]),
            traffic: Traffic::default(),
            settings: Arc::new(settings),
            clock,
            limiter,
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// Handles one request; its body, if any, is not read.
    pub(super) async fn handle<B>(&self, request: &Request<B>) -> Result<Reply, Reset> {
        let arrival = self.clock.monotonic();
        let in_flight = self.traffic.arrive();
        let mut random = self.random.fork();
        let mut reply = self.reply(request, arrival, &mut random).await?;
        let elapsed = self.clock.monotonic().saturating_sub(arrival);
        sign(reply.headers_mut(), &mut random, elapsed, in_flight.concurrent);
        // Without this, the server's library would tell the machine's time, which need not be the account's.
        let date = self.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        reply.headers_mut().insert(DATE, HeaderValue::try_from(date).expect("letters, digits and points"));
        Ok(reply)
    }

    async fn reply<B>(&self, request: &Request<B>, arrival: Duration, random: &mut Random) -> Result<Reply, Reset> {
        let path = request.uri().path();
        let not_found = || ApiError::NOT_FOUND.reply(&format!("The requested resource {path} was not found"));
        let Some(resource) = Resource::of(path) else { return Ok(not_found()) };
        if request.method() != Method::GET {
            let mut reply = ApiError::WRONG_METHOD.reply("Method not allowed");
            reply.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return Ok(reply);
        }
        let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let Some(sid) = self.settings.auth.admit(header) else {
            return Ok(ApiError::UNAUTHENTICATED.reply("Authenticate"));
        };
        match self.settings.list.refusal.filter(|_| resource == Resource::List) {
            Some(ListRefusal::Unauthenticated) => return Ok(ApiError::UNAUTHENTICATED.reply("Authenticate")),
            Some(ListRefusal::Forbidden) => {
                return Ok(ApiError::FORBIDDEN.reply("Forbidden: the key lacks a permission"));
            }
            Some(ListRefusal::NotFound) => return Ok(not_found()),
            Some(ListRefusal::Throttled) => return Ok(answer::throttled(Some(Duration::from_secs(1)))),
            None => {}
        }
        if let Err(wait) = self.admit(arrival) {
            self.traffic.throttled.fetch_add(1, Ordering::Relaxed);
            return Ok(answer::throttled(Some(wait)));
        }
        // Counted as things stand on arrival: a client can then hold the answer against the truth of that instant.
        let now = self.clock.now();
        if let Some(latency) = self.settings.latency {
            tokio::time::sleep(latency.at(random.unit())).await;
        }
        let fault = self.settings.faults.strike(random);
        match fault {
            Some(Fault::ServerError) => return Ok(answer::server_error(random)),
            Some(Fault::Throttle) => return Ok(answer::foreign_throttle(random)),
            Some(Fault::Reset) => return Err(Reset),
            Some(Fault::Hang) => match std::future::pending::<Infallible>().await {},
            Some(Fault::Json | Fault::Counts) | None => {}
        }
        let query = request.uri().query().unwrap_or_default();
        let worked = match resource {
            Resource::Summary => self.summary(query, now, fault, random).await,
            Resource::List => {
                let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
                let host = host.unwrap_or("verify.twilio.com").to_owned();
                self.list(query, Asked { account: self.name(&sid), host }, now, fault, random).await
            }
        };
        Ok(worked.unwrap_or_else(|error| ApiError::INVALID_PARAMETER.reply(&error.to_string())))
    }

    fn admit(&self, arrival: Duration) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.lock().unwrap_or_else(PoisonError::into_inner).admit(arrival)
    }

    async fn summary(
        &self,
        query: &str,
        now: DateTime<Utc>,
        fault: Option<Fault>,
        random: &mut Random,
    ) -> Result<Reply, InvalidParameter> {
        let query = Query::parse(query, self.ignored(), self.settings.fractions)?;
        let counts = self.count(&query, now).await;
        Ok(match fault {
            Some(Fault::Json) => answer::unreadable(counts, random),
            Some(Fault::Counts) => answer::contradictory(counts, random),
            _ => answer::summary(counts),
        })
    }

    async fn list(
        &self,
        query: &str,
        asked: Asked,
        now: DateTime<Utc>,
        fault: Option<Fault>,
        random: &mut Random,
    ) -> Result<Reply, InvalidParameter> {
        let query = ListQuery::parse(query, self.ignored(), self.settings.fractions)?;
        let (world, settings) = (Arc::clone(&self.world), Arc::clone(&self.settings));
        // Making days would hold up every other connection of this thread.
        let making = tokio::task::spawn_blocking(move || list::page(&world, &settings, &query, &asked, now));
        let Ok(page) = making.await else { return Ok(answer::server_error(random)) };
        Ok(match fault {
            Some(Fault::Json) => answer::cut(page, random),
            Some(Fault::Counts) => answer::anonymous(&page),
            _ => answer::page(page),
        })
    }

    fn ignored(&self) -> Parameters {
        let is_ignoring = self.traffic.received() >= self.settings.ignored_from;
        if is_ignoring { self.settings.ignored } else { Parameters::NONE }
    }

    /// The account that is asked; a key's is known by its world alone.
    fn name(&self, sid: &str) -> AccountSid {
        sid.parse().unwrap_or_else(|_| self.world.account())
    }

    async fn count(&self, query: &Query, now: DateTime<Utc>) -> Counts {
        let slice = self.settings.existing(now).and_then(|existing| query.slice(&self.settings, existing));
        let Some(slice) = slice else { return Counts::ZERO };
        let now = UnixSeconds::from(now);
        if let Some(counts) = self.world.count_if_cached(&slice, now) {
            return counts;
        }
        // Making days would hold up every other connection of this thread.
        let world = Arc::clone(&self.world);
        let making = tokio::task::spawn_blocking(move || world.count(&slice, now));
        making.await.unwrap_or_else(|_| self.world.count(&slice, now))
    }
}

/// The headers that every answer of the API carries.
fn sign(headers: &mut HeaderMap, random: &mut Random, elapsed: Duration, concurrent: u64) {
    let texts = [
        (REQUEST_ID, format!("RQ{:016x}{:016x}", random.next(), random.next())),
        (REQUEST_DURATION, format!("{}.{:03}", elapsed.as_secs(), elapsed.subsec_millis())),
    ];
    for (name, text) in texts {
        headers.insert(name, HeaderValue::try_from(text).expect("letters, digits and a point"));
    }
    headers.insert(CONCURRENT_REQUESTS, HeaderValue::from(concurrent));
}
