//! Questions asked one after the other, under the same limiter and the same decisions about failures as a run's.
//!
//! Nothing is recorded: whoever asks keeps the answers. A stop signal ends a question at once, as nothing of it is
//! worth waiting for; its token goes back as one of a request that may still be under way.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::attempt::{About, Attempts, Effort, FollowUp, Kind, Permission, Permit, Refusal, Sent, Settled};
use super::{AbsentCounts, GiveUp, Stop, Tally};
use crate::clock::Clock;
use crate::fetch::{
    AskError, BucketError, Limiter, ListApi, LostBucket, Page, PageQuestion, RawApi, RetryPolicy, Span,
};
use crate::model::{ApiFailure, Counts, RawSlice, UnixSeconds};

/// Waits for a token shorter than this are nobody's concern.
const WORTH_TELLING: Duration = Duration::from_secs(2);

/// Something that a watcher may want to show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice<'a> {
    /// The limit allows no request for so long.
    Waiting(Duration),
    /// Nobody asks for a while, as it is not known how much was spent.
    BucketLost(&'a LostBucket),
    /// The API answered 429; nobody asks for so long.
    Throttled(Duration),
    /// A request failed and will be repeated.
    Retrying {
        /// What was asked.
        question: &'a str,
        /// What went wrong.
        reason: &'a str,
        /// How long it waits.
        wait: Duration,
    },
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked<T = Counts> {
    /// Counts, or a page.
    Answered(T),
    /// Nothing usable, after every try that the rules allow, or a refusal.
    Failed(ApiFailure),
    /// A stop signal came first.
    Stopped,
    /// No further question makes sense.
    GaveUp(GiveUp),
}

/// Asks one question at a time.
pub struct Asker<'a, A> {
    api: A,
    attempts: Attempts<'a>,
    clock: Arc<dyn Clock>,
    stop: watch::Receiver<Stop>,
    watcher: &'a mut dyn FnMut(Notice<'_>),
}

impl<'a, A: RawApi> Asker<'a, A> {
    /// One that has asked nothing yet. `jitter` gives uniform numbers in [0, 1).
    pub fn new(
        api: A,
        limiter: &'a mut Limiter,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
        stop: watch::Receiver<Stop>,
        jitter: &'a mut dyn FnMut() -> f64,
        watcher: &'a mut dyn FnMut(Notice<'_>),
    ) -> Self {
        let one = NonZeroU32::MIN;
        let attempts = Attempts::new(limiter, Arc::clone(&clock), jitter, retry, one, AbsentCounts::default());
        Self { api, attempts, clock, stop, watcher }
    }

    /// The limit that pages fall under, where it is not the account's.
    #[must_use]
    pub fn with_list_limit(self, limiter: Option<&'a mut Limiter>) -> Self {
        Self { attempts: self.attempts.with_list_limit(limiter), ..self }
    }

    /// The counts so far.
    pub const fn tally(&self) -> Tally {
        self.attempts.tally()
    }

    /// Asks until there is an answer or no hope for one.
    ///
    /// # Errors
    /// If the bucket cannot be read or written.
    pub async fn ask(&mut self, question: RawSlice) -> Result<Asked, BucketError> {
        let asked = self
            .until_settled((Kind::Question, &question), async |api: &A| api.ask_raw(question).await, Attempts::settle)
            .await?;
        Ok(match asked {
            Asked::Answered(received) => Asked::Answered(received.counts),
            Asked::Failed(failure) => Asked::Failed(failure),
            Asked::Stopped => Asked::Stopped,
            Asked::GaveUp(give_up) => Asked::GaveUp(give_up),
        })
    }

    /// The same of a page.
    ///
    /// # Errors
    /// If the bucket cannot be read or written.
    pub async fn page(&mut self, question: PageQuestion) -> Result<Asked<Page>, BucketError>
    where
        A: ListApi,
    {
        let slice = question.slice;
        self.until_settled(
            (Kind::Page, &slice),
            async |api: &A| api.page(question.clone()).await,
            Attempts::settle_page,
        )
        .await
    }

    async fn until_settled<T>(
        &mut self,
        (kind, about): (Kind, &RawSlice),
        ask: impl AsyncFn(&A) -> Result<T, AskError>,
        settle: impl Fn(&mut Attempts<'a>, &mut Effort, Sent<T>, About) -> Result<Settled<T>, BucketError>,
    ) -> Result<Asked<T>, BucketError> {
        let question = about.to_string();
        let start = about.after.map(|after| UnixSeconds(after.0.div_euclid(1000)));
        let about = About { start, span: Span::Window, refusal: Refusal::Expected };
        let mut effort = Effort::default();
        loop {
            let Some(permit) = self.permit(kind, &mut effort).await? else { return Ok(Asked::Stopped) };
            let sent = tokio::select! {
                sent = permit.send(ask(&self.api)) => sent,
                () = stopped(&mut self.stop) => return Ok(Asked::Stopped),
            };
            let failure = match settle(&mut self.attempts, &mut effort, sent, about)? {
                Settled::Answered(answer, _) => return Ok(Asked::Answered(answer)),
                Settled::Unsent => continue,
                Settled::Failed(failure) => failure,
            };
            if let Some(give_up) = failure.give_up {
                return Ok(Asked::GaveUp(give_up));
            }
            match failure.next {
                FollowUp::Throttled(pause) => (self.watcher)(Notice::Throttled(pause)),
                FollowUp::Again(wait) => {
                    (self.watcher)(Notice::Retrying { question: &question, reason: &failure.message, wait });
                    if !self.wait(wait).await {
                        return Ok(Asked::Stopped);
                    }
                }
                FollowUp::Over(failure) => return Ok(Asked::Failed(failure)),
                FollowUp::Ended(give_up) => return Ok(Asked::GaveUp(give_up)),
            }
        }
    }

    /// A permit, once failures and the limit allow one; `None` when a stop signal comes first.
    async fn permit(&mut self, kind: Kind, effort: &mut Effort) -> Result<Option<Permit>, BucketError> {
        let mut has_told = false;
        loop {
            if *self.stop.borrow() != Stop::Go {
                return Ok(None);
            }
            let due = match self.attempts.permit(kind, effort)? {
                Permission::Granted(permit) => return Ok(Some(permit)),
                Permission::NotBefore(due) => due,
            };
            let wait = due.saturating_sub(self.clock.monotonic());
            if let Some(lost) = self.attempts.take_lost_bucket() {
                has_told = true;
                (self.watcher)(Notice::BucketLost(&lost));
            }
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
