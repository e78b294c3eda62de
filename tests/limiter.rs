//! The limiter's promise: the real loop and the real bucket file in virtual time, against a network that does its
//! worst.
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
use std::time::Duration;

use network::{Found, search};
use scenario::{Process, Scenario};

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
    let cases = number("VERIFY_ROLLUP_CASES").unwrap_or(200);
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

/// How much of what the limit allows runs with this mean latency use together, each with concurrency enough: the
/// bucketfuls of 24 minutes over the time from the middle of the first to the middle of the last.
fn use_of_the_limit(runs: u32, mean_latency: f64) -> f64 {
    const LIMIT: u32 = 100;
    const MINUTES: u32 = 24;
    let run = Process::steady(LIMIT, mean_latency, i64::from(LIMIT * MINUTES / runs));
    let mut arrivals = Scenario::steady(vec![run; runs as usize]).play();
    assert_eq!(arrivals.len(), (LIMIT * MINUTES) as usize);
    assert!(search(&mut arrivals).is_ok());
    let mut starts: Vec<f64> = arrivals.iter().map(|arrival| arrival.started.as_secs_f64()).collect();
    starts.sort_by(f64::total_cmp);
    let middle = |starts: &[f64]| starts.iter().sum::<f64>() / f64::from(LIMIT);
    let (first, last) = (&starts[..LIMIT as usize], &starts[starts.len() - LIMIT as usize..]);
    f64::from(MINUTES - 1) * 60.0 / (middle(last) - middle(first))
}

#[test]
fn at_latencies_up_to_a_second_98_percent_of_the_limit_are_used() {
    for (runs, mean_latency) in [(1, 0.1), (1, 1.0), (3, 1.0)] {
        let used = use_of_the_limit(runs, mean_latency);
        println!("{runs} runs, {mean_latency} s: {:.2} %", used * 100.0);
        assert!((0.98..=1.0).contains(&used), "{runs} runs at {mean_latency} s: {used}");
    }
}

#[test]
fn beyond_a_second_only_the_latency_itself_is_lost() {
    for (runs, mean_latency) in [(1, 5.0), (3, 5.0), (1, 15.0)] {
        let (used, ideal) = (use_of_the_limit(runs, mean_latency), 60.0 / (60.0 + mean_latency));
        println!("{runs} runs, {mean_latency} s: {:.2} % of {:.2} %", used * 100.0, ideal * 100.0);
        assert!(used >= 0.98 * ideal, "{runs} runs at {mean_latency} s: {used} of {ideal}");
    }
}

/// The tokens of requests that were claimed before a stop have come back when the process goes on.
#[test]
fn a_process_that_was_stopped_between_claim_and_request_claims_afresh() {
    let mut arrivals = Scenario::stopped_once(Process::steady(10, 0.2, 30), 6, Duration::from_mins(4)).play();
    assert_eq!(arrivals.len(), 30, "nothing is lost, and nothing sent twice");
    assert_eq!(search(&mut arrivals), Ok(Some(Found { arrivals: 10, limit: 10 })));
}
