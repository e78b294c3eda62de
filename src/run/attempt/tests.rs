//! A process that is stopped at any instant sends nothing late, whoever schedules its attempts.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

use super::*;
use crate::fetch::{Api, BucketFile, Claim, Limit, ListApi, RawApi};
use crate::ledger::{MemoryLedger, MemoryStore, Origin, RunRequest};
use crate::model::{
    AccountSid, Body, Counts, Interval, Outcome, Question, RawSlice, Reuse, Round, Settling, Slice, Window,
};
use crate::planner::{Conclusion, Planner};
use crate::run::{Asked, Asker, Deps, ListDeps, Pace, RefusedCountries, Silent, Stop, drive};
use crate::state::{Machine, StateDirectory, Timing};

const QUESTIONS: usize = 3;
const STOPPED: Duration = Duration::from_secs(90);
const MINUTE: Duration = Duration::from_mins(1);
const RETRY: RetryPolicy = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };

/// tokio's clock, and the time that the process stood stopped: from just before a reading of the clock.
struct Stopping {
    origin: Instant,
    /// How many readings there were, and the time stopped so far.
    read: Mutex<(u32, Duration)>,
    /// The reading that finds the process stopped.
    stop_before: u32,
}

impl Stopping {
    fn elapsed(&self) -> Duration {
        self.origin.elapsed() + self.read.lock().unwrap().1
    }
}

impl Clock for Stopping {
    fn now(&self) -> DateTime<Utc> {
        UnixSeconds(1_790_000_000).to_datetime() + self.elapsed()
    }

    fn monotonic(&self) -> Duration {
        let mut read = self.read.lock().unwrap();
        read.0 += 1;
        if read.0 == self.stop_before {
            read.1 += STOPPED;
        }
        self.origin.elapsed() + read.1
    }
}

/// Answers at once, and notes when it was asked.
struct Recorder(Arc<Stopping>, Arc<Mutex<Vec<Duration>>>);

impl Recorder {
    fn answer(&self) -> Received {
        self.1.lock().unwrap().push(self.0.elapsed());
        Received::new(Body::default(), Counts::ZERO)
    }
}

impl Api for Recorder {
    async fn ask(&self, _slice: Slice) -> Result<Received, AskError> {
        Ok(self.answer())
    }
}

impl ListApi for Recorder {}

impl RawApi for Recorder {
    async fn ask_raw(&self, _slice: RawSlice) -> Result<Received, AskError> {
        Ok(self.answer())
    }
}

/// Asks some questions at once.
struct Several {
    next: usize,
    learnt: usize,
}

impl Planner for Several {
    fn next(&mut self) -> crate::planner::Next {
        if self.next == QUESTIONS {
            let is_over = self.learnt == QUESTIONS;
            return if is_over { crate::planner::Next::Done } else { crate::planner::Next::Wait };
        }
        self.next += 1;
        let range = Window::new(UnixSeconds(0), UnixSeconds(60 * i64::try_from(self.next).unwrap())).unwrap();
        let question = Question { slice: Slice::whole(range), round: Round::First, reuse: Reuse::Never };
        crate::planner::Next::Ask(question)
    }

    fn learn(&mut self, _question: &Question, outcome: Outcome) {
        assert!(matches!(outcome, Outcome::Answered(_)));
        self.learnt += 1;
    }

    fn progress(&self) -> (u64, u64) {
        (0, 0)
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only asked here")
    }
}

