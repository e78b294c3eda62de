use super::*;
use crate::postgres::{Login, server};

const NEVER: Duration = Duration::from_hours(1);
const STILL: LeaseTiming = LeaseTiming { beat: NEVER, gone: NEVER, silence: NEVER };

fn place() -> StateServer {
    StateServer::new(&server::new_database(), &Login::default())
}

fn meddle(place: &StateServer, statements: &str) {
    place.open().unwrap().run("meddle", statements).unwrap();
}

const SECOND: Duration = Duration::from_secs(1);

/// Lets the holder have given its last sign a while ago, by a server that was there.
fn silent(place: &StateServer) {
    meddle(
        place,
        "SELECT pg_sleep(2 - extract(epoch FROM least(clock_timestamp() - pg_postmaster_start_time(), '2 s')))",
    );
    meddle(place, "UPDATE leases SET beaten_at = clock_timestamp() - interval '1900 ms'");
}

#[test]
fn one_at_a_time_has_it_and_gives_it_back() {
    let place = place();
    let first = Lease::take(&place, "a", "first", LeaseTiming::DEFAULT).unwrap();
    let error = Lease::take(&place, "a", "second", LeaseTiming::DEFAULT).unwrap_err();
    assert!(error.is_another_machine() && error.to_string().contains("first"), "{error}");
    let other = Lease::take(&place, "b", "second", LeaseTiming::DEFAULT).unwrap();
    assert_eq!((first.proof(), other.proof()), (("a", 1), ("b", 1)));
    let clone = first.clone();
    drop(first);
    assert!(Lease::take(&place, "a", "second", LeaseTiming::DEFAULT).is_err(), "a clone is left");
    drop(clone);
    assert_eq!(Lease::take(&place, "a", "second", LeaseTiming::DEFAULT).unwrap().proof(), ("a", 2));
}

#[test]
fn of_many_at_once_one_gets_it() {
    let place = place();
    let taken = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|number| {
                let place = &place;
                scope.spawn(move || Lease::take(place, "a", &number.to_string(), STILL).ok())
            })
            .collect();
        all.into_iter().filter_map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(taken.len(), 1);
}

#[test]
fn who_was_silent_for_too_long_is_replaced_and_finds_that_out() {
    let place = place();
    let late = Lease::take(&place, "a", "late", STILL).unwrap();
    silent(&place);
    assert!(Lease::take(&place, "a", "next", STILL).is_err(), "not for an hour");
    late.stands(&Patience::none()).unwrap();
    silent(&place);
    let next = Lease::take(&place, "a", "next", LeaseTiming { silence: SECOND, ..STILL }).unwrap();
    late.check().unwrap();
    assert!(late.stands(&Patience::none()).is_err());
    let lost = late.check().unwrap_err();
    assert!(lost.is_another_machine() && lost.to_string().contains("next"), "{lost}");
    drop(late);
    next.stands(&Patience::none()).unwrap();
}

/// Else a run that waited for its server would lose its lease to whoever comes first when it is back.
#[test]
fn nobody_was_silent_before_the_server_started() {
    let place = place();
    let _held = Lease::take(&place, "a", "held", STILL).unwrap();
    meddle(&place, "UPDATE leases SET beaten_at = pg_postmaster_start_time() - interval '1 day'");
    let timing = LeaseTiming { silence: Duration::from_hours(12), ..STILL };
    assert!(Lease::take(&place, "a", "next", timing).is_err());
}

/// A process that is killed loses its connection at once.
#[test]
fn who_has_no_connection_any_more_is_replaced_sooner() {
    let place = place();
    let soon = LeaseTiming { gone: SECOND, ..STILL };
    let gone = Lease::take(&place, "a", "gone", STILL).unwrap();
    silent(&place);
    assert!(Lease::take(&place, "a", "next", soon).is_err(), "it is connected");
    meddle(&place, "SELECT pg_terminate_backend(backend, 10000) FROM leases");
    assert!(Lease::take(&place, "a", "next", STILL).is_err(), "it may come back");
    let next = Lease::take(&place, "a", "next", soon).unwrap();
    assert!(gone.stands(&Patience::none()).is_err());
    next.stands(&Patience::none()).unwrap();
}

/// A sign of life that lies far ahead, since the server's clock was set back, locks nobody out.
#[test]
fn a_sign_from_far_ahead_is_none() {
    let place = place();
    let held = Lease::take(&place, "a", "held", STILL).unwrap();
    meddle(&place, "UPDATE leases SET beaten_at = clock_timestamp() + interval '1 day'");
    held.stands(&Patience::none()).unwrap();
    assert!(Lease::take(&place, "a", "next", LeaseTiming::DEFAULT).is_err(), "it has just given a sign");
    meddle(&place, "UPDATE leases SET beaten_at = clock_timestamp() + interval '1 day'");
    let next = Lease::take(&place, "a", "next", LeaseTiming::DEFAULT);
    assert!(next.is_ok());
}

#[test]
fn signs_are_given_without_being_asked_for() {
    let place = place();
    let timing = LeaseTiming { beat: Duration::from_millis(20), ..LeaseTiming::DEFAULT };
    let held = Lease::take(&place, "a", "held", timing).unwrap();
    meddle(&place, "UPDATE leases SET beaten_at = clock_timestamp() + interval '1 hour'");
    let session = place.open().unwrap();
    let silence = format!("SELECT {SILENT} FROM leases AS l");
    while session.query("look", &silence, &[]).unwrap()[0].integer(0).unwrap() > Some(1_000_000) {
        std::thread::sleep(Duration::from_millis(20));
    }
    meddle(&place, "UPDATE leases SET token = token + 1, holder = 'next'");
    while held.check().is_ok() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(held.check().unwrap_err().to_string().contains("next"));
}
