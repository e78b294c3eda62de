//! One contract for every ledger: which run is taken up.

use super::place::{Place, contract};
use super::*;

contract! {
    a_run_is_taken_up_within_an_hour_until_it_publishes
    as_of_decides_which_run_is_taken_up
    only_the_same_fingerprint_is_taken_up
}

async fn a_run_is_taken_up_within_an_hour_until_it_publishes<P: Place>() {
    for (end, stays_open) in [
        (Some(RunEnd::Published), false),
        (Some(RunEnd::Unreconciled), false),
        (Some(RunEnd::Untrusted), false),
        (Some(RunEnd::Incomplete), true),
        (Some(RunEnd::Interrupted), true),
        (Some(RunEnd::Failed), true),
        (None, true),
    ] {
        // Last seen when its last answer was asked, or when it ended.
        for (now, in_time) in [(10_500, true), (10_500 + 3600, true), (10_500 + 3601, false)] {
            let place = P::default();
            let mut log = place.begin(&origin(), &request(10_000));
            let first = P::run(&log);
            assert_eq!((first.as_of, first.started_at), (UnixSeconds(10_000), UnixSeconds(10_000).to_micros()));
            let asked_at = if end.is_some() { 10_100 } else { 10_500 };
            write(&mut log, [record(0, slice(0), Round::First, asked_at, 1)]).await;
            match end {
                Some(end) => P::end(log, end, 10_500),
                None => drop(log),
            }
            let second = P::run(&place.begin(&origin(), &request(now)));
            let expected = stays_open && in_time;
            assert_eq!(second.taken_up, expected, "{end:?} at {now}");
            assert_eq!(second == BegunRun { taken_up: true, ..first }, expected, "{end:?} at {now}");
            if !expected {
                assert!(second.run_id > first.run_id, "run ids sort by time");
                assert_eq!(second.as_of, UnixSeconds(now));
            }
        }
    }
}

async fn as_of_decides_which_run_is_taken_up<P: Place>() {
    let given = |as_of, now| RunRequest { as_of: Some(UnixSeconds(as_of)), ..request(now) };
    let place = P::default();
    let begin = |request: &RunRequest| {
        let log = place.begin(&origin(), request);
        let run = P::run(&log);
        P::end(log, RunEnd::Incomplete, 10_000);
        run
    };
    let with_five = begin(&given(5, 9_000));
    assert_eq!(with_five.as_of, UnixSeconds(5));
    let without = begin(&request(9_001));
    assert!(!without.taken_up, "an as_of was given to the other run");
    assert_eq!(begin(&given(5, 9_002)).run_id, with_five.run_id);
    assert_eq!(begin(&request(9_003)).run_id, without.run_id);
    assert_eq!(begin(&given(9_001, 9_004)).run_id, without.run_id, "the same instant, now asked for");
    assert!(!begin(&given(6, 9_005)).taken_up);
}

async fn only_the_same_fingerprint_is_taken_up<P: Place>() {
    let place = P::default();
    P::end(place.begin(&origin(), &request(1_000)), RunEnd::Failed, 1_000);
    let other = RunRequest { fingerprint: "other", ..request(1_001) };
    assert!(!P::run(&place.begin(&origin(), &other)).taken_up);
    let earlier = ["older".to_owned(), "same".to_owned()];
    let later = RunRequest { fingerprint: "new", earlier_fingerprints: &earlier, ..request(1_002) };
    assert!(P::run(&place.begin(&origin(), &later)).taken_up, "an earlier release entered it");
    let renamed = RunRequest { job: "the name alone is nothing", ..request(1_002) };
    assert!(P::run(&place.begin(&origin(), &renamed)).taken_up);
}
