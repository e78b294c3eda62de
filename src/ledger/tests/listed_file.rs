//! What was listed, in the file: whole or not at all, read once, told as damage where it is, gone when pruned.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::listing::{HOUR, attempts, hours, list, listed, row, slots, split, tally, whole, with_confirmed};
use super::*;
use crate::model::{Segment, ServiceSid, TallyRow};

fn connect(dir: &Path) -> Connection {
    Connection::open(dir.join("ledger.sqlite")).unwrap()
}

fn count(dir: &Path, what: &str) -> i64 {
    connect(dir).query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap_or(0)
}

fn later(dir: &Path, now: i64) -> Ledger {
    let mut ledger = begin(dir, now);
    ledger.split_by(split("a"));
    ledger
}

/// A ledger at rest in which hour 0 was listed and confirmed, with attempts of a service.
async fn listed_at_rest() -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut ledger = later(dir.path(), 100_000);
    let service: ServiceSid = format!("VA{}", "ab".repeat(16)).parse().unwrap();
    let rows = [row(900, "US", 2), TallyRow { service: Some(service), ..row(0, "DE", 3) }];
    list(&mut ledger, tally(hours(0, 1), 100_000, &rows)).await;
    ledger.end_run(&with_confirmed(&[whole(hours(0, 1))]), time(100_001)).unwrap();
    dir
}

#[tokio::test]
async fn a_segment_becomes_durable_whole_between_the_steps_of_its_group() {
    let dir = TempDir::new().unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (list, path) = (Arc::clone(&steps), dir.path().to_owned());
    let hook = StepHook::new(move |step| {
        list.lock().unwrap().push((step, ["segments", "listed", "confirmed"].map(|what| count(&path, what))));
    });
    let mut ledger = begin_heard(dir.path(), hook);
    ledger.split_by(split("a"));
    let rows: Vec<TallyRow> = (0..5000).map(|n| row(n / 1000 * 900, "US", 1)).collect();
    ledger.record_tally(3, tally(hours(0, 2), 100_000, &rows)).unwrap();
    assert_eq!(ledger.committed().await.unwrap(), [3]);
    assert_eq!(listed(&mut ledger, hours(0, 2), Reuse::Never).unwrap().rows, rows);
    ledger.end_run(&with_confirmed(&[whole(hours(0, 1)), whole(hours(1, 2))]), time(100_001)).unwrap();
    let expected = [
        (LedgerStep::BatchBegun, [0, 0, 0]),
        (LedgerStep::BatchInserted, [0, 0, 0]),
        (LedgerStep::BatchCommitted, [1, 5000, 0]),
        (LedgerStep::BatchReported, [1, 5000, 0]),
        (LedgerStep::RunEnded, [1, 5000, 2]),
    ];
    assert_eq!(steps.lock().unwrap()[3..], expected);
}

#[tokio::test]
async fn tallies_and_answers_share_the_bound_of_what_is_unacknowledged() {
    let dir = TempDir::new().unwrap();
    let mut ledger = later(dir.path(), 100_000);
    ledger.record_tally(0, tally(hours(0, 1), 100_000, &[])).unwrap();
    for ticket in 1..LIMIT.get() as u64 {
        ledger.record(record(ticket, slice(0), Round::First, 100_000, 1)).unwrap();
    }
    let error = ledger.record_tally(99, tally(hours(0, 1), 100_000, &[])).unwrap_err();
    assert!(matches!(error, LedgerError::TooManyUnacknowledged { limit: 64 }), "{error}");
    let mut tickets = Vec::new();
    while tickets.len() < LIMIT.get() {
        tickets.extend(ledger.committed().await.unwrap());
    }
    assert_eq!(tickets, (0..64).collect::<Vec<_>>());
    assert_eq!(listed(&mut ledger, hours(0, 1), Reuse::Never).unwrap().rows, []);
}

#[tokio::test]
async fn a_plan_finds_what_was_listed() {
    let dir = listed_at_rest().await;
    let mut plan = ReadOnlyLedger::open(dir.path(), &origin(), &request(200_000)).unwrap();
    assert_eq!(slots(&mut plan, hours(0, 1)), None, "the split is not told");
    plan.split_by(split("a"));
    assert_eq!(attempts(&mut plan, Slice::whole(hours(0, 1))), Some(5));
    assert_eq!(slots(&mut plan, hours(0, 1)), Some(vec![(0, 3), (900, 2)]));
    // A run that begins meanwhile makes it read anew.
    let mut ledger = later(dir.path(), 200_000);
    list(&mut ledger, tally(hours(0, 1), 200_000, &[row(0, "US", 9)])).await;
    assert_eq!(slots(&mut plan, hours(0, 1)), Some(vec![(0, 3), (900, 2)]));
    drop(plan);
    let mut plan = ReadOnlyLedger::open(dir.path(), &origin(), &request(200_000)).unwrap();
    plan.split_by(split("a"));
    assert_eq!(listed(&mut plan, hours(0, 1), Reuse::Settled).unwrap().answer.counts.attempts(), 9);
}

