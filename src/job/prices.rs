//! `[report.prices]`: what an attempt costs, by country and channel, in the job file or in a CSV file.
//!
//! A row may leave country and channel open (`*`). Of the rows that fit, one that names the country wins over one that
//! does not, and then one that names the channel: `CO,sms`, `CO,*`, `*,sms`, `*,*`. `ZZ` is what lies outside the job's
//! countries. Refused are two rows of the same country and channel, and whatever would have to be rounded or guessed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use super::rows;
use crate::model::{Channel, Country, Currency, Money, printable};

/// The columns of a price file, in any order.
pub(super) const COLUMNS: [&str; 4] = ["country", "channel", "price", "currency"];

/// A country and a channel; `None` = any.
pub type PricedPart = (Option<Country>, Option<Channel>);

/// What one attempt costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// How much.
    pub amount: Money,
    /// Of what.
    pub currency: Currency,
}

/// Prices by country and channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList(BTreeMap<PricedPart, Price>);

/// Where a job's prices are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prices {
    /// In a CSV file, relative to the working directory, that is yet to be read.
    File(PathBuf),
    /// They are known.
    Known(PriceList),
}

impl Prices {
    /// The prices, once they are read.
    #[must_use]
    pub const fn list(&self) -> Option<&PriceList> {
        match self {
            Self::File(_) => None,
            Self::Known(list) => Some(list),
        }
    }
}

/// What is wrong with a row, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongRow {
    /// Which of [`COLUMNS`]; `None`: the whole row.
    pub(super) column: Option<usize>,
    pub(super) what: String,
    pub(super) remedy: String,
}

impl PriceList {
    /// The price of an attempt, and the row that gives it. Where a country or channel is not split, only a row that
    /// leaves it open fits.
    #[must_use]
    pub fn price(&self, (country, channel): PricedPart) -> Option<(PricedPart, Price)> {
        let rows = [(country, channel), (country, None), (None, channel), (None, None)];
        rows.into_iter().find_map(|row| Some((row, *self.0.get(&row)?)))
    }

    /// Adds a row, given as texts in the order of [`COLUMNS`].
    pub(super) fn add(&mut self, row: [&str; 4]) -> Result<(), WrongRow> {
        let [country, channel, amount, currency] = row;
        let wrong = |column: usize, remedy: String| WrongRow {
            column: Some(column),
            what: format!("`{}` is no {}", printable(row[column]), COLUMNS[column]),
            remedy,
        };
        let part = (
            any_or(country, |text| {
                let known = "write a code of ISO 3166-1 such as CO, ZZ for what lies outside the job's countries, or *";
                Country::from_table(text).ok_or_else(|| wrong(0, known.to_owned()))
            })?,
            any_or(channel, |text| {
                let known = Channel::ALL.map(|channel| channel.to_string()).join(", ");
                text.parse::<Channel>().map_err(|_| wrong(1, format!("write one of {known}, or * for any")))
            })?,
        );
        let price = Price {
            amount: amount.parse::<Money>().map_err(|error| wrong(2, error.to_string()))?,
            currency: currency.parse::<Currency>().map_err(|error| wrong(3, error.to_string()))?,
        };
        match self.0.entry(part) {
            Entry::Vacant(entry) => {
                entry.insert(price);
                Ok(())
            }
            Entry::Occupied(_) => Err(WrongRow {
                column: None,
                what: format!("{country} and {channel} stand here twice"),
                remedy: "keep one of the prices".to_owned(),
            }),
        }
    }

    /// Reads a price file: a head `country,channel,price,currency`, then a row for each price.
    ///
    /// # Errors
    /// What is wrong, a line for each mistake that begins with its place, such as `line 3: …`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut list = Self::default();
        let is_any = rows::read(text, head, |order, row| {
            list.add(order.map(|at| &row[at])).map_err(|WrongRow { what, remedy, .. }| format!("{what}; {remedy}"))
        })?;
        if is_any {
            Ok(list)
        } else {
            Err(format!("line 1: no price; write {} and a line for each price", COLUMNS.join(",")))
        }
    }
}

