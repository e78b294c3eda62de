//! How much of the limit the planner's questions use where answers are slow, in virtual time: its stages wait for one
//! another as little as the evidence allows.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/virtual_time.rs"]
mod virtual_time;
#[path = "../benches/worlds/mod.rs"]
mod worlds;

use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{Api, AskError, Limit, Limiter, ListApi, Received, RetryPolicy};
use verify_rollup::model::{Body, Slice, Strategy};
use verify_rollup::run::{Deps, ListDeps, Silent, Stop, drive};
use virtual_time::{VirtualClock, busiest_minute, ledger, pace, uniform};
use worlds::{Habits, World};

/// Answers for an account, each after a latency of its own.
struct Server {
    world: World,
    latency: Range<f64>,
    clock: Arc<VirtualClock>,
    seed: Mutex<u64>,
    arrivals: Mutex<Vec<Duration>>,
}

impl Api for Server {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        self.arrivals.lock().unwrap().push(self.clock.monotonic());
        let drawn = uniform(&mut self.seed.lock().unwrap());
        tokio::time::sleep(Duration::from_secs_f64(self.latency.start + drawn * self.width())).await;
        let counts = self.world.count(&slice);
        let (attempts, converted) = (Some(counts.attempts()), Some(counts.converted()));
        Ok(Received::new(Body { total_attempts: attempts, total_converted: converted, ..Body::default() }, counts))
    }
}

impl ListApi for Server {}

impl Server {
    fn width(&self) -> f64 {
        self.latency.end - self.latency.start
    }
}

/// How fast a job may go.
#[derive(Clone)]
struct Pacing {
    per_minute: u32,
    concurrency: u32,
    latency: Range<f64>,
}

/// Answers as slow as an ailing API's, at the vendor's limit.
const SLOW: Pacing = Pacing { per_minute: 100, concurrency: 16, latency: 1.0..5.0 };
const FAST: Pacing = Pacing { per_minute: 3000, concurrency: 64, latency: 0.2..1.0 };

/// How many requests a job takes, and how much longer than its tokens allow in steady state: each goes back 60.05 s
/// after its request is over.
async fn measured(world: World, strategy: Strategy, pacing: Pacing) -> (u64, f64) {
    let Pacing { per_minute, concurrency, latency } = pacing;
    let clock = VirtualClock::new();
    let mean = f64::midpoint(latency.start, latency.end);
    let server =
        Arc::new(Server { world, latency, clock: Arc::clone(&clock), seed: Mutex::new(1), arrivals: Mutex::default() });
    let limit = Limit::new(NonZeroU32::new(per_minute).unwrap(), None, Duration::from_secs(20));
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut seed = 7;
    let deps = Deps {
        api: Arc::clone(&server),
        ledger: &mut ledger(&*clock),
        limiter: &mut Limiter::in_memory(limit, Arc::<VirtualClock>::clone(&clock)),
        list: ListDeps::default(),
        clock: Arc::<VirtualClock>::clone(&clock),
        observer: &mut Silent,
        jitter: &mut || uniform(&mut seed),
    };
    // As `Limits::breadth` has it.
    let breadth = NonZeroUsize::new((per_minute / 10).min(concurrency) as usize).unwrap();
    let mut plan = server.world.broad_plan(strategy, breadth);
    let retry = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };
    let driven = drive(&mut plan, deps, pace(concurrency, retry), stop).await.unwrap();
    let arrivals = server.arrivals.lock().unwrap();
    assert!(busiest_minute(&arrivals) <= per_minute as usize, "over the limit");
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let allowed = driven.tally.sent as f64 * (60.05 + mean) / f64::from(per_minute);
    (driven.tally.sent, clock.monotonic().as_secs_f64() / allowed)
}

fn days(windows: usize, attempts: usize, countries: usize) -> World {
    World::of_habits(1, Habits { windows, ..Habits::month(attempts, countries, countries, 0.8) })
}

#[tokio::test(start_paused = true)]
async fn small_jobs_with_slow_answers_take_at_most_a_fifth_longer_than_their_tokens_allow() {
    for (windows, attempts, countries) in [(7, 300, 8), (7, 2000, 8), (7, 1000, 12), (14, 600, 8), (1, 2000, 90)] {
        for strategy in [Strategy::DrillDown, Strategy::Exhaustive] {
            let (sent, ratio) = measured(days(windows, attempts, countries), strategy, SLOW).await;
            let job = format!("{windows} days, {attempts} attempts, {countries} countries, {strategy:?}");
            println!("{job}: {sent} requests, {ratio:.2} × what their tokens allow");
            assert!(ratio <= 1.2, "{job}: {sent} requests, {ratio:.2}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_month_of_slow_answers_uses_98_percent_of_the_limit() {
    for (attempts, countries) in [(2_000, 90), (20_000, 90)] {
        for strategy in [Strategy::DrillDown, Strategy::Exhaustive] {
            let (sent, ratio) = measured(days(31, attempts, countries), strategy, SLOW).await;
            println!("{attempts} attempts, {strategy:?}: {sent} requests, {:.1} % of the limit", 100.0 / ratio);
            assert!(ratio <= 1.0 / 0.98, "{attempts} attempts, {strategy:?}: {:.1} % of the limit", 100.0 / ratio);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_month_at_3000_a_minute_uses_90_percent_of_the_limit() {
    for strategy in [Strategy::DrillDown, Strategy::Exhaustive] {
        let (sent, ratio) = measured(days(31, 20_000, 90), strategy, FAST).await;
        println!("{strategy:?}: {sent} requests, {:.1} % of the limit", 100.0 / ratio);
        assert!(ratio <= 1.0 / 0.9, "{strategy:?}: {:.1} % of the limit", 100.0 / ratio);
    }
}
