//! The loop and the limiter together, in virtual time: hours pass in milliseconds.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/virtual_time.rs"]
mod virtual_time;
#[path = "../benches/worlds/mod.rs"]
mod worlds;

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{
    Api, AskError, AskErrorKind, BucketFile, Limit, Limiter, ListApi, NoAnswerKind, Received, RetryPolicy,
};
use verify_rollup::ledger::{AnswerLog, FindAnswer, LedgerError, MemoryLedger, NewAnswer};
use verify_rollup::model::{
    AccountSid, Answer, Body, Counts, Matrix, MatrixShape, Question, Slice, Strategy, UnixSeconds, Window,
};
use verify_rollup::planner::{Plan, Planner, Terms, Verdict};
use verify_rollup::run::{Deps, Driven, Ending, ListDeps, Pace, Silent, Stop, drive};
use virtual_time::{VirtualClock, busiest_minute, counting, ledger, pace, uniform};
use worlds::World;

const MINUTE: Duration = Duration::from_mins(1);

/// Notes when requests arrive; answers after a latency, or fails.
struct Server {
    state: Mutex<(u64, Vec<Duration>)>,
    slices: Mutex<Vec<Slice>>,
    clock: Arc<VirtualClock>,
    longest: Duration,
    fails: fn(Duration) -> Option<AskErrorKind>,
}

impl Server {
    fn new(clock: &Arc<VirtualClock>, longest: Duration, fails: fn(Duration) -> Option<AskErrorKind>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), slices: Mutex::default(), clock: Arc::clone(clock), longest, fails })
    }

    fn arrivals(&self) -> Vec<Duration> {
        let mut arrivals = self.state.lock().unwrap().1.clone();
        arrivals.sort();
        arrivals
    }
}

/// Three attempts an hour on three days, one of them in each of two countries: parts add up to their wholes.
fn additive(slice: &Slice) -> Counts {
    let is_control = !(20_000 * 86_400..20_003 * 86_400).contains(&slice.range.start().0);
    let hours = if is_control { 0 } else { (slice.range.end().0 - slice.range.start().0) / 3600 };
    Counts::new(if slice.country.is_some() { hours } else { 3 * hours }, 0).unwrap()
}

impl Api for Server {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        self.slices.lock().unwrap().push(slice);
        let (outward, homeward) = {
            let mut state = self.state.lock().unwrap();
            (self.longest.mul_f64(uniform(&mut state.0) / 2.0), self.longest.mul_f64(uniform(&mut state.0) / 2.0))
        };
        tokio::time::sleep(outward).await;
        let now = self.clock.monotonic();
        self.state.lock().unwrap().1.push(now);
        tokio::time::sleep(homeward).await;
        if let Some(kind) = (self.fails)(now) {
            return Err(AskError { kind, message: "scripted".to_owned() });
        }
        let counts = additive(&slice);
        Ok(Received::new(Body { total_attempts: Some(counts.attempts()), ..Body::default() }, counts))
    }
}

impl ListApi for Server {}

async fn run<P: Planner>(
    planner: &mut P,
    server: &Arc<Server>,
    limiter: &mut Limiter,
    stop: watch::Receiver<Stop>,
) -> Driven {
    let mut ledger = ledger(&*server.clock);
    run_with(planner, server, limiter, &mut ledger, stop).await
}

async fn run_with<P: Planner, L: AnswerLog>(
    planner: &mut P,
    server: &Arc<Server>,
    limiter: &mut Limiter,
    ledger: &mut L,
    stop: watch::Receiver<Stop>,
) -> Driven {
    let mut seed = 7;
    let mut jitter = move || uniform(&mut seed);
    let deps = Deps {
        api: Arc::clone(server),
        ledger,
        limiter,
        list: ListDeps::default(),
        clock: Arc::<VirtualClock>::clone(&server.clock),
        observer: &mut Silent,
        jitter: &mut jitter,
    };
    let retry = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };
    let pace = pace(16, retry);
    drive(planner, deps, pace, stop).await.unwrap()
}

fn limited(clock: &Arc<VirtualClock>, per_minute: u32) -> Limiter {
    let limit = Limit::new(NonZeroU32::new(per_minute).unwrap(), None, Duration::from_secs(20));
    Limiter::in_memory(limit, Arc::<VirtualClock>::clone(clock))
}