/// `*`, or something of a kind.
fn any_or<T>(text: &str, read: impl Fn(&str) -> Result<T, WrongRow>) -> Result<Option<T>, WrongRow> {
    if text == "*" { Ok(None) } else { read(text).map(Some) }
}

/// Where each of the columns stands.
fn head(row: &csv::StringRecord) -> Result<[usize; 4], String> {
    let places = COLUMNS.map(|column| row.iter().position(|name| name == column));
    match places {
        [Some(country), Some(channel), Some(price), Some(currency)] if row.len() == COLUMNS.len() => {
            Ok([country, channel, price, currency])
        }
        _ => Err(format!(
            "`{}` is no head; write {}",
            printable(&row.iter().collect::<Vec<_>>().join(",")),
            COLUMNS.join(",")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(country: &str, channel: &str) -> PricedPart {
        (Country::from_table(country), channel.parse().ok())
    }

    #[test]
    fn the_row_that_says_most_wins() {
        let list = PriceList::parse(
            "\u{feff}channel,country,price,currency\r\n*,*,0.9,USD\r\nsms,*,0.5,USD\r\n\r\n*, CO ,0.3,EUR\r\n\"sms\",CO,0.1,USD\r\n\
             email,ZZ,0.01,USD\r\n",
        )
        .unwrap();
        let price = |country, channel| {
            let (row, price) = list.price(part(country, channel)).unwrap();
            (row, price.amount.to_string(), price.currency.to_string())
        };
        for (country, channel, row, amount) in [
            ("CO", "sms", part("CO", "sms"), "0.10 USD"),
            ("CO", "call", part("CO", "*"), "0.30 EUR"),
            ("US", "sms", part("*", "sms"), "0.50 USD"),
            ("US", "call", part("*", "*"), "0.90 USD"),
            ("ZZ", "email", part("ZZ", "email"), "0.01 USD"),
            // What is not split has no price of a part.
            ("*", "*", part("*", "*"), "0.90 USD"),
            ("*", "sms", part("*", "sms"), "0.50 USD"),
        ] {
            let (found, money, currency) = price(country, channel);
            assert_eq!((found, format!("{money} {currency}")), (row, amount.to_owned()), "{country} {channel}");
        }
        let list = PriceList::parse("country,channel,price,currency\nCO,sms,1,USD\n").unwrap();
        assert_eq!((list.price(part("CO", "*")), list.price(part("US", "sms"))), (None, None));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let mistakes = PriceList::parse(
            "country,channel,price,currency\nco,sms,0.1,USD\nCO,fax,0.1,USD\nCO,sms,\"0,1\",USD\nCO,sms,0.1,usd\nCO,sms\n\
             CO,sms,0.1,USD\nCO,sms,0.2,EUR\nUS,sms,0.12345678,USD\n",
        )
        .unwrap_err();
        let lines: Vec<&str> = mistakes.lines().collect();
        let begins = [
            "line 2: `co` is no country; write",
            "line 3: `fax` is no channel; write one of",
            "line 4: `0,1` is no price; write a decimal number",
            "line 5: `usd` is no currency; write three capital letters",
            "line 6: 2 values; write 4, as the first line has",
            "line 8: CO and sms stand here twice; keep one",
            "line 9: `0.12345678` is no price",
        ];
        assert_eq!(lines.len(), begins.len(), "{mistakes}");
        for (line, begin) in lines.iter().zip(begins) {
            assert!(line.starts_with(begin), "{line}");
        }
        for text in [
            "",
            "\n",
            "country,channel,price,currency\n",
            "country;channel;price;currency\nCO;sms;1;USD\n",
            "a\u{1b},b\n",
        ] {
            let mistake = PriceList::parse(text).unwrap_err();
            assert!(
                mistake.starts_with("line 1: ") && mistake.contains("write country,channel,price,currency"),
                "{mistake}"
            );
            assert!(!mistake.contains('\u{1b}'));
        }
        let many = "country,channel,price,currency\n".to_owned() + &"CO,fax,1,USD\n".repeat(500);
        assert!(PriceList::parse(&many).unwrap_err().ends_with("480 more mistakes are not shown"));
    }
}
