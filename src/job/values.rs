//! The kinds of values that stand in a job file: how each is read, and its JSON Schema.

mod accounts;
mod dimensions;
mod moment;
mod prices;

use std::str::FromStr;
use std::time::Duration;

use chrono_tz::{TZ_VARIANTS, Tz};
use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::duration::{self, parse_duration};
use super::endpoint::Endpoint;
use super::field::{Example, Value, text};
use super::mistakes::Findings;
use super::notify::NotifyEvent;
use super::report::{PeriodKind, ReportFormat, Share};
use super::spec::JobName;
use super::windows::{Every, Range};
use crate::model::{
    Compression, Format, Interval, JobStrategy, Location, Partition, PostgresTable, PostgresUrl, nearest,
};

pub(super) use accounts::FileOrRows;
pub(super) use dimensions::Service;
pub(super) use moment::Moment;
pub(super) use prices::{CurrencyText, PriceText, Row, Rows};

/// Reads a string by a function that gives what would be right.
fn read_text<T>(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    form: &str,
    findings: &mut Findings,
    parse: impl Fn(&str) -> Result<T, (String, String)>,
) -> Option<T> {
    let given = text(value, key, form, findings)?;
    match parse(given) {
        Ok(read) => Some(read),
        Err((what, remedy)) => {
            findings.add(value.span(), what, remedy);
            None
        }
    }
}

/// Words of the file that are all known: read by their `FromStr`, listed in the schema.
macro_rules! word_values {
    ($($name:ident = $example:literal),+) => { $(
        impl Value for $name {
            fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
                read_text(value, key, concat!("a word in quotes, such as \"", $example, "\""), findings, |given| {
                    given.parse().map_err(|error: crate::model::UnknownWord| {
                        (format!("`{given}` is no value of `{key}`"), error.remedy().to_owned())
                    })
                })
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                let words: Vec<&str> = Self::ALL.iter().map(|value| value.word()).collect();
                json_schema!({ "type": "string", "enum": words })
            }
        }

        impl Example for $name {
            const EXAMPLE: &str = $example;
        }
    )+ };
}
word_values!(
    Every = "day",
    JobStrategy = "auto",
    Format = "parquet",
    Partition = "month",
    Compression = "zstd",
    NotifyEvent = "failure",
    ReportFormat = "html",
    PeriodKind = "month"
);

impl Value for Share {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a percentage in quotes, such as \"5%\"", findings, |given| {
            Self::parse(given).ok_or_else(|| {
                let remedy = "write a number from 0 to 100 and %, such as \"5%\" or \"0.5%\"";
                (format!("`{given}` is no percentage"), remedy.to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
}

impl Value for JobName {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a name in quotes, such as \"monthly-conversion\"", findings, |given| {
            given.parse().map_err(|_| {
                let remedy = "write 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit";
                (format!("`{given}` is no job name"), remedy.to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
}

impl Value for Endpoint {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        if value.get_ref().as_str().is_some_and(|given| given.contains('@')) {
            // What stands before it may be a password, and messages end up in mails and logs.
            findings.hide(value.span());
        }
        read_text(value, key, "a URL in quotes, or \"simulator\"", findings, |given| {
            Self::parse(given).map_err(|error| what_and_remedy(key, &error))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(simulator|https?://[^?#@]+)$" })
    }
}

impl Value for Location {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        if value.get_ref().as_str().is_some_and(|given| given.contains("://")) {
            // What stands in a URL may be a secret, and messages end up in mails and logs.
            findings.hide(value.span());
        }
        read_text(value, key, "a folder in quotes, such as \"output\"", findings, |given| {
            Self::parse(given).map_err(|error| what_and_remedy(key, &error))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

impl Value for PostgresUrl {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        // It may hold a password, and messages end up in mails and logs.
        findings.hide(value.span());
        read_text(value, key, "a URL in quotes, such as \"postgres://user@host:5432/database\"", findings, |given| {
            Self::parse(given).map_err(|error| what_and_remedy(key, &error))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^postgres(ql)?://[^:@/?#]+@[^#]+$" })
    }
}

impl Value for PostgresTable {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a table's name in quotes, such as \"verify_attempts\"", findings, |given| {
            Self::parse(given).map_err(|error| what_and_remedy(key, &error))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
}

/// The parts of a message that says what is wrong, then what would be right.
fn what_and_remedy(key: &str, error: &impl std::error::Error) -> (String, String) {
    let error = error.to_string();
    let (what, remedy) = error.split_once("; ").unwrap_or((&error, ""));
    (format!("`{key}` is {what}"), remedy.to_owned())
}

impl Value for Interval {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "one of \"[)\", \"(]\", \"[]\", \"()\"", findings, |given| {
            given.parse().map_err(|_| {
                (format!("`{given}` is no value of `{key}`"), "write one of \"[)\", \"(]\", \"[]\", \"()\"".to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::symbol) })
    }
}

fn read_duration(given: &str) -> Result<Duration, (String, String)> {
    parse_duration(given).map_err(|error| match error {
        duration::DurationError::Malformed => (
            format!("`{given}` is no length of time"),
            "write a whole number and ms, s, m, h, d or w, such as \"90s\" or \"24h\"".to_owned(),
        ),
        duration::DurationError::TooLong => {
            (format!("`{given}` is longer than a hundred years"), "write at most \"36500d\"".to_owned())
        }
    })
}

impl Value for Duration {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a length of time in quotes, such as \"90s\" or \"24h\"", findings, read_duration)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": duration::PATTERN })
    }
}

/// A length of time, or `none` for ever.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retention(pub(super) Option<Duration>);

impl Value for Retention {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a length of time in quotes, such as \"30d\", or \"none\"", findings, |given| match given
        {
            "none" => Ok(Self(None)),
            _ => read_duration(given)
                .map(|length| Self(Some(length)))
                .map_err(|(what, remedy)| (what, format!("{remedy}, or \"none\" for ever"))),
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": "none" }, { "type": "string", "pattern": duration::PATTERN }] })
    }
}

impl Value for Range {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a range in quotes, such as \"last-month\"", findings, |given| {
            Self::parse(given).map_err(|error| (format!("`{given}` is no range"), error.remedy()))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
}

impl Value for Tz {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "an IANA name in quotes, such as \"America/Bogota\"", findings, |given| {
            Self::from_str(given).map_err(|_| {
                let remedy = match nearest(given, TZ_VARIANTS.iter().map(|zone| zone.name())) {
                    Some(zone) => format!("did you mean \"{zone}\"?"),
                    None => "write an IANA name, such as \"UTC\" or \"America/Bogota\"".to_owned(),
                };
                (format!("`{given}` is no time zone"), remedy)
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}
