//! What failed tries mean for the whole run: when it pauses, and when it ends. Pure.
//!
//! A single slice's waits don't protect an API that is down from sixteen slices at once. So failures without a
//! success between them pause the run with growing gaps. One outage is one round, however many requests it takes
//! down: a failure counts only if its request started after the last pause, and only a full complement of failures
//! makes a round.

use std::num::NonZeroU32;
use std::time::Duration;

use super::AskErrorKind;
use super::retry::backoff;

/// Why a run ends before its work is done. What was learnt is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunEnd {
    /// HTTP 401 or 403.
    #[error("the API refused the credentials")]
    Unauthorized,
    /// The first slice used up its tries, and no HTTP answer ever came.
    #[error("the API gave no HTTP answer in the whole run")]
    NoHttpAnswer,
    /// `retry_for` passed without one usable answer.
    #[error("the API gave no usable answer for {} s", .0.as_secs())]
    NoUsableAnswer(Duration),
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
    /// The start of the first failed try since the last usable answer, and the end of the last.
    failing: Option<(Duration, Duration)>,
    http: Http,
    slices: Slices,
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
            http: Http::Never,
            slices: Slices::Trying,
        }
    }

    /// A usable answer came.
    pub fn on_success(&mut self, now: Duration) {
        self.http = Http::Seen;
        self.failures = 0;
        self.rounds = 0;
        self.resumed = self.resumed.min(now);
        self.failing = None;
    }

    /// A try that started at `started` has failed. `jitter`, in [0, 1), spreads the pause that may follow.
    ///
    /// A slice that the API refuses shows that the API works. A 429 does too, but is no usable answer.
    pub fn on_failure(&mut self, now: Duration, started: Duration, kind: AskErrorKind, jitter: f64) {
        if kind.saw_http() {
            self.http = Http::Seen;
        }
        if let AskErrorKind::Client { .. } = kind {
            self.on_success(now);
            return;
        }
        let (since, _) = *self.failing.get_or_insert((started, now));
        self.failing = Some((since, now));
        if matches!(kind, AskErrorKind::TooManyRequests { .. }) || started < self.resumed {
            return;
        }
        self.failures += 1;
        if self.failures >= self.failures_per_round {
            self.failures = 0;
            self.rounds = self.rounds.saturating_add(1);
            // A pause ends no later than the run's patience: the tries after it decide.
            let patience = (since + self.retry_for).saturating_sub(now);
            self.resumed = now + backoff(self.rounds, jitter).min(patience);
        }
    }

    /// A slice has failed for want of further tries.
    pub fn on_slice_exhausted(&mut self) {
        self.slices = Slices::OneUsedItsTries;
    }

    /// Whether a try has failed since the last usable answer.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.failing.is_some()
    }

    /// When the pause ends, while there is one: until then no request starts.
    #[must_use]
    pub fn paused_until(&self, now: Duration) -> Option<Duration> {
        (now < self.resumed).then_some(self.resumed)
    }

    /// Whether the run is over, judged at the last failure: a run that merely waits for tokens is not failing.
    #[must_use]
    pub fn verdict(&self) -> Option<RunEnd> {
        if self.http == Http::Never && self.slices == Slices::OneUsedItsTries {
            return Some(RunEnd::NoHttpAnswer);
        }
        let (since, last) = self.failing?;
        let failing_for = last.saturating_sub(since);
        (failing_for >= self.retry_for).then_some(RunEnd::NoUsableAnswer(failing_for))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::{NoAnswerKind, Reached};

    const RETRY_FOR: Duration = Duration::from_mins(10);
    const BROKEN: AskErrorKind = AskErrorKind::Server { status: 500, retry_after: None };
    const REFUSED: AskErrorKind = AskErrorKind::NoAnswer(NoAnswerKind::Connect);
    const THROTTLED: AskErrorKind = AskErrorKind::TooManyRequests { retry_after: None };
    const REJECTED: AskErrorKind = AskErrorKind::Client { status: 400, code: None };

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn health(concurrency: u32) -> Health {
        Health::new(RETRY_FOR, NonZeroU32::new(concurrency).unwrap())
    }

    /// Fails `count` tries that start and end now, with the longest pause.
    fn fail(health: &mut Health, count: u32, now: f64) {
        for _ in 0..count {
            health.on_failure(secs(now), secs(now), BROKEN, 1.0);
        }
    }

    #[test]
    fn only_a_whole_round_of_failures_pauses() {
        for (concurrency, round) in [(1, 2), (2, 2), (16, 16)] {
            let mut health = health(concurrency);
            fail(&mut health, round - 1, 5.0);
            assert_eq!(health.paused_until(secs(5.0)), None);
            fail(&mut health, 1, 5.0);
            assert_eq!(health.paused_until(secs(5.0)), Some(secs(6.0)));
            assert_eq!(health.paused_until(secs(5.999)), Some(secs(6.0)));
            assert_eq!(health.paused_until(secs(6.0)), None);
        }
    }

    #[test]
    fn pauses_double_up_to_a_minute() {
        let mut health = health(4);
        let mut now = 0.0;
        for gap in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
            fail(&mut health, 4, now);
            assert_eq!(health.paused_until(secs(now)), Some(secs(now + gap)));
            now += gap;
        }
    }

    #[test]
    fn a_pause_is_jittered_like_a_retry() {
        let mut health = health(2);
        health.on_failure(secs(1.0), secs(0.0), BROKEN, 0.0);
        health.on_failure(secs(1.0), secs(0.0), BROKEN, 0.0);
        assert_eq!(health.paused_until(secs(1.0)), Some(secs(1.5)));
    }

    #[test]
    fn stragglers_of_an_older_round_make_no_new_one() {
        let mut health = health(2);
        fail(&mut health, 2, 10.0);
        for _ in 0..50 {
            health.on_failure(secs(12.0), secs(9.0), BROKEN, 1.0);
        }
        assert_eq!(health.paused_until(secs(12.0)), None);
        fail(&mut health, 2, 12.0);
        assert_eq!(health.paused_until(secs(12.0)), Some(secs(14.0)));
    }

    #[test]
    fn any_usable_answer_starts_afresh() {
        let mut health = health(2);
        fail(&mut health, 2, 0.0);
        fail(&mut health, 1, 1.0);
        health.on_success(secs(1.5));
        fail(&mut health, 1, 2.0);
        assert_eq!(health.paused_until(secs(2.0)), None);
        fail(&mut health, 1, 2.0);
        assert_eq!(health.paused_until(secs(2.0)), Some(secs(3.0)));
        health.on_failure(secs(2.5), secs(1.9), REJECTED, 1.0);
        assert_eq!(health.paused_until(secs(2.5)), None, "a refusal ends the pause too");
    }

    #[test]
    fn throttling_makes_no_gaps_but_uses_up_the_patience() {
        let mut health = health(2);
        for minute in 0..10 {
            health.on_failure(secs(60.0 * f64::from(minute)), secs(60.0 * f64::from(minute)), THROTTLED, 1.0);
            assert_eq!(health.paused_until(secs(60.0 * f64::from(minute))), None);
            assert_eq!(health.verdict(), None);
        }
        health.on_failure(secs(600.0), secs(600.0), THROTTLED, 1.0);
        assert_eq!(health.verdict(), Some(RunEnd::NoUsableAnswer(RETRY_FOR)));
    }

    #[test]
    fn patience_runs_from_the_first_failure_after_a_success() {
        let mut health = health(2);
        health.on_success(secs(1000.0));
        health.on_failure(secs(5020.0), secs(5000.0), BROKEN, 1.0);
        assert_eq!(health.verdict(), None, "waiting is not failing");
        health.on_failure(secs(5599.0), secs(5580.0), BROKEN, 1.0);
        assert_eq!(health.verdict(), None);
        health.on_failure(secs(5600.0), secs(5580.0), BROKEN, 1.0);
        assert_eq!(health.verdict(), Some(RunEnd::NoUsableAnswer(RETRY_FOR)));
        health.on_success(secs(5601.0));
        assert_eq!(health.verdict(), None);
    }

    #[test]
    fn no_pause_outlasts_the_patience() {
        let mut health = Health::new(secs(5.0), NonZeroU32::MIN);
        for now in [0.0, 1.0, 3.0] {
            fail(&mut health, 2, now);
        }
        assert_eq!(health.paused_until(secs(3.0)), Some(secs(5.0)));
        fail(&mut health, 1, 5.0);
        assert_eq!(health.verdict(), Some(RunEnd::NoUsableAnswer(secs(5.0))));
    }

    #[test]
    fn a_run_without_any_http_answer_ends_with_its_first_slice() {
        for kind in [REFUSED, AskErrorKind::Timeout(Reached::Request), AskErrorKind::Broken(Reached::Request)] {
            let mut health = health(16);
            health.on_failure(secs(30.0), secs(0.0), kind, 1.0);
            assert_eq!(health.verdict(), None);
            health.on_slice_exhausted();
            assert_eq!(health.verdict(), Some(RunEnd::NoHttpAnswer), "{kind:?}");
        }
    }

    #[test]
    fn any_http_answer_keeps_the_run_going() {
        for kind in [BROKEN, THROTTLED, REJECTED, AskErrorKind::Unusable, AskErrorKind::Timeout(Reached::Response)] {
            let mut health = health(16);
            health.on_failure(secs(1.0), secs(0.0), kind, 1.0);
            health.on_failure(secs(30.0), secs(1.0), REFUSED, 1.0);
            health.on_slice_exhausted();
            assert_eq!(health.verdict(), None, "{kind:?}");
        }
        let mut health = health(16);
        health.on_success(secs(1.0));
        health.on_slice_exhausted();
        assert_eq!(health.verdict(), None);
    }
}
