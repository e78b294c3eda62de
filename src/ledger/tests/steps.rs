//! The steps that a ledger passes: what is durable at each, and who knows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::*;

fn count(path: &Path, what: &str) -> i64 {
    let other = rusqlite::Connection::open(path).unwrap();
    other.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap_or(0)
}

/// Each step with what another connection saw then.
type Steps = Arc<Mutex<Vec<(LedgerStep, [i64; 3])>>>;

/// Begins a run that notes at each step how many runs, runs ended and answers another connection sees.
fn watched(dir: &Path) -> (Ledger, Steps) {
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (list, path) = (Arc::clone(&steps), dir.join("ledger.sqlite"));
    let hook = StepHook::new(move |step| {
        let seen = ["runs", "runs WHERE ended_at IS NOT NULL", "answers"].map(|what| count(&path, what));
        list.lock().unwrap().push((step, seen));
    });
    (begin_heard(dir, hook), steps)
}

#[tokio::test]
async fn each_is_told_when_its_change_is_durable_and_not_before() {
    let dir = TempDir::new().unwrap();
    let (mut ledger, steps) = watched(dir.path());
    for n in 0..2u64 {
        write(&mut ledger, [record(n, slice(i64::try_from(n).unwrap()), Round::First, 100_000, 1)]).await;
    }
    ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
    let expected = [
        (LedgerStep::LedgerCreated, [0, 0, 0]),
        (LedgerStep::RunEntered, [0, 0, 0]),
        (LedgerStep::RunOpened, [1, 0, 0]),
        (LedgerStep::BatchBegun, [1, 0, 0]),
        (LedgerStep::BatchInserted, [1, 0, 0]),
        (LedgerStep::BatchCommitted, [1, 0, 1]),
        (LedgerStep::BatchReported, [1, 0, 1]),
        (LedgerStep::BatchBegun, [1, 0, 1]),
        (LedgerStep::BatchInserted, [1, 0, 1]),
        (LedgerStep::BatchCommitted, [1, 0, 2]),
        (LedgerStep::BatchReported, [1, 0, 2]),
        (LedgerStep::RunEnded, [1, 1, 2]),
    ];
    assert_eq!(*steps.lock().unwrap(), expected);
}

/// The writer is held at one step after the other: until its group is committed, nobody hears of it.
#[tokio::test]
async fn an_answer_is_acknowledged_after_it_is_committed() {
    let dir = TempDir::new().unwrap();
    let committed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&committed);
    let hook = StepHook::new(move |step| {
        std::thread::sleep(Duration::from_millis(2));
        counter.fetch_add(usize::from(step == LedgerStep::BatchCommitted), Ordering::SeqCst);
    });
    let mut ledger = begin_heard(dir.path(), hook);
    for n in 0..10u64 {
        ledger.record(record(n, slice(i64::try_from(n).unwrap()), Round::First, 100_000, 1)).unwrap();
        assert_eq!(ledger.committed().await.unwrap(), [n]);
        let groups = usize::try_from(n).unwrap() + 1;
        assert_eq!(committed.load(Ordering::SeqCst), groups, "acknowledged before it was committed");
    }
}

#[test]
fn a_commit_waits_for_the_disk() {
    let dir = TempDir::new().unwrap();
    drop(begin(dir.path(), 100_000));
    let connection = super::super::schema::open(
        &dir.path().join("ledger.sqlite"),
        super::super::schema::Sharing::Turns(Duration::ZERO),
    )
    .unwrap();
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    assert_eq!(pragma("synchronous").unwrap(), rusqlite::types::Value::Integer(2), "2 is FULL");
    assert_eq!(pragma("journal_mode").unwrap(), rusqlite::types::Value::Text("wal".to_owned()));
}
