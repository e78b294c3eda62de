//! The loop and the limiter for a month of virtual time: the limit holds all along, and nothing piles up.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{
    Api, AskError, AskErrorKind, BucketFile, Limit, Limiter, ListApi, Reached, Received, RetryPolicy,
};
use verify_rollup::ledger::{AnswerLog, FindAnswer, LedgerError, NewAnswer};
use verify_rollup::model::{
    AccountSid, Answer, Body, Counts, Outcome, Question, Reuse, Round, Slice, UnixSeconds, Window,
};
use verify_rollup::planner::{Conclusion, Next, Planner};
use verify_rollup::run::{AbsentCounts, Deps, Ending, Event, ListDeps, Observer, Pace, RefusedCountries, Stop, drive};

use crate::process::{MIB, Sample, least, most, sample};

const PER_MINUTE: u32 = 25;
const CONCURRENCY: u32 = 16;
const MINUTE: Duration = Duration::from_mins(1);
const TIMEOUT: Duration = Duration::from_secs(20);

/// tokio's clock, paused.
struct VirtualClock(Instant);

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + self.0.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Asks a new slice as long as the month lasts.
struct Month {
    clock: Arc<VirtualClock>,
    length: Duration,
    asked: i64,
    learnt: i64,
    failed: i64,
}

impl Planner for Month {
    fn next(&mut self) -> Next {
        if self.clock.monotonic() >= self.length {
            return Next::Done;
        }
        self.asked += 1;
        let start = UnixSeconds(self.asked * 60);
        let slice = Slice::whole(Window::new(start, start.plus_seconds(60)).unwrap());
        Next::Ask(Question { slice, round: Round::First, reuse: Reuse::Never })
    }

    fn learn(&mut self, _question: &Question, outcome: Outcome) {
        self.learnt += 1;
        self.failed += i64::from(!matches!(outcome, Outcome::Answered(_)));
    }

    fn progress(&self) -> (u64, u64) {
        (self.learnt.unsigned_abs(), self.asked.unsigned_abs())
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only counted here")
    }
}

/// Keeps nothing, so that what grows is the loop's or the limiter's.
#[derive(Default)]
struct Forgetful {
    tickets: Vec<u64>,
    most: usize,
}

impl FindAnswer for Forgetful {
    fn find(&mut self, _question: &Question) -> Result<Option<Answer>, LedgerError> {
        Ok(None)
    }
}

impl AnswerLog for Forgetful {
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError> {
        self.tickets.push(record.ticket);
        self.most = self.most.max(self.tickets.len());
        Ok(())
    }

    async fn committed(&mut self) -> Result<Vec<u64>, LedgerError> {
        if self.tickets.is_empty() {
            std::future::pending::<()>().await;
        }
        Ok(std::mem::take(&mut self.tickets))
    }
}

#[derive(Default)]
struct Noted {
    random: u64,
    requests: u64,
    /// Arrivals of the last minute.
    minute: VecDeque<Duration>,
    busiest: usize,
    longest_bucket: u64,
    samples: Vec<Sample>,
}

/// Takes up to a second, and now and then fails in one of three ways.
struct Server {
    clock: Arc<VirtualClock>,
    bucket: PathBuf,
    noted: Mutex<Noted>,
}

impl Server {
    fn unit(&self) -> f64 {
        let mut noted = self.noted.lock().unwrap();
        noted.random = noted.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from((noted.random >> 40) as u32) / f64::from(1u32 << 24)
    }

    fn arrive(&self) -> u64 {
        let now = self.clock.monotonic();
        let mut noted = self.noted.lock().unwrap();
        while noted.minute.front().is_some_and(|arrival| *arrival + MINUTE <= now) {
            noted.minute.pop_front();
        }
        noted.minute.push_back(now);
        assert!(
            noted.minute.len() <= PER_MINUTE as usize,
            "{} arrivals in the minute before {now:?}",
            noted.minute.len()
        );
        noted.busiest = noted.busiest.max(noted.minute.len());
        noted.requests += 1;
        if noted.requests.is_multiple_of(1000) {
            noted.longest_bucket = noted.longest_bucket.max(self.bucket.metadata().unwrap().len());
            noted.samples.extend(sample(std::process::id()));
        }
        noted.requests
    }
}

