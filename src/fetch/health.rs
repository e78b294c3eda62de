//! What failed tries mean for the whole run: when it pauses, and when it ends. Pure.
//!
//! A single slice's waits don't protect an API that is down from sixteen slices at once. So failures without a
//! success between them pause the run with growing gaps. One outage is one round, however many requests it takes
//! down: a failure counts only if its request started after the last pause, and only a full complement of failures
//! makes a round.
//!
//! A range that is longer than any window may fail for its length alone, and then its parts are asked. Such failures
//! say little of the API: they don't run down the run's patience, and their pauses stay short. An API that is down
//! fails the parts too. In case that none come up, failures of long ranges alone have a patience of their own, a long
//! one.
//!
//! The list of single attempts can be done without: what fails of it gives the API a rest like any failure, and never
//! ends a run. That it answers, or refuses, shows that there is an API, and nothing of how it takes questions. A list
//! that gave no page for `retry_for`, or is closed to these credentials, is given up for the rest of the run.
//!
//! An API that refuses a question works. One that refuses question after question and answers none is not the one that
//! the job means, or not open to it: asking on would bring nothing but refusals.

use std::num::NonZeroU32;
use std::time::Duration;

use super::backoff::backoff;
use super::{AskErrorKind, Span};

/// So many refusals without any answer end a run.
const ENOUGH_REFUSALS: u32 = 20;

/// How much longer than `retry_for` long ranges alone may fail.
const PATIENCE_WITH_LONGER: Duration = Duration::from_mins(30);
/// The longest pause after failures of long ranges alone: long enough that nobody hammers, and no longer.
const LONGEST_PAUSE_OF_LONGER: Duration = Duration::from_secs(8);
/// A question that waits for its next try gets it within so long. If only long ranges failed for more than that,
/// nothing else was asked.
const NOTHING_ELSE_ASKED: Duration = Duration::from_mins(2);

/// Why a run ends before its work is done. What was learnt is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GiveUpReason {
    /// HTTP 401 or 403.
    #[error("the API refused the credentials")]
    Unauthorized,
    /// The first slice used up its tries, and no HTTP answer ever came.
    #[error("the API gave no HTTP answer in the whole run; check the network, HTTPS_PROXY and the base URL")]
    NoHttpAnswer,
    /// `retry_for` passed without one usable answer.
    #[error("the API gave no usable answer for {} s", .0.as_secs())]
    NoUsableAnswer(Duration),
    /// HTTP 400, 404 and the like to so many questions, and no answer to any.
    #[error(
        "the API refused {0} questions and answered none; check the account, the base URL and its region, that Verify \
         is enabled, and the API key's permissions"
    )]
    Refused(u32),
}

impl GiveUpReason {
    /// Whether the API showed nothing that could be published: somebody has to mend something first.
    #[must_use]
    pub const fn is_hopeless(self) -> bool {
        match self {
            Self::Unauthorized | Self::NoHttpAnswer | Self::Refused(_) => true,
            Self::NoUsableAnswer(_) => false,
        }
    }
}

/// The run's memory of failures. All times are of one monotonic clock and should not go back.
#[derive(Debug, Clone)]
pub struct Health {
    retry_for: Duration,
    failures_per_round: u32,
    /// Failures of this round, since the last success or pause.
    failures: u32,
    /// Pauses since the last success.
    rounds: u32,
    /// When the last pause ends or ended: requests that started earlier are of an older round.
    resumed: Duration,
    /// The start of the first failed try since the last usable answer, and the end of the last; time in which only long
    /// ranges were asked is left out.
    failing: Option<(Duration, Duration)>,
    /// The same of long ranges, where their length may be the cause.
    failing_long: Option<(Duration, Duration)>,
    http: Http,
    slices: Slices,
    refusals: Refusals,
    list: List,
}

/// What is to be hoped of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// The last that was heard of it was a page, or nothing.
    Giving,
    /// No page came since the first failed try that started then.
    Failing(Duration),
    /// Nothing.
    GivenUp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Http {
    Never,
    Seen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slices {
    Trying,
    OneUsedItsTries,
}

/// What refusals can still mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusals {
    /// No question was answered: so many were refused.
    Only(u32),
    /// Some question was answered: a refusal concerns its question.
    BesideAnswers,
}

impl Health {
    /// A run that has seen nothing yet.
    #[must_use]
    pub fn new(retry_for: Duration, concurrency: NonZeroU32) -> Self {
        Self {
            retry_for,
            failures_per_round: concurrency.get().max(2),
            failures: 0,
            rounds: 0,
            resumed: Duration::ZERO,
            failing: None,
            failing_long: None,
            http: Http::Never,
            slices: Slices::Trying,
            refusals: Refusals::Only(0),
            list: List::Giving,
        }
    }

    /// A usable answer came.
    pub fn on_success(&mut self, now: Duration) {
        self.refusals = Refusals::BesideAnswers;
        self.on_sign_of_life(now);
    }

    /// The run has an answer from before it was interrupted.
    pub const fn on_recorded_answer(&mut self) {
        self.refusals = Refusals::BesideAnswers;
    }

