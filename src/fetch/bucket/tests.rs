use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::splitmix64;

const MINUTE: Duration = Duration::from_mins(1);

fn limit(per_minute: u32) -> Limit {
    Limit::new(NonZeroU32::new(per_minute).unwrap(), None, Duration::from_secs(20))
}

fn burst(per_minute: u32, burst: u32) -> Limit {
    Limit::new(NonZeroU32::new(per_minute).unwrap(), NonZeroU32::new(burst), Duration::from_secs(20))
}

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_token_rests_a_little_over_a_minute_after_a_complete_response() {
    let (mut bucket, limit) = (Bucket::default(), limit(1));
    let token = bucket.claim(secs(100.0), &limit).unwrap();
    bucket.release(token, Completion::Complete, secs(100.4), &limit);
    assert_eq!(bucket.claim(secs(101.0), &limit), Err(secs(59.45)));
    assert!(bucket.claim(secs(160.449), &limit).is_err());
    assert!(bucket.claim(secs(160.45), &limit).is_ok());
}

#[test]
fn a_token_of_unknown_fate_rests_after_the_longest_hold() {
    for (timeout, hold) in [(1.0, 20.0), (20.0, 20.0), (45.0, 45.0)] {
        let limit = Limit::new(NonZeroU32::MIN, None, secs(timeout));
        for released in [true, false] {
            let mut bucket = Bucket::default();
            let token = bucket.claim(secs(0.0), &limit).unwrap();
            if released {
                bucket.release(token, Completion::Unknown, secs(timeout), &limit);
            }
            assert!(bucket.claim(secs(hold + 60.049), &limit).is_err(), "{timeout} {released}");
            assert!(bucket.claim(secs(hold + 60.05), &limit).is_ok(), "{timeout} {released}");
        }
    }
}

#[test]
fn while_requests_are_in_flight_a_wait_is_no_longer_than_a_rest() {
    let (mut bucket, limit) = (Bucket::default(), limit(1));
    let token = bucket.claim(secs(0.0), &limit).unwrap();
    assert_eq!(bucket.claim(secs(0.0), &limit), Err(secs(60.05)));
    bucket.release(token, Completion::Complete, secs(0.0), &limit);
    assert!(bucket.claim(secs(60.05), &limit).is_ok());
}

#[test]
fn a_run_claims_only_below_its_own_limit() {
    let mut bucket = Bucket::default();
    for _ in 0..3 {
        let _ = bucket.claim(secs(1.0), &limit(10)).unwrap();
    }
    assert!(bucket.claim(secs(1.0), &limit(3)).is_err());
    assert!(bucket.claim(secs(1.0), &limit(4)).is_ok());
}

#[test]
fn a_lost_past_counts_as_anybodys_limit_spent_just_now() {
    for (now, free) in [(500.0, 500.0 + 20.0 + 60.05), (5.0, 5.0 + 20.0 + 60.05)] {
        let mut bucket = Bucket::just_spent(secs(now), &limit(3));
        assert_eq!(bucket.claim(secs(now), &limit(3)), Err(secs(60.05)));
        assert!(bucket.claim(secs(free - 0.001), &limit(u32::MAX)).is_err(), "{now}");
        assert_eq!(bucket.lost_for(secs(free - 1.0)), Some(secs(1.0)));
        assert!(bucket.claim(secs(free), &limit(3)).is_ok(), "{now}");
        assert_eq!(bucket.lost_for(secs(free)), None);
    }
}

#[test]
fn a_token_is_for_a_request_that_starts_at_once() {
    let mut bucket = Bucket::default();
    let token = bucket.claim(secs(100.0), &limit(3)).unwrap();
    assert!(token.is_fresh(secs(100.0)) && token.is_fresh(secs(102.0)));
    assert!(!token.is_fresh(secs(102.001)));
}

#[test]
fn a_token_that_outlives_the_past_is_entered_afresh() {
    let limit = limit(2);
    let token = Bucket::default().claim(secs(1.0), &limit).unwrap();
    let mut bucket = Bucket::default();
    bucket.release(token, Completion::Complete, secs(2.0), &limit);
    let _ = bucket.claim(secs(2.0), &limit).unwrap();
    assert_eq!(bucket.claim(secs(2.0), &limit), Err(secs(60.05)));
}

