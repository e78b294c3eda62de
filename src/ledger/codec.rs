//! How values stand in the columns of `answers`.
//!
//! Times are integers (ranges in seconds, `asked_at` in microseconds), countries and channels their names, prefixes
//! their digits, services and urls numbers of the table `texts`. A rate is its JSON literal, so `"81.8"`, `81.8` and
//! `null` stay apart; SQL NULL is an absent field. A url of JSON null is number 0.

use super::database::{Result, SqlError};
use crate::model::{Channel, Country, Counts, Prefix, Provenance, Rate, Round};

/// The number of a url of JSON null in place of a text's.
pub(super) const NULL_URL: i64 = 0;

pub(super) const fn round_number(round: Round) -> i64 {
    match round {
        Round::First => 0,
        Round::After => 1,
        Round::Again => 2,
        Round::Proof => 3,
        Round::Closing => 4,
    }
}

pub(super) fn round(number: i64) -> Result<Round> {
    Round::ALL
        .into_iter()
        .find(|round| round_number(*round) == number)
        .ok_or_else(|| bad_content("no round has this number"))
}

pub(super) fn country(text: &str) -> Result<Country> {
    Country::from_table(text).ok_or_else(|| bad_content("no country has this code"))
}

pub(super) fn channel(text: &str) -> Result<Channel> {
    if text == Channel::Control.name() { Ok(Channel::Control) } else { text.parse().map_err(content_error) }
}

pub(super) fn prefix_number(prefix: Prefix) -> i64 {
    i64::try_from(prefix.digits()).expect("a prefix has at most 15 digits")
}

pub(super) fn prefix(number: i64) -> Result<Prefix> {
    u64::try_from(number).ok().and_then(Prefix::from_digits).ok_or_else(|| bad_content("not a prefix's digits"))
}

pub(super) fn provenance(implied: i64) -> Result<Provenance> {
    match implied {
        0 => Ok(Provenance::Measured),
        1 => Ok(Provenance::Implied),
        _ => Err(bad_content("`implied` is neither 0 nor 1")),
    }
}

pub(super) fn counts(attempts: i64, converted: i64) -> Result<Counts> {
    Counts::new(attempts, converted).ok_or_else(|| bad_content("counts contradict each other"))
}

pub(super) fn rate_literal(rate: &Rate) -> String {
    match rate {
        Rate::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Rate::Number(literal) => literal.clone(),
        Rate::Null => "null".to_owned(),
    }
}

pub(super) fn rate(literal: &str) -> Result<Rate> {
    if literal.starts_with('"') {
        serde_json::from_str(literal).map(Rate::Text).map_err(content_error)
    } else if literal == "null" {
        Ok(Rate::Null)
    } else {
        Ok(Rate::Number(literal.to_owned()))
    }
}

pub(super) fn bad_content(what: &'static str) -> SqlError {
    SqlError::Content(what.to_owned())
}

/// A value that no writer of ours stores; the ledger reports it as damage.
#[allow(clippy::needless_pass_by_value, reason = "it stands behind `map_err`")]
pub(super) fn content_error(source: impl std::error::Error) -> SqlError {
    SqlError::Content(source.to_string())
}
