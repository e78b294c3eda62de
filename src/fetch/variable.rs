//! What a variable of the environment, or of `.env`, is set to. No value is ever part of a message. Pure.

use std::fmt;

/// Where a variable is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the process's environment.
    Environment,
    /// In `.env`.
    DotEnv {
        /// Counted from 1.
        line: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the environment"),
            Self::DotEnv { line } => write!(f, "line {line} of .env"),
        }
    }
}

/// A variable of ours is set to what means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {variable} {problem}")]
pub struct VariableError {
    /// The variable.
    pub variable: String,
    /// Where it is set.
    pub place: Place,
    /// What is wrong, behind the variable's name.
    pub problem: &'static str,
}

/// What a variable is set to: the line end behind it, as a file or a command leaves it there, is not part of it, and an
/// empty one is not set.
#[must_use]
pub fn set_to(value: &str) -> Option<&str> {
    Some(value.trim_end_matches(['\r', '\n'])).filter(|value| !value.is_empty())
}
