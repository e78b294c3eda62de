//! What a failed try means for its slice. A pure function of (outcome, try, elapsed).

use std::time::Duration;

use super::backoff::backoff;
use super::health::GiveUpReason;
use super::{AskError, AskErrorKind, Span};
use crate::model::ApiFailure;

/// How long a 429 pauses the bucket when the server doesn't say: a minute outlasts any one-minute window.
const PAUSE_UNSAID: Duration = Duration::from_mins(1);
/// The shortest pause after a 429, so that `Retry-After: 0` is no licence to hammer.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Tries of a range longer than any window, once its length may be what fails.
const TRIES_OF_LONGER: u32 = 2;

/// The bounds of a slice's tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries of one slice, the first included; 429s cost none. 0 counts as 1.
    pub max_tries: u32,
    /// How long after its first try a slice may be tried again; also the longest pause a 429 may ask for.
    pub retry_for: Duration,
}

impl RetryPolicy {
    /// The policy for a question of a span whose last try failed so: one whose length may be the cause is given up
    /// after two tries, as asking for its parts is the better use of time.
    #[must_use]
    pub fn over(self, span: Span, kind: AskErrorKind) -> Self {
        match span {
            Span::Longer if kind.may_come_of_length() => {
                Self { max_tries: self.max_tries.min(TRIES_OF_LONGER), ..self }
            }
            Span::Longer | Span::Window => self,
        }
    }
}

/// What follows a failed try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Try again after this wait; the next try claims a token of its own.
    RetryAfter(Duration),
    /// HTTP 429: pause the whole bucket so long, then try again; this try doesn't count.
    PauseAll(Duration),
    /// No further try: the slice has failed.
    FailSlice,
    /// No further try of anything.
    FailRun(GiveUpReason),
}

/// Decides about a slice after a failed try.
///
/// `tries` counts those that cost one, this one included, `elapsed` runs from the start of the first, and `jitter`, in
/// [0, 1), spreads the wait uniformly over [d/2, d], d = min(60 s, 1 s · 2^(tries−1)). A wait that would reach beyond
/// `retry_for` is not begun. A 5xx or 408 may ask for a longer wait, up to what `retry_for` leaves.
#[must_use]
pub fn decide(kind: AskErrorKind, tries: u32, elapsed: Duration, policy: &RetryPolicy, jitter: f64) -> Decision {
    match kind {
        AskErrorKind::TooManyRequests { retry_after, .. } => {
            let pause = retry_after.map_or(PAUSE_UNSAID, |asked| asked.min(policy.retry_for));
            Decision::PauseAll(pause.max(SHORTEST_PAUSE))
        }
        AskErrorKind::Unauthorized { .. } => Decision::FailRun(GiveUpReason::Unauthorized),
        AskErrorKind::Client { .. } => Decision::FailSlice,
        AskErrorKind::Server { retry_after, .. } => again(retry_after, tries, elapsed, policy, jitter),
        AskErrorKind::NoAnswer(_)
        | AskErrorKind::Timeout(_)
        | AskErrorKind::Broken(_)
        | AskErrorKind::Redirect { .. }
        | AskErrorKind::Unusable => again(None, tries, elapsed, policy, jitter),
    }
}

/// One more try, if the policy allows it; not before the server asked for, as far as the policy's time goes.
fn again(asked: Option<Duration>, tries: u32, elapsed: Duration, policy: &RetryPolicy, jitter: f64) -> Decision {
    let wait = backoff(tries, jitter);
    if tries >= policy.max_tries || elapsed.saturating_add(wait) > policy.retry_for {
        return Decision::FailSlice;
    }
    let asked = asked.unwrap_or_default().min(policy.retry_for.saturating_sub(elapsed));
    Decision::RetryAfter(wait.max(asked))
}

