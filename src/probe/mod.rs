//! How an account behaves where the API's documentation is silent: which filters it heeds, how far back it holds data,
//! and which ends of a time range belong to an answer.
//!
//! Pure: [`Probe::next`] names the next question, [`Probe::learn`] takes its reply, [`Probe::conclude`] says what the
//! replies show. Questions are asked one after the other. The investigation is written as plain functions that ask as
//! they go (`script`); each step runs them again over the replies so far, up to the first question without one.
//!
//! What is concluded is never more than the replies show: the ends of ranges are found by elimination (`hypothesis`,
//! `solver`), where a hypothesis stands as long as some distribution of attempts explains every reply. Whatever could
//! not be asked is named with its reason.
//!
//! At most [`MOST_QUESTIONS`](script::MOST_QUESTIONS) questions are asked; an account with traffic takes 30 to 50, one
//! of a single country more.

mod close_look;
mod combinations;
mod dates;
mod ends;
mod filters;
mod findings;
mod gap;
mod history;
mod hypothesis;
mod range;
mod script;
mod search;
mod solver;
#[cfg(test)]
mod tests;
mod trial;
mod values;

pub use ends::{Ends, Lies};
#[cfg(test)]
pub(crate) use filters::{Doubt, Value};
pub use filters::{FilterFinding, FilterVerdict, Parameter, Sight};
pub use findings::Findings;
pub use gap::Gap;
pub use history::{History, LONGEST_HISTORY};
pub use hypothesis::{Fractions, Stamps};
pub use script::{Reply, Topic};

use crate::model::{MatrixShape, RawSlice, UnixSeconds, Window};
use dates::Controls;
use script::{Pending, Replies, Script};

/// What a probe is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The present instant.
    pub as_of: UnixSeconds,
    /// The job's range, where attempts are looked for first.
    pub range: Option<Window>,
    /// The job's values, which are asked before those that are likely in general.
    pub shape: MatrixShape,
}

/// A probe in progress.
#[derive(Debug)]
pub struct Probe {
    terms: Terms,
    replies: Replies,
}

impl Probe {
    /// A probe that has asked nothing.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self { terms, replies: Replies::new() }
    }

    /// The next question and what it is about; `None` when nothing is left to ask.
    #[must_use]
    pub fn next(&self) -> Option<(RawSlice, Topic)> {
        let mut script = Script::asking(&self.replies);
        match self.investigate(&mut script) {
            Ok(_) => None,
            Err(Pending { question, topic }) => Some((question, topic)),
        }
    }

    /// Takes the reply to a question.
    pub fn learn(&mut self, question: RawSlice, reply: Reply) {
        self.replies.entry(question).or_default().push(reply);
    }

    /// What the replies so far show; what has not been asked is unknown.
    #[must_use]
    pub fn conclude(&self) -> Findings {
        let mut script = Script::closed(&self.replies);
        let mut findings = self.investigate(&mut script).unwrap_or_else(|Pending { .. }| Findings::nothing());
        findings.ends.eliminate();
        findings.failures = script.into_failures();
        findings
    }

    fn investigate(&self, script: &mut Script<'_>) -> Result<Findings, Pending> {
        let Terms { as_of, range, shape } = &self.terms;
        let whole = range::choose(script, *as_of, *range, None)?;
        let controls = dates::controls(script, &whole)?;
        let obstacle = controls.as_ref().map_or_else(|gap| Some(gap.clone()), Controls::gap);
        let history = history::search(script, *as_of, obstacle)?;
        let settled = range::choose(script, *as_of, *range, Some(&history))?;
        // What is about to expire would make parts smaller than they are.
        let stretch = if settled.is_ok() { &settled } else { &whole };
        let dates = dates::judge(script, &controls, stretch, &history)?;
        let values = values::judge(script, stretch, shape)?;
        let combinations = combinations::judge(script, stretch, &values)?;
        let obstacle = dates.iter().find_map(FilterFinding::gap);
        let ends = match obstacle {
            Some(gap) => Ends::unknown(gap),
            None => close_look::search(script, &settled)?,
        };
        // A later end that turned out to be ignored tells no age.
        let history = dates[1].gap().map_or(history, History::Unknown);
        let mut filters: Vec<_> = values.into_iter().chain(dates).collect();
        filters.sort_by_key(|finding| finding.parameter);
        Ok(Findings { filters, combinations, history, ends, failures: Vec::new() })
    }
}
