//! A ledger of a server for who prunes it.

use super::listed::{four_hours, later};
use super::listing::{HOUR, attempts, hours, list, row, split, tally, whole, with_confirmed};
use super::looked::{look, tables};
use super::place::{Place, Served};
use super::served::{count, meddle};
use super::*;
use crate::model::AnswerSource::EarlierRun;
use crate::state::{Lease, LeaseTiming, StateError};

fn prune_at(place: &Served, before: i64) -> Result<Pruned, LedgerError> {
    prune_on(place.server(), time(before))
}

#[tokio::test]
async fn there_is_nothing_to_prune_where_no_table_is_and_a_later_release_s_are_left_alone() {
    let place = Served::default();
    assert_eq!(prune_at(&place, 100_000).unwrap(), Pruned::default());
    assert_eq!(tables(place.url()), 0);
    Served::end(place.begin(&origin(), &request(100_000)), RunEnd::Published, 100_001);
    meddle(place.url(), "UPDATE verify_rollup.format SET steps = 99");
    let error = prune_at(&place, 200_000).unwrap_err();
    assert!(matches!(error, LedgerError::State(StateError::Newer { found: 99, .. })), "{error}");
    assert_eq!(count(place.url(), "runs"), 1);
}

#[tokio::test]
async fn pruning_a_server_removes_old_answers_and_their_runs() {
    let place = Served::default();
    let mut run = place.begin(&origin(), &request(100_000));
    write(&mut run, [record(1, slice(0), Round::First, 100_000, 7)]).await;
    Served::end(run, RunEnd::Published, 100_001);
    let mut run = place.begin(&origin(), &request(100_100));
    let ticket = |n: i64| u64::try_from(n).unwrap();
    write_many(&mut run, (0..2_000).map(|n| record(ticket(n), slice(n), Round::First, 100_100 + n % 2, n))).await;
    Served::end(run, RunEnd::Published, 100_200);

    let pruned = prune_at(&place, 100_101).unwrap();
    assert_eq!((pruned.answers, pruned.runs), (1_001, 1));
    assert!(pruned.bytes_before > 100_000 && pruned.bytes_after > 0, "{pruned:?}");
    assert_eq!(count(place.url(), "ranges"), 1_000, "a range goes with its last answer");
    let mut run = place.begin(&origin(), &request(100_300));
    assert_eq!(found(&mut run, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert_eq!(found(&mut run, question(slice(3), Round::First, Reuse::AnyAge)), Some((3, EarlierRun)));
    drop(run);
    let all = prune_at(&place, 200_000).unwrap();
    assert_eq!((all.answers, all.runs), (1_000, 2));
    assert!(all.bytes_after < pruned.bytes_before, "{pruned:?} {all:?}");
}

#[tokio::test]
async fn pruning_a_server_removes_what_was_listed_with_its_windows() {
    let place = four_hours::<Served>().await;
    let mut log = later(&place, 200_000, split("a"));
    list(&mut log, tally(hours(4, 5), 200_000, &[row(4 * HOUR, "US", 4)])).await;
    Served::end_keeping(log, &with_confirmed(&[whole(hours(4, 5))]), 200_001);
    let pruned = prune_at(&place, 200_000).unwrap();
    assert_eq!((pruned.answers, pruned.runs), (0, 1));
    let mut log = later(&place, 300_000, split("a"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), None);
    assert_eq!(attempts(&mut log, Slice::whole(hours(4, 5))), Some(4));
    drop(log);
    prune_at(&place, 400_000).unwrap();
    let tables = ["segments", "listed", "confirmed", "texts", "runs"];
    assert_eq!(tables.map(|table| count(place.url(), table)), [0; 5]);
}

/// A row that somebody knows by its number must not go.
#[tokio::test]
async fn nobody_prunes_what_is_in_use_and_nobody_looks_while_it_is_pruned() {
    let place = Served::default();
    Served::end(place.begin(&origin(), &request(100_000)), RunEnd::Published, 100_001);
    let is_in_use = || matches!(prune_at(&place, 200_000), Err(LedgerError::InUse { .. }));
    let looking = look(place.url(), 100_002).unwrap();
    assert!(is_in_use());
    drop(looking);
    let writer = place.server().open().unwrap();
    let second = look(place.url(), 100_002).unwrap();
    assert!(is_in_use(), "those who use it share it");
    drop((writer, second));
    assert_eq!(count(place.url(), "runs"), 1);
}

/// Its connections were cut, it waits for a token, and it knows rows by their numbers still.
#[test]
fn nobody_prunes_under_a_run_that_is_alive() {
    let place = Served::default();
    Served::end(place.begin(&origin(), &request(100_000)), RunEnd::Published, 100_001);
    let lease = Lease::take(place.server(), "dataset", "alive", LeaseTiming::DEFAULT).unwrap();
    assert!(matches!(prune_at(&place, 200_000), Err(LedgerError::InUse { .. })));
    drop(lease);
    assert_eq!(prune_at(&place, 200_000).unwrap().runs, 1);
}
