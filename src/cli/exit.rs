//! The one table of exit codes, and the error that ends a command.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

use super::message::CommandMessage;
use crate::message::tell;
pub use crate::pipeline::chain;
use crate::pipeline::{Cause, Failure};

/// How a command ended; the codes are the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every window is published.
    Success = 0,
    /// Credentials refused, no HTTP answer, TLS, disk, state, damaged ledger.
    Failed = 1,
    /// The job file, the command line, missing credentials, http elsewhere, another dataset identity.
    Usage = 2,
    /// Some windows could not be published.
    Partial = 3,
    /// Another run holds the dataset's lock, another machine the state directory.
    Locked = 4,
    /// `--fail-on` found what it was to look out for, or `audit` something amiss.
    Attention = 5,
    /// Stopped by SIGINT.
    Interrupted = 130,
    /// Stopped by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early: what `main` prints, and the code that it returns.
#[derive(Debug)]
pub struct CommandError {
    /// The code.
    pub exit: Exit,
    /// What happened, where, and what to do; it may span lines.
    pub message: String,
}

impl CommandError {
    /// An error of the user's input.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, message: message.to_string() }
    }

    /// An error of the world, told without its causes.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Failed, message: message.to_string() }
    }

    /// Tells of it in the log for programs.
    pub fn tell(&self) {
        tell(&CommandMessage::CommandFailed { exit: self.exit as u8, error: self.message.clone() });
    }

    /// An error of the world with everything that led to it.
    pub fn caused(error: &dyn Error) -> Self {
        Self { exit: Exit::Failed, message: chain(error) }
    }
}

impl From<Failure> for CommandError {
    fn from(Failure { cause, message }: Failure) -> Self {
        let exit = match cause {
            Cause::Usage => Exit::Usage,
            Cause::Failed => Exit::Failed,
            Cause::Locked => Exit::Locked,
        };
        Self { exit, message }
    }
}
