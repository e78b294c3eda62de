//! One attempt at a question: the only place that claims a token, sends, and says what a failure means.
//!
//! [`Attempts`] lends a [`Permit`] when neither the limit nor an ailing API forbids it. A permit is used up by sending,
//! and sends only while its token is fresh: of a process that was stopped in between (Ctrl-Z, a debugger, a busy
//! machine) nothing leaves late, which the limiter's proof leans on. What came of it goes to [`Attempts::settle`],
//! which gives the token back and decides. Who schedules attempts, many at once or one after the other, waits, tells
//! and records, and decides nothing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::{AbsentCounts, Crowded, GiveUp, Tally};
use crate::clock::Clock;
use crate::fetch::{
    AskError, AskErrorKind, BucketError, Claim, Completion, Crowding, Decision, Health, InFlight, Limiter, LostBucket,
    OddPrices, Outlook, Page, Received, Refused, RetryPolicy, Span, decide,
};
use crate::model::{ApiFailure, FailureKind, UnixMicros, UnixSeconds};

mod permit;
#[cfg(test)]
mod tests;

use permit::Lane;
pub(super) use permit::{Kind, Permission, Permit, Sent};

/// What was done for one question so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Effort {
    /// Tries that count; refusals by the limit don't.
    tries: u32,
    /// Requests sent.
    sent: u32,
    /// Monotonic time of the first request.
    since: Option<Duration>,
}

/// What a failure of a question can mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    /// Where its range begins.
    pub start: Option<UnixSeconds>,
    /// How long its range is.
    pub span: Span,
    /// What it means if the API refuses it.
    pub refusal: Refusal,
}

/// What it means that the API refuses a question for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The question has failed.
    Failure,
    /// It was to be expected, and is an answer of a kind.
    Expected,
}

/// What came of an attempt.
pub(super) enum Settled<T = Received> {
    /// Counts, or a body that is known to mean zero; a page.
    Answered(T, UnixMicros),
    /// Nothing was sent: try again at once.
    Unsent,
    /// No counts.
    Failed(FailedAttempt),
}

/// A failed attempt.
pub(super) struct FailedAttempt {
    pub next: FollowUp,
    /// What went wrong, for people.
    pub message: String,
    /// The pause of the whole run that begins with it.
    pub pause: Option<Duration>,
    /// Why no other question makes sense after it.
    pub give_up: Option<GiveUp>,
    /// That fewer requests may be in flight from here on; the first time only.
    pub crowded: Option<Crowded>,
}

/// What follows for the question of a failed attempt.
pub(super) enum FollowUp {
    /// HTTP 429: nobody who shares the limit asks for so long; then it is tried again.
    Throttled(Duration),
    /// It is tried again after so long.
    Again(Duration),
    /// No further try.
    Over(ApiFailure),
    /// No further try of anything.
    Ended(GiveUp),
}

/// What attempts have in common.
pub(super) struct Attempts<'a> {
    /// The account's.
    lane: Lane<'a>,
    /// The list's, where it has a limit of its own.
    list: Option<Lane<'a>>,
    clock: Arc<dyn Clock>,
    /// Uniform numbers in [0, 1).
    jitter: &'a mut dyn FnMut() -> f64,
    retry: RetryPolicy,
    health: Health,
    absent_counts: AbsentCounts,
    bound: InFlight,
    /// Permits that are out.
    in_flight: u32,
    crowded: Option<Crowded>,
    odd_prices: OddPrices,
    tally: Tally,
    /// The latest time that the server said was its own.
    server_now: Option<UnixSeconds>,
}

impl<'a> Attempts<'a> {
    pub fn new(
        limiter: &'a mut Limiter,
        clock: Arc<dyn Clock>,
        jitter: &'a mut dyn FnMut() -> f64,
        retry: RetryPolicy,
        concurrency: NonZeroU32,
        absent_counts: AbsentCounts,
    ) -> Self {
        Self {
            lane: Lane::new(limiter),
            list: None,
            clock,
            jitter,
            retry,
            health: Health::new(retry.retry_for, concurrency),
            absent_counts,
            bound: InFlight::new(concurrency.get()),
            in_flight: 0,
            crowded: None,
            odd_prices: OddPrices::default(),
            tally: Tally::default(),
            server_now: None,
        }
    }

    /// The limit that pages fall under, where it is not the account's.
    pub fn with_list_limit(self, limiter: Option<&'a mut Limiter>) -> Self {
        Self { list: limiter.map(Lane::new), ..self }
    }

