//! What the tests of the loop in virtual time share.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::RetryPolicy;
use verify_rollup::ledger::{MemoryLedger, MemoryStore, Origin, RunRequest};
use verify_rollup::model::{
    AccountSid, Interval, Outcome, Question, Reuse, Round, Settling, Slice, UnixSeconds, Window,
};
use verify_rollup::planner::{Conclusion, Next, Planner};
use verify_rollup::run::{AbsentCounts, Pace, RefusedCountries};
use verify_rollup::splitmix64;

const AS_OF: UnixSeconds = UnixSeconds(1_790_000_000);

/// tokio's clock, which tests pause.
pub struct VirtualClock {
    origin: Instant,
}

impl VirtualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { origin: Instant::now() })
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(AS_OF.0, 0).unwrap() + self.origin.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// Asks for `total` slices, one after the other.
pub struct Counting {
    total: i64,
    next: i64,
    pub learnt: i64,
    pub failed: i64,
}

impl Planner for Counting {
    fn next(&mut self) -> Next {
        if self.next == self.total {
            return Next::Done;
        }
        self.next += 1;
        let start = UnixSeconds(self.next * 60);
        let range = Window::new(start, start.plus_seconds(60)).unwrap();
        Next::Ask(Question { slice: Slice::whole(range), round: Round::First, reuse: Reuse::Never })
    }

    fn learn(&mut self, _question: &Question, outcome: Outcome) {
        self.learnt += 1;
        self.failed += i64::from(!matches!(outcome, Outcome::Answered(_)));
    }

    fn progress(&self) -> (u64, u64) {
        (self.learnt.unsigned_abs(), self.total.unsigned_abs())
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only counted here")
    }
}

/// A fixed sequence in [0, 1), so that every run of a test is the same.
pub fn uniform(state: &mut u64) -> f64 {
    f64::from((splitmix64::next(state) >> 40) as u32) / f64::from(1u32 << 24)
}

pub fn counting(total: i64) -> Counting {
    Counting { total, next: 0, learnt: 0, failed: 0 }
}

pub fn ledger(clock: &dyn Clock) -> MemoryLedger {
    let settling = Settling { settle_after: Duration::ZERO };
    let request = RunRequest {
        job: "pace",
        fingerprint: "pace",
        earlier_fingerprints: &[],
        as_of: Some(AS_OF),
        now: clock.now(),
        settling,
        interval: Interval::default(),
    };
    let origin = Origin { account: AccountSid::ZEROS, origin: "virtual".to_owned() };
    // More than the loop may ever have under way, so that the loop's own bound is the one that is tested.
    MemoryLedger::begin_run(&MemoryStore::default(), &origin, &request, NonZeroUsize::new(1000).unwrap())
}

pub fn pace(concurrency: u32, retry: RetryPolicy) -> Pace {
    let concurrency = NonZeroU32::new(concurrency).unwrap();
    Pace {
        concurrency,
        retry,
        as_of: AS_OF,
        refused_countries: RefusedCountries::Fail,
        longest_window: None,
        absent_counts: AbsentCounts::default(),
    }
}

/// The most arrivals in any minute, wherever it starts. Arrivals ascend.
pub fn busiest_minute(arrivals: &[Duration]) -> usize {
    let mut first = 0;
    let mut most = 0;
    for (last, at) in arrivals.iter().enumerate() {
        while *at >= arrivals[first] + Duration::from_mins(1) {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}
