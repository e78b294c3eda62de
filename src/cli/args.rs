//! Arguments, as the command line of the design names them. Values are checked where their type is parsed.

mod report;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use report::{FailOn, ReportArgs};

use crate::job::{Endpoint, Format, Limits, Strategy};
use crate::model::Interval;
use crate::simulator::{Auth, Fractions, Incidents, Latency, Parameters, Probability, RateWindow, Stamps};

/// Turns a Twilio Verify account into a reconciled table of verification attempts and conversion rates.
#[derive(Debug, Parser)]
#[command(
    name = "verify-rollup",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    args_override_self = true
)]
pub struct Cli {
    /// Change to this directory first
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Execute a job: plan, ask, publish. Running it again resumes or refreshes
    Run(RunArgs),
    /// Show what `run` would ask, without asking
    Plan(PlanArgs),
    /// Find out how the account behaves and what the job file should say of it; takes some forty requests
    Probe(ProbeArgs),
    /// Report a month, week or day of the published dataset, without network
    Report(ReportArgs),
    /// Validate job files, without network
    Check(CheckArgs),
    /// Serve a simulated account, or print the truth about it
    Simulate(SimulateArgs),
    /// Print the JSON Schema of the job file
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Look after the ledger
    Ledger {
        /// What to do with it
        #[command(subcommand)]
        command: LedgerCommand,
    },
}

impl Command {
    /// How the command's messages are told, where that can be chosen.
    pub const fn log_arguments(&self) -> Option<&LogArgs> {
        match self {
            Self::Run(RunArgs { job, .. }) | Self::Plan(PlanArgs { job }) => Some(&job.log),
            Self::Probe(arguments) => Some(&arguments.log),
            Self::Report(arguments) => Some(&arguments.log),
            _ => None,
        }
    }
}

/// Options that `run` and `plan` share.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// The job file
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// Ask this API instead of the job's (https, or http on loopback; or "simulator")
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

    /// Publish below this directory instead of the job's
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,

    /// Keep the ledger and the buckets here
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// The instant to which relative ranges and settling refer [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub as_of: Option<DateTime<Utc>>,

    /// Which slices to ask [default: as the job file says, drill-down if it doesn't]
    #[arg(long, value_name = "S")]
    pub strategy: Option<Strategy>,

    /// The account's limit; 0 = none
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<u32>,

    /// The most requests in flight
    #[arg(long, value_name = "N", value_parser = concurrency)]
    pub concurrency: Option<NonZeroU32>,

    /// Write this format; may be repeated
    #[arg(long = "format", value_name = "F")]
    pub formats: Vec<Format>,

    /// Ask settled slices afresh too
    #[arg(long)]
    pub refresh: bool,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub json: bool,

    /// Wait this long for another run's lock
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration)]
    pub wait: Duration,

    #[command(flatten)]
    pub log: LogArgs,
}

/// How much is said, and in which form.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// The form of messages on stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub log_format: LogFormat,

    /// Say only what went wrong
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more; twice: everything
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The form of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub job: JobArgs,

    /// Ask this share of the cells that were inferred, and report those that differ
    #[arg(long, value_name = "N%", value_parser = percent)]
    pub spot_check: Option<u8>,

    /// Name no longer the windows whose published rows were lost with their file
    #[arg(long)]
    pub accept_loss: bool,

    /// Write every file anew, in the present schema
    #[arg(long)]
    pub rewrite: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub job: JobArgs,
}

/// `probe`
#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// The job file: whom to ask, and where attempts may be found
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// Ask this API instead of the job's (https, or http on loopback; or "simulator")
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

    /// Share the bucket that is kept here
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// The account's limit; 0 = none
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<u32>,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub log: LogArgs,
}

/// `check`
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Job files
    #[arg(value_name = "JOB", required = true)]
    pub jobs: Vec<PathBuf>,
}

/// `ledger`
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Delete the answers that were asked before a date
    Prune {
        /// A date (midnight UTC) or an RFC 3339 time
        #[arg(long, value_name = "DATE", value_parser = date_or_instant)]
        before: DateTime<Utc>,

        /// Where the ledger is
        #[arg(long, value_name = "DIR")]
        state_dir: Option<PathBuf>,
    },
}

