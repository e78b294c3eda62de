//! The arguments of `investigate`.

use std::num::NonZeroU32;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, ValueEnum};

use super::ask::AskArgs;
use crate::model::{Channel, Country};

/// `investigate`
#[derive(Debug, Args)]
#[command(
    after_help = "Without --day or --from and --to it is yesterday. With `list = true` in the job's [source] single \
                  attempts are read, and gone once they are counted; otherwise Summary is asked by prefix. Of numbers \
                  seven leading digits are shown at most, and groups of fewer than ten attempts together."
)]
pub struct InvestigateArgs {
    #[command(flatten)]
    pub ask: AskArgs,

    /// The destination country, e.g. MG
    #[arg(long, value_name = "CODE", value_parser = country)]
    pub country: Country,

    /// One day in the job's time zone: a date, or yesterday
    #[arg(long, value_name = "DATE", value_parser = day, conflicts_with_all = ["from", "to"])]
    pub day: Option<Day>,

    /// Since when: a date in the job's time zone, or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "to")]
    pub from: Option<Moment>,

    /// Until when, that instant not included
    #[arg(long, value_name = "TIME", value_parser = moment, requires = "from")]
    pub to: Option<Moment>,

    /// One channel [default: all]
    #[arg(long, value_name = "NAME")]
    pub channel: Option<Channel>,

    /// The most requests
    #[arg(long, value_name = "N", default_value = "60", value_parser = requests)]
    pub max_requests: NonZeroU32,

    /// The form of the text: text or md
    #[arg(long, value_enum, value_name = "F", default_value_t = TextFormat::Text, conflicts_with = "json")]
    pub format: TextFormat,
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    /// For a terminal
    Text,
    /// Markdown
    Md,
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// The one before the present day.
    Yesterday,
    /// A date.
    Date(NaiveDate),
}

/// An instant, as it may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The first of a date, in a time zone that is not known yet.
    Date(NaiveDate),
    /// Any.
    Instant(DateTime<Utc>),
}

fn requests(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| "expected a number from 1 on".to_owned())
}

fn country(text: &str) -> Result<Country, String> {
    let country: Country = text.parse().map_err(|error| format!("{error}"))?;
    if country == Country::REMAINDER { Err("the remainder is no country".to_owned()) } else { Ok(country) }
}

fn day(text: &str) -> Result<Day, String> {
    if text == "yesterday" {
        return Ok(Day::Yesterday);
    }
    let date = text.parse().map_err(|_| "expected a date such as 2026-10-27, or yesterday".to_owned())?;
    super::values::known(date).map(Day::Date)
}

fn moment(text: &str) -> Result<Moment, String> {
    match text.parse() {
        Ok(date) => super::values::known(date).map(Moment::Date),
        Err(_) => super::values::instant_or(text, "expected a date such as 2026-10-27, or an RFC 3339 time")
            .map(Moment::Instant),
    }
}
