//! What every phase can do, and where it may stand at a barrier.

use std::fmt::Debug;

use super::stage::Stage;
use crate::model::{ListOutcome, Outcome, Question, Segment};
use crate::planner::evidence::Inquiry;
use crate::planner::knowledge::Knowledge;

/// Where a phase stands when nothing is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planner) enum Turn {
    /// It goes on with what it has learnt.
    More,
    /// It is over; the stage that follows in order comes next.
    Over,
    /// It is over, and this comes next.
    To(Stage),
}

/// One phase.
pub(in crate::planner) trait Phase: Debug {
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

    /// The next segment of the list that can be read before the next barrier.
    fn next_segment(&mut self, _: &mut Knowledge) -> Option<Segment> {
        None
    }

    /// Takes in what came back for a segment of this phase.
    fn learn_listed(&mut self, _: &mut Knowledge, segment: &Segment, _: ListOutcome) {
        debug_assert!(false, "a segment that this phase did not ask for: {}", segment.range);
    }

    /// Passes a barrier: all that was asked has come back.
    fn finish(&mut self, known: &mut Knowledge) -> Turn;

    /// How many questions it is still expected to put, where that is more than a count and can be told.
    fn expected(&self) -> Option<u64> {
        None
    }

    /// Cells and totals that it is about and that are not known yet.
    fn remaining(&self) -> u64 {
        0
    }
}
