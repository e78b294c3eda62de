//! The arguments that `probe` and `investigate` share.

use std::path::PathBuf;

use clap::Args;

use super::accounts::AccountArgs;
use super::log::LogArgs;
use super::state::StateArgs;
use crate::job::Endpoint;

/// Options of the commands that ask the account and publish nothing: `probe` and `investigate`.
#[derive(Debug, Args)]
pub struct AskArgs {
    /// The job file: whom to ask, and where attempts may be found
    #[arg(value_name = "JOB")]
    pub job: PathBuf,

    /// Ask this API instead of the job's (https, or http on loopback; or "simulator")
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    pub base_url: Option<Endpoint>,

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
