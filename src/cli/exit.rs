//! The one table of exit codes, and the error that ends a command.

use std::error::Error;
use std::fmt;
use std::process::ExitCode;

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
    /// `report --fail-on attention` found something.
    Attention = 5,
    /// SIGINT.
    Interrupted = 130,
    /// SIGTERM.
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

    /// An error of the world with everything that led to it.
    pub fn caused(error: &dyn Error) -> Self {
        Self { exit: Exit::Failed, message: chain(error) }
    }
}

/// An error and its causes in one line: `cannot write x: no space left on device`. A cause that the text before it
/// tells already is left out.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot write the table")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_are_told_once() {
        let inner = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let words = inner.to_string();
        assert_eq!(chain(&Outer(inner)), format!("cannot write the table: {words}"));
        let repeated = std::io::Error::other("cannot write the table");
        assert_eq!(chain(&Outer(repeated)), "cannot write the table");
    }
}