    /// A page of the list came.
    pub fn on_page(&mut self, now: Duration) {
        self.list = List::Giving;
        self.on_sign_of_life(now);
    }

    /// A try for a page of the list that started at `started` has failed.
    pub fn on_page_failure(&mut self, now: Duration, started: Duration, kind: AskErrorKind, jitter: f64) {
        let since = if let List::Failing(since) = self.list { since } else { started };
        let is_closed = matches!(kind, AskErrorKind::Client { status: 401 | 403, .. });
        let is_over = is_closed || now.saturating_sub(since) >= self.retry_for;
        self.list = if is_over { List::GivenUp } else { List::Failing(since) };
        if let AskErrorKind::Client { .. } = kind {
            self.on_sign_of_life(now);
            return;
        }
        if kind.saw_http() {
            self.http = Http::Seen;
        }
        self.count_towards_round(now, started, kind, jitter);
    }

    /// Whether no further page is worth asking for.
    #[must_use]
    pub const fn has_given_up_list(&self) -> bool {
        matches!(self.list, List::GivenUp)
    }

    fn on_sign_of_life(&mut self, now: Duration) {
        self.http = Http::Seen;
        self.failures = 0;
        self.rounds = 0;
        self.resumed = self.resumed.min(now);
        self.failing = None;
        self.failing_long = None;
    }

    /// A try that started at `started` has failed, of a question of that span. `jitter`, in [0, 1), spreads the pause
    /// that may follow.
    ///
    /// A slice that the API refuses shows that the API works. A 429 does too, but is no usable answer.
    pub fn on_failure(&mut self, now: Duration, started: Duration, kind: AskErrorKind, span: Span, jitter: f64) {
        if kind.saw_http() {
            self.http = Http::Seen;
        }
        if let AskErrorKind::Client { .. } = kind {
            if let Refusals::Only(refusals) = &mut self.refusals {
                *refusals = refusals.saturating_add(1);
            }
            self.on_sign_of_life(now);
            return;
        }
        if span == Span::Longer && kind.may_come_of_length() {
            let (since, _) = self.failing_long.unwrap_or((started, now));
            self.failing_long = Some((since, now));
        } else {
            self.run_down_patience(now, started);
        }
        self.count_towards_round(now, started, kind, jitter);
    }

    fn count_towards_round(&mut self, now: Duration, started: Duration, kind: AskErrorKind, jitter: f64) {
        if matches!(kind, AskErrorKind::TooManyRequests { .. }) || started < self.resumed {
            return;
        }
        self.failures += 1;
        if self.failures >= self.failures_per_round {
            self.failures = 0;
            self.rounds = self.rounds.saturating_add(1);
            self.resumed = now + backoff(self.rounds, jitter).min(self.longest_pause(now));
        }
    }

    fn run_down_patience(&mut self, now: Duration, started: Duration) {
        let Some((since, last)) = &mut self.failing else {
            // Rounds of long ranges alone say nothing of how long the API has been down.
            self.failures = 0;
            self.rounds = 0;
            self.failing = Some((started, now));
            return;
        };
        let long_only = self.failing_long.map_or(Duration::ZERO, |(_, long)| long.min(started).saturating_sub(*last));
        if long_only > NOTHING_ELSE_ASKED {
            *since += long_only;
        }
        *last = now;
    }

    fn longest_pause(&self, now: Duration) -> Duration {
        match self.failing {
            // A pause ends no later than the run's patience: the tries after it decide.
            Some((since, _)) => (since + self.retry_for).saturating_sub(now),
            None => LONGEST_PAUSE_OF_LONGER.min(self.retry_for),
        }
    }

    /// A slice has failed for want of further tries, and not perhaps for its length.
    pub fn on_slice_exhausted(&mut self) {
        self.slices = Slices::OneUsedItsTries;
    }

    /// Whether a try has failed since the last usable answer.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failing.is_some() || self.failing_long.is_some()
    }

    /// When the pause ends, while there is one: until then no request starts.
    #[must_use]
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        (now < self.resumed).then_some(self.resumed)
    }

    /// Whether the run is over, judged at the last failure: a run that merely waits for tokens is not failing.
    #[must_use]
    pub fn verdict(&self) -> Option<GiveUpReason> {
        if self.http == Http::Never && self.slices == Slices::OneUsedItsTries {
            return Some(GiveUpReason::NoHttpAnswer);
        }
        if let Refusals::Only(refusals @ ENOUGH_REFUSALS..) = self.refusals {
            return Some(GiveUpReason::Refused(refusals));
        }
        let lasting = |failing: Option<(Duration, Duration)>, patience: Duration| {
            let failing_for = failing.map(|(since, last)| last.saturating_sub(since))?;
            (failing_for >= patience).then_some(GiveUpReason::NoUsableAnswer(failing_for))
        };
        let with_longer = self.retry_for.saturating_add(PATIENCE_WITH_LONGER);
        lasting(self.failing, self.retry_for).or_else(|| lasting(self.failing_long, with_longer))
    }
}

#[cfg(test)]
mod tests;
