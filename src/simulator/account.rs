//! One simulated account: a request comes in, a reply goes out, or the connection breaks.
//!
//! The order is a real server's: path, method, credentials, rate limit, then the work and what can go wrong with it.
//! A request that does not get as far as the limit does not count against it. What the controls are asked is no request
//! to the account.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, DATE, HOST, HeaderName, HeaderValue};
use hyper::http::uri::Scheme;
use hyper::{HeaderMap, Method, Request};

use super::answer::{self, ApiError, Reply};
use super::control;
use super::faults::Fault;
use super::hosts;
use super::list::{self, Asked, ListQuery, ListRefusal};
use super::origin::Accounts;
use super::query::{InvalidParameter, Query};
use super::question::Question;
use super::random::Random;
use super::records::{Luck, Records, Standing, Ticket};
use super::settings::{Parameters, Settings};
use super::trouble::Trouble;
use super::worlds::Worlds;
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

/// Where the account says what can be asked of it, and how: to everybody, and beside the limit.
const DESCRIPTION: &str = "/openapi.json";

const REQUEST_ID: HeaderName = HeaderName::from_static("twilio-request-id");
const REQUEST_DURATION: HeaderName = HeaderName::from_static("twilio-request-duration");
const CONCURRENT_REQUESTS: HeaderName = HeaderName::from_static("twilio-concurrent-requests");

const LABEL: u64 = u64::from_be_bytes(*b"requests");

/// Instead of a reply: the connection is to be reset.
#[derive(Debug, thiserror::Error)]
#[error("connection reset on purpose")]
pub(super) struct Reset;

/// The account behind a server.
pub(super) struct Account {
    settings: Arc<Settings>,
    worlds: Worlds,
    clock: Arc<dyn Clock>,
    pub(super) records: Records,
}

