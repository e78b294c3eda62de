//! One attempt: what was sent where, and when its code was entered.

use std::hint::select_unpredictable;

use super::countries::country_of;
use super::random::Random;
use crate::model::{Channel, Country, Prefix, UnixSeconds};

/// A code that was not entered after this many seconds never is.
pub(super) const LONGEST_DELAY: u32 = 86_400;

/// One message with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Second of the UTC day.
    pub(super) second: u32,
    /// Index of the service.
    pub(super) service: u8,
    /// Index of the country, or [`NOWHERE`](super::countries::NOWHERE).
    pub(super) place: u8,
    pub(super) channel: Channel,
    /// The whole number; `None` for e-mail.
    pub(super) number: Option<Prefix>,
    /// Seconds until the code was entered, at most [`LONGEST_DELAY`]; `None` = never.
    pub(super) delay: Option<u32>,
}

/// What a whole day's totals count of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) service: u8,
    pub(super) place: u8,
    pub(super) channel: Channel,
    pub(super) is_converted: bool,
}

impl From<&Attempt> for Outcome {
    fn from(attempt: &Attempt) -> Self {
        let Attempt { service, place, channel, delay, .. } = *attempt;
        Self { service, place, channel, is_converted: delay.is_some() }
    }
}

impl Attempt {
    /// The destination country; `None` for e-mail.
    pub(super) fn country(&self) -> Option<Country> {
        country_of(self.place)
    }

    /// Whether the code of an attempt made `at` was entered by `now`.
    pub(super) fn is_converted(&self, at: UnixSeconds, now: UnixSeconds) -> bool {
        self.delay.is_some_and(|delay| at.plus_seconds(i64::from(delay)) <= now)
    }
}

/// Numbers that [`delay`] draws.
pub(super) fn draws_of_delay(mut random: Random) -> u64 {
    select_unpredictable(random.below(1000) < 850, 3, 2)
}

/// Seconds until a code is entered: mostly within two minutes, seldom after hours.
pub(super) fn delay(random: &mut Random) -> u32 {
    match random.below(1000) {
        0..850 => 8 + random.below(112).min(random.below(112)),
        850..950 => random.between(120, 600),
        950..988 => random.between(601, 3600),
        _ => random.between(3601, LONGEST_DELAY),
    }
}