/// The failure the planner learns after the last try: the last error, and what was tried.
#[must_use]
pub fn give_up(error: &AskError, tries: u32, elapsed: Duration) -> ApiFailure {
    let message = match (error.kind, tries) {
        (AskErrorKind::TooManyRequests { .. }, _) => {
            format!("{} (after trying for {:.1} s)", error.message, elapsed.as_secs_f64())
        }
        (_, 0 | 1) => error.message.clone(),
        _ => format!("{} (after {tries} tries in {:.1} s)", error.message, elapsed.as_secs_f64()),
    };
    ApiFailure { kind: error.kind.failure_kind(), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::{NoAnswerKind, Reached};
    use crate::model::FailureKind;

    const POLICY: RetryPolicy = RetryPolicy { max_tries: 6, retry_for: Duration::from_mins(10) };

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    const RETRIED: [AskErrorKind; 9] = [
        AskErrorKind::NoAnswer(NoAnswerKind::Name),
        AskErrorKind::NoAnswer(NoAnswerKind::Connect),
        AskErrorKind::NoAnswer(NoAnswerKind::Tls),
        AskErrorKind::Timeout(Reached::Request),
        AskErrorKind::Timeout(Reached::Response),
        AskErrorKind::Broken(Reached::Request),
        AskErrorKind::Server { status: 503, retry_after: None },
        AskErrorKind::Redirect { status: 302 },
        AskErrorKind::Unusable,
    ];

    #[test]
    fn passing_troubles_are_retried_with_doubling_waits_until_the_tries_are_used() {
        for kind in RETRIED {
            for (tries, longest) in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 16.0)] {
                let wait = |jitter| decide(kind, tries, Duration::ZERO, &POLICY, jitter);
                assert_eq!(wait(0.0), Decision::RetryAfter(secs(longest / 2.0)), "{kind:?} {tries}");
                assert_eq!(wait(0.5), Decision::RetryAfter(secs(longest * 0.75)), "{kind:?} {tries}");
            }
            assert_eq!(decide(kind, 6, Duration::ZERO, &POLICY, 0.5), Decision::FailSlice, "{kind:?}");
        }
    }

    #[test]
    fn waits_stop_growing_at_a_minute() {
        let patient = RetryPolicy { max_tries: u32::MAX, ..POLICY };
        for (tries, longest) in [(6, 32.0), (7, 60.0), (8, 60.0), (1000, 60.0), (u32::MAX - 1, 60.0)] {
            let decision = decide(AskErrorKind::Unusable, tries, Duration::ZERO, &patient, 1.0);
            assert_eq!(decision, Decision::RetryAfter(secs(longest)), "{tries}");
        }
    }

    #[test]
    fn no_wait_reaches_beyond_retry_for() {
        let at = |elapsed| decide(AskErrorKind::Unusable, 1, secs(elapsed), &POLICY, 0.0);
        assert_eq!(at(599.5), Decision::RetryAfter(secs(0.5)));
        assert_eq!(at(599.6), Decision::FailSlice);
        assert_eq!(at(1e9), Decision::FailSlice);
    }

    #[test]
    fn a_429_pauses_everything_and_costs_no_try() {
        for (retry_after, pause) in [
            (None, 60.0),
            (Some(7.0), 7.0),
            (Some(0.0), 1.0),
            (Some(600.0), 600.0),
            (Some(601.0), 600.0),
            (Some(1e12), 600.0),
        ] {
            let kind = AskErrorKind::TooManyRequests { retry_after: retry_after.map(secs), at_once: None };
            let decision = decide(kind, 6, secs(1e6), &POLICY, 0.5);
            assert_eq!(decision, Decision::PauseAll(secs(pause)), "{retry_after:?}");
        }
    }

    #[test]
    fn a_busy_server_is_given_the_time_it_asks_for_within_the_policy_s() {
        for (retry_after, tries, elapsed, expected) in [
            (0.0, 1, 0.0, Some(1.0)),
            (0.9, 1, 0.0, Some(1.0)),
            (30.0, 1, 0.0, Some(30.0)),
            (1e12, 1, 0.0, Some(600.0)),
            (120.0, 2, 500.0, Some(100.0)),
            (120.0, 2, 599.0, None),
            (30.0, 6, 0.0, None),
        ] {
            let kind = AskErrorKind::Server { status: 503, retry_after: Some(secs(retry_after)) };
            let expected = expected.map_or(Decision::FailSlice, |wait| Decision::RetryAfter(secs(wait)));
            assert_eq!(decide(kind, tries, secs(elapsed), &POLICY, 1.0), expected, "{retry_after} {tries} {elapsed}");
        }
    }

    #[test]
    fn what_may_come_of_a_range_s_length_is_tried_twice() {
        let decide = |span, kind, tries, policy: RetryPolicy| {
            decide(kind, tries, Duration::ZERO, &policy.over(span, kind), 1.0) == Decision::FailSlice
        };
        for kind in RETRIED {
            let is_of_length = !matches!(kind, AskErrorKind::NoAnswer(_) | AskErrorKind::Redirect { .. });
            for tries in 1..=6 {
                assert_eq!(decide(Span::Window, kind, tries, POLICY), tries == 6, "{kind:?} {tries}");
                let expected = if is_of_length { tries >= 2 } else { tries == 6 };
                assert_eq!(decide(Span::Longer, kind, tries, POLICY), expected, "{kind:?} {tries}");
            }
            let single = RetryPolicy { max_tries: 1, ..POLICY };
            assert!(decide(Span::Longer, kind, 1, single), "{kind:?}");
        }
    }

    #[test]
    fn refusals_are_final() {
        for status in [401, 403] {
            let kind = AskErrorKind::Unauthorized { status, code: None };
            let decision = decide(kind, 1, Duration::ZERO, &POLICY, 0.5);
            assert_eq!(decision, Decision::FailRun(GiveUpReason::Unauthorized));
        }
        for status in [400, 404, 405, 422] {
            let kind = AskErrorKind::Client { status, code: None };
            assert_eq!(decide(kind, 1, Duration::ZERO, &POLICY, 0.5), Decision::FailSlice);
        }
    }

    #[test]
    fn jitter_out_of_range_does_no_harm() {
        for (jitter, expected) in [(-1.0, 0.5), (2.0, 1.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0)] {
            assert_eq!(backoff(1, jitter), secs(expected));
        }
        assert_eq!(backoff(0, 1.0), secs(1.0));
    }

    #[test]
    fn giving_up_says_what_was_tried() {
        let error =
            AskError { kind: AskErrorKind::Server { status: 503, retry_after: None }, message: "HTTP 503".to_owned() };
        let failure = give_up(&error, 6, secs(31.24));
        assert_eq!(failure.message, "HTTP 503 (after 6 tries in 31.2 s)");
        assert_eq!(failure.kind, FailureKind::Exhausted);
        let kind = AskErrorKind::TooManyRequests { retry_after: None, at_once: None };
        let throttled = give_up(&AskError { kind, message: "HTTP 429".to_owned() }, 1, secs(15.04));
        assert_eq!(throttled.message, "HTTP 429 (after trying for 15.0 s)");
        for (status, kind) in [(400, FailureKind::Refused), (422, FailureKind::Refused), (409, FailureKind::Rejected)] {
            let error = AskError { kind: AskErrorKind::Client { status, code: None }, message: "no".to_owned() };
            assert_eq!(give_up(&error, 1, secs(1.0)), ApiFailure { kind, message: "no".to_owned() });
        }
    }
}
