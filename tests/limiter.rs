//! The limiter's promise: the real loop and the real bucket file in virtual time, against a network that does its worst.
//!
//! `VERIFY_ROLLUP_CASES` sets how many cases are searched, `VERIFY_ROLLUP_SEED` plays a single one.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers of random choices")]

#[path = "limiter/machine.rs"]
mod machine;
#[path = "limiter/network.rs"]
mod network;
#[path = "limiter/scenario.rs"]
mod scenario;
#[path = "support/virtual_time.rs"]
mod virtual_time;

use std::sync::atomic::{AtomicU64, Ordering};

use network::{Found, search};
use scenario::Scenario;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Says which case it was when one panics.
struct Case(u64);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again: VERIFY_ROLLUP_SEED={} cargo test --test limiter no_minute", self.0);
        }
    }
}

fn play(seed: u64) -> (usize, Option<Found>) {
    let case = Case(seed);
    let scenario = Scenario::new(seed);
    let shown = format!("{scenario:#?}");
    let mut arrivals = scenario.play();
    match search(&mut arrivals) {
        Ok(found) => (arrivals.len(), found),
        Err(overfull) => panic!("case {}: {overfull}\n{shown}", case.0),
    }
}

#[test]
fn no_minute_holds_more_arrivals_than_the_limit_whatever_happens() {
    if let Some(seed) = number("VERIFY_ROLLUP_SEED") {
        play(seed);
        return;
    }
    let cases = number("VERIFY_ROLLUP_CASES").unwrap_or(300);
    let (next, arrived, full) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= cases {
                break;
            }
            let (arrivals, found) = play(seed);
            arrived.fetch_add(arrivals as u64, Ordering::Relaxed);
            full.fetch_add(
                u64::from(found.is_some_and(|found| found.arrivals == found.limit as usize)),
                Ordering::Relaxed,
            );
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let (arrived, full) = (arrived.into_inner(), full.into_inner());
    println!("{cases} cases, {arrived} requests, {full} cases with a full minute");
    // A search whose minutes are never full proves nothing.
    assert!(full * 2 > cases, "{full} of {cases} cases filled a minute");
    assert!(arrived > cases * 50, "{arrived} requests in {cases} cases");
}
