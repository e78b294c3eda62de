//! The arguments of `report`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::accounts::AccountArgs;
use super::log::LogArgs;
use super::values::instant;
use crate::job::{PeriodKind, ReportFormat};
use crate::model::{Location, words};
use crate::report::{PeriodChoice, PeriodName};

/// `report`: the last complete month, unless something else is asked for.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --month, --week or --day the last complete period is reported: a month, or what --period or \
                  the job file's [report] says. Files are written to DIR/<job>/reports, named after the period."
)]
pub struct ReportArgs {
    /// The job file
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// How long the period is: month, week or day
    #[arg(long, value_name = "KIND")]
    pub period: Option<PeriodKind>,

    /// Report this month, e.g. 2026-10, or the "last" complete one
    #[arg(long, value_name = "MONTH", value_parser = month, conflicts_with_all = ["week", "day"])]
    pub month: Option<PeriodChoice>,

    /// Report this week, e.g. 2026-W43, or the "last" complete one
    #[arg(long, value_name = "WEEK", value_parser = week, conflicts_with = "day")]
    pub week: Option<PeriodChoice>,

    /// Report this day, e.g. 2026-10-27, or "yesterday" in the job's time zone
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub day: Option<PeriodChoice>,

    /// Compare with this period of the same kind [default: the one before; of a day, the same weekday a week before]
    #[arg(long, value_name = "PERIOD", value_parser = any_period)]
    pub compare: Option<PeriodName>,

    /// Write these forms: html, xlsx, md; may be repeated, or separated by commas [default: the job's, or html,xlsx]
    #[arg(long = "format", value_name = "F", value_delimiter = ',')]
    pub formats: Vec<ReportFormat>,

    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,

    /// End with exit code 5 on any of: attention (something deserves it), missing (windows are absent or expired),
    /// provisional (numbers may still change); separated by commas. With -q only what failed is printed
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,

    /// Find the dataset below this directory instead of the job's
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(Location::of_argument))]
    pub output: Option<Location>,

    #[command(flatten)]
    pub account: AccountArgs,

    /// The instant that decides which period is the last complete one [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub as_of: Option<DateTime<Utc>>,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub log: LogArgs,
}

words! {
    /// What makes `report` fail.
    FailOn {
        /// Anything that deserves attention.
        Attention = "attention",
        /// Windows of the period that are over and not in the dataset.
        Missing = "missing",
        /// Windows of the period that may still change.
        Provisional = "provisional",
    }
}

fn month(text: &str) -> Result<PeriodChoice, String> {
    PeriodChoice::parse(text, PeriodKind::Month).ok_or_else(|| "expected a month such as 2026-10, or last".to_owned())
}

fn week(text: &str) -> Result<PeriodChoice, String> {
    PeriodChoice::parse(text, PeriodKind::Week)
        .ok_or_else(|| "expected an ISO week such as 2026-W43, or last".to_owned())
}

fn day(text: &str) -> Result<PeriodChoice, String> {
    PeriodChoice::parse(text, PeriodKind::Day)
        .ok_or_else(|| "expected a date such as 2026-10-27, or yesterday".to_owned())
}

fn any_period(text: &str) -> Result<PeriodName, String> {
    let expected = "expected a month such as 2026-09, a week such as 2026-W42, or a date such as 2026-10-20";
    PeriodName::parse(text).ok_or_else(|| expected.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::{PeriodChoice, PeriodKind, PeriodName};

    fn parsed(line: &str) -> Option<super::ReportArgs> {
        let arguments = ["verify-rollup", "report", "jobs/x.toml"].into_iter().chain(line.split_whitespace());
        match Cli::try_parse_from(arguments).ok()?.command {
            Command::Report(arguments) => Some(arguments),
            _ => None,
        }
    }

    #[test]
    fn a_period_is_named_once_and_by_its_own_kind() {
        let all = parsed("--month 2026-10 --compare 2026-09 --format md,md --fail-on attention --json").unwrap();
        let october = PeriodName::parse("2026-10").unwrap();
        assert_eq!((all.month, all.formats.len()), (Some(PeriodChoice::Named(october)), 2));
        for (line, kind) in [
            ("--month last", PeriodKind::Month),
            ("--week last", PeriodKind::Week),
            ("--day yesterday", PeriodKind::Day),
        ] {
            let found = parsed(line).unwrap();
            assert_eq!(found.month.or(found.week).or(found.day), Some(PeriodChoice::Last(kind)), "{line}");
        }
        assert!(parsed("--week 2026-W43").is_some() && parsed("--day 2026-10-27").is_some());
        assert!(parsed("--period week").is_some());
        let fails = parsed("--fail-on missing,provisional --fail-on attention").unwrap().fail_on;
        assert_eq!(fails, [super::FailOn::Missing, super::FailOn::Provisional, super::FailOn::Attention]);
        for line in [
            "--month yesterday",
            "--week yesterday",
            "--day Yesterday",
            "--month last --day yesterday",
            "--month 2026-10-27",
            "--week 2026-43",
            "--day 2026-10",
            "--month 2026-10 --day 2026-10-27",
            "--week 2026-W43 --day 2026-10-27",
            "--period year",
            "--format xml",
            "--fail-on drops",
            "--fail-on attention,",
            "--fail-on attention,mising",
            "--compare yesterday",
        ] {
            assert!(parsed(line).is_none(), "{line}");
        }
    }
}
