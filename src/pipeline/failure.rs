//! Why a job could not be run, as far as its caller must know to react.

use std::error::Error;
use std::fmt;

use crate::model::printable;

/// Who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The job, its options or its dataset's identity: the one who asked.
    Usage,
    /// Credentials, network, disk, state: whoever runs it.
    Failed,
    /// Another run holds the dataset, or another machine the state directory: time.
    Locked,
}

/// A job that could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Of which kind.
    pub cause: Cause,
    /// What happened, where, and what to do; it may span lines.
    pub message: String,
}

impl Failure {
    /// An error of the user's input.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { cause: Cause::Usage, message: message.to_string() }
    }

    /// An error of the world, told without its causes.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { cause: Cause::Failed, message: message.to_string() }
    }

    /// An error of the world with everything that led to it.
    pub fn caused(error: &dyn Error) -> Self {
        Self { cause: Cause::Failed, message: chain(error) }
    }
}

/// An error and its causes in one line: `cannot write x: no space left on device`. A cause that the text before it
/// tells already is left out. Causes of other crates may quote what they were given.
pub fn chain(error: &dyn Error) -> String {
    let words_of = |error: &dyn Error| printable(&error.to_string()).into_owned();
    let mut text = words_of(error);
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = words_of(next);
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
        let quoting = std::io::Error::other("no `a\u{1b}[2J\n`");
        assert_eq!(chain(&Outer(quoting)), "cannot write the table: no `a\\u{1b}[2J\\n`");
    }
}