impl Account {
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let settings = Arc::new(settings);
        Self {
            worlds: Worlds::new(&settings),
            records: Records::new(Arc::clone(&settings), Arc::clone(&clock)),
            settings,
            clock,
        }
    }

    pub(super) const fn worlds(&self) -> &Worlds {
        &self.worlds
    }

    /// Handles one request; its body, if any, is read only where the controls take one.
    pub(super) async fn handle(&self, request: Request<Incoming>) -> Result<Reply, Reset> {
        if control::is_one(request.uri().path()) {
            return Ok(control::answer(&self.records, request).await);
        }
        let header = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let account = self.settings.auth.admit(header).map(|sid| self.worlds.account(&sid));
        let trouble = account.and_then(|sid| self.records.book().faults.trouble(sid));
        let asked = self.asked(&request, account, trouble);
        let standing = if asked.is_ok() { Standing::Limited } else { Standing::Refused };
        let ticket = self.records.arrive(&request, account, standing);
        let replied = match asked {
            Ok((resource, account)) => self.reply(&request, resource, account, &ticket).await,
            Err(refusal) => Ok(*refusal),
        };
        let elapsed = ticket.finish(replied.as_ref().ok().map(|reply| reply.status().as_u16()));
        let mut reply = replied?;
        let random = Random::stream(self.settings.seed, &[LABEL, ticket.number]);
        sign(reply.headers_mut(), random, elapsed, ticket.concurrent);
        // Without this, the server's library would tell the machine's time, which need not be the account's.
        let date = self.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        reply.headers_mut().insert(DATE, HeaderValue::try_from(date).expect("letters, digits and points"));
        Ok(reply)
    }

    /// What is asked of whom, or why nothing of it gets as far as the limit.
    fn asked<B>(
        &self,
        request: &Request<B>,
        account: Option<AccountSid>,
        trouble: Option<Trouble>,
    ) -> Result<(Resource, AccountSid), Box<Reply>> {
        let path = request.uri().path();
        let not_found = || Box::new(ApiError::NOT_FOUND.reply(&format!("The requested resource {path} was not found")));
        let unauthenticated = || Box::new(ApiError::UNAUTHENTICATED.reply("Authenticate"));
        let resource = Resource::of(path);
        if resource.is_none() && path != DESCRIPTION {
            return Err(not_found());
        }
        // Of an answer to HEAD the server's library leaves out the body.
        match *request.method() {
            Method::GET | Method::HEAD => {}
            Method::OPTIONS => return Err(Box::new(answer::methods())),
            _ => return Err(Box::new(answer::wrong_method())),
        }
        let resource = resource.ok_or_else(|| Box::new(answer::description()))?;
        let account = account.ok_or_else(unauthenticated)?;
        if let Some((error, message)) = trouble.and_then(Trouble::refusal) {
            return Err(Box::new(error.reply(message)));
        }
        match self.settings.list.refusal.filter(|_| resource == Resource::List) {
            Some(ListRefusal::Unauthenticated) => Err(unauthenticated()),
            Some(ListRefusal::Forbidden) => {
                Err(Box::new(ApiError::FORBIDDEN.reply("Forbidden: the key lacks a permission")))
            }
            Some(ListRefusal::NotFound) => Err(not_found()),
            Some(ListRefusal::Throttled) => Err(Box::new(answer::throttled(Some(Duration::from_secs(1))))),
            None => Ok((resource, account)),
        }
    }

    async fn reply<B>(
        &self,
        request: &Request<B>,
        resource: Resource,
        account: AccountSid,
        ticket: &Ticket<'_>,
    ) -> Result<Reply, Reset> {
        if let Err(wait) = ticket.admission {
            return Ok(answer::throttled(Some(wait)));
        }
        let query = request.uri().query().unwrap_or_default();
        let whose = (self.settings.accounts == Accounts::Each).then_some(account);
        let question = Question::of(request.method(), request.uri().path(), query, whose);
        let Luck { latency, fault, mut rest } = ticket.ask(question, account);
        // Counted as things stand on arrival: a client can then hold the answer against the truth of that instant.
        let now = self.clock.now();
        if let Some(latency) = latency {
            tokio::time::sleep(latency).await;
        }
        match fault {
            Some(Fault::ServerError) => return Ok(answer::server_error(&mut rest)),
            Some(Fault::Throttle) => return Ok(answer::foreign_throttle(&mut rest)),
            Some(Fault::Chosen(failure) | Fault::Next(failure)) => return Ok(answer::failure(failure)),
            Some(Fault::Reset) => return Err(Reset),
            Some(Fault::Hang) => match std::future::pending::<Infallible>().await {},
            Some(Fault::Json | Fault::Counts) | None => {}
        }
        let ignored =
            if ticket.number >= self.settings.ignored_from { self.settings.ignored } else { Parameters::NONE };
        let worked = match resource {
            Resource::Summary => self.summary(query, ignored, account, now, fault, &mut rest).await,
            Resource::List => {
                let asked = Asked { account, origin: origin(request) };
                self.list(query, ignored, asked, now, fault, &mut rest).await
            }
        };
        Ok(worked.unwrap_or_else(|error| ApiError::INVALID_PARAMETER.reply(&error.to_string())))
    }

    async fn summary(
        &self,
        query: &str,
        ignored: Parameters,
        account: AccountSid,
        now: DateTime<Utc>,
        fault: Option<Fault>,
        random: &mut Random,
    ) -> Result<Reply, InvalidParameter> {
        let query = Query::parse(query, ignored, self.settings.fractions)?;
        let counts = self.count(&query, account, now).await;
        Ok(match fault {
            Some(Fault::Json) => answer::unreadable(counts, random),
            Some(Fault::Counts) => answer::contradictory(counts, random),
            _ => answer::summary(counts),
        })
    }

    async fn list(
        &self,
        query: &str,
        ignored: Parameters,
        asked: Asked,
        now: DateTime<Utc>,
        fault: Option<Fault>,
        random: &mut Random,
    ) -> Result<Reply, InvalidParameter> {
        let query = ListQuery::parse(query, ignored, self.settings.fractions)?;
        let (world, settings) = (self.worlds.of(asked.account), Arc::clone(&self.settings));
        // Making days would hold up every other connection of this thread.
        let making = tokio::task::spawn_blocking(move || list::page(&world, &settings, &query, &asked, now));
        let Ok(page) = making.await else { return Ok(answer::server_error(random)) };
        Ok(match fault {
            Some(Fault::Json) => answer::cut(page, random),
            Some(Fault::Counts) => answer::anonymous(&page),
            _ => answer::page(page),
        })
    }

    async fn count(&self, query: &Query, account: AccountSid, now: DateTime<Utc>) -> Counts {
        let slice = self.settings.existing(now).and_then(|existing| query.slice(&self.settings, existing));
        let Some(slice) = slice else { return Counts::ZERO };
        let now = UnixSeconds::from(now);
        let world = self.worlds.of(account);
        if let Some(counts) = world.count_if_cached(&slice, now) {
            return counts;
        }
        // Making days would hold up every other connection of this thread.
        let made = Arc::clone(&world);
        let making = tokio::task::spawn_blocking(move || made.count(&slice, now));
        making.await.unwrap_or_else(|_| world.count(&slice, now))
    }
}

/// Scheme, host and port as the client named them, by which it finds the next page; a password is no part of it.
fn origin<B>(request: &Request<B>) -> String {
    let uri = request.uri();
    let scheme = uri.scheme().or_else(|| request.extensions().get());
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = uri.authority().and_then(|it| it.as_str().rsplit('@').next()).or(named).unwrap_or(hosts::USUAL);
    format!("{}://{host}", scheme.unwrap_or(&Scheme::HTTP))
}

/// The headers that every answer of the API carries.
fn sign(headers: &mut HeaderMap, mut random: Random, elapsed: Duration, concurrent: u64) {
    let texts = [
        (REQUEST_ID, format!("RQ{:016x}{:016x}", random.next(), random.next())),
        (REQUEST_DURATION, format!("{}.{:03}", elapsed.as_secs(), elapsed.subsec_millis())),
    ];
    for (name, text) in texts {
        headers.insert(name, HeaderValue::try_from(text).expect("letters, digits and a point"));
    }
    headers.insert(CONCURRENT_REQUESTS, HeaderValue::from(concurrent));
}
