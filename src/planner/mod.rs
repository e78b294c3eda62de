//! What to ask next, and what the answers imply: a pure state machine between the job's matrix and the API.
//!
//! [`Planner::next`] yields questions, [`Planner::learn`] takes what came back, [`Planner::conclude`] says what is
//! known. There is no clock, network or disk here, so that resuming is replaying recorded answers, and a plan of a
//! million cells is tested without I/O.
//!
//! Invariants of every planner:
//! - a question is a function of what was learnt before the last barrier, never of the order of answers since then.
//!   Replaying the same answers yields the same questions, and the same table;
//! - the API is asked for a (slice, round) at most once per run;
//! - a cell that could not be learnt is named with its reason. It never becomes a zero.

mod conclusion;
mod country_order;
mod division;
mod drill;
mod estimate;
mod evidence;
mod growth;
mod identities;
mod index;
mod judge;
mod knowledge;
mod layout;
mod listed;
mod outline;
mod phases;
mod plan;
mod reconciled;
mod refusals;
mod retention;
mod sample;
mod store;
mod terms;
#[cfg(test)]
mod tests;
mod verdict;

pub use conclusion::Conclusion;
#[doc(hidden)]
pub use drill::Search;
pub use estimate::{KeptList, Load};
pub use evidence::{EvidenceCounts, Rule, Unproven};
pub use knowledge::Memory;
pub use listed::{ListedDifference, Margin, reaches as list_reaches};
pub use outline::Outline;
pub use plan::Plan;
pub use reconciled::Reconciled;
pub use sample::{Disagreement, SpotCheck, SpotReport};
pub use terms::{Freshness, Pages, Terms};
pub use verdict::Verdict;

use crate::model::{ListOutcome, Outcome, Question, Segment};

/// What a planner wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This answer.
    Ask(Question),
    /// The attempts of this segment, page by page.
    List(Segment),
    /// What is in flight, before it can go on.
    Wait,
    /// Nothing more: it is ready to conclude.
    Done,
}

/// A strategy: decides what is asked and what the answers imply.
pub trait Planner {
    /// What to do next. Each question that it yields must be learnt exactly once, in any order.
    fn next(&mut self) -> Next;

    /// Takes what came back for a question that [`Planner::next`] yielded.
    fn learn(&mut self, question: &Question, outcome: Outcome);

    /// Takes what came back for a segment that [`Planner::next`] yielded. Planners that yield none are never told any.
    fn learn_listed(&mut self, segment: &Segment, _: ListOutcome) {
        debug_assert!(false, "learnt a segment that was never asked for: {}", segment.range);
    }

    /// How many questions are over, and how many there are as far as is known now. The second may grow.
    fn progress(&self) -> (u64, u64);

    /// How many questions the drill-down takes in all, those answered in this run included, as far as the answers tell;
    /// `None`: they tell nothing yet, or there is no drill-down.
    fn drilled(&self) -> Option<u64> {
        None
    }

    /// What is known. Before [`Next::Done`] that is nothing that could be published.
    fn conclude(self) -> Conclusion
    where
        Self: Sized;
}
