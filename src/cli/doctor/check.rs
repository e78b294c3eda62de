//! What was looked at, how it stands, and what to do about it.

use serde::Serialize;

use crate::cli::exit::{CommandError, Exit};
use crate::model::words;
use crate::pipeline::Failure;

words! {
    /// How something stands.
    Health {
        /// As it should.
        Ok = "ok",
        /// A run would come through, perhaps not as wanted.
        Warning = "warning",
        /// A run would fail.
        Problem = "problem",
        /// It was not looked at.
        Skipped = "skipped",
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What.
    #[serde(rename = "check")]
    pub what: &'static str,
    /// How it stands.
    pub state: Health,
    /// What was seen.
    pub found: String,
    /// What to do; `None`: nothing, or the finding says it.
    pub remedy: Option<String>,
    /// How a run would end for it.
    #[serde(skip)]
    pub exit: Exit,
}

impl Check {
    fn new(what: &'static str, state: Health, found: impl Into<String>) -> Self {
        Self { what, state, found: found.into(), remedy: None, exit: Exit::Success }
    }

    /// As it should be.
    pub fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self::new(what, Health::Ok, found)
    }

    /// Not looked at, and why.
    pub fn skipped(what: &'static str, why: impl Into<String>) -> Self {
        Self::new(what, Health::Skipped, why)
    }

    /// Not as it should be, though a run would come through.
    pub fn doubtful(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..Self::new(what, Health::Warning, found) }
    }

    /// What a run would fail for.
    pub fn bad(what: &'static str, exit: Exit, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), exit, ..Self::new(what, Health::Problem, found) }
    }

    /// What a run would fail for, in the words that it would end with.
    pub fn failed(what: &'static str, error: CommandError) -> Self {
        Self { exit: error.exit, ..Self::new(what, Health::Problem, error.message) }
    }

    /// Good, if it succeeded.
    pub fn of(what: &'static str, done: Result<String, Failure>) -> Self {
        done.map_or_else(|failure| Self::failed(what, failure.into()), |found| Self::good(what, found))
    }
}
