//! The kinds of values that stand in a job file: how each is read, and its JSON Schema.

use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use chrono_tz::{TZ_VARIANTS, Tz};
use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::duration::{self, parse_duration};
use super::endpoint::Endpoint;
use super::field::{Example, Value, text, wrong_type};
use super::mistakes::Findings;
use super::raw::NamedService;
use super::spec::{Compression, Format, JobName, Partition, Strategy};
use super::windows::{Every, Range};
use super::words::nearest;
use crate::model::{Channel, Country, CountryError, Interval, Prefix, ServiceSid, UnixSeconds};

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
                    given.parse().map_err(|error: super::UnknownWord| {
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
word_values!(Every = "day", Strategy = "exhaustive", Format = "parquet", Partition = "month", Compression = "zstd");

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
        read_text(value, key, "a URL in quotes, or \"simulator\"", findings, |given| {
            Self::parse(given).map_err(|error| {
                // Its messages say what is wrong, then what would be right.
                let error = error.to_string();
                let (what, remedy) = error.split_once("; ").unwrap_or((&error, "write an https:// URL"));
                (format!("`{key}` is {what}"), remedy.to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(simulator|https?://[^?#@]+)$" })
    }
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

/// One end of an explicit range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
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
    use chrono::Datelike;
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

impl Value for Country {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a country code in quotes, such as \"US\"", findings, |given| {
            given.parse().map_err(|error| match error {
                CountryError::DidYouMean(country) => (
                    format!("`{given}` is no ISO 3166-1 alpha-2 code"),
                    format!("write \"{country}\", {}", country.name()),
                ),
                CountryError::Remainder => (
                    format!("`{given}` stands for the remainder and cannot be asked for"),
                    "leave it out; `remainder = true` adds its rows".to_owned(),
                ),
                CountryError::Unknown => (
                    format!("`{given}` is no ISO 3166-1 alpha-2 code"),
                    "write two upper-case letters, such as \"US\"".to_owned(),
                ),
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<String> = Self::all().map(|country| country.to_string()).collect();
        json_schema!({ "type": "string", "enum": codes })
    }
}

impl Example for Country {
    const EXAMPLE: &str = "US";
}

impl Value for Channel {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a channel in quotes, such as \"sms\"", findings, |given| {
            given.parse().map_err(|_| {
                let known = Self::ALL.map(Self::name);
                let remedy = super::UnknownWord::new(given, &known).remedy().to_owned();
                (format!("`{given}` is no channel"), remedy)
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
    }
}

impl Example for Channel {
    const EXAMPLE: &str = "sms";
}

impl Value for Prefix {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a prefix in quotes, such as \"+57305\"", findings, |given| {
            given.parse().map_err(|_| {
                let remedy = "write + and 1 to 15 digits of which the first is not 0, such as \"+57305\"";
                (format!("`{given}` is no destination prefix"), remedy.to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\+[1-9][0-9]{0,14}$" })
    }
}

impl Example for Prefix {
    const EXAMPLE: &str = "+57305";
}

impl Value for ServiceSid {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a service SID in quotes", findings, |given| {
            given
                .parse()
                .map_err(|_| (format!("`{given}` is no service SID"), "write VA and 32 hexadecimal digits".to_owned()))
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^VA[0-9a-fA-F]{32}$" })
    }
}

/// A service, with or without a name.
#[derive(Debug, Clone)]
pub(super) struct Service {
    /// Its SID.
    pub(super) sid: ServiceSid,
    /// Its name, if one is given.
    pub(super) name: Option<String>,
}

impl Value for Service {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(_) => ServiceSid::read(value, key, findings).map(|sid| Self { sid, name: None }),
            DeValue::Table(_) => NamedService::read(value, key, findings)?.check(&value.span(), findings),
            _ => {
                wrong_type(value, key, "a service SID in quotes, or { sid = \"VA…\", name = \"Login\" }", findings);
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let (sid, named) = (ServiceSid::schema(generator), NamedService::schema(generator));
        json_schema!({ "anyOf": [sid, named] })
    }
}

impl Example for Service {
    const EXAMPLE: &str = "VA…";
}
