//! What a question costs depends on its own range, not on what else the account's history holds.

use rusqlite::Connection;

use super::*;

const DAY: i64 = 86_400;

/// Before, a plan of one day read every answer of the account, for half a minute where there were millions.
#[tokio::test]
async fn a_rerun_reads_nothing_of_the_history_beside_its_range() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 900 * DAY);
    write(&mut ledger, [record(1, slice(500 * DAY), Round::First, 900 * DAY, 7)]).await;
    ledger.end_run(&RunEnd::Published.into(), time(900 * DAY)).unwrap();
    // Answers of a run that does not exist: whoever reads one of them fails.
    let file = Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF;
         WITH RECURSIVE days (day) AS (SELECT 1 UNION ALL SELECT day + 1 FROM days WHERE day < 800)
         INSERT INTO answers (origin, run, range_start, range_end, round, asked_at, attempts, converted)
         SELECT origin, 99, day * 86400, (day + 1) * 86400, round, asked_at, 7, 0
         FROM answers, days WHERE day NOT BETWEEN 490 AND 510;
         INSERT INTO ranges SELECT DISTINCT origin, 16, range_start, range_end FROM answers WHERE run = 99;",
    )
    .unwrap();
    drop(file);

    let near = Window::new(UnixSeconds(499 * DAY), UnixSeconds(502 * DAY)).unwrap();
    let mut plan = ReadOnlyLedger::open(dir.path(), &origin(), &request(1000 * DAY)).unwrap();
    let mut run = begin(dir.path(), 1000 * DAY);
    plan.recall_around(near);
    run.recall_around(near);
    for (day, expected) in [(500, Some(7)), (501, None)] {
        let question = question(slice(day * DAY), Round::First, Reuse::Settled);
        let attempts = |found: Option<crate::model::Answer>| found.map(|answer| answer.counts.attempts());
        assert_eq!(attempts(plan.find(&question).unwrap()), expected);
        assert_eq!(attempts(run.find(&question).unwrap()), expected);
    }
    assert!(plan.has_attempts(near).unwrap() && run.has_attempts(near).unwrap());
    assert!(run.attempts_by_country(near).unwrap().is_empty());
    let far = question(slice(600 * DAY), Round::First, Reuse::Settled);
    assert!(run.find(&far).is_err(), "the history is there, and cannot be read");
}

/// Before, they lay in the order in which the planner had met them: a rerun read the disk anew for each.
#[test]
fn what_a_run_implies_lies_together_by_range() {
    let dir = TempDir::new().unwrap();
    let ledger = begin(dir.path(), 900 * DAY);
    let countries = ["US", "DE", "FR"].map(|code| code.parse().ok());
    let inferences: Vec<_> = countries
        .into_iter()
        .flat_map(|country| [3, 1, 2].map(|day| Slice { country, ..slice(day * DAY) }))
        .map(|slice| Inference { slice, counts: Counts::ZERO, asked_at: UnixSeconds(900 * DAY).to_micros() })
        .collect();
    let kept = EndOfRun { inferences: &inferences, ..RunEnd::Published.into() };
    ledger.end_run(&kept, time(900 * DAY)).unwrap();
    let file = Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    let mut statement = file.prepare("SELECT range_start / 86400 FROM answers ORDER BY id").unwrap();
    let days: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(days, [1, 1, 1, 2, 2, 2, 3, 3, 3]);
}

#[tokio::test]
async fn a_ledger_knows_which_published_ranges_its_runs_worked_on() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 900 * DAY);
    let run = ledger.run().run_id;
    write(&mut ledger, [record(1, slice(500 * DAY), Round::First, 900 * DAY, 7)]).await;
    ledger.end_run(&RunEnd::Published.into(), time(900 * DAY)).unwrap();
    let next = begin(dir.path(), 1000 * DAY);
    assert!(next.has_worked(run, slice(500 * DAY).range).unwrap());
    assert!(!next.has_worked(run, slice(501 * DAY).range).unwrap(), "another range");
    let other = RunId(uuid::Uuid::from_u128(1));
    assert!(!next.has_worked(other, slice(500 * DAY).range).unwrap(), "another machine's run");
}
