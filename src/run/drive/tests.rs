//! The loop against scripted answers, in virtual time.

mod absent;
mod longer;
mod pages;
mod refusals;
mod state;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::*;
use crate::fetch::{AskError, AskErrorKind, Received, ZeroForm};
use crate::ledger::{MemoryLedger, MemoryStore, Origin, RunRequest};
use crate::model::{AccountSid, Body, Counts, Outcome, Reuse, Round, Settling, Slice, Window};
use crate::planner::{Conclusion, Next};
use crate::run::Silent;

const NOW: UnixSeconds = UnixSeconds(1_790_000_000);
const DAY: i64 = 86_400;
const RETRY: RetryPolicy = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };

/// tokio's clock, paused.
struct Virtual(Instant);

impl Clock for Virtual {
    fn now(&self) -> DateTime<Utc> {
        NOW.to_datetime() + self.0.elapsed()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Asks its batches one after the other.
#[derive(Default)]
struct Batches {
    to_ask: VecDeque<Vec<Slice>>,
    in_flight: usize,
    learnt: Vec<(Slice, Outcome)>,
}

impl Planner for Batches {
    fn next(&mut self) -> Next {
        while let Some(batch) = self.to_ask.front_mut() {
            if !batch.is_empty() {
                self.in_flight += 1;
                return Next::Ask(Question { slice: batch.remove(0), round: Round::First, reuse: Reuse::Never });
            }
            if self.in_flight > 0 {
                return Next::Wait;
            }
            self.to_ask.pop_front();
        }
        Next::Done
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        self.in_flight -= 1;
        self.learnt.push((question.slice, outcome));
    }

    fn progress(&self) -> (u64, u64) {
        (0, 0)
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only asked here")
    }
}

/// What the API says to a slice at a time, after how long.
type Answers = dyn Fn(&Slice, Duration) -> (Duration, Result<Received, AskErrorKind>) + Send + Sync;

struct Scripted {
    clock: Arc<Virtual>,
    answers: Box<Answers>,
    asked: Mutex<Vec<(Duration, Slice)>>,
}

impl Api for Scripted {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        let now = self.clock.monotonic();
        self.asked.lock().unwrap().push((now, slice));
        let (latency, result) = (self.answers)(&slice, now);
        tokio::time::sleep(latency).await;
        result.map_err(|kind| AskError { kind, message: "HTTP 400, code 60200: scripted".to_owned() })
    }
}

impl ListApi for Scripted {}

/// How it went.
struct Story {
    driven: Driven,
    learnt: Vec<(Slice, Outcome)>,
    asked: Vec<(Duration, Slice)>,
    took: Duration,
}

impl Story {
    /// The attempts of each answer, `None` for a failure, in the order of learning.
    fn counts(&self) -> Vec<Option<i64>> {
        let attempts = |outcome: &Outcome| match outcome {
            Outcome::Answered(answer) => Some(answer.counts.attempts()),
            Outcome::Failed(_) | Outcome::NotRecorded => None,
        };
        self.learnt.iter().map(|(_, outcome)| attempts(outcome)).collect()
    }
}

fn pace(concurrency: u32, retry: RetryPolicy) -> Pace {
    Pace {
        concurrency: NonZeroU32::new(concurrency).unwrap(),
        retry,
        as_of: NOW,
        refused_countries: RefusedCountries::Fail,
        longest_window: None,
        absent_counts: AbsentCounts::default(),
    }
}

async fn play(
    pace: Pace,
    batches: impl IntoIterator<Item = Vec<Slice>>,
    answers: impl Fn(&Slice, Duration) -> (Duration, Result<Received, AskErrorKind>) + Send + Sync + 'static,
) -> Story {
    play_before(&mut Silent, pace, batches, answers).await
}

/// The same, watched.
async fn play_before(
    observer: &mut dyn Observer,
    pace: Pace,
    batches: impl IntoIterator<Item = Vec<Slice>>,
    answers: impl Fn(&Slice, Duration) -> (Duration, Result<Received, AskErrorKind>) + Send + Sync + 'static,
) -> Story {
    let clock = Arc::new(Virtual(Instant::now()));
    let limiter = Limiter::unlimited(Arc::<Virtual>::clone(&clock));
    let (driven, learnt, asked, took) = play_with(pace, batches, limiter, observer, clock, answers).await;
    Story { driven: driven.unwrap(), learnt, asked, took }
}

/// What the parts of a [`Story`] are made of.
type Played = (Result<Driven, DriveFailure>, Vec<(Slice, Outcome)>, Vec<(Duration, Slice)>, Duration);

async fn play_with(
    pace: Pace,
    batches: impl IntoIterator<Item = Vec<Slice>>,
    mut limiter: Limiter,
    observer: &mut dyn Observer,
    clock: Arc<Virtual>,
    answers: impl Fn(&Slice, Duration) -> (Duration, Result<Received, AskErrorKind>) + Send + Sync + 'static,
) -> Played {
    let api = Arc::new(Scripted { clock: Arc::clone(&clock), answers: Box::new(answers), asked: Mutex::default() });
    let settling = Settling { settle_after: Duration::ZERO };
    let request = RunRequest {
        job: "loop",
        fingerprint: "loop",
        earlier_fingerprints: &[],
        as_of: Some(NOW),
        now: clock.now(),
        settling,
        interval: crate::model::Interval::default(),
    };
    let origin = Origin { account: AccountSid::ZEROS, origin: "scripted".to_owned() };
    let room = NonZeroUsize::new(1000).unwrap();
    let mut ledger = MemoryLedger::begin_run(&MemoryStore::default(), &origin, &request, room);
    let mut planner = Batches { to_ask: batches.into_iter().collect(), ..Batches::default() };
    let deps = Deps {
        api: Arc::clone(&api),
        ledger: &mut ledger,
        limiter: &mut limiter,
        list: ListDeps::default(),
        clock: Arc::<Virtual>::clone(&clock),
        observer,
        jitter: &mut || 1.0,
    };
    let (_sender, stop) = watch::channel(Stop::Go);
    let driven = drive(&mut planner, deps, pace, stop).await;
    let asked = api.asked.lock().unwrap().clone();
    (driven, planner.learnt, asked, clock.monotonic())
}

/// A whole day, so many days from now.
fn day(offset: i64) -> Slice {
    let start = NOW.plus_seconds(offset * DAY);
    Slice::whole(Window::new(start, start.plus_seconds(DAY)).unwrap())
}

fn counted(attempts: i64) -> Received {
    let body = Body { total_attempts: Some(attempts), total_unconverted: Some(attempts), ..Body::default() };
    Received::new(body, Counts::new(attempts, 0).unwrap())
}

/// The order of what watchers are told.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Retrying { answered, .. } => self.0.push(format!("retrying after {answered} answers")),
            Event::Failed { .. } => self.0.push("failed".to_owned()),
            Event::Paused { .. } => self.0.push("paused".to_owned()),
            _ => {}
        }
    }
}

