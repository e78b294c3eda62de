//! Servers that are down, flap or throttle for minutes, in virtual time: the table is exact or what is missing is
//! named, and nobody hammers.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/virtual_time.rs"]
mod virtual_time;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::DateTime;
use tokio::sync::watch;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{
    Api, AskError, AskErrorKind, GiveUpReason, Limiter, ListApi, NoAnswerKind, Reached, Received, RetryPolicy,
};
use verify_rollup::model::{Body, Cell, Channel, Counts, Listing, Matrix, MatrixShape, Slice, UnixSeconds, Window};
use verify_rollup::planner::{Conclusion, Plan, Planner, Terms, Verdict};
use verify_rollup::run::{Deps, Driven, Ending, ListDeps, Pace, Silent, Stop, drive};
use verify_rollup::simulator::World;
use virtual_time::{VirtualClock, ledger, pace, uniform};

const DEFAULT: RetryPolicy = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };
const MINUTE: Duration = Duration::from_mins(1);
const CONCURRENCY: u32 = 16;
const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

/// What a request meets that arrives at a time, given a number in [0, 1); `None`: the true answer.
type Weather = dyn Fn(Duration, f64) -> Option<AskErrorKind> + Send + Sync;

/// The simulated account's counts, by way of the weather.
struct Server {
    world: Arc<World>,
    clock: Arc<VirtualClock>,
    weather: Box<Weather>,
    dice: Mutex<u64>,
    arrivals: Mutex<Vec<Duration>>,
}

impl Api for Server {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        let (latency, fate) = {
            let mut dice = self.dice.lock().unwrap();
            (Duration::from_millis(40).mul_f64(uniform(&mut dice)), uniform(&mut dice))
        };
        tokio::time::sleep(latency).await;
        let now = self.clock.monotonic();
        self.arrivals.lock().unwrap().push(now);
        let failure = (self.weather)(now, fate);
        if let Some(AskErrorKind::Timeout(_)) = failure {
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
        if let Some(kind) = failure {
            return Err(AskError { kind, message: "scripted".to_owned() });
        }
        let counts = self.world.count(&slice, NOW);
        Ok(Received::new(Body { total_attempts: Some(counts.attempts()), ..Body::default() }, counts))
    }
}

impl ListApi for Server {}

fn matrix(days: i64) -> Matrix {
    let midnight = NOW.0.div_euclid(86_400) - days - 2;
    let window = |day| Window::new(UnixSeconds(day * 86_400), UnixSeconds((day + 1) * 86_400)).unwrap();
    let countries = ["US", "CO", "DE"].map(|country| country.parse().unwrap()).to_vec();
    let shape =
        MatrixShape { countries: Some(countries), channels: Some(Channel::ALL.to_vec()), ..MatrixShape::default() };
    Matrix::new((midnight..midnight + days).map(window).collect(), shape)
}

/// How one run went.
struct Story {
    driven: Driven,
    conclusion: Conclusion,
    matrix: Matrix,
    server: Arc<Server>,
}

async fn run(
    world: &Arc<World>,
    days: i64,
    seed: u64,
    retry: RetryPolicy,
    weather: impl Fn(Duration, f64) -> Option<AskErrorKind> + Send + Sync + 'static,
) -> Story {
    let clock = VirtualClock::new();
    let server = Arc::new(Server {
        world: Arc::clone(world),
        clock: Arc::clone(&clock),
        weather: Box::new(weather),
        dice: Mutex::new(seed),
        arrivals: Mutex::default(),
    });
    let mut ledger = ledger(&*clock);
    let mut limiter = Limiter::unlimited(Arc::<VirtualClock>::clone(&clock));
    let matrix = matrix(days);
    let terms = Terms { channels: Listing::Every, ..Terms::new(NOW) };
    let mut planner = Plan::new(matrix.clone(), terms, |_| false);
    let mut dice = seed ^ 0xFFFF;
    let mut jitter = move || uniform(&mut dice);
    let deps = Deps {
        api: Arc::clone(&server),
        ledger: &mut ledger,
        limiter: &mut limiter,
        list: ListDeps::default(),
        clock,
        observer: &mut Silent,
        jitter: &mut jitter,
    };
    let (_sender, stop) = watch::channel(Stop::Go);
    let pace = Pace { longest_window: matrix.longest_window(), ..pace(CONCURRENCY, retry) };
    let driven = drive(&mut planner, deps, pace, stop).await.unwrap();
    Story { driven, conclusion: planner.conclude(), matrix, server }
}

