//! A ledger of a server for who only looks.

use super::place::{Place, Served};
use super::served::{count, meddle};
use super::*;
use crate::model::AnswerSource::EarlierRun;
use crate::model::PostgresUrl;
use crate::postgres::{Login, Session};
use crate::state::{StateError, StateServer};

pub(super) fn look(url: &PostgresUrl, now: i64) -> Result<ReadOnlyLedger, LedgerError> {
    ReadOnlyLedger::open_on(&StateServer::new(url, &Login::default()), &origin(), &request(now))
}

/// All tables of a database that are not the server's own.
pub(super) fn tables(url: &PostgresUrl) -> i64 {
    let session = Session::open(url, &Login::default()).unwrap();
    let all = "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
               WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')";
    session.query("count", all, &[]).unwrap()[0].integer(0).unwrap().unwrap()
}

#[tokio::test]
async fn looking_makes_no_table_and_finds_nothing_where_there_is_none() {
    let place = Served::default();
    let mut ledger = look(place.url(), 100_000).unwrap();
    assert_eq!(ledger.open_run(), None);
    assert_eq!(found(&mut ledger, question(slice(0), Round::First, Reuse::AnyAge)), None);
    assert!(ledger.notes().unwrap().is_empty() && !ledger.has_attempts(slice(0).range).unwrap());
    assert_eq!(tables(place.url()), 0);
    // A run that dies while it makes its tables leaves a schema at most.
    meddle(place.url(), "CREATE SCHEMA verify_rollup; CREATE TABLE verify_rollup.format (steps BIGINT NOT NULL)");
    assert_eq!(look(place.url(), 100_000).unwrap().open_run(), None);
    assert_eq!(tables(place.url()), 1);
}

#[tokio::test]
async fn looking_finds_what_runs_recorded_for_the_origin_and_writes_nothing() {
    let place = Served::default();
    let mut run = place.begin(&origin(), &request(100_000));
    write(&mut run, [record(1, slice(0), Round::First, 100_000, 7)]).await;
    let ledger = look(place.url(), 100_001).unwrap();
    assert_eq!(ledger.open_run(), Some(&BegunRun { taken_up: true, ..Served::run(&run) }));
    Served::end(run, RunEnd::Published, 100_001);
    let mut ledger = look(place.url(), 100_002).unwrap();
    assert_eq!(ledger.open_run(), None);
    assert_eq!(found(&mut ledger, question(slice(0), Round::First, Reuse::Settled)), Some((7, EarlierRun)));
    assert!(ledger.has_attempts(slice(0).range).unwrap() && !ledger.has_attempts(slice(1).range).unwrap());
    assert!(ledger.last_run("job").unwrap().is_some());
    let elsewhere = Origin { origin: "https://verify.twilio.com".to_owned(), ..origin() };
    let other = ReadOnlyLedger::open_on(place.server(), &elsewhere, &request(100_002));
    assert_eq!(found(&mut other.unwrap(), question(slice(0), Round::First, Reuse::AnyAge)), None);

    let session = place.server().look().unwrap().unwrap();
    let error = session.run("delete", "DELETE FROM runs").unwrap_err();
    assert!(format!("{error:?}").contains("read-only transaction"), "{error:?}");
    assert_eq!(count(place.url(), "runs"), 1);
}

#[tokio::test]
async fn other_formats_are_empty_or_refused() {
    let place = Served::default();
    Served::end(place.begin(&origin(), &request(100_000)), RunEnd::Interrupted, 100_001);
    assert!(look(place.url(), 100_002).unwrap().open_run().is_some());
    meddle(place.url(), "UPDATE verify_rollup.format SET steps = 0");
    assert_eq!(look(place.url(), 100_002).unwrap().open_run(), None);
    meddle(place.url(), "UPDATE verify_rollup.format SET steps = 99");
    let error = look(place.url(), 100_002).unwrap_err();
    assert!(matches!(error, LedgerError::State(StateError::Newer { found: 99, .. })), "{error}");
}