/// `simulate`
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The port on 127.0.0.1; 0 = a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,

    /// Which world
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// What befalls the account: none, attacks (SMS pumping now and then), or all (channels that fail for hours as well)
    #[arg(long, value_name = "KIND", default_value = "attacks")]
    pub incidents: Incidents,

    /// Accept only these credentials [default: any well-formed SID with a secret]
    #[arg(long, value_name = "SID:SECRET")]
    pub auth: Option<Auth>,

    /// The limit that is enforced; 0 = none
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub requests_per_minute: u32,

    /// How the limit counts: fixed or sliding minutes
    #[arg(long, value_name = "KIND", default_value = "sliding")]
    pub window: RateWindow,

    /// How after and before treat the exact second: [) (] [] or ()
    #[arg(long, value_name = "KIND", default_value = "[)")]
    pub interval: Interval,

    /// How finely attempts are stamped: whole (seconds) or fractional
    #[arg(long, value_name = "KIND", default_value = "whole")]
    pub stamps: Stamps,

    /// What becomes of a bound's fraction of a second: heeded, cut-off, rounded or refused
    #[arg(long, value_name = "KIND", default_value = "heeded")]
    pub fractions: Fractions,

    /// How long answers take, e.g. 20ms-80ms
    #[arg(long, value_name = "RANGE")]
    pub latency: Option<Latency>,

    /// Probability of a 5xx answer
    #[arg(long = "fault-5xx", value_name = "P", default_value = "0")]
    pub fault_5xx: Probability,

    /// Probability of a 429 answer
    #[arg(long = "fault-429", value_name = "P", default_value = "0")]
    pub fault_429: Probability,

    /// Probability of a connection reset
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_reset: Probability,

    /// Probability of no answer at all
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_hang: Probability,

    /// Probability of unreadable JSON
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_json: Probability,

    /// Probability of counts that contradict themselves
    #[arg(long, value_name = "P", default_value = "0")]
    pub fault_counts: Probability,

    /// Ignore this query parameter, or "all"; may be repeated
    #[arg(long, value_name = "NAME")]
    pub ignore_filter: Vec<Parameters>,

    /// Ignore it from the N-th request on
    #[arg(long, value_name = "N", default_value_t = 1, requires = "ignore_filter")]
    pub ignore_from: u64,

    /// Forget attempts that are older, e.g. 30d
    #[arg(long, value_name = "D", value_parser = duration)]
    pub retention: Option<Duration>,

    /// Serve nothing: print a job's true table as CSV
    #[arg(long, value_name = "JOB")]
    pub truth: Option<PathBuf>,

    /// With --truth: the job's `as_of`
    #[arg(long, value_name = "RFC3339", value_parser = instant, requires = "truth")]
    pub as_of: Option<DateTime<Utc>>,
}

fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "expected an RFC 3339 time such as 2026-11-01T00:00:00Z".to_owned())
}

fn date_or_instant(text: &str) -> Result<DateTime<Utc>, String> {
    match text.parse::<chrono::NaiveDate>() {
        Ok(date) => Ok(date.and_time(chrono::NaiveTime::MIN).and_utc()),
        Err(_) => instant(text).map_err(|_| "expected a date such as 2026-08-01, or an RFC 3339 time".to_owned()),
    }
}

fn concurrency(text: &str) -> Result<NonZeroU32, String> {
    let number = text.parse().ok().filter(|number: &NonZeroU32| number.get() <= Limits::MOST_CONCURRENCY);
    number.ok_or_else(|| format!("expected a number from 1 to {}", Limits::MOST_CONCURRENCY))
}

fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text);
    let is_plain = number.bytes().all(|letter| letter.is_ascii_digit());
    let percent = number.parse().ok().filter(|percent: &u8| is_plain && *percent <= 100);
    percent.ok_or_else(|| "expected a whole percentage from 0 to 100, such as 5%".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    crate::job::parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn commands_and_flags_of_later_releases_are_unknown() {
        for line in ["report jobs/x.toml --since 2026", "status", "audit", "doctor", "plan --spot-check 5 jobs/x.toml"]
        {
            let arguments = std::iter::once("verify-rollup").chain(line.split(' '));
            assert!(Cli::try_parse_from(arguments).is_err(), "{line}");
        }
    }

    #[test]
    fn a_spot_check_is_a_whole_percentage() {
        let share = |text: &str| {
            let cli = Cli::try_parse_from(["verify-rollup", "run", "jobs/x.toml", "--spot-check", text]).ok()?;
            match cli.command {
                Command::Run(arguments) => arguments.spot_check,
                _ => None,
            }
        };
        for (text, percent) in [("5", 5), ("5%", 5), ("0%", 0), ("100", 100), ("100%", 100)] {
            assert_eq!(share(text), Some(percent), "{text}");
        }
        for text in ["101", "101%", "-1", "+5", "5.5", "5%%", "5 %", "%", "", "five", "300"] {
            assert_eq!(share(text), None, "{text}");
        }
    }
}
