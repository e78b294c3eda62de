//! How many requests may be in flight, as far as the server is seen to take them. Pure.
//!
//! A server may refuse with 429 not because a minute's limit is used up but because too many requests are in flight at
//! once, by a bound of its own that it does not say. A 429 while many tokens are to spare is the sign of it, or of
//! others who use the account; nobody can tell which. So fewer are allowed then: half as many, and one more again after
//! answers enough (additive increase, multiplicative decrease: Chiu and Jain 1989). Requests that were refused together
//! count once.
//!
//! The pause after a 429 is the server's to name, else a minute. It is short where a lower bound is likely to be all
//! that is asked for: when the server counts requests at once, or when fewer in flight were accepted before, and once
//! only until something is answered.

use std::time::Duration;

/// Of the limit: with fewer tokens out than this, a 429 comes from elsewhere.
const WELL_BELOW: f64 = 0.8;
/// So many answers for each that may be in flight let one more try.
const ANSWERS_EACH: u32 = 16;
/// Lets those in flight come back.
const SHORT_PAUSE: Duration = Duration::from_secs(2);

/// How much of the limit is used, as far as the bucket knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// Tokens that are out: requests in flight or of the last minute.
    pub tokens: u64,
    /// `None`: no limit.
    pub limit: Option<u64>,
}

impl Used {
    /// Whether so much is to spare that a 429 cannot come of this limit.
    #[must_use]
    pub fn is_well_below(self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a threshold")]
        self.limit.is_none_or(|limit| (self.tokens as f64) < WELL_BELOW * limit as f64)
    }
}

/// A 429.
#[derive(Debug, Clone, Copy)]
pub struct Refused {
    /// When its request started.
    pub started: Duration,
    /// How many of this run's requests were in flight when it came back, itself included.
    pub in_flight: u32,
    /// How many the server says there were at once.
    pub counted: Option<u32>,
    /// How much of the limit was used.
    pub used: Used,
}

/// What a 429 says of how many may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowding {
    /// Nothing.
    Unlikely,
    /// The same as one before it, of a request that was in flight with its own.
    Told,
    /// Fewer may be, so many.
    Lowered(u32),
}

/// How many requests may be in flight.
#[derive(Debug, Clone)]
pub struct InFlight {
    most: u32,
    allowed: u32,
    /// Answers since the last change.
    answered: u32,
    /// When it was lowered last; what started until then tells nothing of it.
    lowered: Option<Duration>,
    /// Whether a lower bound was followed by answers enough to show that it is what the server wants.
    is_confirmed: bool,
    /// The pause that is enough after the last refusal, where the server names none; `None`: a whole one.
    pause: Option<Duration>,
}

impl InFlight {
    /// At most `most`, until the server refuses.
    #[must_use]
    pub const fn new(most: u32) -> Self {
        Self { most, allowed: most, answered: 0, lowered: None, is_confirmed: false, pause: None }
    }

    /// How many may be in flight now.
    #[must_use]
    pub const fn allowed(&self) -> u32 {
        self.allowed
    }

    /// A request that started then was answered.
    pub fn on_answer(&mut self, started: Duration) {
        if self.allowed == self.most || self.is_of_before(started) {
            return;
        }
        self.answered += 1;
        if self.answered >= self.allowed.saturating_mul(ANSWERS_EACH) {
            self.is_confirmed = true;
            self.allowed += 1;
            self.answered = 0;
        }
    }

    fn is_of_before(&self, started: Duration) -> bool {
        self.lowered.is_some_and(|lowered| started <= lowered)
    }

    /// A request was refused with 429.
    pub fn on_refusal(&mut self, now: Duration, refused: Refused) -> Crowding {
        if self.is_of_before(refused.started) {
            return Crowding::Told;
        }
        self.pause = None;
        // Where such a bound has shown, a refusal of one more is its sign near the limit, too.
        let is_sign = refused.used.is_well_below() || self.is_confirmed;
        if !is_sign || refused.in_flight < 2 {
            return Crowding::Unlikely;
        }
        let is_likely = self.is_confirmed || (self.allowed == self.most && refused.counted.is_some_and(|it| it > 1));
        self.pause = is_likely.then_some(SHORT_PAUSE);
        self.allowed = (refused.in_flight.min(self.allowed) / 2).max(1);
        self.is_confirmed = false;
        self.answered = 0;
        self.lowered = Some(now);
        Crowding::Lowered(self.allowed)
    }

