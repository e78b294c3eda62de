//! What stands in the file, who may read it, and what pruning takes away.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;
use crate::model::AnswerSource::EarlierRun;
use crate::state::{Machine, State, StateDirectory, Timing};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn only_the_owner_can_read_it() {
    let parent = TempDir::new().unwrap();
    let dir = parent.path().join("state/verify-rollup");
    let mut ledger = begin(&dir, 100_000);
    write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 1)]).await;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(names(&dir), ["ledger.sqlite", "ledger.sqlite-shm", "ledger.sqlite-wal"]);
    for name in names(&dir) {
        assert_eq!(mode(&dir.join(&name)), 0o600, "{name}");
    }
    ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
    assert_eq!(names(&dir), ["ledger.sqlite"]);
}

#[tokio::test]
async fn answers_asked_anew_leave_the_old_ones_as_history() {
    let dir = ledger_at_rest().await;
    let mut ledger = begin(dir.path(), 100_010);
    write(&mut ledger, [record(1, slice(0), Round::First, 100_010, 8)]).await;
    let counts: Vec<i64> = ledger.history(&slice(0)).unwrap().iter().map(|past| past.counts.attempts()).collect();
    assert_eq!(counts, [7, 8]);
}

#[tokio::test]
async fn reading_leaves_no_trace() {
    let nowhere = TempDir::new().unwrap();
    let missing = nowhere.path().join("state");
    let mut empty = ReadOnlyLedger::open(&missing, &origin(), &request(100_000)).unwrap();
    assert_eq!(found(&mut empty, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert!(empty.notes().unwrap().is_empty() && !empty.has_attempts(slice(0).range).unwrap());
    assert!(!missing.exists());

    let dir = ledger_at_rest().await;
    let before = fs::read(dir.path().join("ledger.sqlite")).unwrap();
    let mut ledger = ReadOnlyLedger::open(dir.path(), &origin(), &request(100_002)).unwrap();
    assert_eq!(ledger.open_run(), None);
    assert_eq!(found(&mut ledger, question(slice(0), Round::First, Reuse::Settled)), Some((7, EarlierRun)));
    assert_eq!(names(dir.path()), ["ledger.sqlite"]);
    assert_eq!(ledger.notes().unwrap(), []);
    assert!(ledger.has_attempts(slice(0).range).unwrap());
    assert!(!ledger.has_attempts(slice(1).range).unwrap());
    drop(ledger);
    assert_eq!(names(dir.path()), ["ledger.sqlite"]);
    assert_eq!(fs::read(dir.path().join("ledger.sqlite")).unwrap(), before);
}

#[tokio::test]
async fn reading_sees_what_a_live_run_has_written_and_a_run_that_begins_meanwhile() {
    let dir = ledger_at_rest().await;
    let mut early = ReadOnlyLedger::open(dir.path(), &origin(), &request(100_002)).unwrap();
    let mut ledger = begin(dir.path(), 100_002);
    write(&mut ledger, [record(1, slice(1), Round::First, 200_000, 8)]).await;
    let mut late = ReadOnlyLedger::open(dir.path(), &origin(), &request(100_003)).unwrap();
    assert_eq!(late.open_run().map(|run| run.run_id), Some(ledger.run().run_id));
    let ask = question(slice(1), Round::First, Reuse::Never);
    assert_eq!(found(&mut late, ask), Some((8, crate::model::AnswerSource::ThisRun)));
    let ask = question(slice(1), Round::First, Reuse::AnyAge);
    assert_eq!(found(&mut early, ask), Some((8, EarlierRun)));
    ledger.end_run(&RunEnd::Published.into(), time(100_004)).unwrap();
    assert_eq!(found(&mut early, question(slice(0), Round::First, Reuse::AnyAge)), Some((7, EarlierRun)));
}

#[tokio::test]
async fn pruning_removes_old_answers_and_their_runs() {
    let dir = ledger_at_rest().await;
    let mut ledger = begin(dir.path(), 100_100);
    let ticket = |n: i64| u64::try_from(n).unwrap();
    write_many(&mut ledger, (0..2_000).map(|n| record(ticket(n), slice(n), Round::First, 100_100 + n % 2, n))).await;
    let error = prune(dir.path(), time(100_101)).unwrap_err();
    assert!(matches!(error, LedgerError::InUse { .. }), "{error}");
    ledger.end_run(&RunEnd::Published.into(), time(100_200)).unwrap();

    let pruned = prune(dir.path(), time(100_101)).unwrap();
    assert_eq!((pruned.answers, pruned.runs), (1_001, 1));
    assert!(pruned.bytes_after < pruned.bytes_before, "{pruned:?}");
    assert_eq!(mode(&dir.path().join("ledger.sqlite")), 0o600);
    assert_eq!(names(dir.path()), ["ledger.sqlite"]);
    let again = prune(dir.path(), time(100_101)).unwrap();
    assert_eq!((again.answers, again.runs, again.bytes_after), (0, 0, pruned.bytes_after));

    let connection = rusqlite::Connection::open(dir.path().join("ledger.sqlite")).unwrap();
    let ranges: i64 = connection.query_row("SELECT count(*) FROM ranges", [], |row| row.get(0)).unwrap();
    assert_eq!(ranges, 1_000, "a range goes with its last answer");
    drop(connection);
    let mut ledger = begin(dir.path(), 100_300);
    assert_eq!(found(&mut ledger, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert_eq!(found(&mut ledger, question(slice(3), Round::First, Reuse::AnyAge)), Some((3, EarlierRun)));
    drop(ledger);
    let nowhere = TempDir::new().unwrap();
    assert_eq!(prune(&nowhere.path().join("state"), time(0)).unwrap(), Pruned::default());
    assert_eq!(names(nowhere.path()), [""; 0]);
}

fn body() -> impl Strategy<Value = Body> {
    let count = || proptest::option::of(any::<i64>());
    let rate = prop_oneof![
        any::<String>().prop_map(Rate::Text),
        "null".prop_map(Rate::Text),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?(e[0-9]{1,2})?".prop_map(Rate::Number),
        Just(Rate::Null),
    ];
    let url = proptest::option::of(prop_oneof![any::<String>(), "https://[a-z]{1,9}/\\PC*"]);
    (count(), count(), count(), proptest::option::of(rate), proptest::option::of(url)).prop_map(
        |(total_attempts, total_converted, total_unconverted, conversion_rate_percentage, url)| Body {
            total_attempts,
            total_converted,
            total_unconverted,
            conversion_rate_percentage,
            url,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn bodies_are_kept_as_received(bodies in proptest::collection::vec(body(), 1..40)) {
        let dir = TempDir::new().unwrap();
        let mut ledger = begin(dir.path(), 100_000);
        for (ticket, body) in (0..).zip(&bodies) {
            ledger.record(NewAnswer { body: body.clone(), ..record(ticket, slice(0), Round::First, 1, 1) }).unwrap();
        }
        drop(ledger);
        let ledger = begin(dir.path(), 100_000);
        let kept: Vec<Body> = ledger.history(&slice(0)).unwrap().into_iter().map(|past| past.body).collect();
        prop_assert_eq!(kept, bodies);
    }
}

/// Runs of many accounts in one process: who waits for another is woken, and needs none of the ledger's patience.
#[test]
fn runs_of_one_process_that_share_its_directory_take_turns_without_the_files_lock() {
    let dir = TempDir::new().unwrap();
    let machine = Machine { boot: "one".to_owned(), host: "one".to_owned() };
    let directory = StateDirectory::hold(dir.path(), &machine, UnixSeconds(0), Timing::DEFAULT).unwrap();
    let no_patience = LedgerOptions { lock_wait: Duration::ZERO, ..OPTIONS };
    let ledgers: Vec<_> = (0..8)
        .map(|number| {
            let origin = Origin { account: format!("AC{number:032}").parse().unwrap(), ..origin() };
            let state = State::Directory(directory.clone());
            Ledger::begin_run_in(&state, &origin, &request(100_000), no_patience, StepHook::none()).unwrap()
        })
        .collect();
    std::thread::scope(|scope| {
        for mut ledger in ledgers {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let day = |number: u64| slice(86_400 * i64::try_from(number).unwrap());
                let records = (0..40).map(|number| record(number, day(number), Round::First, 100_000, 1));
                runtime.block_on(write(&mut ledger, records));
                ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
            });
        }
    });
}
