//! What a probe found.

use super::ends::Ends;
use super::filters::FilterFinding;
use super::history::History;

/// Why something stays unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// There is nothing to compare with.
    #[error("no attempts to tell by")]
    NoAttempts,
    /// E-mail has neither country nor number.
    #[error("all attempts are e-mail's, which have neither country nor number")]
    OnlyEmail,
    /// A request failed for good.
    #[error("a request failed: {0}")]
    Failed(String),
    /// The API does not take a question without which nothing can be told.
    #[error("the API refuses the question: {0}")]
    Refused(String),
    /// It depends on a parameter that is ignored.
    #[error("it takes {0}, which is ignored")]
    Needs(&'static str),
    /// The bound on questions was reached.
    #[error("it would take too many requests")]
    TooManyQuestions,
    /// The probe ended earlier.
    #[error("not asked")]
    NotAsked,
    /// No behaviour that this program knows explains the answers.
    #[error("the answers contradict each other")]
    Contradiction,
}

/// All that a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// The six parameters.
    pub filters: Vec<FilterFinding>,
    /// Parameters beside others, as cells use them, as far as there were attempts to judge them by.
    pub combinations: Vec<FilterFinding>,
    /// How far back there is data.
    pub history: History,
    /// Which ends of a range belong to an answer.
    pub ends: Ends,
    /// Questions that failed for good, with their reasons.
    pub failures: Vec<String>,
}

impl Findings {
    /// What is known before anything was asked.
    pub(super) const fn nothing() -> Self {
        Self {
            filters: Vec::new(),
            combinations: Vec::new(),
            history: History::Unknown(Gap::NotAsked),
            ends: Ends::unknown(Gap::NotAsked),
            failures: Vec::new(),
        }
    }
}
