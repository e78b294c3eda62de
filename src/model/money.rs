//! Sums of money, exact: whole billionths of a currency's unit, and never two currencies in one sum.

use std::fmt;
use std::str::FromStr;

/// Digits behind the point.
const DIGITS: usize = 9;

/// An amount in billionths, of a currency that stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Amount(pub i128);

/// An ISO 4217 code, in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is no decimal of at most nine digits before and nine behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an amount such as 0.0075")]
pub struct InvalidAmount;

/// The text is not three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a currency code of three letters, such as USD")]
pub struct InvalidCurrency;

impl FromStr for Amount {
    type Err = InvalidAmount;

    fn from_str(text: &str) -> Result<Self, InvalidAmount> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !(1..=DIGITS).contains(&whole.len()) || part.len() > DIGITS || !is_plain(whole) || !is_plain(part) {
            return Err(InvalidAmount);
        }
        let digits = format!("{whole}{part:0<DIGITS$}");
        digits.parse().map(|amount: i128| Self(sign * amount)).map_err(|_| InvalidAmount)
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    /// Takes small letters for capitals.
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidCurrency)?;
        let is_code = letters.iter().all(u8::is_ascii_alphabetic);
        if is_code { Ok(Self(letters.map(|letter| letter.to_ascii_uppercase()))) } else { Err(InvalidCurrency) }
    }
}

/// As many digits behind the point as say something, at least two: `312.40`, `0.0075`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let unit = 10_u128.pow(u32::try_from(DIGITS).unwrap_or_default());
        let (whole, part) = (self.0.unsigned_abs() / unit, self.0.unsigned_abs() % unit);
        let part = format!("{part:0DIGITS$}");
        let shown = part.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &part[..shown])
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl std::ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_the_api_writes_them() {
        for (text, billionths, shown) in [
            ("0.005", 5_000_000, "0.005"),
            ("0", 0, "0.00"),
            ("12", 12_000_000_000, "12.00"),
            ("-1.5", -1_500_000_000, "-1.50"),
            ("0.000000001", 1, "0.000000001"),
        ] {
            assert_eq!(text.parse(), Ok(Amount(billionths)), "{text}");
            assert_eq!(Amount(billionths).to_string(), shown);
        }
        for bad in ["", ".", ".5", "1e3", "+1", "--1", "0.0000000001", "1234567890", "1,5", " 1", "NaN", "0x1", "1.٣"]
        {
            assert_eq!(bad.parse::<Amount>(), Err(InvalidAmount), "{bad}");
        }
        assert_eq!("usd".parse::<Currency>().unwrap().to_string(), "USD");
        for bad in ["", "us", "dollar", "u$d", "€"] {
            assert_eq!(bad.parse::<Currency>(), Err(InvalidCurrency), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(amount in -999_999_999_999_999_999_i128..=999_999_999_999_999_999) {
            prop_assert_eq!(Amount(amount).to_string().parse(), Ok(Amount(amount)));
        }

        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,24}") {
            let _ = (text.parse::<Amount>(), text.parse::<Currency>());
        }
    }
}