#[tokio::test(start_paused = true)]
async fn nine_thousand_requests_stay_under_the_limit_and_use_98_percent_of_it() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_secs(1), |_| None);
    let mut limiter = limited(&clock, 100);
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut planner = counting(9000);
    let driven = run(&mut planner, &server, &mut limiter, stop).await;
    assert_eq!(driven.ending, Ending::Finished);
    assert_eq!(planner.learnt, 9000);
    let arrivals = server.arrivals();
    assert_eq!(arrivals.len(), 9000);
    assert!(busiest_minute(&arrivals) <= 100, "{} in one minute", busiest_minute(&arrivals));
    // The limit allows 100 at once and 100 a minute from then on.
    let ideal = 89.0 * 60.0;
    let used = ideal / arrivals.last().unwrap().as_secs_f64();
    assert!(used >= 0.98, "only {:.1} % of what the limit allows", used * 100.0);
}

#[tokio::test(start_paused = true)]
async fn retries_pay_tokens_too() {
    let clock = VirtualClock::new();
    let fails = |now: Duration| {
        now.as_millis().is_multiple_of(5).then_some(AskErrorKind::Server { status: 503, retry_after: None })
    };
    let server = Server::new(&clock, Duration::from_millis(700), fails);
    let mut limiter = limited(&clock, 60);
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut planner = counting(600);
    let driven = run(&mut planner, &server, &mut limiter, stop).await;
    assert!(driven.tally.retries > 50, "{:?}", driven.tally);
    assert_eq!(driven.tally.sent, 600 + driven.tally.retries);
    assert_eq!(server.arrivals().len() as u64, driven.tally.sent, "arrivals are tokens taken");
    assert!(busiest_minute(&server.arrivals()) <= 60);
    assert_eq!(planner.failed, 0);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_api_ends_the_run_after_about_half_a_minute() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(2), |_| Some(AskErrorKind::NoAnswer(NoAnswerKind::Connect)));
    let mut limiter = Limiter::unlimited(Arc::<VirtualClock>::clone(&clock));
    let (_sender, stop) = watch::channel(Stop::Go);
    let driven = run(&mut counting(500), &server, &mut limiter, stop).await;
    assert!(matches!(driven.ending, Ending::GaveUp(_)), "{driven:?}");
    let took = clock.monotonic();
    assert!(took >= Duration::from_secs(15) && took <= MINUTE, "{took:?}");
    assert!(driven.tally.sent <= 16 * 8, "a dead server was hammered: {:?}", driven.tally);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_met_with_growing_pauses_and_given_up_after_retry_for() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(20), |now| {
        (now > Duration::from_secs(5)).then_some(AskErrorKind::Server { status: 500, retry_after: None })
    });
    let mut limiter = limited(&clock, 6000);
    let (_sender, stop) = watch::channel(Stop::Go);
    let driven = run(&mut counting(100_000), &server, &mut limiter, stop).await;
    assert!(matches!(driven.ending, Ending::GaveUp(_)), "{driven:?}");
    let took = clock.monotonic();
    assert!(took >= 10 * MINUTE && took <= 12 * MINUTE, "{took:?}");
    let late = server.arrivals().iter().filter(|arrival| **arrival > Duration::from_secs(305)).count();
    assert!(late <= 16 * 12, "{late} requests in the last five minutes");
}

#[tokio::test(start_paused = true)]
async fn a_stop_keeps_what_is_in_flight_and_sends_nothing_more() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_secs(1), |_| None);
    let mut limiter = limited(&clock, 100);
    let (sender, stop) = watch::channel(Stop::Go);
    let mut planner = counting(1000);
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        sender.send(Stop::Drain).unwrap();
    };
    let (driven, ()) = tokio::join!(run(&mut planner, &server, &mut limiter, stop), stopping);
    assert_eq!(driven.ending, Ending::Stopped);
    assert_eq!(driven.tally.sent, planner.learnt.unsigned_abs(), "what was sent was learnt");
    assert!(driven.tally.sent >= 16 && driven.tally.sent < 1000);
}

