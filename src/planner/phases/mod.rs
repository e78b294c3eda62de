//! The phases of a plan, each with its own state. They run one after the other and share [`Knowledge`] alone.
//!
//! Invariant: a phase decides at its barriers. Between two of them its questions are fixed, so that they do not depend
//! on the order in which answers come.
//!
//! What several of them do alike is no phase itself: [afresh], [bisection], [`by_level`], [`country_doubt`], [hidden].

mod account;
mod afresh;
mod bisection;
mod bounds;
mod by_level;
mod cells;
mod closing;
mod controls;
mod country_doubt;
mod drill;
mod earlier;
mod filters;
mod hidden;
mod margins;
mod prefixes;
mod recall;
mod recheck;
mod repeat;
mod retention;
mod review;
mod siblings;
mod spot_check;
mod stage;
mod zeros;

use std::fmt::Debug;

pub(super) use prefixes::most_questions as most_prefix_questions;
pub(super) use recheck::Failures;
pub(super) use retention::most_questions as most_retention_questions;
pub(super) use spot_check::Spot;
pub use spot_check::{Disagreement, SpotCheck, SpotReport};
pub(super) use stage::Stage;

use super::evidence::Inquiry;
use super::knowledge::Knowledge;
use crate::model::{Outcome, Question};

/// Seconds of an hour.
const HOUR: i64 = 3600;
/// Seconds of a day.
const DAY: i64 = 86_400;

/// Where a phase stands when nothing is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes on with what it has learnt.
    More,
    /// It is over; the stage that follows in order comes next.
    Over,
    /// It is over, and this comes next.
    To(Stage),
}

/// One phase.
pub(super) trait Phase: Debug {
    /// Its questions, where they are put together before each barrier.
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        None
    }

    /// The next question that can be put before the next barrier.
    fn next(&mut self, _: &mut Knowledge) -> Option<Question> {
        self.inquiry()?.next()
    }

    /// Takes in what came back for a question of this phase.
    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.evidence.see(outcome);
        if let Some(inquiry) = self.inquiry() {
            inquiry.learn(question, outcome);
        }
    }

    /// Passes a barrier: all that was asked has come back.
    fn finish(&mut self, known: &mut Knowledge) -> Turn;

    /// Cells and totals that it is about and that are not known yet.
    fn remaining(&self) -> u64 {
        0
    }
}

impl Stage {
    /// The phase of a stage; it may have nothing to ask.
    pub(super) fn begin(self, known: &mut Knowledge) -> Box<dyn Phase> {
        if self.rule().is_some_and(|rule| !known.evidence.heeds(rule)) {
            return Box::new(Nothing);
        }
        match self {
            Self::Recall => Box::new(recall::Recall::new(known)),
            Self::Retention => Box::new(retention::Retention::new(known)),
            Self::Prefixes => Box::new(prefixes::ShortPrefixes::new(known)),
            Self::Drill => Box::new(drill::DrillDown::new(known)),
            Self::Account => Box::new(account::Account::new(known)),
            Self::Siblings => Box::new(siblings::Siblings::new(known)),
            Self::Margins => Box::new(margins::Margins::new(known)),
            Self::Review => Box::new(review::Review::default()),
            Self::Repeat => Box::new(repeat::Repeat::new(known)),
            Self::Earlier => Box::new(earlier::Earlier::new(known)),
            Self::Zeros => Box::new(zeros::Zeros::new(known)),
            Self::Bounds => Box::new(bounds::BoundsCheck::new(known)),
            Self::Filters => Box::new(filters::Filters::new(known)),
            Self::Closing => Box::new(closing::Closing::new(known)),
            Self::Controls => Box::new(controls::Controls::new(known)),
            Self::Recheck => Box::new(recheck::Recheck::new(known)),
            Self::SpotCheck => Box::new(spot_check::Sample::new(known)),
            Self::Doubted => Box::new(spot_check::Doubted::new(known)),
            Self::AllChannels
            | Self::RangeTotals
            | Self::WindowTotals
            | Self::Cells
            | Self::WindowTotalsAfter
            | Self::RangeTotalsAfter
            | Self::AllChannelsAfter => Box::new(cells::Sweep::new(self, known)),
            Self::Over => Box::new(Nothing),
        }
    }
}

/// The end of a plan, and the phases of a rule that a test has switched off.
#[derive(Debug)]
struct Nothing;

impl Phase for Nothing {
    fn finish(&mut self, _: &mut Knowledge) -> Turn {
        Turn::Over
    }
}