async fn one_after_the_other(api: Recorder, limiter: &mut Limiter, clock: Arc<Stopping>) -> Tally {
    let (_sender, stop) = watch::channel(Stop::Go);
    let (mut jitter, mut watcher) = (|| 1.0, |_: crate::run::Notice<'_>| {});
    let mut asker = Asker::new(api, limiter, clock, RETRY, stop, &mut jitter, &mut watcher);
    for _ in 0..QUESTIONS {
        assert_eq!(asker.ask(RawSlice::default()).await.unwrap(), Asked::Answered(Counts::ZERO));
    }
    asker.tally()
}

async fn many_at_once(api: Recorder, limiter: &mut Limiter, clock: Arc<Stopping>) -> Tally {
    let request = RunRequest {
        job: "loop",
        fingerprint: "loop",
        earlier_fingerprints: &[],
        as_of: None,
        now: clock.now(),
        settling: Settling { settle_after: Duration::ZERO },
        interval: Interval::default(),
    };
    let origin = Origin { account: AccountSid::ZEROS, origin: "recorder".to_owned() };
    let room = NonZeroUsize::new(100).unwrap();
    let mut ledger = MemoryLedger::begin_run(&MemoryStore::default(), &origin, &request, room);
    let (api, ledger, clock) = (Arc::new(api), &mut ledger, clock as Arc<dyn Clock>);
    let deps =
        Deps { api, ledger, limiter, list: ListDeps::default(), clock, observer: &mut Silent, jitter: &mut || 1.0 };
    let pace = Pace {
        concurrency: NonZeroU32::new(4).unwrap(),
        retry: RETRY,
        as_of: UnixSeconds(1_790_000_000),
        refused_countries: RefusedCountries::Fail,
        longest_window: None,
        absent_counts: AbsentCounts::default(),
    };
    let (_sender, stop) = watch::channel(Stop::Go);
    drive(&mut Several { next: 0, learnt: 0 }, deps, pace, stop).await.unwrap().tally
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_stopped_at_any_instant_keeps_the_limit() {
    for stop_before in 1..60 {
        for is_loop in [false, true] {
            let read = Mutex::new((0, Duration::ZERO));
            let clock = Arc::new(Stopping { origin: Instant::now(), read, stop_before });
            let limit = Limit::new(NonZeroU32::MIN, None, Duration::from_secs(20));
            let mut limiter = Limiter::in_memory(limit, Arc::<Stopping>::clone(&clock));
            let asked = Arc::new(Mutex::new(Vec::new()));
            let api = Recorder(Arc::clone(&clock), Arc::clone(&asked));
            let tally = if is_loop {
                many_at_once(api, &mut limiter, clock).await
            } else {
                one_after_the_other(api, &mut limiter, clock).await
            };
            let asked = asked.lock().unwrap();
            assert!(asked.windows(2).all(|two| two[1] > two[0] + MINUTE), "{stop_before} {is_loop}: {asked:?}");
            assert_eq!((asked.len(), tally.sent, tally.retries), (QUESTIONS, 3, 0), "{stop_before} {is_loop}");
        }
    }
}

/// tokio's clock; when the time of day is first asked for, right after a claim, the process stands stopped for 90 s, and
/// after 85 of them another process claims and sends.
struct StoppedAfterClaim {
    origin: Instant,
    stopped: Mutex<Duration>,
    other: Mutex<Option<Limiter>>,
    asked: Mutex<Vec<Duration>>,
}

impl StoppedAfterClaim {
    fn pass(&self, time: Duration) {
        *self.stopped.lock().unwrap() += time;
    }

    fn note_request(&self) {
        self.asked.lock().unwrap().push(self.monotonic());
    }
}

impl Clock for StoppedAfterClaim {
    fn now(&self) -> DateTime<Utc> {
        let other = self.other.lock().unwrap().take();
        if let Some(mut other) = other {
            self.pass(Duration::from_secs(85));
            assert!(matches!(other.try_claim().unwrap(), Claim::Granted(_)), "the stopped one's token is back");
            self.note_request();
            self.pass(Duration::from_secs(5));
        }
        UnixSeconds(1_790_000_000).to_datetime() + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.origin.elapsed() + *self.stopped.lock().unwrap()
    }
}

struct Noting(Arc<StoppedAfterClaim>);

impl RawApi for Noting {
    async fn ask_raw(&self, _slice: RawSlice) -> Result<Received, AskError> {
        self.0.note_request();
        Ok(Received::new(Body::default(), Counts::ZERO))
    }
}

/// Before, only the loop looked whether a token was still fresh: a probe that was stopped between claim and request sent
/// within seconds of another process, under a limit of one a minute.
#[tokio::test(start_paused = true)]
async fn a_question_alone_is_not_sent_on_a_token_that_has_gone_back_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine { boot: "boot".to_owned(), host: "host".to_owned() };
    let state = StateDirectory::hold(folder.path(), &machine, UnixSeconds(0), Timing::DEFAULT).unwrap();
    let (stopped, other, asked) = (Mutex::default(), Mutex::default(), Mutex::default());
    let clock = Arc::new(StoppedAfterClaim { origin: Instant::now(), stopped, other, asked });
    let shared = || {
        let file = BucketFile::open(&state, AccountSid::ZEROS, "noting").unwrap();
        let limit = Limit::new(NonZeroU32::MIN, None, Duration::from_secs(20));
        Limiter::shared(file, limit, Arc::<StoppedAfterClaim>::clone(&clock))
    };
    *clock.other.lock().unwrap() = Some(shared());
    let (_sender, stop) = watch::channel(Stop::Go);
    let (mut limiter, mut jitter, mut watcher) = (shared(), || 1.0, |_: crate::run::Notice<'_>| {});
    let api = Noting(Arc::clone(&clock));
    let time = Arc::<StoppedAfterClaim>::clone(&clock);
    let mut probe = Asker::new(api, &mut limiter, time, RETRY, stop, &mut jitter, &mut watcher);
    assert_eq!(probe.ask(RawSlice::default()).await.unwrap(), Asked::Answered(Counts::ZERO));
    assert_eq!((probe.tally().sent, probe.tally().retries), (1, 0));
    let asked = clock.asked.lock().unwrap();
    assert!(asked.len() == 2 && asked[1] > asked[0] + MINUTE, "{asked:?}");
}