/// The real planner over a fake API: the loop asks exactly the matrix, its identities and nothing twice.
#[tokio::test(start_paused = true)]
async fn the_exhaustive_plan_is_asked_once() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(50), |_| None);
    let mut limiter = Limiter::unlimited(Arc::<VirtualClock>::clone(&clock));
    let (_sender, stop) = watch::channel(Stop::Go);
    let window = |day: i64| Window::new(UnixSeconds(day * 86_400), UnixSeconds((day + 1) * 86_400)).unwrap();
    let shape =
        MatrixShape { countries: Some(vec!["US".parse().unwrap(), "CO".parse().unwrap()]), ..MatrixShape::default() };
    let matrix = Matrix::new((20_000..20_003).map(window).collect(), shape);
    let terms = Terms::new(UnixSeconds(1_790_000_000));
    let expected: HashSet<Slice> = Plan::outline(&matrix, &terms).sure().map(|question| question.slice).collect();
    let mut planner = Plan::new(matrix, terms, |_| false);
    let driven = run(&mut planner, &server, &mut limiter, stop).await;
    assert_eq!(driven.ending, Ending::Finished);
    let asked = server.slices.lock().unwrap().clone();
    let distinct: HashSet<Slice> = asked.iter().copied().collect();
    // A large cell, the whole and both controls are asked once more, as evidence.
    assert_eq!(asked.len(), distinct.len() + 4, "something was asked twice");
    // The future, the distant past, what lies before the range, and the sums of both countries.
    assert_eq!((distinct.len(), distinct.intersection(&expected).count()), (expected.len() + 5, expected.len()));
    assert_eq!(asked.len() as u64, driven.tally.sent);
    let conclusion = planner.conclude();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3]);
    assert!(conclusion.is_reconciled() && conclusion.withheld.is_none());
}

/// A claim would mend the damaged file.
#[tokio::test(start_paused = true)]
async fn a_run_that_waits_for_a_token_leaves_the_bucket_alone() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(20), |_| None);
    let folder = tempfile::tempdir().unwrap();
    let file = BucketFile::open_in_boot(folder.path(), AccountSid::ZEROS, "virtual", "boot").unwrap();
    let path = file.path().to_owned();
    let limit = Limit::new(NonZeroU32::new(10).unwrap(), None, Duration::from_secs(20));
    let mut limiter = Limiter::shared(file, limit, Arc::<VirtualClock>::clone(&clock));
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut planner = counting(11);
    let damaging = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        std::fs::write(&path, "damaged").unwrap();
        tokio::time::sleep(Duration::from_secs(55)).await;
        assert_eq!(std::fs::read(&path).unwrap(), b"damaged", "the run asked for a token before one could be had");
    };
    let (driven, ()) = tokio::join!(run(&mut planner, &server, &mut limiter, stop), damaging);
    assert_eq!((driven.ending, planner.learnt), (Ending::Finished, 11));
}

/// 429 pauses everybody, is counted, and costs no try: more of them than tries do no harm.
#[tokio::test(start_paused = true)]
async fn throttling_pauses_all_and_costs_no_try() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(20), |now| {
        let retry_after = Some(Duration::from_secs(30));
        (now < Duration::from_secs(200)).then_some(AskErrorKind::TooManyRequests { retry_after, at_once: None })
    });
    let mut limiter = Limiter::unlimited(Arc::<VirtualClock>::clone(&clock));
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut planner = counting(10);
    let driven = run(&mut planner, &server, &mut limiter, stop).await;
    assert_eq!((driven.ending, planner.learnt, planner.failed), (Ending::Finished, 10, 0));
    assert_eq!(driven.tally.throttled, 10 + 5 + 2 + 4, "seven pauses of 30 s, and fewer at once after each");
    let arrivals = server.arrivals();
    let gaps = arrivals.windows(2).filter(|pair| pair[1] > pair[0] + Duration::from_secs(29)).count();
    assert_eq!(gaps, 7, "nobody asks during a pause");
}

