//! A job over an account, in virtual time, as somebody sees it.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use super::super::view::{Heard, View};
use crate::clock::Clock;
use crate::fetch::{Api, AskError, AskErrorKind, Claim, Limit, Limiter, ListApi, Received, RetryPolicy};
use crate::job::Job;
use crate::ledger::{EndOfRun, Inference, MemoryLedger, MemoryStore, Origin, RunEnd, RunRequest};
use crate::model::{AccountSid, Body, Channel, Counts, Interval, Slice, UnixSeconds};
use crate::pipeline::{Forecast, Options, Order, terms};
use crate::planner::{Memory, Plan, Planner};
use crate::run::{AbsentCounts, Deps, Event, ListDeps, Observer, Pace, RefusedCountries, Stop, drive};
use crate::splitmix64;

/// 2026-11-15T06:30:00Z
pub(super) const AS_OF: UnixSeconds = UnixSeconds(1_794_724_200);
pub(super) const DAY: i64 = 86_400;
pub(super) const LIMIT: u32 = 100;

const JOB: &str = r#"
name = "watched"
[source]
retention = "none"
[windows]
range = "last-14-days"
[matrix]
countries = ["BR", "CO", "DE", "GB", "IN", "MX"]
channels = "all"
"#;

/// tokio's clock, paused.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> DateTime<Utc> {
        AS_OF.to_datetime() + self.0.elapsed()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(1_000) + self.0.elapsed()
    }
}

/// What a country, or what is none of the job's, has in a channel on a day: much of it in a few countries.
fn attempts(day: i64, country: usize, channel: Channel) -> i64 {
    let place = u64::try_from(day).unwrap() * 100 + country as u64 * 10 + channel as u64;
    let share = [60, 30, 12, 5, 2, 1, 8][country] / [1, 8, 10, 4, 50, 50][channel as usize % 6].min(40);
    let noise = i64::try_from(splitmix64::next(&mut place.clone()) % 3).unwrap();
    if channel == Channel::Email && country < COUNTRIES.len() { 0 } else { share + noise - 1 }.max(0)
}

const COUNTRIES: [&str; 6] = ["BR", "CO", "DE", "GB", "IN", "MX"];

/// The attempts of a slice; there are none in the distant past, nor in the future.
fn count(slice: &Slice) -> Counts {
    let (first, last) = (slice.range.start().0.div_euclid(DAY), slice.range.end().0.div_euclid(DAY));
    let today = AS_OF.0 / DAY;
    let days = first.max(today - 60)..last.min(today);
    let country = slice.country.map(|country| COUNTRIES.iter().position(|code| *code == country.code()));
    let countries = match country {
        None => 0..COUNTRIES.len() + 1,
        Some(Some(index)) => index..index + 1,
        Some(None) => 0..0,
    };
    let channels: Vec<Channel> = slice.channel.map_or_else(|| Channel::ALL.to_vec(), |channel| vec![channel]);
    let cells = days.flat_map(|day| countries.clone().map(move |country| (day, country)));
    let of = |(day, country)| channels.iter().map(|channel| attempts(day, country, *channel)).sum::<i64>();
    Counts::new(cells.map(of).sum(), 0).unwrap()
}

/// An account whose answers take up to so long, and fail for a while.
struct Account {
    longest: Duration,
    fails: fn(Duration) -> Option<AskErrorKind>,
    clock: Arc<Virtual>,
    random: Mutex<u64>,
}

impl Api for Account {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        let failure = (self.fails)(self.clock.0.elapsed());
        let part = (splitmix64::next(&mut self.random.lock().unwrap()) % 1000) as u32;
        tokio::time::sleep(self.longest / 1000 * part).await;
        if let Some(kind) = failure {
            return Err(AskError { kind, message: "HTTP 503, code 20503: scripted".to_owned() });
        }
        Ok(Received::new(Body::default(), count(&slice)))
    }
}

impl ListApi for Account {}

/// Keeps what there was to show, and when.
struct Watch {
    clock: Arc<Virtual>,
    heard: Heard,
    views: Vec<(Duration, View)>,
}

impl Observer for Watch {
    fn on(&mut self, event: &Event<'_>) {
        let now = self.clock.monotonic();
        self.heard.hear(event, now);
        if let Event::Progress(snapshot) = event {
            self.views.push((now, self.heard.look(snapshot, now)));
        }
    }
}

/// A run of the job, as somebody saw it.
pub(super) struct Seen {
    pub(super) views: Vec<(Duration, View)>,
    pub(super) ended: Duration,
    pub(super) sent: u64,
}

