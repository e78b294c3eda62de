//! An answer is durable before it counts: whatever the planner learns of this run stands in the ledger's file by then.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::watch;
use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::fetch::{Api, AskError, Limiter, ListApi, Received, RetryPolicy};
use verify_rollup::ledger::{Ledger, LedgerOptions, Origin, RunRequest};
use verify_rollup::model::{
    AccountSid, AnswerSource, Body, Counts, Interval, Outcome, Question, Reuse, Round, Settling, Slice, UnixSeconds,
    Window,
};
use verify_rollup::planner::{Conclusion, Next, Planner};
use verify_rollup::run::{AbsentCounts, Deps, Ending, ListDeps, Pace, RefusedCountries, Silent, Stop, drive};

/// Answers at once.
struct Prompt;

impl Api for Prompt {
    async fn ask(&self, _slice: Slice) -> Result<Received, AskError> {
        tokio::task::yield_now().await;
        Ok(Received::new(Body { total_attempts: Some(1), ..Body::default() }, Counts::new(1, 0).unwrap()))
    }
}

impl ListApi for Prompt {}

/// Asks one slice after the other, and looks each learnt one up on a connection of its own.
struct Suspicious {
    ledger: Connection,
    next: i64,
    total: i64,
    learnt: i64,
}

impl Suspicious {
    fn stored(&self, slice: &Slice) -> i64 {
        let start = slice.range.start().0;
        self.ledger.query_row("SELECT count(*) FROM answers WHERE range_start = ?1", [start], |row| row.get(0)).unwrap()
    }
}

impl Planner for Suspicious {
    fn next(&mut self) -> Next {
        if self.next == self.total {
            return Next::Done;
        }
        self.next += 1;
        let start = UnixSeconds(self.next * 60);
        let slice = Slice::whole(Window::new(start, start.plus_seconds(60)).unwrap());
        Next::Ask(Question { slice, round: Round::First, reuse: Reuse::Never })
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        let Outcome::Answered(answer) = outcome else { panic!("every question is answered") };
        assert_eq!(answer.source, AnswerSource::ThisRun);
        assert_eq!(self.stored(&question.slice), 1, "learnt before it was durable: {:?}", question.slice);
        self.learnt += 1;
    }

    fn progress(&self) -> (u64, u64) {
        (self.learnt.unsigned_abs(), self.total.unsigned_abs())
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only what is learnt matters here")
    }
}

fn begin(dir: &Path, concurrency: u32) -> Ledger {
    let origin = Origin { account: AccountSid::ZEROS, origin: "prompt".to_owned() };
    let settling = Settling { settle_after: Duration::ZERO };
    let request = RunRequest {
        job: "order",
        fingerprint: "order",
        earlier_fingerprints: &[],
        as_of: None,
        now: SystemClock.now(),
        settling,
        interval: Interval::default(),
    };
    let unacknowledged = NonZeroUsize::new(concurrency as usize).unwrap();
    Ledger::begin_run(dir, &origin, &request, LedgerOptions { unacknowledged, lock_wait: LedgerOptions::LOCK_WAIT })
        .unwrap()
}

#[tokio::test]
async fn nothing_is_learnt_before_it_is_durable() {
    for concurrency in [1, 16] {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = begin(dir.path(), concurrency);
        let connection = Connection::open(dir.path().join("ledger.sqlite")).unwrap();
        let mut planner = Suspicious { ledger: connection, next: 0, total: 300, learnt: 0 };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut limiter = Limiter::unlimited(Arc::clone(&clock));
        let deps = Deps {
            api: Arc::new(Prompt),
            ledger: &mut ledger,
            limiter: &mut limiter,
            list: ListDeps::default(),
            clock,
            observer: &mut Silent,
            jitter: &mut || 0.5,
        };
        let pace = Pace {
            concurrency: NonZeroU32::new(concurrency).unwrap(),
            retry: RetryPolicy { max_tries: 1, retry_for: Duration::from_mins(1) },
            as_of: UnixSeconds(1_790_000_000),
            refused_countries: RefusedCountries::Fail,
            longest_window: None,
            absent_counts: AbsentCounts::default(),
        };
        let (_sender, stop) = watch::channel(Stop::Go);
        let driven = drive(&mut planner, deps, pace, stop).await.unwrap();
        assert_eq!((driven.ending, planner.learnt), (Ending::Finished, 300));
    }
}
