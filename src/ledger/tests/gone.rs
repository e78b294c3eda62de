//! A ledger that somebody removes or replaces while a run writes to it.

use std::fs;

use super::*;

#[tokio::test]
async fn what_is_written_to_a_file_that_is_gone_does_not_count() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 4] = [
        ("removed", |dir| fs::remove_file(dir.join("ledger.sqlite")).unwrap()),
        ("replaced", |dir| {
            fs::copy(dir.join("ledger.sqlite"), dir.join("copy")).unwrap();
            fs::rename(dir.join("copy"), dir.join("ledger.sqlite")).unwrap();
        }),
        ("journal removed", |dir| fs::remove_file(dir.join("ledger.sqlite-wal")).unwrap()),
        ("directory moved", |dir| fs::rename(dir, dir.with_extension("moved")).unwrap()),
    ];
    for (what, harm) in harms {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().join("state");
        let mut ledger = begin(&dir, 100_000);
        write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 5)]).await;
        harm(&dir);
        ledger.record(record(1, slice(1), Round::First, 100_001, 6)).unwrap();
        let error = ledger.committed().await.unwrap_err().to_string();
        assert!(error.contains("was removed or replaced"), "{what}: {error}");
        assert!(ledger.end_run(&RunEnd::Published.into(), time(100_002)).is_err(), "{what}");
    }
}

#[tokio::test]
async fn a_run_that_ends_on_a_file_that_is_gone_has_not_ended() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("state");
    let mut ledger = begin(&dir, 100_000);
    write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 5)]).await;
    fs::remove_dir_all(&dir).unwrap();
    let error = ledger.end_run(&RunEnd::Published.into(), time(100_002)).unwrap_err();
    assert!(matches!(error, LedgerError::Gone { .. }), "{error}");
}
