//! One day, indexed for counting.
//!
//! Three forms, for three kinds of question. [`Totals`] holds the finished day's counts for every service × place ×
//! channel that has any: a few hundred. [`Numbers`](super::numbers::Numbers) holds its attempts by number, for
//! prefixes. [`Day`] holds the attempts by second, for parts of a day, and while conversions still come in: a scan of
//! some thousand small records.

use std::ops::Range;

use super::attempt::Attempt;
use super::cache::Weigh;
use super::countries::{PROFILES, place_of};
use crate::model::{Channel, Prefix, ServiceSid, Slice};

/// Attempts and conversions of some part of a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) attempts: u32,
    pub(super) converted: u32,
}

impl Tally {
    /// Counts an attempt.
    pub(super) fn count(&mut self, is_converted: bool) {
        self.attempts += 1;
        self.converted += u32::from(is_converted);
    }
}

/// Service, place and channel in a number, of which filters mask what they don't ask for.
pub(super) const fn leaf(service: u8, place: u8, channel: Channel) -> u32 {
    u32::from_be_bytes([0, service, place, channel as u8])
}

/// A slice's filters other than time, as indices; `None` = all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filters {
    pub(super) service: Option<u8>,
    pub(super) place: Option<u8>,
    pub(super) channel: Option<Channel>,
    pub(super) prefix: Option<Prefix>,
}

impl Filters {
    /// `None` if nothing of this account can pass: an unknown service, a country or a calling code without traffic.
    pub(super) fn new(slice: &Slice, services: &[ServiceSid]) -> Option<Self> {
        let service = match slice.service {
            Some(sid) => Some(u8::try_from(services.iter().position(|known| *known == sid)?).ok()?),
            None => None,
        };
        let place = match slice.country {
            Some(country) => Some(place_of(country)?),
            None => None,
        };
        let is_called = |prefix: Prefix| {
            PROFILES.iter().map(|it| it.calling_code).any(|code| code.is_start_of(prefix) || prefix.is_start_of(code))
        };
        if slice.channel == Some(Channel::Control) || !slice.prefix.is_none_or(is_called) {
            return None;
        }
        Some(Self { service, place, channel: slice.channel, prefix: slice.prefix })
    }

    /// Whether an attempt passes, whenever it was made and wherever its number begins.
    pub(super) fn admit(&self, attempt: &Attempt) -> bool {
        self.service.is_none_or(|service| attempt.service == service)
            && self.place.is_none_or(|place| attempt.place == place)
            && self.channel.is_none_or(|channel| attempt.channel == channel)
    }

    /// The bits of a leaf that count, and what they must be, wherever numbers begin.
    const fn leaves(&self) -> (u32, u32) {
        let (mut mask, mut wanted) = (0, 0);
        if let Some(service) = self.service {
            (mask, wanted) = (mask | leaf(u8::MAX, 0, NONE), wanted | leaf(service, 0, NONE));
        }
        if let Some(place) = self.place {
            (mask, wanted) = (mask | leaf(0, u8::MAX, NONE), wanted | leaf(0, place, NONE));
        }
        if let Some(channel) = self.channel {
            (mask, wanted) = (mask | 0xFF, wanted | leaf(0, 0, channel));
        }
        (mask, wanted)
    }
}

/// The channel whose bits are zero.
const NONE: Channel = Channel::Call;

/// The counts of a whole day on which every conversion has arrived, by leaf, which may stand here more than once.
#[derive(Debug)]
pub(super) struct Totals(Box<[(u32, Tally)]>);

impl Totals {
    pub(super) fn new(tallies: Vec<(u32, Tally)>) -> Self {
        Self(tallies.into_boxed_slice())
    }

    /// The counts behind the filters, but for the prefix.
    pub(super) fn tally(&self, filters: &Filters) -> Tally {
        let (mask, wanted) = filters.leaves();
        let mut sum = Tally::default();
        for (leaf, tally) in &self.0 {
            let passes = u32::from(leaf & mask == wanted);
            sum.attempts += passes * tally.attempts;
            sum.converted += passes * tally.converted;
        }
        sum
    }
}

