//! What an attempt's price says, and what is told of prices that cannot be added up exactly. Pure.
//!
//! A price that is missing or null is not known yet. One that is there and is no decimal, has more digits than add up
//! exactly, or names no currency counts as none as well, and that is told: by its form, as a text that is no decimal may
//! be anything.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{object, text};
use crate::model::{Currency, Money};

/// A longer decimal is told by its length.
const LONGEST_EXAMPLE: usize = 20;
/// So many digits before the point are no longer shown: they could be a number of another kind.
const MOST_SHOWN: usize = 5;

/// Attempts whose price counts as none though it is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OddPrices {
    attempts: u64,
    example: Option<String>,
}

impl OddPrices {
    /// One more, in words that name nobody.
    pub(super) fn see(&mut self, example: String) {
        self.add(Self { attempts: 1, example: Some(example) });
    }

    /// Those of another page.
    pub fn add(&mut self, other: Self) {
        self.attempts += other.attempts;
        self.example = self.example.take().or(other.example);
    }

    /// What is told of them; `None`: there are none.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        self.example.as_ref().map(|_| self.to_string())
    }
}

impl fmt::Display for OddPrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let example = self.example.as_deref().unwrap_or("none");
        write!(f, "{} listed prices do not add up exactly and count as none, such as {example}", self.attempts)
    }
}

#[derive(Deserialize, Default)]
struct RawPrice<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(borrow, default)]
    currency: Option<&'a RawValue>,
}

/// The price; `None`: it is not known yet.
///
/// # Errors
/// How one looks that is there and cannot be counted.
pub(super) fn price(raw: Option<&RawValue>) -> Result<Option<(Money, Currency)>, String> {
    let RawPrice { value, currency } = object(raw);
    let Some(value) = value else { return Ok(None) };
    let value = text(value).unwrap_or(Cow::Borrowed(value.get()));
    let amount = Money::exact(&value).ok_or_else(|| form(&value))?;
    let currency = currency.and_then(text).and_then(|it| it.to_ascii_uppercase().parse().ok());
    currency.map(|currency| Some((amount, currency))).ok_or_else(|| "one without a currency".to_owned())
}

/// A decimal as it is, if it is short.
fn form(value: &str) -> String {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_decimal = [whole, part].iter().all(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    match (is_decimal, whole.len()) {
        (false, _) => "one that is no decimal".to_owned(),
        (true, ..=MOST_SHOWN) if value.len() <= LONGEST_EXAMPLE => value.to_owned(),
        (true, before) => format!("one of {before} digits before and {} after the point", part.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Result<Option<String>, String> {
        let raw: &RawValue = serde_json::from_str(raw).unwrap();
        price(Some(raw)).map(|price| price.map(|(amount, currency)| format!("{amount} {currency}")))
    }

    #[test]
    fn what_adds_up_exactly_is_a_price() {
        for (value, amount) in [
            (r#""0.005""#, "0.005 USD"),
            (r#""-0.0075""#, "-0.0075 USD"),
            ("-0.05", "-0.05 USD"),
            (r#""0.00750000000""#, "0.0075 USD"),
            (r#""123456789.5""#, "123456789.50 USD"),
        ] {
            let read = read(&format!(r#"{{"value": {value}, "currency": "usd"}}"#));
            assert_eq!(read, Ok(Some(amount.to_owned())), "{value}");
        }
        for unknown in ["null", "{}", r#"{"value": null, "currency": "usd"}"#] {
            assert_eq!(read(unknown), Ok(None), "{unknown}");
        }
    }

    /// Before, these counted as not known yet, and nobody was told.
    #[test]
    fn what_does_not_is_told_by_its_form() {
        for (value, told) in [
            ("0.0000001", "0.0000001"),
            ("-12.1234567", "-12.1234567"),
            ("+573001234567", "one that is no decimal"),
            ("573001234567", "one of 12 digits before and 1 after the point"),
            ("0.1234567890123456789012", "one of 1 digits before and 22 after the point"),
            ("a@example.com", "one that is no decimal"),
            ("1e-3", "one that is no decimal"),
            ("-", "one that is no decimal"),
            ("", "one that is no decimal"),
        ] {
            assert_eq!(read(&format!(r#"{{"value": "{value}", "currency": "usd"}}"#)), Err(told.to_owned()), "{value}");
        }
        assert_eq!(read(r#"{"value": "0.05"}"#), Err("one without a currency".to_owned()));
        let mut odd = OddPrices::default();
        assert_eq!(odd.told(), None);
        odd.see("0.0000001".to_owned());
        odd.see("-1.0000001".to_owned());
        let told = "2 listed prices do not add up exactly and count as none, such as 0.0000001";
        assert_eq!(odd.told().as_deref(), Some(told));
    }
}