    const fn lane(&mut self, kind: Kind) -> &mut Lane<'a> {
        match (kind, &mut self.list) {
            (Kind::Page, Some(list)) => list,
            _ => &mut self.lane,
        }
    }

    /// Whether the server is not seen to take one more request in flight.
    pub const fn is_full(&self) -> bool {
        self.in_flight >= self.bound.allowed()
    }

    /// Whether a token takes a way over the network.
    pub const fn is_far(&self) -> bool {
        self.lane.limiter.is_far()
    }

    /// When failures let the next request start, while they forbid it.
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        self.health.paused_until(now)
    }

    /// Lends a permit for a request that is sent now.
    pub fn permit(&mut self, kind: Kind, effort: &mut Effort) -> Result<Permission, BucketError> {
        let now = self.clock.monotonic();
        let paused = self.paused_until(now);
        let lane = self.lane(kind);
        if let Some(due) = paused.or((now < lane.due).then_some(lane.due)) {
            return Ok(Permission::NotBefore(due));
        }
        match lane.limiter.try_claim()? {
            Claim::Granted(token) => {
                self.tally.sent += 1;
                self.tally.retries += u64::from(effort.sent > 0);
                effort.sent += 1;
                effort.since.get_or_insert(now);
                self.in_flight += 1;
                let (clock, asked_at) = (Arc::clone(&self.clock), UnixMicros::from(self.clock.now()));
                Ok(Permission::Granted(Permit { kind, token, started: now, asked_at, clock }))
            }
            Claim::Wait(wait) => {
                lane.due = now + wait;
                Ok(Permission::NotBefore(lane.due))
            }
        }
    }

    /// Lets the limiters do what waits, and tells whether they may still be used.
    pub fn tend(&mut self) -> Result<(), BucketError> {
        if let Some(list) = &mut self.list {
            list.limiter.tend()?;
        }
        self.lane.limiter.tend()
    }

    /// Why all must wait whose bucket's past is lost, once.
    pub fn take_lost_bucket(&mut self) -> Option<LostBucket> {
        let list = self.list.as_mut().and_then(|list| list.limiter.take_lost_bucket());
        list.or_else(|| self.lane.limiter.take_lost_bucket())
    }

    /// Gives the token back, and says what became of the question.
    pub fn settle(&mut self, effort: &mut Effort, sent: Sent, about: About) -> Result<Settled, BucketError> {
        self.settle_as(effort, sent, about, |attempts, received| attempts.admit(received, about.start))
    }

    /// The same of a page.
    pub fn settle_page(
        &mut self,
        effort: &mut Effort,
        sent: Sent<Page>,
        about: About,
    ) -> Result<Settled<Page>, BucketError> {
        self.settle_as(effort, sent, about, |attempts, mut page| {
            attempts.odd_prices.add(std::mem::take(&mut page.odd_prices));
            attempts.server_now = attempts.server_now.max(page.server_at);
            attempts.tally.pages += 1;
            Ok(page)
        })
    }

    fn settle_as<T>(
        &mut self,
        effort: &mut Effort,
        sent: Sent<T>,
        about: About,
        admit: impl FnOnce(&mut Self, T) -> Result<T, AskError>,
    ) -> Result<Settled<T>, BucketError> {
        let Sent { permit: Permit { kind, token, started, asked_at, .. }, result } = sent;
        let in_flight = self.in_flight;
        self.in_flight -= 1;
        let Some(result) = result else {
            self.lane(kind).limiter.release(token, Completion::Complete)?;
            self.uncount(effort);
            return Ok(Settled::Unsent);
        };
        match result.and_then(|received| admit(self, received)) {
            Ok(received) => {
                self.lane(kind).limiter.release(token, Completion::Complete)?;
                self.tally.answered += 1;
                let now = self.clock.monotonic();
                match kind {
                    Kind::Question => self.health.on_success(now),
                    Kind::Page => self.health.on_page(now),
                }
                self.bound.on_answer(started);
                Ok(Settled::Answered(received, asked_at))
            }
            Err(error) => {
                self.lane(kind).limiter.release(token, error.completion())?;
                let (error, crowded) = self.look_for_crowding(kind, error, started, in_flight)?;
                let failure = self.fail(kind, effort, &error, started, about)?;
                Ok(Settled::Failed(FailedAttempt { crowded, ..failure }))
            }
        }
    }

    /// Takes a body without counts only where it is known to mean zero.
    fn admit(&mut self, received: Received, start: Option<UnixSeconds>) -> Result<Received, AskError> {
        self.server_now = self.server_now.max(received.server_at);
        let host = UnixSeconds::from(self.clock.now());
        let now = self.server_now.map_or(host, |server| server.max(host));
        self.absent_counts.admit(received, start, now)
    }

    /// A request that was counted as sent and never started.
    const fn uncount(&mut self, effort: &mut Effort) {
        effort.sent -= 1;
        self.tally.sent -= 1;
        if effort.sent == 0 {
            effort.since = None;
        } else {
            self.tally.retries -= 1;
        }
    }

    fn fail(
        &mut self,
        kind: Kind,
        effort: &mut Effort,
        error: &AskError,
        started: Duration,
        about: About,
    ) -> Result<FailedAttempt, BucketError> {
        let now = self.clock.monotonic();
        let elapsed = now.saturating_sub(effort.since.unwrap_or(now));
        let (tries, policy) = (effort.tries + 1, self.retry.over(about.span, error.kind));
        let decision = decide(error.kind, tries, elapsed, &policy, (self.jitter)());
        let was_paused = self.health.paused_until(now);
        let jitter = (self.jitter)();
        match kind {
            Kind::Question => self.health.on_failure(now, started, error.kind, about.span, jitter),
            Kind::Page => self.health.on_page_failure(now, started, error.kind, jitter),
        }
        let paused = self.health.paused_until(now).filter(|_| was_paused.is_none());
        let give_up = |end| GiveUp { end, last_error: error.message.clone() };
        if let Decision::PauseAll(pause) = decision {
            self.tally.throttled += 1;
            self.lane(kind).limiter.pause(pause)?;
        }
        // A 429 costs no try, so that of pages only time ends it: a run can do without them.
        let is_over = kind == Kind::Page && (elapsed >= policy.retry_for || self.health.has_given_up_list());
        let next = match decision {
            Decision::PauseAll(pause) if !is_over => FollowUp::Throttled(pause),
            Decision::RetryAfter(wait) if !is_over => {
                effort.tries = tries;
                FollowUp::Again(wait)
            }
            Decision::PauseAll(_) | Decision::RetryAfter(_) | Decision::FailSlice => {
                FollowUp::Over(self.exhaust(kind, error, tries, elapsed, about))
            }
            Decision::FailRun(end) => FollowUp::Ended(give_up(end)),
        };
        Ok(FailedAttempt {
            next,
            message: error.message.clone(),
            pause: paused.map(|until| until.saturating_sub(now)),
            give_up: self.health.verdict().map(give_up),
            crowded: None,
        })
    }

    /// What a 429 says of how many may be in flight, told once; and the failure, with the pause that will do. One of the
    /// list's own limit says nothing of questions.
    fn look_for_crowding(
        &mut self,
        kind: Kind,
        error: AskError,
        started: Duration,
        in_flight: u32,
    ) -> Result<(AskError, Option<Crowded>), BucketError> {
        let AskErrorKind::TooManyRequests { retry_after, at_once } = error.kind else { return Ok((error, None)) };
        if kind == Kind::Page && self.list.is_some() {
            return Ok((error, None));
        }
        let used = self.lane(kind).limiter.used()?;
        let refused = Refused { started, in_flight, counted: at_once, used };
        let crowding = self.bound.on_refusal(self.clock.monotonic(), refused);
        let kind = AskErrorKind::TooManyRequests { retry_after: retry_after.or(self.bound.pause()), at_once };
        let crowded = match crowding {
            Crowding::Lowered(allowed) if self.crowded.is_none() => {
                self.crowded = Some(Crowded { used, in_flight, allowed });
                self.crowded
            }
            _ => None,
        };
        Ok((AskError { kind, ..error }, crowded))
    }

    fn exhaust(&mut self, kind: Kind, error: &AskError, tries: u32, elapsed: Duration, about: About) -> ApiFailure {
        let failure = crate::fetch::give_up(error, tries, elapsed);
        let may_be_its_length = about.span == Span::Longer && error.kind.may_come_of_length();
        if failure.kind == FailureKind::Exhausted && !may_be_its_length && kind == Kind::Question {
            self.health.on_slice_exhausted();
        }
        let is_expected = failure.kind == FailureKind::Refused && about.refusal == Refusal::Expected;
        self.tally.failed += u64::from(!is_expected);
        failure
    }

    /// A question was answered from the record of this very run.
    pub const fn on_recorded_answer(&mut self) {
        self.health.on_recorded_answer();
    }

    /// Whether no further page is worth asking for.
    pub const fn has_given_up_list(&self) -> bool {
        self.health.has_given_up_list()
    }

    /// A range of the list was given up, and not for a page that failed.
    pub const fn count_failed_range(&mut self) {
        self.tally.failed += 1;
    }

    /// A question was answered from the record of any run.
    pub const fn count_recorded(&mut self) {
        self.tally.from_ledger += 1;
    }

    /// Whether an attempt has failed since the last that brought counts.
    pub const fn is_failing(&self) -> bool {
        self.health.is_failing()
    }

    /// The first 429 that came with tokens to spare.
    pub const fn crowded(&self) -> Option<Crowded> {
        self.crowded
    }

    /// How long until the limit lets a request start, while it refuses one.
    pub fn token_in(&self, now: Duration) -> Option<Duration> {
        let wait = |lane: &Lane<'_>| lane.due.checked_sub(now).filter(|wait| !wait.is_zero());
        wait(&self.lane).or_else(|| self.list.as_ref().and_then(wait))
    }

    /// What the limit allows; `None`: there is none.
    pub fn outlook(&self) -> Option<Outlook> {
        self.lane.limiter.outlook()
    }

    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Prices of the pages that came that count as none though they are there.
    pub fn into_odd_prices(self) -> OddPrices {
        self.odd_prices
    }

    pub const fn absent_counts(&self) -> AbsentCounts {
        self.absent_counts
    }

    pub const fn server_now(&self) -> Option<UnixSeconds> {
        self.server_now
    }
}
