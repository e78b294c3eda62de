//! Arguments, as the command line of the design names them. Values are checked where their type is parsed.

mod accounts;
mod ask;
mod audit;
mod doctor;
mod init;
mod investigate;
mod log;
mod report;
mod run;
mod simulate;
mod state;
mod status;
mod values;

use crate::model::{Format, JobStrategy, Location};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use accounts::{AccountArgs, ShardArgs};
pub use ask::AskArgs;
pub use audit::AuditArgs;
pub use doctor::DoctorArgs;
pub use init::{InitArgs, Template};
pub use investigate::{Day, InvestigateArgs, Moment, TextFormat};
pub use log::{LogArgs, LogFormat};
pub use report::{FailOn, ReportArgs};
pub use run::RunFailOn;
pub use simulate::SimulateArgs;
pub use status::StatusFailOn;

use crate::job::Endpoint;
use state::StateArgs;
use values::{concurrency, date_or_instant, duration, instant, percent, some_time};

/// Turns a Twilio Verify account into a reconciled table of verification attempts and conversion rates.
#[derive(Debug, Parser)]
#[command(
    name = "verify-rollup",
    version,
    long_version = env!("VERIFY_ROLLUP_VERSION"),
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
    /// Write a commented job file to start from
    Init(InitArgs),
    /// Execute a job: plan, ask, publish. Running it again resumes or refreshes
    Run(RunArgs),
    /// Show what `run` would ask, without asking
    Plan(PlanArgs),
    /// Show how a job stands: what is published, how the last run ended, what the next one would ask; without network
    Status(StatusArgs),
    /// Look the published dataset through: files, rows, sums, and what the ledger knows of them; without network
    Audit(AuditArgs),
    /// See whether a job can be run here, and what to do where it can't; takes two requests at most
    Doctor(DoctorArgs),
    /// Find out how the account behaves and what the job file should say of it; takes some forty requests
    Probe(AskArgs),
    /// Look into a country's attempts of a day, for the block of numbers that holds what did not convert
    Investigate(InvestigateArgs),
    /// Report a month, week or day of the published dataset, without network
    Report(ReportArgs),
    /// Validate job files, without network
    Check(CheckArgs),
    /// Serve a simulated account, or print the truth about it
    Simulate(SimulateArgs),
    /// Print the JSON Schema of the job file
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for each command
    Man {
        /// The folder, such as ~/.local/share/man/man1
        #[arg(value_name = "DIR")]
        folder: PathBuf,
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
            Self::Status(arguments) => Some(&arguments.job.log),
            Self::Audit(arguments) => Some(&arguments.log),
            Self::Doctor(arguments) => Some(&arguments.log),
            Self::Probe(arguments) => Some(&arguments.log),
            Self::Investigate(arguments) => Some(&arguments.ask.log),
            Self::Report(arguments) => Some(&arguments.log),
            _ => None,
        }
    }
}

/// Options that `run`, `plan` and `status` share.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// The job file
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// Ask this API instead of the job's (https, or http on loopback; or "simulator")
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

    /// Publish below this directory instead of the job's
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(Location::of_argument))]
    pub output: Option<Location>,

    #[command(flatten)]
    pub account: AccountArgs,

    #[command(flatten)]
    pub state: StateArgs,

    /// The instant to which relative ranges and settling refer [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = instant)]
    pub as_of: Option<DateTime<Utc>>,

    /// Which slices to ask [default: as the job file says, auto if it doesn't]
    #[arg(long, value_name = "S")]
    pub strategy: Option<JobStrategy>,

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

    /// Wait this long for another run's lock, or another machine's hold on the state directory
    #[arg(long, value_name = "DURATION", default_value = "0", value_parser = duration)]
    pub wait: Duration,

    #[command(flatten)]
    pub log: LogArgs,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub job: JobArgs,

    #[command(flatten)]
    pub shard: ShardArgs,

    /// Ask this share of the cells that were inferred, and report those that differ
    #[arg(long, value_name = "N%", value_parser = percent)]
    pub spot_check: Option<u8>,

    /// Stop in order after this time, such as 50m, with exit code 3; the next run goes on
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub stop_after: Option<Duration>,

    /// Write how the run ended to this file, for a collector of metrics; one file for each job
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,

    /// End with exit code 5, where it would be 0, on any of: missing (windows are not published, or there are none),
    /// attention (the report flags something in what changed), expired (the API holds them no more), provisional
    /// (numbers may still change); separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<RunFailOn>,

    /// Name no longer the windows whose published rows were lost with their file
    #[arg(long)]
    pub accept_loss: bool,

    /// Write every file anew, in the present schema, and put the log of changes right by reading all of it
    #[arg(long)]
    pub rewrite: bool,
}

/// `plan`
#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub job: JobArgs,
}

/// `status`: with the options of `run`, so that what is shown is what that very run would do.
#[derive(Debug, Args)]
pub struct StatusArgs {
    #[command(flatten)]
    pub job: JobArgs,

    /// End with exit code 5 on any of: missing (windows are over and not published), provisional (they may still
    /// change), expired (the API need not hold them any more), lost (published rows are gone), unfinished (the last run
    /// did not publish everything, or none is known); separated by commas. With -q only what failed is printed
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<StatusFailOn>,
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

        #[command(flatten)]
        state: StateArgs,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    /// `run --fail-on attention` was told by the documentation alone.
    #[test]
    fn the_help_names_everything_that_fail_on_takes() {
        let words = |name: &str| match name {
            "run" => RunFailOn::ALL.iter().map(|it| it.word()).collect::<Vec<_>>(),
            "status" => StatusFailOn::ALL.iter().map(|it| it.word()).collect(),
            _ => FailOn::ALL.iter().map(|it| it.word()).collect(),
        };
        for name in ["run", "status", "report"] {
            let program = Cli::command();
            let mut arguments = program.find_subcommand(name).unwrap().get_arguments();
            let help = arguments.find(|it| it.get_id() == "fail_on").unwrap().get_help().unwrap().to_string();
            for word in words(name) {
                assert!(help.contains(word), "{name}: {word} is not in {help:?}");
            }
        }
    }

    #[test]
    fn commands_and_flags_of_later_releases_are_unknown() {
        for line in ["report jobs/x.toml --since 2026", "serve", "plan --spot-check 5 jobs/x.toml"] {
            let arguments = std::iter::once("verify-rollup").chain(line.split(' '));
            assert!(Cli::try_parse_from(arguments).is_err(), "{line}");
        }
    }
}

/// What the schema is of; the job file, where nothing is said.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[expect(clippy::struct_excessive_bools, reason = "of which clap lets one be given")]
pub struct SchemaArgs {
    /// Of a line that `--log-format json` writes, instead
    #[arg(long)]
    pub logs: bool,

    /// Of the object that `report --json` prints, instead
    #[arg(long)]
    pub report: bool,

    /// Of the object that `report --json` prints of a job with several accounts, instead
    #[arg(long)]
    pub accounts_report: bool,

    /// Of the object that `status --json` prints, instead
    #[arg(long)]
    pub status: bool,

    /// Of the object that `status --json` prints of a job with several accounts, instead
    #[arg(long)]
    pub accounts_status: bool,

    /// Of the object that `audit --json` prints, instead
    #[arg(long)]
    pub audit: bool,

    /// Of a dataset's `_manifest.json`, instead
    #[arg(long)]
    pub manifest: bool,

    /// Of the job file, but as a page of Markdown: each key with its values, its default and its meaning
    #[arg(long)]
    pub markdown: bool,
}
