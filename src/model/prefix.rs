//! Destination prefixes: the leading digits of an E.164 number.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// `^\+[1-9][0-9]{0,14}$`. As the first digit is never zero, the digits read as a number name the prefix uniquely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Prefix(NonZeroU64);

impl Prefix {
    /// Country code 999 is unassigned (ITU-T E.164 annex), so no number begins like this: control questions use it.
    pub const CONTROL: Self = Self(NonZeroU64::new(999_999_999_999_999).expect("not zero"));

    /// The digits as a number.
    #[must_use]
    pub const fn digits(self) -> u64 {
        self.0.get()
    }

    /// The prefix with these digits; `None` for zero or more than 15 digits.
    #[must_use]
    pub const fn from_digits(digits: u64) -> Option<Self> {
        match NonZeroU64::new(digits) {
            Some(number) if digits < 1_000_000_000_000_000 => Some(Self(number)),
            _ => None,
        }
    }

    /// The digit right after the `+`, from 1 to 9.
    #[must_use]
    pub const fn first_digit(self) -> u64 {
        self.digits() / 10u64.pow(self.digits().ilog10())
    }

    /// Whether every number with prefix `other` also has this one.
    #[must_use]
    pub fn is_start_of(self, other: Self) -> bool {
        let mut rest = other.digits();
        while rest > self.digits() {
            rest /= 10;
        }
        rest == self.digits()
    }
}

/// Bytewise order of the text, as the table sorts: `+1` < `+12` < `+2`.
impl Ord for Prefix {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let scale = |digits: u64| digits * 10u64.pow(14 - digits.ilog10());
        scale(self.digits()).cmp(&scale(other.digits())).then(self.digits().cmp(&other.digits()))
    }
}

impl PartialOrd for Prefix {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Prefix {
    /// Without a formatter of numbers: in a sorted table it is the one part that differs from row to row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'+'; 16];
        let mut rest = self.digits();
        let mut start = text.len();
        while rest > 0 {
            start -= 1;
            text[start] = b'0' + u8::try_from(rest % 10).expect("a digit");
            rest /= 10;
        }
        f.write_str(str::from_utf8(&text[start - 1..]).expect("ASCII"))
    }
}

/// The text is not `+` and 1 to 15 digits of which the first is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `+`, then 1 to 15 digits that begin with 1-9")]
pub struct InvalidPrefix;

impl FromStr for Prefix {
    type Err = InvalidPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidPrefix> {
        let digits = text.strip_prefix('+').ok_or(InvalidPrefix)?;
        let well_formed = (1..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if !well_formed {
            return Err(InvalidPrefix);
        }
        digits.parse().ok().and_then(Self::from_digits).ok_or(InvalidPrefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn malformed_prefixes_are_refused() {
        for bad in ["", "+", "57305", "+0", "+057", "+5 7", "+1234567890123456", "++1", "+१"] {
            assert!(bad.parse::<Prefix>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn order_and_containment_are_those_of_the_text(
            a in 1u64..1_000_000_000_000_000, b in 1u64..1_000_000, cut in 0u32..15,
        ) {
            let long = Prefix::from_digits(a).unwrap();
            let short = Prefix::from_digits((a / 10u64.pow(cut)).max(1)).unwrap();
            let other = Prefix::from_digits(b).unwrap();
            for (left, right) in [(long, other), (short, long), (other, short)] {
                let (l, r) = (left.to_string(), right.to_string());
                prop_assert_eq!(left.cmp(&right), l.cmp(&r));
                prop_assert_eq!(left.is_start_of(right), r.starts_with(&l));
                prop_assert_eq!(l.parse::<Prefix>().unwrap(), left);
            }
        }
    }
}