#[test]
fn pauses_hold_everybody_and_are_never_shortened() {
    let mut bucket = Bucket::default();
    bucket.pause(secs(10.0), secs(60.0));
    bucket.pause(secs(11.0), secs(1.0));
    assert_eq!(bucket.claim(secs(12.0), &limit(100)), Err(secs(58.0)));
    assert!(bucket.claim(secs(70.0), &limit(100)).is_ok());
    assert_eq!(bucket.claim_unlimited(secs(12.0)).unwrap_err(), secs(58.0));
    assert!(bucket.claim_unlimited(secs(70.0)).is_ok());
    bucket.pause(secs(80.0), Duration::MAX);
    assert!(bucket.claim(secs(1e6), &limit(100)).is_err());
}

#[test]
fn a_burst_bounds_the_starts_within_its_share_of_a_minute() {
    for (per_minute, size, share) in [(100, 1, 0.6), (100, 10, 6.0), (60, 30, 30.0)] {
        let (mut bucket, limit) = (Bucket::default(), burst(per_minute, size));
        let (mut now, mut starts) = (Duration::ZERO, Vec::new());
        while starts.len() < per_minute as usize {
            match bucket.claim(now, &limit) {
                Ok(_) => starts.push(now),
                Err(wait) => now += wait,
            }
        }
        for pair in starts.windows(size as usize + 1) {
            assert!(pair[size as usize] >= pair[0] + secs(share), "{per_minute} {size}");
        }
        let groups = per_minute / size - 1;
        assert!(now <= secs(share) * groups + Duration::from_micros(1), "nothing is wasted");
        assert!(now >= secs(share).mul_f64(f64::from(per_minute / size - 1)));
    }
    assert_eq!(burst(10, 50), limit(10));
}

#[test]
fn high_limits_cost_no_more_per_claim() {
    let limit = limit(60_000);
    let mut bucket = Bucket::default();
    let mut most = 0;
    for request in 0..60_000_u32 {
        let now = secs(f64::from(request) / 1000.0);
        let token = bucket.claim(now, &limit).unwrap();
        bucket.release(token, Completion::Complete, now + secs(0.01), &limit);
        most = most.max(bucket.holds.len());
    }
    assert!(most <= 1300, "{most}");
    assert_eq!(bucket.claim(secs(60.0), &limit).unwrap_err(), secs(0.1));
}

/// A small fixed generator, so that a failing case stays the same.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        splitmix64::next(&mut self.0) % bound
    }

    fn upto(&mut self, longest: Duration) -> Duration {
        Duration::from_nanos(self.below(nanos(longest) + 1))
    }
}

struct Run {
    limit: Limit,
    concurrency: usize,
    latency: Duration,
    /// Of 100 requests, so many are given up at a random time though they may still arrive.
    lost_percent: u64,
    to_send: usize,
    killed_at: Duration,
    in_flight: usize,
    /// The end of a wait that a claim asked for; like the real loop, a run waits for one at a time.
    asleep_until: Duration,
}

enum Event {
    Claim { run: usize },
    Over { run: usize, token: Token, completion: Completion },
}

/// Runs that share a bucket, in virtual time.
struct World {
    bucket: Bucket,
    runs: Vec<Run>,
    random: Random,
    events: BTreeMap<(Duration, u64), Event>,
    scheduled: u64,
    arrivals: Vec<Duration>,
    last_claim: Duration,
}

impl World {
    fn new(runs: Vec<Run>, seed: u64) -> Self {
        let mut world = Self {
            bucket: Bucket::default(),
            runs,
            random: Random(seed),
            events: BTreeMap::new(),
            scheduled: 0,
            arrivals: Vec::new(),
            last_claim: Duration::ZERO,
        };
        for run in 0..world.runs.len() {
            let at = world.random.upto(Duration::from_secs(if run == 0 { 0 } else { 90 }));
            world.schedule(at, Event::Claim { run });
        }
        world
    }

    fn schedule(&mut self, at: Duration, event: Event) {
        self.scheduled += 1;
        self.events.insert((at, self.scheduled), event);
    }

