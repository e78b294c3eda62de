//! The arguments of `audit`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::accounts::AccountArgs;
use super::log::LogArgs;
use super::state::StateArgs;
use crate::job::Endpoint;
use crate::model::Location;

/// `audit`
#[derive(Debug, Args)]
#[command(
    after_help = "It changes nothing and takes no lock. Exit code 0: the dataset is sound. 5: something is amiss; each \
                  finding says what it means and what to do. 1: dataset or ledger cannot be read."
)]
pub struct AuditArgs {
    /// The job file
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// Whose dataset it is, if `run` was given this instead of the job's
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

    /// Find the dataset below this directory instead of the job's
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(Location::of_argument))]
    pub output: Option<Location>,

    #[command(flatten)]
    pub account: AccountArgs,

    #[command(flatten)]
    pub state: StateArgs,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub log: LogArgs,
}
