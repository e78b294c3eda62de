//! Hosts that follow one another on a ledger of a server, and connections that are cut at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::place::{Place, Served};
use super::served::{count, meddle};
use super::*;
use crate::postgres::Patience;
use crate::state::{Lease, LeaseTiming, State, StateError, StateServer};

/// Cuts every connection to a database but the one that says so.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn answer(ticket: u64, start: i64) -> NewAnswer {
    record(ticket, slice(start), Round::First, 100_000, 7)
}

fn patient(place: &Served) -> StateServer {
    StateServer { patience: Patience::new(Duration::from_mins(1), || true), ..place.server().clone() }
}

fn begin_on(server: StateServer, lease: Option<Lease>, hook: StepHook) -> Ledger {
    Ledger::begin_run_in(&State::Server(Box::new(server), lease), &origin(), &request(100_000), OPTIONS, hook).unwrap()
}

#[tokio::test]
async fn without_patience_a_connection_that_is_cut_ends_the_ledger_and_keeps_what_was_acknowledged() {
    let place = Served::default();
    let is_cut = Arc::new(AtomicBool::new(false));
    let (url, now) = (place.url().clone(), Arc::clone(&is_cut));
    let hook = StepHook::new(move |step| {
        if step == LedgerStep::BatchBegun && now.load(Ordering::Relaxed) {
            meddle(&url, CUT);
        }
    });
    let mut ledger = begin_on(place.server().clone(), None, hook);
    write(&mut ledger, [answer(1, 0)]).await;
    is_cut.store(true, Ordering::Relaxed);
    ledger.record(answer(2, 1)).unwrap();
    let error = ledger.committed().await.unwrap_err();
    assert!(matches!(error, LedgerError::Server(_)), "{error}");
    let error = ledger.record(answer(3, 2)).unwrap_err();
    assert!(matches!(error, LedgerError::EarlierFailure { .. }), "{error}");
    drop(ledger);
    let mut again = place.begin(&origin(), &request(100_100));
    assert!(again.run().taken_up);
    assert!(found(&mut again, question(slice(0), Round::First, Reuse::AnyAge)).is_some());
    assert_eq!(found(&mut again, question(slice(1), Round::First, Reuse::AnyAge)), None);
}

/// Each passing of each step of a group is where the connections are cut once.
#[tokio::test]
async fn with_patience_every_answer_is_written_once_wherever_connections_are_cut() {
    let steps =
        [LedgerStep::BatchBegun, LedgerStep::BatchInserted, LedgerStep::BatchCommitted, LedgerStep::BatchReported];
    for step in steps {
        let place = Served::default();
        let (url, passed) = (place.url().clone(), AtomicU32::new(0));
        let hook = StepHook::new(move |reached| {
            if reached == step && passed.fetch_add(1, Ordering::Relaxed) % 2 == 0 {
                meddle(&url, CUT);
            }
        });
        let mut ledger = begin_on(patient(&place), None, hook);
        for ticket in 0..6 {
            write(&mut ledger, [answer(ticket, i64::try_from(ticket).unwrap())]).await;
        }
        meddle(place.url(), CUT);
        for start in 0..6 {
            assert!(found(&mut ledger, question(slice(start), Round::First, Reuse::AnyAge)).is_some(), "{step:?}");
        }
        meddle(place.url(), CUT);
        ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap();
        assert_eq!(count(place.url(), "answers"), 6, "{step:?}");
        assert_eq!(count(place.url(), "runs WHERE status = 'published'"), 1, "{step:?}");
    }
}

/// What a commit did whose acknowledgement was lost is known by the row of the run alone.
#[tokio::test]
async fn a_group_that_was_committed_unheard_is_not_written_again() {
    let place = Served::default();
    let mut ledger = begin_on(patient(&place), None, StepHook::none());
    write(&mut ledger, [answer(0, 0)]).await;
    // As a try would have left it that was committed, with its answer, and not heard of.
    meddle(place.url(), "UPDATE verify_rollup.runs SET written = written + 1");
    write(&mut ledger, [answer(1, 1)]).await;
    assert_eq!(count(place.url(), "answers"), 1);
}

#[tokio::test]
async fn a_server_that_lost_what_it_had_confirmed_is_noticed() {
    let place = Served::default();
    let mut ledger = begin_on(patient(&place), None, StepHook::none());
    write(&mut ledger, [answer(0, 0), answer(1, 1)]).await;
    // What a standby holds that takes over one group late.
    meddle(place.url(), "DELETE FROM verify_rollup.answers WHERE id = 2; UPDATE verify_rollup.runs SET written = 1");
    ledger.record(answer(2, 2)).unwrap();
    let error = ledger.committed().await.unwrap_err();
    assert!(matches!(error, LedgerError::Taken(Taken::Back)), "{error}");
    assert_eq!(count(place.url(), "answers"), 1);
}

