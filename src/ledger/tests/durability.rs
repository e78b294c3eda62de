//! What is acknowledged survives; what failed is never acknowledged.

use std::fs;

use super::*;
use crate::model::AnswerSource::{EarlierRun, ThisRun};

/// The state directory as a crash at this instant would leave it.
fn crash_image(dir: &Path) -> TempDir {
    let image = TempDir::new().unwrap();
    // The WAL is copied after the file: a checkpoint in between would only repeat what the WAL holds.
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        fs::copy(dir.join(name), image.path().join(name)).unwrap();
    }
    image
}

#[tokio::test]
async fn acknowledged_answers_survive_a_crash_at_any_commit() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 100_000);
    for n in 0..12u64 {
        let attempts = i64::try_from(n).unwrap();
        write(&mut ledger, [record(n, slice(attempts), Round::First, 100_000 + attempts, attempts)]).await;
        let image = crash_image(dir.path());
        let mut resumed = begin(image.path(), 100_100);
        assert_eq!(*resumed.run(), BegunRun { taken_up: true, ..*ledger.run() });
        for known in 0..=attempts {
            let ask = question(slice(known), Round::First, Reuse::Never);
            assert_eq!(found(&mut resumed, ask), Some((known, ThisRun)));
        }
        assert_eq!(found(&mut resumed, question(slice(attempts + 1), Round::First, Reuse::AnyAge)), None);
    }
}

#[tokio::test]
async fn a_torn_wal_loses_only_what_was_not_acknowledged() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 100_000);
    write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 5)]).await;
    let acknowledged = fs::metadata(dir.path().join("ledger.sqlite-wal")).unwrap().len();
    write(&mut ledger, [record(1, slice(1), Round::First, 100_001, 6)]).await;
    let whole = fs::metadata(dir.path().join("ledger.sqlite-wal")).unwrap().len();
    assert!(whole > acknowledged);
    for cut in [acknowledged, acknowledged + 1, u64::midpoint(acknowledged, whole), whole - 1] {
        let image = crash_image(dir.path());
        let wal = fs::OpenOptions::new().write(true).open(image.path().join("ledger.sqlite-wal")).unwrap();
        wal.set_len(cut).unwrap();
        let mut resumed = begin(image.path(), 100_100);
        assert_eq!(found(&mut resumed, question(slice(0), Round::First, Reuse::Never)), Some((5, ThisRun)));
        assert_eq!(found(&mut resumed, question(slice(1), Round::First, Reuse::Never)), None, "cut at {cut}");
    }
}

#[tokio::test]
async fn a_dropped_ledger_still_writes_what_was_recorded() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 100_000);
    for n in 0..64u64 {
        ledger.record(record(n, slice(i64::try_from(n).unwrap()), Round::First, 100_000, 1)).unwrap();
    }
    drop(ledger);
    let mut resumed = begin(dir.path(), 100_001);
    assert!((0..64).all(|n| found(&mut resumed, question(slice(n), Round::First, Reuse::Never)).is_some()));
}

#[tokio::test]
async fn a_failed_commit_closes_the_ledger() {
    let dir = TempDir::new().unwrap();
    let mut ledger = Ledger::begin_run(dir.path(), &origin(), &request(100_000), IMPATIENT).unwrap();
    write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 1)]).await;
    let intruder = rusqlite::Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    intruder.execute_batch("BEGIN IMMEDIATE").unwrap();
    ledger.record(record(1, slice(1), Round::First, 100_000, 1)).unwrap();
    let error = ledger.committed().await.unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }), "{error}");
    intruder.execute_batch("ROLLBACK").unwrap();

    let error = ledger.committed().await.unwrap_err();
    assert!(error.to_string().contains("locked by another process"), "{error}");
    let error = ledger.record(record(2, slice(2), Round::First, 100_000, 1)).unwrap_err();
    assert!(matches!(error, LedgerError::EarlierFailure { .. }), "{error}");
    let error = ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap_err();
    assert!(matches!(error, LedgerError::EarlierFailure { .. }), "{error}");

    let mut resumed = begin(dir.path(), 100_002);
    assert!(resumed.run().taken_up);
    assert_eq!(found(&mut resumed, question(slice(0), Round::First, Reuse::Never)), Some((1, ThisRun)));
    assert_eq!(found(&mut resumed, question(slice(1), Round::First, Reuse::Never)), None);
}

#[test]
fn two_runs_write_to_one_ledger_at_once() {
    let dir = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for fingerprint in ["one", "two", "three", "four"] {
            let dir = dir.path();
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let request = RunRequest { fingerprint, ..request(100_000) };
                let mut ledger = Ledger::begin_run(dir, &origin(), &request, OPTIONS).unwrap();
                runtime.block_on(async {
                    for n in 0..100u64 {
                        let day = i64::try_from(n).unwrap();
                        write(&mut ledger, [record(n, slice(day), Round::First, 200_000, day)]).await;
                    }
                });
                ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
            });
        }
    });
    let mut ledger = begin(dir.path(), 300_000);
    for day in 0..100 {
        assert_eq!(ledger.history(&slice(day)).unwrap().len(), 4);
        let ask = question(slice(day), Round::First, Reuse::AnyAge);
        assert_eq!(found(&mut ledger, ask), Some((day, EarlierRun)));
    }
}

/// Jobs that cron starts in the same second find no ledger, and each makes it: none may take the half-made one of
/// another for a foreign file.
#[test]
fn a_fresh_ledger_is_made_by_many_at_once() {
    for _ in 0..30 {
        let dir = TempDir::new().unwrap();
        let together = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (dir, together) = (dir.path(), &together);
                scope.spawn(move || {
                    let fingerprint = format!("job {number}");
                    let request = RunRequest { fingerprint: &fingerprint, ..request(100_000) };
                    together.wait();
                    let ledger = Ledger::begin_run(dir, &origin(), &request, OPTIONS).unwrap();
                    ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
                });
            }
        });
    }
}