/// Whoever watches hears of the first failure with its cause before anything else, and whether something had been
/// answered by then.
#[tokio::test(start_paused = true)]
async fn the_first_failure_is_told_before_pauses_and_ends() {
    let refused = AskErrorKind::NoAnswer(crate::fetch::NoAnswerKind::Connect);
    let slices = || (2..40).map(|offset| day(-offset)).collect::<Vec<_>>();
    let mut told = Told::default();
    play_before(&mut told, pace(16, RETRY), [slices()], move |_, _| (Duration::ZERO, Err(refused))).await;
    assert_eq!(told.0[0], "retrying after 0 answers");
    assert!(told.0.iter().any(|it| it == "paused") && told.0.last().is_some_and(|it| it == "failed"), "{:?}", told.0);

    let mut told = Told::default();
    let flaky = move |slice: &Slice, now: Duration| {
        let fails = *slice == day(-3) && now < Duration::from_millis(1500);
        (Duration::from_secs(1), if fails { Err(refused) } else { Ok(counted(1)) })
    };
    play_before(&mut told, pace(1, RETRY), [slices()], flaky).await;
    assert_eq!(told.0, ["retrying after 1 answers"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_keeps_the_time_that_the_server_said() {
    let times = [Some(NOW.plus_seconds(-7)), Some(NOW.plus_seconds(3)), None];
    let story = play(pace(1, RETRY), [vec![day(-2), day(-3), day(-4)]], move |slice, _| {
        let at = usize::try_from((NOW.0 - slice.range.start().0) / DAY).unwrap() - 2;
        (Duration::ZERO, Ok(Received { server_at: times[at], ..counted(1) }))
    });
    let story = story.await;
    let kept = |(_, outcome): &(Slice, Outcome)| match outcome {
        Outcome::Answered(answer) => answer.server_at,
        other => panic!("{other:?}"),
    };
    assert_eq!(story.learnt.iter().map(kept).collect::<Vec<_>>(), times);
    assert_eq!(story.driven.server_now, times[1], "the latest");
}