impl Api for Server {
    async fn ask(&self, _slice: Slice) -> Result<Received, AskError> {
        tokio::time::sleep(Duration::from_millis(500).mul_f64(self.unit())).await;
        let number = self.arrive();
        tokio::time::sleep(Duration::from_millis(500).mul_f64(self.unit())).await;
        let failure = if number.is_multiple_of(50_021) {
            Some(AskErrorKind::TooManyRequests { retry_after: Some(Duration::from_secs(30)), at_once: None })
        } else if number.is_multiple_of(5003) {
            tokio::time::sleep(TIMEOUT - Duration::from_secs(2)).await;
            Some(AskErrorKind::Timeout(Reached::Request))
        } else {
            number.is_multiple_of(503).then_some(AskErrorKind::Server { status: 503, retry_after: None })
        };
        match failure {
            Some(kind) => Err(AskError { kind, message: "scripted".to_owned() }),
            None => Ok(Received::new(Body { total_attempts: Some(1), ..Body::default() }, Counts::new(1, 0).unwrap())),
        }
    }
}

impl ListApi for Server {}

/// The most requests in flight that the loop ever told of.
#[derive(Default)]
struct Watching(usize);

impl Observer for Watching {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::Progress(snapshot) = event {
            self.0 = self.0.max(snapshot.in_flight);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_virtual_month_under_the_limit_in_flat_memory() {
    let days = crate::size("VERIFY_ROLLUP_SOAK_DAYS", 30);
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(VirtualClock(Instant::now()));
    let file = BucketFile::open_in_boot(folder.path(), AccountSid::ZEROS, "virtual", "boot").unwrap();
    let bucket = file.path().to_owned();
    let server = Arc::new(Server { clock: Arc::clone(&clock), bucket, noted: Mutex::default() });
    let limit = Limit::new(NonZeroU32::new(PER_MINUTE).unwrap(), None, TIMEOUT);
    let mut limiter = Limiter::shared(file, limit, Arc::<VirtualClock>::clone(&clock));
    let length = Duration::from_hours(24 * days);
    let mut planner = Month { clock: Arc::clone(&clock), length, asked: 0, learnt: 0, failed: 0 };
    let (mut ledger, mut watching) = (Forgetful::default(), Watching::default());
    let deps = Deps {
        api: Arc::clone(&server),
        ledger: &mut ledger,
        limiter: &mut limiter,
        list: ListDeps::default(),
        clock: clock.clone(),
        observer: &mut watching,
        jitter: &mut || 0.5,
    };
    let pace = Pace {
        concurrency: NonZeroU32::new(CONCURRENCY).unwrap(),
        retry: RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) },
        as_of: UnixSeconds(1_790_000_000),
        refused_countries: RefusedCountries::Fail,
        longest_window: None,
        absent_counts: AbsentCounts::default(),
    };
    let (_sender, stop) = watch::channel(Stop::Go);
    let driven = drive(&mut planner, deps, pace, stop).await.unwrap();
    let noted = server.noted.lock().unwrap();
    let flat = &noted.samples[noted.samples.len() / 20..];
    let growth = most(flat, |sample| sample.resident) - least(flat, |sample| sample.resident);
    println!(
        "{days} virtual days, {} requests at {PER_MINUTE} a minute ({} retries, {} throttled): {} in the busiest \
         minute, {} in flight at most, bucket file of {} bytes at most, {} MiB resident, {} KiB more or less, {} to {} \
         handles",
        noted.requests,
        driven.tally.retries,
        driven.tally.throttled,
        noted.busiest,
        watching.0,
        noted.longest_bucket,
        flat[0].resident / MIB,
        growth / 1024,
        least(flat, |sample| sample.handles),
        most(flat, |sample| sample.handles),
    );
    assert_eq!((driven.ending, planner.failed), (Ending::Finished, 0));
    assert_eq!(planner.learnt, planner.asked);
    assert_eq!(noted.requests, driven.tally.sent);
    let allowed = u64::from(PER_MINUTE) * 24 * 60 * days;
    assert!(noted.requests >= allowed / 100 * 97, "only {} of {allowed}", noted.requests);
    assert!(watching.0 <= CONCURRENCY as usize && ledger.most <= CONCURRENCY as usize);
    // 40 bytes for each token that is out, and a head.
    assert!(noted.longest_bucket <= 64 * u64::from(PER_MINUTE), "{} bytes", noted.longest_bucket);
    assert!(growth <= 2 * MIB, "{growth} bytes");
    assert!(most(flat, |sample| sample.handles) <= least(flat, |sample| sample.handles) + 1);
}
