//! A server that takes fewer requests at once than the run would send, or whose limit others use up: in virtual time.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/virtual_time.rs"]
mod virtual_time;

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{Api, AskError, AskErrorKind, Limit, Limiter, ListApi, Received, RetryPolicy};
use verify_rollup::model::{Body, Counts, Slice};
use verify_rollup::run::{Crowded, Deps, Driven, Event, ListDeps, Observer, Stop, drive};
use virtual_time::{VirtualClock, counting, ledger, pace, uniform};

const AT: fn(u64) -> Duration = Duration::from_secs;

/// What the server does with those that are too many.
#[derive(Clone)]
struct Habits {
    /// Requests at once.
    most_at_once: u32,
    /// Says how many there were.
    counts: bool,
    retry_after: Option<Duration>,
    /// While others use up the limit.
    closed: Range<Duration>,
}

const OPEN: Habits =
    Habits { most_at_once: u32::MAX, counts: false, retry_after: None, closed: Duration::ZERO..Duration::ZERO };

struct Server {
    habits: Habits,
    clock: Arc<VirtualClock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seed: u64,
    at_once: u32,
    most_seen: Vec<(Duration, u32)>,
    refused: Vec<Duration>,
}

impl Api for Server {
    async fn ask(&self, _slice: Slice) -> Result<Received, AskError> {
        let now = self.clock.monotonic();
        let Habits { most_at_once, counts, retry_after, closed } = self.habits.clone();
        let latency = {
            let mut state = self.state.lock().unwrap();
            if state.at_once >= most_at_once || closed.contains(&now) {
                state.refused.push(now);
                let at_once = counts.then_some(state.at_once + 1);
                let kind = AskErrorKind::TooManyRequests { retry_after, at_once };
                return Err(AskError { kind, message: "HTTP 429".to_owned() });
            }
            state.at_once += 1;
            let at_once = state.at_once;
            state.most_seen.push((now, at_once));
            Duration::from_secs_f64(0.2 + 0.8 * uniform(&mut state.seed))
        };
        tokio::time::sleep(latency).await;
        self.state.lock().unwrap().at_once -= 1;
        let body = Body { total_attempts: Some(0), ..Body::default() };
        Ok(Received::new(body, Counts::ZERO))
    }
}

impl ListApi for Server {}

#[derive(Default)]
struct Heard {
    crowded: Vec<Crowded>,
    pauses: Vec<Duration>,
}

impl Observer for Heard {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Crowded(crowded) => self.crowded.push(*crowded),
            Event::Throttled { pause } => self.pauses.push(*pause),
            _ => {}
        }
    }
}

struct Ran {
    driven: Driven,
    heard: Heard,
    refused: Vec<Duration>,
    took: Duration,
    server: Arc<Server>,
}

async fn ran(habits: Habits, questions: i64, concurrency: u32) -> Ran {
    let clock = VirtualClock::new();
    let server = Arc::new(Server { habits, clock: Arc::clone(&clock), state: Mutex::default() });
    let limit = Limit::new(NonZeroU32::new(100).unwrap(), None, AT(20));
    let (_sender, stop) = watch::channel(Stop::Go);
    let (mut seed, mut heard) = (7, Heard::default());
    let deps = Deps {
        api: Arc::clone(&server),
        ledger: &mut ledger(&*clock),
        limiter: &mut Limiter::in_memory(limit, Arc::<VirtualClock>::clone(&clock)),
        list: ListDeps::default(),
        clock: Arc::<VirtualClock>::clone(&clock),
        observer: &mut heard,
        jitter: &mut || uniform(&mut seed),
    };
    let retry = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };
    let mut planner = counting(questions);
    let driven = drive(&mut planner, deps, pace(concurrency, retry), stop).await.unwrap();
    assert_eq!((planner.learnt, planner.failed), (questions, 0), "a 429 costs no question");
    let refused = server.state.lock().unwrap().refused.clone();
    Ran { driven, heard, refused, took: clock.monotonic(), server }
}

/// 16 in flight against a server that takes 8 took seven minutes for what 8 in flight did in 64 s: each 429 stopped
/// everything for a minute, and then as many were sent again.
#[tokio::test(start_paused = true)]
async fn a_bound_on_requests_at_once_costs_one_pause_and_is_told_once() {
    let capped = Habits { most_at_once: 8, ..OPEN };
    let best = ran(capped.clone(), 180, 8).await;
    assert_eq!((best.refused.len(), best.took.as_secs() / 10), (0, 6), "{:?}", best.took);
    let unsaid = ran(capped.clone(), 180, 16).await;
    assert!(unsaid.took <= best.took + AT(75), "{:?} against {:?}", unsaid.took, best.took);
    let counted = ran(Habits { counts: true, ..capped.clone() }, 180, 16).await;
    assert!(counted.took <= best.took + AT(10), "{:?} against {:?}", counted.took, best.took);
    let asked = ran(Habits { retry_after: Some(AT(5)), ..capped }, 180, 16).await;
    assert!(asked.took <= best.took + AT(15), "{:?} against {:?}", asked.took, best.took);
    for it in [unsaid, counted, asked] {
        let [crowded] = it.heard.crowded[..] else { panic!("told once: {:?}", it.heard.crowded) };
        assert_eq!(it.driven.crowded, Some(crowded));
        assert_eq!(crowded.allowed, 8, "{crowded:?}");
        let told = crowded.to_string();
        for part in ["well below the limit", "of 100 a minute", "others use the account", "fewer at once"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(it.refused.len() <= 16, "refused {} times", it.refused.len());
    }
}

/// The bound is found out again and again, as it may have been raised, at little cost.
#[tokio::test(start_paused = true)]
async fn a_long_run_keeps_close_to_the_server_s_bound() {
    let server = ran(Habits { most_at_once: 4, counts: true, ..OPEN }, 3000, 16).await;
    assert!(server.refused.len() <= 60, "refused {} times", server.refused.len());
    let free = ran(OPEN, 3000, 16).await;
    assert!(server.took.as_secs_f64() <= 1.1 * free.took.as_secs_f64(), "{:?} {:?}", server.took, free.took);
}

/// Where fewer at once are refused as well, others use up the limit: the pause is a minute, as ever, and afterwards as
/// many go as before.
#[tokio::test(start_paused = true)]
async fn others_who_use_up_the_limit_are_waited_for() {
    for counts in [false, true] {
        let closed = AT(1)..AT(40);
        let it = ran(Habits { counts, closed, ..OPEN }, 500, 16).await;
        let extra = usize::from(counts) * 8;
        assert!(it.refused.len() <= 16 + extra, "refused {} times: {:?}", it.refused.len(), it.refused);
        assert_eq!(it.heard.pauses.last(), Some(&AT(60)), "{:?}", it.heard.pauses);
        let late =
            it.server.state.lock().unwrap().most_seen.iter().filter(|(at, _)| *at > AT(200)).map(|it| it.1).max();
        assert!(late >= Some(8), "{late:?} at once in the end");
    }
}

/// A 429 near the limit says nothing of how many may be in flight.
#[tokio::test(start_paused = true)]
async fn a_429_near_the_limit_lowers_nothing() {
    // Of the second minute's burst, when all tokens are out.
    let it = ran(Habits { closed: AT(3)..AT(5), ..OPEN }, 150, 64).await;
    assert_eq!(it.heard.crowded, []);
}