#[tokio::test]
async fn a_host_whose_run_was_taken_up_writes_nothing_any_more() {
    for ending in ["record", "end"] {
        let place = Served::default();
        let mut late = place.begin(&origin(), &request(100_000));
        write(&mut late, [answer(0, 0)]).await;
        let mut next = place.begin(&origin(), &request(100_001));
        assert_eq!((next.run().run_id, next.run().taken_up), (late.run().run_id, true));
        assert!(found(&mut next, question(slice(0), Round::First, Reuse::AnyAge)).is_some());
        let error = if ending == "end" {
            late.end_run(&RunEnd::Published.into(), time(100_002)).unwrap_err()
        } else {
            late.record(answer(1, 1)).unwrap();
            late.committed().await.unwrap_err()
        };
        assert!(matches!(error, LedgerError::Taken(Taken::Over)), "{error}");
        assert_eq!(count(place.url(), "answers"), 1);
        write(&mut next, [answer(0, 1)]).await;
        next.end_run(&RunEnd::Published.into(), time(100_003)).unwrap();
        assert_eq!(count(place.url(), "answers"), 2);
    }
}

/// Else a host that slept between taking its lease and entering its run would shut its successor out.
#[test]
fn a_host_whose_lease_was_taken_over_cannot_enter_a_run() {
    let place = Served::default();
    let timing = LeaseTiming { beat: Duration::from_hours(1), gone: Duration::ZERO, silence: Duration::ZERO };
    let late = Lease::take(place.server(), "dataset", "late", timing).unwrap();
    let _next = Lease::take(place.server(), "dataset", "next", timing).unwrap();
    let error = place.try_begin(&origin(), &request(100_000), Some(late)).unwrap_err();
    assert!(matches!(error, LedgerError::Taken(Taken::Over)), "{error}");
    assert_eq!(count(place.url(), "runs"), 0);
}

#[test]
fn a_host_whose_lease_was_taken_over_adopts_nothing() {
    let place = Served::default();
    let timing = LeaseTiming { beat: Duration::from_hours(1), gone: Duration::ZERO, silence: Duration::ZERO };
    let late = Lease::take(place.server(), "dataset", "late", timing).unwrap();
    let mut ledger = place.try_begin(&origin(), &request(100_000), Some(late)).unwrap();
    let _next = Lease::take(place.server(), "dataset", "next", timing).unwrap();
    let row = Inference { slice: slice(0), counts: Counts::new(1, 1).unwrap(), asked_at: UnixSeconds(1).to_micros() };
    let error = ledger.adopt(&[row], &[], time(100_001)).unwrap_err();
    assert!(matches!(error, LedgerError::Taken(Taken::Over)), "{error}");
    assert_eq!(count(place.url(), "answers"), 0);
}

#[test]
fn nobody_waits_for_a_server_who_was_told_to_stop() {
    let place = Served::default();
    let goes_on = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&goes_on);
    let patience = Patience::new(Duration::from_hours(1), move || asked.load(Ordering::Relaxed));
    let ledger = begin_on(StateServer { patience, ..place.server().clone() }, None, StepHook::none());
    meddle(place.url(), "ALTER DATABASE postgres ALLOW_CONNECTIONS true");
    let database = &place.url().database;
    let elsewhere = crate::postgres::server::new_database();
    meddle(&elsewhere, &format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false"));
    meddle(&elsewhere, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"));
    goes_on.store(false, Ordering::Relaxed);
    let error = ledger.end_run(&RunEnd::Published.into(), time(100_001)).unwrap_err();
    assert!(matches!(error, LedgerError::Server(_) | LedgerError::State(StateError::Server(_))), "{error}");
}

/// Somebody who holds a row for longer than a statement may take is like a server that is away.
#[test]
fn a_lease_that_somebody_keeps_locked_is_waited_for() {
    let place = Served::default();
    let timing = LeaseTiming::DEFAULT;
    drop(Lease::take(place.server(), "dataset", "before", timing).unwrap());
    let holder = place.server().open().unwrap();
    holder.begin("hold", "BEGIN; SELECT FROM leases FOR UPDATE").unwrap();
    let released = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(3_500));
        holder.end("let go", "COMMIT").unwrap();
    });
    assert!(Lease::take(&patient(&place), "dataset", "next", timing).is_ok());
    released.join().unwrap();
}

#[test]
fn a_role_that_wants_other_isolation_has_ours() {
    let place = Served::default();
    meddle(place.url(), "CREATE ROLE other LOGIN SUPERUSER");
    meddle(place.url(), "ALTER ROLE other SET default_transaction_isolation = 'serializable'");
    let url = crate::model::PostgresUrl { user: "other".to_owned(), ..place.url().clone() };
    let session = StateServer::new(&url, &crate::postgres::Login::default()).open().unwrap();
    let found = session.query("tell", "SHOW transaction_isolation", &[]).unwrap();
    assert_eq!(found[0].text(0).unwrap(), Some("read committed"));
}

/// A schema that was made for a role which may make none.
#[test]
fn a_role_that_owns_the_schema_needs_no_right_on_the_database() {
    let place = Served::default();
    meddle(place.url(), "CREATE ROLE plain LOGIN; CREATE SCHEMA verify_rollup AUTHORIZATION plain");
    let url = crate::model::PostgresUrl { user: "plain".to_owned(), ..place.url().clone() };
    let server = StateServer::new(&url, &crate::postgres::Login::default());
    drop(server.open().unwrap());
    let lease = Lease::take(&server, "dataset", "plain", LeaseTiming::DEFAULT).unwrap();
    lease.stands(&Patience::none()).unwrap();
}