pub(super) struct Run<'a> {
    pub(super) store: &'a MemoryStore,
    pub(super) as_of: UnixSeconds,
    pub(super) limit: Option<u32>,
    pub(super) longest: Duration,
    pub(super) fails: fn(Duration) -> Option<AskErrorKind>,
    /// Tokens that others took so long before it began.
    pub(super) taken: (u32, Duration),
    /// After how many answers it is stopped.
    pub(super) stop_after: Option<u64>,
}

impl<'a> Run<'a> {
    pub(super) fn new(store: &'a MemoryStore) -> Self {
        Self {
            store,
            as_of: AS_OF,
            limit: Some(LIMIT),
            longest: Duration::from_secs(1),
            fails: |_| None,
            taken: (0, Duration::ZERO),
            stop_after: None,
        }
    }

    pub(super) async fn watch(self) -> Seen {
        let clock = Arc::new(Virtual(Instant::now()));
        let origin = Origin { account: AccountSid::ZEROS, origin: "virtual".to_owned() };
        let order = Order::new(
            Job::parse(JOB, "watched.toml").unwrap_or_else(|_| panic!("a job")),
            AccountSid::ZEROS,
            PathBuf::new(),
            Options::default(),
        );
        let request = RunRequest {
            job: "watched",
            fingerprint: "watched",
            earlier_fingerprints: &[],
            as_of: Some(self.as_of),
            now: clock.now(),
            settling: order.job.settling(),
            interval: Interval::default(),
        };
        let mut ledger = MemoryLedger::begin_run(self.store, &origin, &request, NonZeroUsize::new(100).unwrap());
        let matrix = order.job.matrix(self.as_of).unwrap();
        let terms = terms(&order, self.as_of, AS_OF);
        ledger.recall_around(matrix.range().unwrap());
        let limit = |per_minute| Limit::new(NonZeroU32::new(per_minute).unwrap(), None, Duration::from_secs(20));
        let mut limiter = match self.limit {
            Some(per_minute) => Limiter::in_memory(limit(per_minute), Arc::<Virtual>::clone(&clock)),
            None => Limiter::unlimited(Arc::<Virtual>::clone(&clock)),
        };
        for _ in 0..self.taken.0 {
            let Claim::Granted(_lost) = limiter.try_claim().unwrap() else { panic!("the bucket was full") };
        }
        tokio::time::sleep(self.taken.1).await;
        let mut watch = Watch { clock: Arc::clone(&clock), heard: Heard::new(self.limit), views: Vec::new() };
        let expected = Forecast::for_progress(&order.job, &matrix, &terms, self.as_of, &mut ledger).unwrap();
        watch.on(&Event::Foreseen(expected));
        let (sender, stop) = watch::channel(Stop::Go);
        let account =
            Account { longest: self.longest, fails: self.fails, clock: Arc::clone(&clock), random: Mutex::new(7) };
        let mut planner = Plan::new(matrix.clone(), terms, |_| false).remembering(Memory::default());
        let mut seed = 3;
        let mut jitter = move || f64::from((splitmix64::next(&mut seed) >> 40) as u32) / f64::from(1_u32 << 24);
        let pace = Pace {
            concurrency: NonZeroU32::new(16).unwrap(),
            retry: RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) },
            as_of: self.as_of,
            refused_countries: RefusedCountries::Fail,
            longest_window: matrix.longest_window(),
            absent_counts: AbsentCounts::default(),
        };
        let mut stopping = Stopping { watch: &mut watch, after: self.stop_after, sender };
        let deps = Deps {
            api: Arc::new(account),
            ledger: &mut ledger,
            limiter: &mut limiter,
            list: ListDeps::default(),
            clock: Arc::<Virtual>::clone(&clock),
            observer: &mut stopping,
            jitter: &mut jitter,
        };
        let driven = drive(&mut planner, deps, pace, stop).await.unwrap();
        if self.stop_after.is_none() {
            let conclusion = planner.conclude();
            let inferences: Vec<_> = conclusion
                .inferences()
                .map(|(slice, counts, asked_at)| Inference { slice, counts, asked_at })
                .collect();
            let kept = EndOfRun { inferences: &inferences, ..EndOfRun::from(RunEnd::Published) };
            ledger.end_run(&kept, clock.now());
        }
        Seen { views: watch.views, ended: clock.monotonic(), sent: driven.tally.sent }
    }
}

/// Stops the run after some answers.
struct Stopping<'a> {
    watch: &'a mut Watch,
    after: Option<u64>,
    sender: watch::Sender<Stop>,
}

impl Observer for Stopping<'_> {
    fn on(&mut self, event: &Event<'_>) {
        self.watch.on(event);
        if let Event::Progress(snapshot) = event
            && self.after.is_some_and(|after| snapshot.tally.answered >= after)
        {
            let _ = self.sender.send(Stop::Drain);
        }
    }
}
