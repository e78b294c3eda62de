//! How messages are told.

use clap::{Args, ValueEnum};

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