    /// The pause that is enough after the last refusal, where the server names none; `None`: a whole one.
    #[must_use]
    pub const fn pause(&self) -> Option<Duration> {
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: fn(u64) -> Duration = Duration::from_secs;

    fn refused(started: u64, in_flight: u32, tokens: u64) -> Refused {
        let used = Used { tokens, limit: Some(100) };
        Refused { started: AT(started), in_flight, counted: None, used }
    }

    #[test]
    fn a_refusal_with_tokens_to_spare_halves_once_for_all_that_were_sent_together() {
        let mut bound = InFlight::new(16);
        assert_eq!(bound.on_refusal(AT(1), refused(0, 16, 16)), Crowding::Lowered(8));
        for in_flight in 9..16 {
            assert_eq!(bound.on_refusal(AT(1), refused(0, in_flight, 16)), Crowding::Told);
        }
        assert_eq!((bound.allowed(), bound.pause()), (8, None));
        assert_eq!(bound.on_refusal(AT(3), refused(2, 8, 20)), Crowding::Lowered(4));
    }

    #[test]
    fn a_refusal_near_the_limit_or_of_a_single_request_says_nothing_of_how_many_at_once() {
        let mut bound = InFlight::new(16);
        for (in_flight, tokens) in [(16, 80), (16, 100), (1, 3)] {
            assert_eq!(bound.on_refusal(AT(1), refused(0, in_flight, tokens)), Crowding::Unlikely);
        }
        assert_eq!(bound.allowed(), 16);
        let unlimited = Refused { used: Used { tokens: 0, limit: None }, ..refused(0, 16, 0) };
        assert_eq!(bound.on_refusal(AT(1), unlimited), Crowding::Lowered(8));
    }

    #[test]
    fn answers_raise_it_by_one_up_to_the_run_s_own_bound() {
        let mut bound = InFlight::new(4);
        bound.on_refusal(AT(1), refused(0, 4, 4));
        // Of before the change.
        (0..100).for_each(|_| bound.on_answer(AT(1)));
        assert_eq!(bound.allowed(), 2);
        let mut raised = Vec::new();
        for answer in 2..=100 {
            let before = bound.allowed();
            bound.on_answer(AT(answer));
            if bound.allowed() > before {
                raised.push(answer);
            }
        }
        assert_eq!((raised, bound.allowed()), (vec![33, 81], 4));
    }

    #[test]
    fn a_short_pause_will_do_where_too_many_at_once_are_likely_and_only_once_in_vain() {
        let mut bound = InFlight::new(16);
        let counted = Refused { counted: Some(9), ..refused(0, 16, 16) };
        assert_eq!((bound.on_refusal(AT(1), counted), bound.pause()), (Crowding::Lowered(8), Some(SHORT_PAUSE)));
        assert_eq!((bound.on_refusal(AT(1), counted), bound.pause()), (Crowding::Told, Some(SHORT_PAUSE)));
        // Fewer were refused as well: others may use the account.
        let again = Refused { counted: Some(8), ..refused(3, 8, 20) };
        assert_eq!((bound.on_refusal(AT(4), again), bound.pause()), (Crowding::Lowered(4), None));
        (0..64).for_each(|_| bound.on_answer(AT(69)));
        assert_eq!(bound.allowed(), 5);
        assert_eq!(
            (bound.on_refusal(AT(72), refused(71, 5, 40)), bound.pause()),
            (Crowding::Lowered(2), Some(SHORT_PAUSE))
        );
        // One near the limit is paused for as ever.
        assert_eq!((bound.on_refusal(AT(80), refused(79, 2, 99)), bound.pause()), (Crowding::Unlikely, None));
    }
}