/// HTTP 408 comes of the moment, not of the question: one in twenty costs time and nothing else. A range that was given
/// up after two of them was taken apart, and every later one as long with it.
#[tokio::test(start_paused = true)]
async fn five_percent_of_408_cost_nothing_but_time() {
    let strategies = [Strategy::DrillDown, Strategy::Exhaustive];
    for (strategy, retry_after) in strategies.into_iter().zip([None, Some(Duration::from_secs(4))]) {
        let mut asked = Vec::new();
        for is_honest in [true, false] {
            let clock = VirtualClock::new();
            let state = Mutex::new((1, 0_u64));
            let world = World::long_tail(1, 2_000, 60, 90, 0.8);
            let mut plan = world.plan(strategy);
            let server = Arc::new(Flaky { world, state, is_honest, retry_after });
            let (_sender, stop) = watch::channel(Stop::Go);
            let mut limiter = limited(&clock, 6000);
            let mut seed = 7;
            let deps = Deps {
                api: Arc::clone(&server),
                ledger: &mut ledger(&*clock),
                limiter: &mut limiter,
                list: ListDeps::default(),
                clock: Arc::<VirtualClock>::clone(&clock),
                observer: &mut Silent,
                jitter: &mut || uniform(&mut seed),
            };
            let retry = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };
            let pace = Pace { longest_window: Some(Duration::from_hours(24)), ..pace(16, retry) };
            let driven = drive(&mut plan, deps, pace, stop).await.unwrap();
            let conclusion = plan.conclude();
            assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete), "{:?}", driven.ending);
            assert_eq!(driven.tally.failed, 0, "{strategy:?}");
            assert_eq!(driven.tally.retries, server.state.lock().unwrap().1, "each failure was tried again");
            asked.push(driven.tally.sent - driven.tally.retries);
        }
        assert_eq!(asked[0], asked[1], "{strategy:?}: other questions were asked");
    }
}

/// Answers for an account, or with 408 at random.
struct Flaky {
    world: World,
    /// The seed, and how often it failed.
    state: Mutex<(u64, u64)>,
    is_honest: bool,
    retry_after: Option<Duration>,
}

impl Api for Flaky {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        let fails = {
            let mut state = self.state.lock().unwrap();
            let fails = !self.is_honest && uniform(&mut state.0) < 0.05;
            state.1 += u64::from(fails);
            fails
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        if fails {
            let kind = AskErrorKind::Server { status: 408, retry_after: self.retry_after };
            return Err(AskError { kind, message: "HTTP 408".to_owned() });
        }
        let counts = self.world.count(&slice);
        let (attempts, converted) = (Some(counts.attempts()), Some(counts.converted()));
        Ok(Received::new(Body { total_attempts: attempts, total_converted: converted, ..Body::default() }, counts))
    }
}

impl ListApi for Flaky {}

/// Commits once a minute.
struct SlowDisk {
    inner: MemoryLedger,
    next: Instant,
}

impl FindAnswer for SlowDisk {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        self.inner.find(question)
    }
}

impl AnswerLog for SlowDisk {
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError> {
        self.inner.record(record)
    }

    async fn committed(&mut self) -> Result<Vec<u64>, LedgerError> {
        tokio::time::sleep_until(self.next).await;
        self.next += MINUTE;
        self.inner.committed().await
    }
}

/// A request is in flight until its answer is durable: a slow disk holds the next ones back.
#[tokio::test(start_paused = true)]
async fn concurrency_counts_answers_that_are_not_yet_durable() {
    let clock = VirtualClock::new();
    let server = Server::new(&clock, Duration::from_millis(20), |_| None);
    let mut limiter = Limiter::unlimited(Arc::<VirtualClock>::clone(&clock));
    let (_sender, stop) = watch::channel(Stop::Go);
    let mut slow = SlowDisk { inner: ledger(&*clock), next: Instant::now() + MINUTE };
    let mut planner = counting(4 * 16);
    let driven = run_with(&mut planner, &server, &mut limiter, &mut slow, stop).await;
    assert_eq!((driven.ending, planner.learnt), (Ending::Finished, 64));
    let mut by_minute = [0; 4];
    for arrival in server.arrivals() {
        by_minute[usize::try_from(arrival.as_secs() / 60).unwrap()] += 1;
    }
    assert_eq!(by_minute, [16; 4]);
}
