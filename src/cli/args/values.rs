//! Values of options that no type of ours parses: each text, or what was expected instead.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::job::Limits;

/// No job file takes a date before this year, and calendars of zones are not known for long before it.
const FIRST_YEAR: i32 = 2000;

/// A date as job files may have one, or none at all.
pub(super) fn known(date: NaiveDate) -> Result<NaiveDate, String> {
    if date.year() < FIRST_YEAR { Err(format!("expected a date from the year {FIRST_YEAR} on")) } else { Ok(date) }
}

pub(super) fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    instant_or(text, "expected an RFC 3339 time such as 2026-11-01T00:00:00Z")
}

/// An instant; what was `expected` is said of a text that is none.
pub(super) fn instant_or(text: &str, expected: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| expected.to_owned())?;
    known(time.date_naive()).map(|_| time.to_utc())
}

pub(super) fn date_or_instant(text: &str) -> Result<DateTime<Utc>, String> {
    match text.parse::<NaiveDate>() {
        Ok(date) => known(date).map(|date| date.and_time(chrono::NaiveTime::MIN).and_utc()),
        Err(_) => instant_or(text, "expected a date such as 2026-08-01, or an RFC 3339 time"),
    }
}

pub(super) fn concurrency(text: &str) -> Result<NonZeroU32, String> {
    let number = text.parse().ok().filter(|number: &NonZeroU32| number.get() <= Limits::MOST_CONCURRENCY);
    number.ok_or_else(|| format!("expected a number from 1 to {}", Limits::MOST_CONCURRENCY))
}

pub(super) fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let is_plain = number.bytes().all(|letter| letter.is_ascii_digit());
    let percent = number.parse().ok().filter(|percent: &u8| is_plain && *percent <= 100);
    percent.ok_or_else(|| "expected a whole percentage from 0 to 100, such as 5%".to_owned())
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    crate::job::parse_duration(text).map_err(|error| error.to_string())
}

pub(super) fn some_time(text: &str) -> Result<Duration, String> {
    let time = duration(text)?;
    if time.is_zero() { Err("expected a time above 0, such as 50m".to_owned()) } else { Ok(time) }
}