    fn play(mut self) -> Self {
        while let Some(((now, _), event)) = self.events.pop_first() {
            match event {
                Event::Claim { run } => self.claim(now, run),
                Event::Over { run, token, completion } => {
                    let state = &mut self.runs[run];
                    if now < state.killed_at {
                        state.in_flight -= 1;
                        let limit = state.limit;
                        self.bucket.release(token, completion, now, &limit);
                        self.schedule(now, Event::Claim { run });
                    }
                }
            }
        }
        self.arrivals.sort_unstable();
        self
    }

    fn claim(&mut self, now: Duration, run: usize) {
        let state = &mut self.runs[run];
        if now >= state.killed_at
            || state.to_send == 0
            || state.in_flight >= state.concurrency
            || now < state.asleep_until
        {
            return;
        }
        let limit = state.limit;
        match self.bucket.claim(now, &limit) {
            Err(wait) => {
                assert!(wait > Duration::ZERO && wait <= REST);
                state.asleep_until = now + wait;
                self.schedule(now + wait, Event::Claim { run });
            }
            Ok(token) => {
                self.last_claim = now;
                state.to_send -= 1;
                state.in_flight += 1;
                let lost = self.random.below(100) < state.lost_percent;
                let latency = state.latency;
                let (over, arrival, completion) = if lost {
                    (self.random.upto(limit.hold), self.random.upto(limit.hold), Completion::Unknown)
                } else {
                    let over = self.random.upto(latency);
                    (over, self.random.upto(over), Completion::Complete)
                };
                self.arrivals.push(now + arrival);
                self.schedule(now + over, Event::Over { run, token, completion });
                self.schedule(now, Event::Claim { run });
            }
        }
    }

    /// The most arrivals in any minute, wherever it starts.
    fn busiest_minute(&self) -> usize {
        let mut first = 0;
        let mut most = 0;
        for (last, at) in self.arrivals.iter().enumerate() {
            while *at >= self.arrivals[first] + MINUTE {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most
    }
}

fn one_run(per_minute: u32, requests: usize, latency: f64) -> World {
    let run = Run {
        limit: limit(per_minute),
        concurrency: 16,
        latency: secs(latency),
        lost_percent: 0,
        to_send: requests,
        killed_at: Duration::MAX,
        in_flight: 0,
        asleep_until: Duration::ZERO,
    };
    World::new(vec![run], 1).play()
}

#[test]
fn three_hundred_requests_at_a_hundred_a_minute_take_two_minutes() {
    let world = one_run(100, 300, 0.2);
    assert_eq!(world.arrivals.len(), 300);
    assert!(world.busiest_minute() <= 100);
    assert!(world.last_claim <= secs(121.0), "{:?}", world.last_claim);
}

#[test]
fn nearly_all_of_the_limit_is_used() {
    for per_minute in [100, 200] {
        let world = one_run(per_minute, 9000, 1.0);
        let minutes = world.last_claim.as_secs_f64() / 60.0;
        // The first bucketful is free.
        let allowed = f64::from(per_minute) * minutes + f64::from(per_minute);
        assert!(9000.0 >= 0.98 * allowed, "{per_minute}: {minutes} minutes");
        assert!(world.busiest_minute() <= per_minute as usize);
    }
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let run = (1_u32..40, 1_u32..40, 1_usize..20, 0.0..30.0_f64, 0_u64..40, 1_usize..150, 0.0..600.0_f64).prop_map(
        |(per_minute, burst_of, concurrency, latency, lost_percent, to_send, killed_at)| Run {
            limit: Limit::new(
                NonZeroU32::new(per_minute).unwrap(),
                NonZeroU32::new(burst_of).filter(|_| burst_of < 20),
                secs(latency),
            ),
            concurrency,
            latency: secs(latency),
            lost_percent,
            to_send,
            killed_at: secs(killed_at),
            in_flight: 0,
            asleep_until: Duration::ZERO,
        },
    );
    proptest::collection::vec(run, 1..4)
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} concurrency {} latency {:?} lost {} % to send {} killed at {:?}",
            self.limit, self.concurrency, self.latency, self.lost_percent, self.to_send, self.killed_at
        )
    }
}

proptest! {
    #[test]
    fn no_minute_sees_more_arrivals_than_tokens(runs in runs(), seed: u64) {
        let most = runs.iter().map(|run| run.limit.tokens.get()).max().unwrap_or(0);
        let world = World::new(runs, seed).play();
        prop_assert!(world.busiest_minute() <= most as usize);
    }
}
