//! What a probe found.

use super::ends::Ends;
use super::filters::FilterFinding;
use super::gap::Gap;
use super::history::History;

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
