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

mod again;
mod asking;
mod conclusion;
mod drill;
mod drilling;
mod estimate;
mod expired;
mod ground;
mod identities;
mod late;
mod layout;
mod moves;
mod outline;
mod parameters;
mod plan;
mod prefixes;
mod prior;
mod spot;
mod stages;
mod store;
#[cfg(test)]
mod tests;
mod trust;

use std::time::Duration;

pub use conclusion::{Conclusion, Verdict};
pub use estimate::Load;
pub use outline::Outline;
pub use plan::Plan;
pub use spot::{Disagreement, SpotCheck, SpotReport};

use crate::model::{Outcome, Question, Settling, UnixSeconds};

/// Which slices are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Every cell, and the totals above them.
    Exhaustive,
    /// Of settled windows, what tells all cells from the fewest questions; the cells of others.
    DrillDown,
}

/// What a plan depends on besides its matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which slices are asked.
    pub strategy: Strategy,
    /// The run's instant, to which settling and retention refer.
    pub as_of: UnixSeconds,
    /// When answers become final.
    pub settling: Settling,
    /// How long after its end a window's attempts may still grow; its conversions may until it settles.
    pub attempts_settle: Duration,
    /// How far back from `as_of` the API surely holds data; `None` = forever.
    pub retention: Option<Duration>,
    /// Whether the table gets the remainder's rows. Their totals are asked either way.
    pub remainder: Remainder,
    /// Whether the matrix's countries are a choice or all there are.
    pub countries: Listing,
    /// Whether the matrix's channels are a choice or all there are.
    pub channels: Listing,
    /// Whether answers of earlier runs will do.
    pub freshness: Freshness,
}

impl Terms {
    /// The exhaustive plan, over ground that never expires and values that are listed; all else as in a job file that
    /// says nothing of it.
    #[must_use]
    pub const fn new(as_of: UnixSeconds) -> Self {
        Self {
            strategy: Strategy::Exhaustive,
            as_of,
            settling: Settling { settle_after: Duration::from_hours(24) },
            attempts_settle: Duration::from_hours(1),
            retention: None,
            remainder: Remainder::Keep,
            countries: Listing::Listed,
            channels: Listing::Listed,
            freshness: Freshness::Reuse,
        }
    }
}

/// What happens to attempts outside the job's countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// They get a row with country `ZZ`.
    Keep,
    /// They get none.
    Drop,
}

/// What a dimension's values stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Some values that the job chose.
    Listed,
    /// `"all"`: every value that the tool knows.
    Every,
}

/// Whether settled answers of earlier runs stand for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// They do.
    Reuse,
    /// They don't: everything is asked afresh, as far back as the API holds data.
    Refresh,
}

/// What a planner wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// This answer.
    Ask(Question),
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

    /// How many questions are over, and how many there are as far as is known now. The second may grow.
    fn progress(&self) -> (u64, u64);

    /// What is known. Before [`Next::Done`] that is nothing that could be published.
    fn conclude(self) -> Conclusion
    where
        Self: Sized;
}
