//! Tests that need a whole ledger, and what they share.

mod contract;
mod damage;
mod durability;
mod file;
mod formats;
mod gone;
mod hosts;
mod inferences;
mod kept;
mod listed;
mod listed_costs;
mod listed_file;
mod listing;
mod looked;
mod lost;
mod place;
mod pruned;
mod reads;
mod served;
mod steps;
mod sums;
mod taking_up;

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tempfile::TempDir;

use super::*;
use crate::model::{
    AccountSid, Body, Counts, Interval, Question, Rate, Reuse, Round, RunId, Settling, Slice, UnixSeconds, Window,
};

/// Settling takes an hour in these tests.
const SETTLING: Settling = Settling { settle_after: Duration::from_hours(1) };
const LIMIT: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");
const OPTIONS: LedgerOptions = LedgerOptions { unacknowledged: LIMIT, lock_wait: LedgerOptions::LOCK_WAIT };
/// For tests in which the wait must run out.
const IMPATIENT: LedgerOptions = LedgerOptions { unacknowledged: LIMIT, lock_wait: Duration::from_millis(20) };

fn time(second: i64) -> DateTime<Utc> {
    UnixSeconds(second).to_datetime()
}

fn origin() -> Origin {
    Origin { account: AccountSid::ZEROS, origin: "simulator".to_owned() }
}

fn request(now: i64) -> RunRequest<'static> {
    RunRequest {
        job: "job",
        fingerprint: "same",
        earlier_fingerprints: &[],
        as_of: None,
        now: time(now),
        settling: SETTLING,
        interval: Interval::default(),
    }
}

/// A slice of a day-long range that starts at a second.
fn slice(start: i64) -> Slice {
    Slice::whole(Window::new(UnixSeconds(start), UnixSeconds(start + 86_400)).unwrap())
}

fn question(slice: Slice, round: Round, reuse: Reuse) -> Question {
    Question { slice, round, reuse }
}

/// An answer with a count of attempts, asked at a second.
fn record(ticket: u64, slice: Slice, round: Round, asked_at: i64, attempts: i64) -> NewAnswer {
    let body = Body {
        total_attempts: Some(attempts),
        total_converted: Some(0),
        total_unconverted: None,
        conversion_rate_percentage: Some(Rate::Text("0.0".to_owned())),
        url: Some(None),
    };
    NewAnswer {
        ticket,
        question: question(slice, round, Reuse::Never),
        asked_at: UnixSeconds(asked_at).to_micros(),
        body,
        counts: Counts::new(attempts, 0).unwrap(),
        server_at: None,
    }
}

fn begin(dir: &Path, now: i64) -> Ledger {
    Ledger::begin_run(dir, &origin(), &request(now), OPTIONS).unwrap()
}

/// The same, with somebody who listens.
fn begin_heard(dir: &Path, hook: StepHook) -> Ledger {
    Ledger::begin_in_directory(dir, None, &origin(), &request(100_000), OPTIONS, hook).unwrap()
}

/// Records and waits until everything is durable.
async fn write<L: AnswerLog>(log: &mut L, records: impl IntoIterator<Item = NewAnswer>) {
    for record in records {
        let ticket = record.ticket;
        log.record(record).unwrap();
        assert_eq!(log.committed().await.unwrap(), [ticket]);
    }
}

/// Records without waiting for each.
async fn write_many<L: AnswerLog>(log: &mut L, records: impl IntoIterator<Item = NewAnswer>) {
    let mut waiting = 0;
    for record in records {
        if waiting == LIMIT.get() {
            waiting -= log.committed().await.unwrap().len();
        }
        log.record(record).unwrap();
        waiting += 1;
    }
    while waiting > 0 {
        waiting -= log.committed().await.unwrap().len();
    }
}

/// The attempts of the answer found, and where it came from.
fn found<L: FindAnswer>(log: &mut L, question: Question) -> Option<(i64, crate::model::AnswerSource)> {
    log.find(&question).unwrap().map(|answer| (answer.counts.attempts(), answer.source))
}

/// A ledger at rest with one answer of 7 attempts to `slice(0)`, settled and asked at second 100 000.
async fn ledger_at_rest() -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 100_000);
    write(&mut ledger, [record(1, slice(0), Round::First, 100_000, 7)]).await;
    ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
    dir
}
