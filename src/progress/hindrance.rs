//! Why nobody asks right now: the limit, the API's 429, failures without end, or a question that waits for its next try.
//! Pure.

use std::time::Duration;

/// Shorter waits for the limit are how it works, and nobody's concern.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// What is waited for, and how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) what: Reason,
    pub(super) left: Duration,
    /// What went wrong, in a few words of ASCII.
    pub(super) cause: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A token.
    Limit,
    /// The end of the pause after a 429.
    Throttled,
    /// The end of a pause after failures.
    Paused,
    /// The next try of a question, and nothing else is under way.
    Retry,
}

/// What was heard of pauses and retries.
#[derive(Debug, Default)]
pub(super) struct Hindrances {
    throttled_until: Duration,
    paused_until: Duration,
    /// When questions that failed are tried again, each with what went wrong.
    retries: Vec<(Duration, String)>,
    last_cause: Option<String>,
}

impl Hindrances {
    pub(super) fn throttled(&mut self, now: Duration, pause: Duration) {
        self.throttled_until = self.throttled_until.max(now + pause);
    }

    pub(super) fn paused(&mut self, now: Duration, pause: Duration) {
        self.paused_until = now + pause;
    }

    pub(super) fn retrying(&mut self, now: Duration, wait: Duration, reason: &str) {
        let cause = brief(reason);
        self.retries.retain(|(due, _)| *due > now);
        self.retries.push((now + wait, cause.clone()));
        self.last_cause = Some(cause);
    }

    /// How long nobody asks, for another reason than the limit.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        self.throttled_until.max(self.paused_until).saturating_sub(now)
    }

    /// What is waited for now. `token_in`: how long the limit lets a request wait that could be sent otherwise.
    pub(super) fn now(&self, now: Duration, token_in: Option<Duration>, in_flight: usize) -> Option<Waiting> {
        let until = |due: Duration| due.checked_sub(now).filter(|left| !left.is_zero());
        if let Some(left) = until(self.throttled_until) {
            return Some(Waiting { what: Reason::Throttled, left, cause: Some("HTTP 429".to_owned()) });
        }
        if let Some(left) = until(self.paused_until) {
            return Some(Waiting { what: Reason::Paused, left, cause: self.last_cause.clone() });
        }
        if let Some(left) = token_in.filter(|left| *left >= WORTH_TELLING) {
            return Some(Waiting { what: Reason::Limit, left, cause: None });
        }
        if in_flight > 0 {
            return None;
        }
        let to_come = self.retries.iter().filter_map(|(due, cause)| Some((until(*due)?, cause)));
        let next = to_come.min_by_key(|(left, _)| *left);
        next.map(|(left, cause)| Waiting { what: Reason::Retry, left, cause: Some(cause.clone()) })
    }
}

/// What went wrong, as short as it can be said: `HTTP 503` of `HTTP 503, code 20503: Service unavailable`.
pub(super) fn brief(reason: &str) -> String {
    let ends = [": ", ", ", "; ", " ("].into_iter().filter_map(|mark| reason.find(mark));
    let first = &reason[..ends.min().unwrap_or(reason.len())];
    let is_fit = first.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if is_fit { first.to_owned() } else { "a failure".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_hinders_all_comes_before_what_hinders_one() {
        let mut heard = Hindrances::default();
        let what = |heard: &Hindrances, at: u32, token: Option<u32>, in_flight| {
            let waiting = heard.now(at * SECOND, token.map(|seconds| seconds * SECOND), in_flight);
            waiting.map(|it| (it.what, it.left.as_secs(), it.cause))
        };
        assert_eq!(what(&heard, 0, None, 0), None);
        heard.retrying(SECOND, 8 * SECOND, "HTTP 503, code 20503: Service unavailable");
        heard.retrying(SECOND, 20 * SECOND, "no answer within 20s");
        let cause = |text: &str| Some(text.to_owned());
        assert_eq!(what(&heard, 1, None, 0), Some((Reason::Retry, 8, cause("HTTP 503"))));
        assert_eq!(what(&heard, 1, None, 3), None, "others are under way");
        assert_eq!(what(&heard, 10, None, 0), Some((Reason::Retry, 11, cause("no answer within 20s"))));
        assert_eq!(what(&heard, 1, Some(37), 3), Some((Reason::Limit, 37, None)));
        heard.paused(SECOND, 4 * SECOND);
        assert_eq!(what(&heard, 1, Some(37), 0), Some((Reason::Paused, 4, cause("no answer within 20s"))));
        heard.throttled(SECOND, 60 * SECOND);
        assert_eq!(what(&heard, 2, Some(37), 0), Some((Reason::Throttled, 59, cause("HTTP 429"))));
        assert_eq!((heard.pause(2 * SECOND), heard.pause(90 * SECOND)), (59 * SECOND, Duration::ZERO));
        assert_eq!(what(&heard, 90, None, 0), None);
    }

    #[test]
    fn a_wait_that_is_over_in_no_time_is_not_told() {
        assert_eq!(Hindrances::default().now(SECOND, Some(SECOND / 2), 0), None);
    }

    #[test]
    fn causes_are_short_and_hold_nothing_from_outside() {
        for (reason, expected) in [
            ("HTTP 503", "HTTP 503"),
            ("HTTP 400, code 60200: Invalid parameter", "HTTP 400"),
            ("cannot connect to http://127.0.0.1:1: refused", "cannot connect to http://127.0.0.1:1"),
            ("the body cannot be decoded: \u{1b}[2J", "the body cannot be decoded"),
            ("l\u{e4}uft nicht", "a failure"),
            ("", ""),
        ] {
            assert_eq!(brief(reason), expected);
        }
    }
}