#[tokio::test]
async fn the_rows_of_a_window_are_read_once() {
    let dir = listed_at_rest().await;
    let mut ledger = later(dir.path(), 200_000);
    ledger.recall_around(hours(0, 1));
    assert_eq!(attempts(&mut ledger, Slice::whole(hours(0, 1))), Some(5));
    connect(dir.path()).execute_batch("DELETE FROM listed").unwrap();
    let us = Slice { country: "US".parse().ok(), ..Slice::whole(hours(0, 1)) };
    assert_eq!(attempts(&mut ledger, us), Some(2));
    let mut afresh = later(dir.path(), 200_000);
    assert_eq!(attempts(&mut afresh, us), Some(0));
}

#[tokio::test]
async fn values_that_no_writer_stores_are_damage() {
    for damage in [
        "UPDATE listed SET converted = attempts + 1",
        "UPDATE listed SET country = 'us'",
        "UPDATE listed SET channel = 'pigeon'",
        "UPDATE listed SET prefix = 0",
        "UPDATE listed SET service = 77",
        "UPDATE listed SET priced = attempts + 1",
        "UPDATE listed SET priced = -1",
        "UPDATE listed SET currency = 'dollars'",
        "UPDATE listed SET currency = ''",
        "UPDATE segments SET run = 77",
        "UPDATE segments SET range_start = 900",
        "UPDATE confirmed SET run = 77",
        "UPDATE confirmed SET without_channels = 'pigeon'",
        "UPDATE confirmed SET without_countries = 'us'",
    ] {
        let dir = listed_at_rest().await;
        connect(dir.path()).execute_batch(&format!("PRAGMA foreign_keys = OFF; {damage}")).unwrap();
        let mut ledger = later(dir.path(), 200_000);
        let error = ledger.find(&question(Slice::whole(hours(0, 1)), Round::First, Reuse::SettledOnly)).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{damage}: {error}");
        let segment = Segment { range: hours(0, 1), attempts: 0, reuse: Reuse::SettledOnly };
        let error = ledger.find_listed(&segment).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{damage}: {error}");
    }
}

#[tokio::test]
async fn pruning_removes_what_was_listed_with_its_windows() {
    let dir = listed_at_rest().await;
    let mut ledger = later(dir.path(), 200_000);
    list(&mut ledger, tally(hours(1, 2), 200_000, &[row(HOUR, "US", 4)])).await;
    ledger.end_run(&with_confirmed(&[whole(hours(1, 2))]), time(200_001)).unwrap();
    let pruned = prune(dir.path(), time(200_000)).unwrap();
    assert_eq!((pruned.answers, pruned.runs), (0, 1));
    assert_eq!(["segments", "listed", "confirmed", "texts"].map(|what| count(dir.path(), what)), [1, 1, 1, 1]);
    let mut ledger = later(dir.path(), 300_000);
    assert_eq!(attempts(&mut ledger, Slice::whole(hours(0, 1))), None);
    assert_eq!(attempts(&mut ledger, Slice::whole(hours(1, 2))), Some(4));
    drop(ledger);
    prune(dir.path(), time(400_000)).unwrap();
    let tables = ["segments", "listed", "confirmed", "texts", "runs"];
    assert_eq!(tables.map(|what| count(dir.path(), what)), [0; 5]);
}

#[tokio::test]
async fn what_was_listed_is_a_hint_of_countries_and_shows_where_a_run_worked() {
    let dir = listed_at_rest().await;
    let run = connect(dir.path()).query_row("SELECT run_id FROM runs", [], |row| row.get::<_, String>(0)).unwrap();
    let mut ledger = later(dir.path(), 200_000);
    let worked = |range| ledger.has_worked(run.parse().unwrap(), range).unwrap();
    assert!(worked(hours(0, 1)) && !worked(hours(0, 2)));
    write(
        &mut ledger,
        [(1, "US", 1), (2, "FR", 7)].map(|(ticket, country, attempts)| {
            let slice = Slice { country: country.parse().ok(), ..Slice::whole(hours(0, 1)) };
            record(ticket, slice, Round::First, 200_000, attempts)
        }),
    )
    .await;
    ledger.end_run(&RunEnd::Published.into(), time(200_001)).unwrap();
    let ledger = later(dir.path(), 300_000);
    let known = |within| {
        let attempts = ledger.attempts_by_country(within).unwrap();
        attempts.into_iter().map(|(country, attempts)| format!("{country} {attempts}")).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(known(hours(0, 1)), "DE 3, FR 7, US 2", "what is known twice does not count twice");
    assert_eq!(known(hours(1, 2)), "");
}
