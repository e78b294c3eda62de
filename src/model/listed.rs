//! One attempt of the list, and what of it must never be told.
//!
//! A list hands over phone numbers, addresses and identifiers. What of them is needed to count lives in [`Number`] and
//! [`AttemptId`], which have no text: neither can be printed, serialised or stored, and both end where attempts are
//! counted. What may be told of a number is the block that it lies in.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::money::{Currency, Money};
use super::{Channel, Country, Prefix, ServiceSid, UnixSeconds};

/// The leading digits of a number that may be told at most.
pub const MOST_SHOWN: u32 = 7;
/// The digits at its end that are never told.
const FEWEST_HIDDEN: u32 = 3;

/// A whole destination number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number(Prefix);

impl Number {
    /// The number of a text in the form of E.164; `None` for any other, such as an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// Whether it begins so.
    #[must_use]
    pub fn begins_with(self, prefix: Prefix) -> bool {
        prefix.is_start_of(self.0)
    }

    /// Which of these it begins with, the shortest first: none of it is told that is not among them.
    #[must_use]
    pub fn beginning_among(self, prefixes: &HashSet<Prefix>) -> Option<Prefix> {
        let digits = self.0.digits();
        let beginnings = (0..=digits.ilog10()).rev().map(|cut| digits / 10_u64.pow(cut));
        beginnings.filter_map(Prefix::from_digits).find(|beginning| prefixes.contains(beginning))
    }

    /// The longest beginning that may be told: seven digits, fewer of a short number; `None` of one so short that nothing
    /// may.
    #[must_use]
    pub fn block(self) -> Option<Prefix> {
        let digits = self.0.digits();
        let length = digits.ilog10() + 1;
        let shown = length.saturating_sub(FEWEST_HIDDEN).min(MOST_SHOWN);
        Prefix::from_digits(digits / 10_u64.pow(length - shown))
    }
}

/// What tells an attempt from all others, so that it is counted once: 128 bits that its SID cannot be made of again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId(u64, u64);

impl AttemptId {
    /// Of a SID, whatever its form.
    #[must_use]
    pub fn of(sid: &str) -> Self {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, sid).hash(&mut hasher);
            hasher.finish()
        };
        Self(half(1), half(2))
    }
}

/// One attempt, as far as it counts. It has no debug form, as it holds a number.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// What tells it from all others.
    pub id: AttemptId,
    /// When it was made.
    pub created: UnixSeconds,
    /// Whether its code was entered.
    pub is_converted: bool,
    /// The service; `None`: none that can be read.
    pub service: Option<ServiceSid>,
    /// The destination country; `None`: none was named.
    pub country: Option<Country>,
    /// The channel; `None`: one that we do not know.
    pub channel: Option<Channel>,
    /// The destination number; `None`: none was named, or it is an address.
    pub number: Option<Number>,
    /// What the channel charged; `None`: it is not known yet.
    pub price: Option<(Money, Currency)>,
    /// Who carried the message.
    pub carrier: Option<Box<str>>,
    /// What became of the message.
    pub message_status: Option<Box<str>>,
    /// The vendor's code for why it did not arrive.
    pub error_code: Option<Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_hides_at_least_three_digits_and_shows_at_most_seven() {
        for (number, block) in [
            ("+573003003030", Some("+5730030")),
            ("+35479123456", Some("+3547912")),
            ("+6834567", Some("+6834")),
            ("+1234", Some("+1")),
            ("+123", None),
        ] {
            let number = Number::parse(number).unwrap();
            assert_eq!(number.block(), block.map(|block| block.parse().unwrap()));
            assert!(number.block().is_none_or(|block| number.begins_with(block)));
        }
        assert!(Number::parse("a@example.com").is_none());
        assert!(Number::parse("").is_none());
    }

    #[test]
    fn a_beginning_is_one_of_those_that_were_named() {
        let named: HashSet<Prefix> = ["+57", "+3547", "+6834567"].map(|it| it.parse().unwrap()).into();
        for (number, beginning) in [
            ("+573003003030", Some("+57")),
            ("+35479123456", Some("+3547")),
            ("+6834567", Some("+6834567")),
            ("+5", None),
            ("+35412345678", None),
        ] {
            let beginning = beginning.map(|it| it.parse().unwrap());
            assert_eq!(Number::parse(number).unwrap().beginning_among(&named), beginning, "{number}");
        }
    }

    #[test]
    fn sids_are_told_apart() {
        let ids: std::collections::HashSet<_> =
            (0..10_000).map(|index| AttemptId::of(&format!("VL{index:032x}"))).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(AttemptId::of("VL1") == AttemptId::of("VL1"));
    }
}
