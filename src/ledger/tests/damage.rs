//! Ledgers that cannot be used are refused with what happened, where, and what to do.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rusqlite::Connection;

use super::*;

fn open(dir: &Path) -> Result<Ledger, LedgerError> {
    Ledger::begin_run(dir, &origin(), &request(200_000), IMPATIENT)
}

/// What a run, a plan and a pruning say.
fn errors(dir: &Path) -> [LedgerError; 3] {
    [
        open(dir).unwrap_err(),
        ReadOnlyLedger::open(dir, &origin(), &request(200_000)).unwrap_err(),
        prune(dir, time(0)).unwrap_err(),
    ]
}

fn file(dir: &TempDir) -> PathBuf {
    dir.path().join("ledger.sqlite")
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let dir = ledger_at_rest().await;
    let mut bytes = fs::read(file(&dir)).unwrap();
    bytes[..16].copy_from_slice(b"not a database!!");
    fs::write(file(&dir), bytes).unwrap();
    for error in errors(dir.path()) {
        assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("ledger.sqlite is damaged; move it away"), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_page_is_found_when_it_is_read() {
    let dir = ledger_at_rest().await;
    let pages = fs::metadata(file(&dir)).unwrap().len() / 4096;
    let mut handle = fs::OpenOptions::new().write(true).open(file(&dir)).unwrap();
    for page in 1..pages {
        handle.seek(SeekFrom::Start(page * 4096)).unwrap();
        handle.write_all(&[0xA5; 4096]).unwrap();
    }
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
    let error = ReadOnlyLedger::open(dir.path(), &origin(), &request(200_000)).unwrap_err();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn values_that_no_writer_stores_are_damage() {
    for damage in [
        "converted = attempts + 1",
        "country = 'us'",
        "channel = 'pigeon'",
        "prefix = 0",
        "round = 5",
        "run = 77",
        "service = 77",
    ] {
        let dir = ledger_at_rest().await;
        Connection::open(file(&dir))
            .unwrap()
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; UPDATE answers SET {damage}"))
            .unwrap();
        let mut ledger = open(dir.path()).unwrap();
        let error = ledger.find(&question(slice(0), Round::First, Reuse::AnyAge)).unwrap_err();
        assert!(matches!(error, LedgerError::Damaged { .. }), "{damage}: {error}");
    }
}

#[tokio::test]
async fn a_newer_format_is_refused_untouched() {
    let dir = ledger_at_rest().await;
    Connection::open(file(&dir)).unwrap().pragma_update(None, "user_version", 5).unwrap();
    let before = fs::read(file(&dir)).unwrap();
    for error in errors(dir.path()) {
        assert!(matches!(error, LedgerError::Newer { found: 5, known: 4, .. }), "{error}");
    }
    assert_eq!(fs::read(file(&dir)).unwrap(), before);
}

#[test]
fn a_database_of_something_else_is_refused_untouched() {
    let dir = TempDir::new().unwrap();
    Connection::open(file(&dir)).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(file(&dir)).unwrap();
    for error in errors(dir.path()) {
        assert!(matches!(error, LedgerError::Foreign { .. }), "{error}");
    }
    assert_eq!(fs::read(file(&dir)).unwrap(), before);
}

/// A trigger would run whatever its author wants, and a view in a table's place may never end.
#[tokio::test]
async fn a_ledger_with_a_schema_of_another_hand_is_refused() {
    for trap in [
        "CREATE TRIGGER theirs AFTER INSERT ON answers BEGIN DELETE FROM answers; END",
        "DROP TABLE answers; CREATE VIEW answers AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)
         SELECT x AS id FROM n",
        "DROP INDEX answers_by_range; CREATE INDEX answers_by_range ON answers (hex(zeroblob(attempts)))",
        "ALTER TABLE runs DROP COLUMN seen_at",
        "CREATE TABLE theirs (x)",
    ] {
        let dir = ledger_at_rest().await;
        Connection::open(file(&dir)).unwrap().execute_batch(trap).unwrap();
        for error in errors(dir.path()) {
            assert!(matches!(error, LedgerError::Foreign { .. }), "{trap}: {error}");
        }
    }
}

#[tokio::test]
async fn statistics_and_views_of_people_do_no_harm() {
    let dir = ledger_at_rest().await;
    let theirs = "CREATE VIEW per_day AS SELECT range_start, sum(attempts) FROM answers GROUP BY 1; ANALYZE";
    Connection::open(file(&dir)).unwrap().execute_batch(theirs).unwrap();
    let mut ledger = open(dir.path()).unwrap();
    assert!(found(&mut ledger, question(slice(0), Round::First, Reuse::AnyAge)).is_some());
}

#[test]
fn an_empty_file_becomes_a_ledger() {
    let dir = TempDir::new().unwrap();
    fs::write(file(&dir), "").unwrap();
    let mut unread = ReadOnlyLedger::open(dir.path(), &origin(), &request(1)).unwrap();
    assert_eq!(found(&mut unread, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert!(!open(dir.path()).unwrap().run().taken_up);
}

#[tokio::test]
async fn a_locked_ledger_is_named_after_the_wait() {
    let dir = ledger_at_rest().await;
    let holder = Connection::open(file(&dir)).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, LedgerError::Locked { .. }), "{error}");
    let error = prune(dir.path(), time(0)).unwrap_err();
    assert!(matches!(error, LedgerError::InUse { .. }), "{error}");
    holder.execute_batch("COMMIT").unwrap();
    drop(holder);
    open(dir.path()).unwrap();
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let dir = TempDir::new().unwrap();
    let blocked = dir.path().join("file");
    fs::write(&blocked, "").unwrap();
    for dir in [blocked.clone(), blocked.join("state")] {
        let error = open(&dir).unwrap_err();
        assert!(matches!(error, LedgerError::StateDirectory { .. }), "{error}");
        assert!(error.to_string().contains(&dir.display().to_string()), "{error}");
    }

    let dir = ledger_at_rest().await;
    let closed = |mode| fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
    closed(0o500);
    // The superuser may write anywhere.
    if fs::write(dir.path().join("probe"), "").is_err() {
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(error, LedgerError::NotAccessible { .. }), "{error}");
        let mut reading = ReadOnlyLedger::open(dir.path(), &origin(), &request(200_000)).unwrap();
        assert!(found(&mut reading, question(slice(0), Round::First, Reuse::AnyAge)).is_some());
    }
    closed(0o700);
}

#[tokio::test]
async fn a_full_disk_is_named() {
    let dir = ledger_at_rest().await;
    let connection = Connection::open(file(&dir)).unwrap();
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
    let filled = connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO texts (text) SELECT 'some longer text ' || i FROM n",
        [],
    );
    let error = LedgerError::of(&file(&dir), filled.unwrap_err().into());
    assert!(matches!(error, LedgerError::DiskFull { .. }), "{error}");
}