impl Story {
    fn arrivals_in(&self, from: Duration, to: Duration) -> usize {
        self.server.arrivals.lock().unwrap().iter().filter(|at| (from..to).contains(*at)).count()
    }

    /// A dead server is asked by all at most, each time they may ask: some times while the pauses double, then once or
    /// twice a minute. All pauses are between half their length and all of it.
    fn assert_growing_pauses(&self, from: Duration, to: Duration) {
        let all = CONCURRENCY as usize;
        let mut pause = Duration::from_secs(1);
        let mut at = from + pause;
        while at < to {
            let asked = self.arrivals_in(at, (at + pause).min(to));
            assert!(asked <= 4 * all, "{asked} requests in {pause:?} from {at:?}");
            at += pause;
            pause = (2 * pause).min(MINUTE);
        }
        // Half of 1, 2, 4, … 32 s are six rounds in 31.5 s; then one round each half minute, and the first at once.
        let rounds = 1 + 6 + to.saturating_sub(from).as_secs().saturating_sub(31) / 30 + 1;
        let asked = self.arrivals_in(from, to) as u64;
        assert!(asked <= rounds * u64::from(CONCURRENCY), "{asked} requests in {rounds} rounds");
    }

    /// Published windows are true; the others say what they lack. Returns how many were published.
    fn assert_honest(&self) -> usize {
        let truth = self.server.world.truth_table(&self.matrix, DateTime::from_timestamp(NOW.0, 0).unwrap());
        let cells = (0..self.matrix.cells()).map(|index| (self.matrix.cell(index), truth.cells[index]));
        let mut by_window = BTreeMap::<Window, BTreeMap<String, Counts>>::new();
        let key = |cell: &Cell| format!("{:?} {:?}", cell.country, cell.channel);
        for (cell, counts) in cells.chain(truth.remainders.iter().copied()) {
            by_window.entry(cell.window).or_default().insert(key(&cell), counts);
        }
        let mut published = 0;
        for (at, window) in self.matrix.windows().iter().enumerate() {
            let is_named = self.conclusion.missing.iter().any(|missing| missing.cell.window == *window);
            match self.conclusion.verdicts[at] {
                Verdict::Complete => {
                    let findings = self.conclusion.findings(at);
                    let found: BTreeMap<_, _> = findings.map(|found| (key(&found.cell), found.counts)).collect();
                    assert_eq!(&found, &by_window[window], "{window}");
                    assert!(!is_named, "{window} is published and missing");
                    published += 1;
                }
                Verdict::Incomplete => assert!(is_named, "{window} is absent without a reason"),
                other => panic!("{window}: {other:?}"),
            }
        }
        published
    }
}

const BROKEN: AskErrorKind = AskErrorKind::Server { status: 503, retry_after: None };
const RESET: AskErrorKind = AskErrorKind::Broken(Reached::Request);

/// The faults of the worst account, as often as they may come.
fn storm(fate: f64) -> Option<AskErrorKind> {
    match fate {
        ..0.2 => Some(BROKEN),
        0.2..0.3 => Some(RESET),
        0.3..0.35 => Some(AskErrorKind::Timeout(Reached::Request)),
        0.35..0.4 => Some(AskErrorKind::Unusable),
        0.4..0.405 => Some(AskErrorKind::TooManyRequests { retry_after: None, at_once: None }),
        0.405..0.42 => Some(AskErrorKind::TooManyRequests { retry_after: Some(Duration::from_secs(7)), at_once: None }),
        _ => None,
    }
}

/// A storm with a server that is gone for five minutes in the middle, under the default limits.
#[tokio::test(start_paused = true)]
async fn all_faults_at_once_and_an_outage_end_exact_or_named() {
    let world = Arc::new(World::new(0));
    let mut exact = 0;
    for seed in 0..8 {
        let weather = |now, fate| {
            let is_down = (2 * MINUTE..7 * MINUTE).contains(&now);
            if is_down { Some(AskErrorKind::NoAnswer(NoAnswerKind::Connect)) } else { storm(fate) }
        };
        let story = run(&world, 12, seed, DEFAULT, weather).await;
        let published = story.assert_honest();
        let tally = story.driven.tally;
        assert!(tally.throttled > 0 && tally.retries > 100, "{tally:?}");
        assert!(published > 0, "{:?}", story.driven);
        exact += usize::from(published == 12);
    }
    assert!(exact >= 6, "only {exact} of 8 runs were exact");
}

