//! The ends of an explicit range.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use crate::job::field::{Value, wrong_type};
use crate::job::mistakes::Findings;
use crate::model::UnixSeconds;

/// One end of an explicit range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::job) enum Moment {
    /// The midnight of a date, in the job's zone.
    Date(NaiveDate),
    /// An instant.
    Instant(UnixSeconds),
}

const MOMENT: &str = "a date such as \"2026-10-01\", or a time with its offset such as \"2026-10-01T00:00:00Z\"";

impl Moment {
    fn parse(given: &str) -> Result<Self, (String, String)> {
        let wrong = |what: &str| Err((format!("`{given}` {what}"), format!("write {MOMENT}")));
        if let Some(date) = parse_date(given) {
            return if in_known_years(date) {
                Ok(Self::Date(date))
            } else {
                wrong("is outside the years 2000 to 2099")
            };
        }
        match DateTime::parse_from_rfc3339(given) {
            Ok(time) if time.timestamp_subsec_nanos() != 0 => wrong("is not a whole second"),
            Ok(time) if !in_known_years(time.date_naive()) => wrong("is outside the years 2000 to 2099"),
            Ok(time) => Ok(Self::Instant(UnixSeconds(time.timestamp()))),
            Err(_)
                if ["%FT%T%.f", "%F %T%.f", "%FT%R"]
                    .iter()
                    .any(|form| NaiveDateTime::parse_from_str(given, form).is_ok()) =>
            {
                wrong("has no offset from UTC")
            }
            Err(_) => wrong("is no date or time"),
        }
    }
}

/// Exactly `YYYY-MM-DD`; chrono alone would take signs and spaces, too.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let exact = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    exact.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// Verify didn't exist before, and a range that reaches further is a slip that would make millions of windows.
fn in_known_years(date: NaiveDate) -> bool {
    (2000..2100).contains(&date.year())
}

impl Value for Moment {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let parsed = match value.get_ref() {
            DeValue::Datetime(time) => Self::parse(&time.to_string()),
            DeValue::String(given) => Self::parse(given),
            _ => {
                wrong_type(value, key, MOMENT, findings);
                return None;
            }
        };
        parsed.map_err(|(what, remedy)| findings.add(value.span(), what, remedy)).ok()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "anyOf": [{ "format": "date" }, { "format": "date-time" }] })
    }
}
