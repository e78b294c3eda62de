//! Questions asked one after the other, under the same limiter and the same decisions about failures as a run's.
//!
//! Nothing is recorded: whoever asks keeps the answers. A stop signal ends a question at once, as nothing of it is
//! worth waiting for; its token goes back as one of a request that may still be under way.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::{AbsentCounts, GiveUp, Stop, Tally};
use crate::clock::Clock;
use crate::fetch::{
    AskError, BucketFileError, Claim, Completion, Decision, Health, Limiter, RawApi, Received, RetryPolicy, RunEnd,
    Span, Token, decide, give_up,
};
use crate::model::{ApiFailure, Counts, FailureKind, RawSlice, UnixSeconds};

/// Waits for a token shorter than this are nobody's concern.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// Something that a watcher may want to show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice<'a> {
    /// The limit allows no request for so long.
    Waiting(Duration),
    /// The API answered 429; nobody asks for so long.
    Throttled(Duration),
    /// A request failed and will be repeated.
    Retrying {
        /// What was asked.
        question: &'a RawSlice,
        /// What went wrong.
        reason: &'a str,
        /// How long it waits.
        wait: Duration,
    },
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Counts.
    Answered(Counts),
    /// Nothing usable, after every try that the rules allow, or a refusal.
    Failed(ApiFailure),
    /// A stop signal came first.
    Stopped,
    /// No further question makes sense.
    GaveUp(GiveUp),
}

/// Asks one question at a time.
pub struct Asker<'a, A> {
    /// How a question is asked, once.
    pub api: A,
    /// When a request may be sent.
    pub limiter: &'a mut Limiter,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// How often and how long a question is repeated.
    pub retry: RetryPolicy,
    /// When to stop.
    pub stop: watch::Receiver<Stop>,
    /// What failures mean for the whole.
    pub health: Health,
    /// Uniform numbers in [0, 1) for jitter.
    pub jitter: &'a mut dyn FnMut() -> f64,
    /// Who watches.
    pub watcher: &'a mut dyn FnMut(Notice<'_>),
    /// The counts so far.
    pub tally: Tally,
    /// The latest time that the server said was its own.
    pub server_now: Option<UnixSeconds>,
    /// The forms of bodies without counts that are known to mean zero.
    pub absent_counts: AbsentCounts,
}

/// What a failed try leads to.
enum After {
    Again,
    Over(Asked),
}

impl<A: RawApi> Asker<'_, A> {
    /// Asks until there is an answer or no hope for one.
    ///
    /// # Errors
    /// If the bucket cannot be read or written.
    pub async fn ask(&mut self, question: RawSlice) -> Result<Asked, BucketFileError> {
        let (mut tries, mut sent, mut since) = (0, 0, None);
        loop {
            let Some(token) = self.claim().await? else { return Ok(Asked::Stopped) };
            let started = self.clock.monotonic();
            let since = *since.get_or_insert(started);
            self.tally.sent += 1;
            self.tally.retries += u64::from(sent > 0);
            sent += 1;
            let asking = self.api.ask_raw(question);
            let result = tokio::select! {
                result = asking => result,
                () = stopped(&mut self.stop) => {
                    self.limiter.release(token, Completion::Unknown)?;
                    return Ok(Asked::Stopped);
                }
            };
            let error = match result.and_then(|received| self.admit(&question, received)) {
                Ok(Received { counts, .. }) => {
                    self.limiter.release(token, Completion::Complete)?;
                    self.tally.answered += 1;
                    self.health.on_success(self.clock.monotonic());
                    return Ok(Asked::Answered(counts));
                }
                Err(error) => error,
            };
            self.limiter.release(token, error.completion())?;
            match self.handle(&question, &error, &mut tries, started, since).await? {
                After::Again => {}
                After::Over(asked) => return Ok(asked),
            }
        }
    }

    /// Takes a body without counts only where it is known to mean zero.
    fn admit(&mut self, question: &RawSlice, received: Received) -> Result<Received, AskError> {
        self.server_now = self.server_now.max(received.server_at);
        let host = UnixSeconds::from(self.clock.now());
        let now = self.server_now.map_or(host, |server| server.max(host));
        let start = question.after.map(|after| UnixSeconds(after.0.div_euclid(1000)));
        self.absent_counts.admit(received, start, now)
    }

    async fn handle(
        &mut self,
        question: &RawSlice,
        error: &AskError,
        tries: &mut u32,
        started: Duration,
        since: Duration,
    ) -> Result<After, BucketFileError> {
        let now = self.clock.monotonic();
        let elapsed = now.saturating_sub(since);
        let decision = decide(error.kind, *tries + 1, elapsed, &self.retry, (self.jitter)());
        self.health.on_failure(now, started, error.kind, Span::Window, (self.jitter)());
        let over = |end: RunEnd| After::Over(Asked::GaveUp(GiveUp { end, last_error: error.message.clone() }));
        match decision {
            Decision::PauseAll(pause) => {
                self.tally.throttled += 1;
                self.limiter.pause(pause)?;
                (self.watcher)(Notice::Throttled(pause));
            }
            Decision::RetryAfter(wait) => {
                *tries += 1;
                (self.watcher)(Notice::Retrying { question, reason: &error.message, wait });
                if !self.wait(wait).await {
                    return Ok(After::Over(Asked::Stopped));
                }
            }
            Decision::FailSlice => {
                let failure = give_up(error, *tries + 1, elapsed);
                if failure.kind == FailureKind::Exhausted {
                    self.health.on_slice_exhausted();
                }
                self.tally.failed += u64::from(failure.kind != FailureKind::Refused);
                return Ok(self.health.verdict().map_or(After::Over(Asked::Failed(failure)), over));
            }
            Decision::FailRun(end) => return Ok(over(end)),
        }
        Ok(self.health.verdict().map_or(After::Again, over))
    }

    /// A token, once failures and the limit allow one; `None` when a stop signal comes first.
    async fn claim(&mut self) -> Result<Option<Token>, BucketFileError> {
        let mut has_told = false;
        loop {
            if *self.stop.borrow() != Stop::Go {
                return Ok(None);
            }
            let now = self.clock.monotonic();
            let wait = match self.health.paused_until(now) {
                Some(until) => until.saturating_sub(now),
                None => match self.limiter.try_claim()? {
                    Claim::Granted(token) => return Ok(Some(token)),
                    Claim::Wait(wait) => wait,
                },
            };
            if wait >= WORTH_TELLING && !has_told {
                has_told = true;
                (self.watcher)(Notice::Waiting(wait));
            }
            if !self.wait(wait).await {
                return Ok(None);
            }
        }
    }

    /// Whether the time passed without a stop signal.
    async fn wait(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            () = stopped(&mut self.stop) => false,
        }
    }
}

/// Resolves with a stop signal, and never if none can come any more.
async fn stopped(stop: &mut watch::Receiver<Stop>) {
    if stop.wait_for(|stop| *stop != Stop::Go).await.is_err() {
        std::future::pending::<()>().await;
    }
}
