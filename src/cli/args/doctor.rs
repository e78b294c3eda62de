//! The arguments of `doctor`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::accounts::AccountArgs;
use super::log::LogArgs;
use super::state::StateArgs;
use crate::job::Endpoint;
use crate::model::Location;

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The job file; without one, what any job needs is looked at
    #[arg(value_name = "JOB")]
    pub job: Option<PathBuf>,

    /// Ask this API instead of the job's (https, or http on loopback; or "simulator")
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

    /// The directory of datasets instead of the job's
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(Location::of_argument))]
    pub output: Option<Location>,

    #[command(flatten)]
    pub account: AccountArgs,

    #[command(flatten)]
    pub state: StateArgs,

    /// The account's limit; 0 = none
    #[arg(long, value_name = "N")]
    pub requests_per_minute: Option<u32>,

    /// Print one JSON object to stdout
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub log: LogArgs,
}
