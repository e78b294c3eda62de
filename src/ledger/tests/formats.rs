//! Ledgers of older formats are brought up to date, with all that they hold.

use rusqlite::Connection;

use super::*;
use crate::model::{AnswerSource, Proof};

/// From the newest format to the one before, and so on.
const BACK: [(u32, &str); 3] = [
    (3, "DROP TABLE confirmed; DROP TABLE listed; DROP TABLE segments"),
    (
        2,
        "ALTER TABLE answers DROP COLUMN server_at; ALTER TABLE answers DROP COLUMN proved; DROP TABLE notes;
         DROP TABLE ranges",
    ),
    (1, "ALTER TABLE answers DROP COLUMN implied"),
];

fn older(dir: &Path, format: u32) {
    let connection = Connection::open(dir.join("ledger.sqlite")).unwrap();
    for (reached, step) in BACK.into_iter().take_while(|(reached, _)| *reached >= format) {
        connection.execute_batch(step).unwrap();
        connection.pragma_update(None, "user_version", reached).unwrap();
    }
}

/// Every range with the doublings of its length.
fn ranges(dir: &Path) -> Vec<(i64, i64, i64)> {
    let connection = Connection::open(dir.join("ledger.sqlite")).unwrap();
    let mut statement = connection.prepare("SELECT doublings, range_start, range_end FROM ranges").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn every_older_format_is_brought_up_to_date() {
    for format in [1, 2, 3] {
        let dir = ledger_at_rest().await;
        let mut ledger = begin(dir.path(), 200_000);
        let short = |length| Slice::whole(Window::new(UnixSeconds(5), UnixSeconds(5 + length)).unwrap());
        write_many(&mut ledger, (1..9).map(|n| record(n, short(n.cast_signed()), Round::First, 200_000, 1))).await;
        ledger.end_run(&RunEnd::Published.into(), time(200_001)).unwrap();
        let (written, answers) = (ranges(dir.path()), 9);
        assert_eq!(written.len(), answers);
        older(dir.path(), format);

        let mut ledger = begin(dir.path(), 300_000);
        let settled = question(slice(0), Round::First, Reuse::Settled);
        let answer = ledger.find(&settled).unwrap().unwrap();
        assert_eq!((answer.counts.attempts(), answer.source), (7, AnswerSource::EarlierRun), "format {format}");
        assert_eq!((answer.server_at, answer.proof), (None, Proof::Unproved));
        assert_eq!(ranges(dir.path()), written, "format {format}");
        drop(ledger);
        assert!(ReadOnlyLedger::open(dir.path(), &origin(), &request(300_000)).unwrap().open_run().is_some());
    }
}

/// A plan changes nothing, so until the next run it takes an older ledger for an empty one.
#[tokio::test]
async fn a_plan_leaves_an_older_format_alone() {
    let dir = ledger_at_rest().await;
    older(dir.path(), 2);
    let before = std::fs::read(dir.path().join("ledger.sqlite")).unwrap();
    let mut ledger = ReadOnlyLedger::open(dir.path(), &origin(), &request(300_000)).unwrap();
    assert_eq!(found(&mut ledger, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert_eq!(std::fs::read(dir.path().join("ledger.sqlite")).unwrap(), before);
}
