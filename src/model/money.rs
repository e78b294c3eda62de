//! Money in exact decimals: whole millionths of a currency's unit, never a float, and never of two currencies together.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

/// Decimals that are kept.
const DECIMALS: usize = 6;
/// Millionths of a unit.
const UNIT: i128 = 1_000_000;
/// Digits before the point of a price.
const MOST_DIGITS: usize = 6;
/// The same of an amount that somebody else names: many of them add up in 64 bits.
const MOST_DIGITS_EXACT: usize = 9;

/// An amount of some currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

/// The text is no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a decimal number with a point, such as 0.0538: up to six digits before and after it")]
pub struct InvalidPrice;

impl Money {
    /// The form of a price, as a regular expression.
    pub const PATTERN: &str = r"^[0-9]{1,6}(\.[0-9]{1,6})?$";

    /// Of a decimal, with a sign if it is a credit; `None`: it is none, or has digits that would have to be rounded, or too
    /// many before the point.
    #[must_use]
    pub fn exact(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let beyond = digits.split_once('.').and_then(|(_, part)| part.get(DECIMALS..)).unwrap_or_default();
        let kept = digits.strip_suffix(beyond).filter(|_| beyond.bytes().all(|byte| byte == b'0'))?;
        millionths(kept, MOST_DIGITS_EXACT).map(|amount| Self(sign * amount))
    }

    /// So many of it; a price has 40 bits and a count 63, so that nothing overflows.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(i128::from(count)))
    }

    /// Whole millionths; `None` beyond 64 bits.
    #[must_use]
    pub fn millionths(self) -> Option<i64> {
        i64::try_from(self.0).ok()
    }

    /// The inverse of [`Money::millionths`].
    #[must_use]
    pub fn from_millionths(millionths: i64) -> Self {
        Self(millionths.into())
    }

    /// For a spreadsheet, which knows only doubles: exact to some fifteen digits.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "said above")]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }

    /// Rounded to hundredths, halves upwards, as money is paid.
    #[must_use]
    pub const fn to_cents(self) -> Self {
        const CENT: i128 = UNIT / 100;
        Self((self.0 + CENT / 2).div_euclid(CENT) * CENT)
    }

    /// A part of it, rounded to the nearest millionth; `None` of no parts.
    #[must_use]
    pub fn per(self, count: i64) -> Option<Self> {
        self.share(1, count)
    }

    /// So many of so many parts of it, likewise.
    #[must_use]
    pub fn share(self, parts: i64, of: i64) -> Option<Self> {
        let (all, of) = (self.times(parts).0, i128::from(of));
        (of > 0).then(|| Self((2 * all + of).div_euclid(2 * of)))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Exact, with two decimals at least: `0.50`, `12.345678`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / UNIT, self.0.abs() % UNIT);
        let decimals = format!("{part:06}");
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &decimals[..kept])
    }
}

/// A price: no sign, no exponent, nothing that would have to be rounded.
impl FromStr for Money {
    type Err = InvalidPrice;

    fn from_str(text: &str) -> Result<Self, InvalidPrice> {
        millionths(text, MOST_DIGITS).map(Self).ok_or(InvalidPrice)
    }
}

/// Of digits, at most so many before the point.
fn millionths(text: &str, most: usize) -> Option<i128> {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = digits(whole, most) && part.is_none_or(|part| digits(part, DECIMALS));
    is_number.then(|| format!("{whole}{:0<DECIMALS$}", part.unwrap_or_default()).parse().ok()).flatten()
}

/// The three capital letters of ISO 4217; which of them are assigned is not known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write three capital letters, such as USD")]
pub struct InvalidCurrency;

impl Currency {
    /// The form, as a regular expression.
    pub const PATTERN: &str = "^[A-Z]{3}$";
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(InvalidCurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_is_read_and_written_exactly() {
        for (text, shown) in
            [("0.0538", "0.0538"), ("1", "1.00"), ("0.1", "0.10"), ("999999.999999", "999999.999999"), ("0", "0.00")]
        {
            assert_eq!(money(text).to_string(), shown);
        }
        for text in ["", ".5", "1.", "-1", "+1", "1e3", "0,05", "1.0000001", "1000000", " 1", "1 ", "١", "0.05 USD"] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
        for text in ["usd", "US", "USDT", "U5D", ""] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_amount_of_others_is_exact_or_none() {
        for (text, shown) in
            [("-0.0538", "-0.0538"), ("0.0050000000", "0.005"), ("999999999", "999999999.00"), ("-0", "0.00")]
        {
            assert_eq!(Money::exact(text).map(|it| it.to_string()).as_deref(), Some(shown));
        }
        for text in
            ["", "-", "--1", "+1", "1.", ".5", "1.0000001", "1.000000é", "1000000000", "1e3", "1.5.0000000", "0.00000٠"]
        {
            assert_eq!(Money::exact(text), None, "{text}");
        }
    }

    #[test]
    fn cents_are_the_nearest() {
        for (amount, cents) in [("0.0049", "0.00"), ("0.005", "0.01"), ("11.594999", "11.59"), ("3", "3.00")] {
            assert_eq!(money(amount).to_cents(), money(cents));
        }
    }

    #[test]
    fn a_part_is_rounded_to_the_nearest_millionth() {
        assert_eq!(money("1").per(3).unwrap().to_string(), "0.333333");
        assert_eq!(money("2").per(3).unwrap().to_string(), "0.666667");
        assert_eq!(money("0.000001").per(2).unwrap().to_string(), "0.000001");
        assert_eq!(money("1").per(0), None);
    }

    proptest! {
        /// What floats would lose: the sum of many products is the product of the sums.
        #[test]
        fn sums_are_exact(price in 0u64..1_000_000_000_000, counts in prop::collection::vec(0i64..1_000_000_000_000, 1..50)) {
            let text = format!("{}.{:06}", price / 1_000_000, price % 1_000_000);
            let price = money(&text);
            let sum = counts.iter().map(|count| price.times(*count)).fold(Money::default(), Money::add);
            prop_assert_eq!(sum, price.times(counts.iter().sum()));
            prop_assert_eq!(money(&price.to_string()), price);
        }

        #[test]
        fn parts_put_together_are_the_whole_but_for_rounding(amount in 0u64..1_000_000_000_000, count in 1i64..1_000_000) {
            let whole = Money(i128::from(amount));
            let again = whole.per(count).unwrap().times(count);
            prop_assert!((again.0 - whole.0).abs() * 2 <= i128::from(count));
        }
    }
}