/// Ten minutes without the server: what used up its tries is asked once more, so the table is whole in the same run.
#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_is_outlasted_without_hammering() {
    let world = Arc::new(World::new(0));
    for max_tries in [6, 100] {
        for seed in 0..4 {
            let retry = RetryPolicy { max_tries, retry_for: 20 * MINUTE };
            let began = Duration::from_millis(100);
            let weather = move |now, _| (began..began + 10 * MINUTE).contains(&now).then_some(BROKEN);
            let story = run(&world, 10, seed, retry, weather).await;
            assert_eq!(story.driven.ending, Ending::Finished);
            assert_eq!(story.assert_honest(), 10, "{:?}", story.conclusion.missing);
            story.assert_growing_pauses(began, began + 10 * MINUTE);
            assert!(story.server.clock.monotonic() < 12 * MINUTE, "the server's return was noticed late");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_dead_from_the_start_ends_the_run() {
    let world = Arc::new(World::new(0));
    for seed in 0..4 {
        let refused = AskErrorKind::NoAnswer(NoAnswerKind::Connect);
        let story = run(&world, 10, seed, DEFAULT, move |_, _| Some(refused)).await;
        assert!(matches!(&story.driven.ending, Ending::GaveUp(end) if end.end == GiveUpReason::NoHttpAnswer));
        let took = story.server.clock.monotonic();
        assert!((Duration::from_secs(15)..MINUTE).contains(&took), "{took:?}");
        assert!(story.driven.tally.sent <= 6 * u64::from(CONCURRENCY), "{:?}", story.driven);

        let story = run(&world, 10, seed, DEFAULT, |_, _| Some(BROKEN)).await;
        let ending = &story.driven.ending;
        assert!(
            matches!(ending, Ending::GaveUp(end) if matches!(end.end, GiveUpReason::NoUsableAnswer(_))),
            "{ending:?}"
        );
        let took = story.server.clock.monotonic();
        assert!((10 * MINUTE..12 * MINUTE).contains(&took), "{took:?}");
        story.assert_growing_pauses(Duration::ZERO, 10 * MINUTE);
        assert_eq!(story.assert_honest(), 0);
    }
}

/// A second of service a minute: whatever the end, it is honest, what is whole is published, and the dead seconds are
/// not used for hammering.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_up_for_a_second_a_minute_is_not_hammered() {
    let world = Arc::new(World::new(0));
    let mut whole = 0;
    for seed in 0..6 {
        let weather = |now: Duration, _| (!now.as_secs().is_multiple_of(60)).then_some(RESET);
        let story = run(&world, 40, seed, DEFAULT, weather).await;
        // Where the dead seconds took a proof at the end, its windows wait for the next run, which goes on from the
        // answers.
        let published = story.assert_honest();
        whole += usize::from(published >= 20);
        for minute in 0..30 {
            let dead = minute * MINUTE + Duration::from_secs(1);
            let asked = story.arrivals_in(dead, (minute + 1) * MINUTE);
            assert!(asked <= 9 * CONCURRENCY as usize, "{asked} requests in dead minute {minute}");
        }
    }
    assert!(whole >= 2, "only {whole} of 6 runs could publish");
}

/// 429 without Retry-After for five minutes, and a single try per question: each pause is a minute, and no try is lost.
#[tokio::test(start_paused = true)]
async fn throttling_for_minutes_costs_pauses_and_no_try() {
    let world = Arc::new(World::new(0));
    let retry = RetryPolicy { max_tries: 1, retry_for: 10 * MINUTE };
    for (retry_after, pauses) in [(None, 5), (Some(Duration::from_secs(100)), 3)] {
        let throttled = AskErrorKind::TooManyRequests { retry_after, at_once: None };
        let began = Duration::from_millis(200);
        let weather = move |now, _| (began..began + 5 * MINUTE).contains(&now).then_some(throttled);
        let story = run(&world, 10, 0, retry, weather).await;
        assert_eq!((story.driven.ending.clone(), story.driven.tally.failed), (Ending::Finished, 0));
        assert_eq!(story.assert_honest(), 10);
        let refused = story.arrivals_in(began, began + 5 * MINUTE);
        assert_eq!(story.driven.tally.throttled, refused as u64);
        assert!(refused <= pauses * CONCURRENCY as usize, "{refused} requests were refused in {pauses} pauses");
    }
}