impl Weigh for Totals {
    fn weight(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// One attempt in the form in which filters are two masked comparisons.
#[derive(Debug)]
struct PackedAttempt {
    second: u32,
    leaf: u32,
    number: u64,
    /// Seconds from the day's start until the conversion is known; [`NEVER`] without one.
    known: u32,
}

const NEVER: u32 = u32::MAX;

/// A day's attempts by second.
#[derive(Debug)]
pub(super) struct Day(Box<[PackedAttempt]>);

impl Day {
    /// `attempts` come by second.
    pub(super) fn new(attempts: &[Attempt]) -> Self {
        let record = |attempt: &Attempt| PackedAttempt {
            second: attempt.second,
            leaf: leaf(attempt.service, attempt.place, attempt.channel),
            number: attempt.number.map_or(0, |number| numbers_with(number).start),
            known: attempt.delay.map_or(NEVER, |delay| attempt.second + delay),
        };
        Self(attempts.iter().map(record).collect())
    }

    /// The counts of some seconds of the day, when `elapsed` seconds have passed since its start.
    pub(super) fn tally(&self, seconds: Range<u32>, filters: &Filters, elapsed: u32) -> Tally {
        let start = self.0.partition_point(|record| record.second < seconds.start);
        let end = self.0.partition_point(|record| record.second < seconds.end);
        let (mask, wanted) = filters.leaves();
        let numbers = filters.prefix.map_or(0..u64::MAX, numbers_with);
        let mut tally = Tally::default();
        for record in &self.0[start..end.max(start)] {
            let passes = record.leaf & mask == wanted && numbers.contains(&record.number);
            tally.attempts += u32::from(passes);
            tally.converted += u32::from(passes && record.known <= elapsed);
        }
        tally
    }
}

impl Weigh for Day {
    fn weight(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Three digits, zeros at the front included, as [`numbers_with`] writes them.
static THREE: [u64; 1000] = {
    let mut codes = [0; 1000];
    let mut at = 0;
    while at < 1000 {
        let digits = at as u64;
        codes[at] = (digits / 100 + 1) * 121 + (digits / 10 % 10 + 1) * 11 + digits % 10 + 1;
        at += 1;
    }
    codes
};

/// Numbers written in base 11, left-aligned to 15 digits, digit d as d + 1: all that begin with a prefix form a range,
/// which the prefix itself starts. E-mail, without a number, is 0 and in no such range.
pub(super) fn numbers_with(prefix: Prefix) -> Range<u64> {
    let (mut rest, mut weight) = (prefix.digits(), 1);
    let (mut code, mut digits) = (0, 0);
    // Three digits at a time: this is most of the work of a prefix that is asked for all of history.
    while rest >= 1000 {
        code += THREE[(rest % 1000) as usize] * weight;
        weight *= 11 * 11 * 11;
        rest /= 1000;
        digits += 3;
    }
    while rest > 0 {
        code += (rest % 10 + 1) * weight;
        weight *= 11;
        rest /= 10;
        digits += 1;
    }
    let scale = 11u64.pow(15 - digits);
    code * scale..(code + 1) * scale
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_prefix_is_a_range_of_numbers(
            number in 1u64..1_000_000_000_000_000, cut in 0u32..15, other in 1u64..100_000,
        ) {
            let number = Prefix::from_digits(number).unwrap();
            let code = numbers_with(number).start;
            for digits in [(number.digits() / 10u64.pow(cut)).max(1), other, number.digits().saturating_mul(10)] {
                let Some(prefix) = Prefix::from_digits(digits) else { continue };
                let is_start = prefix.is_start_of(number);
                prop_assert_eq!(numbers_with(prefix).contains(&code), is_start, "{} {}", prefix, number);
            }
        }
    }
}
