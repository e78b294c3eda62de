//! Holds the identities against what was found: what differs is asked again, then a sample of what was implied.

use super::stage::Stage;
use super::{Failures, Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::knowledge::Knowledge;

/// The phase, which asks nothing itself.
#[derive(Debug)]
pub(super) struct Review;

impl Phase for Review {
    fn next(&mut self, _: &mut Knowledge) -> Option<Question> {
        None
    }

    fn learn(&mut self, _: &mut Knowledge, _: &Question, _: &Outcome) {}

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !Failures::of(known).is_empty() {
            return Turn::To(Stage::Recheck);
        }
        if known.begin_spot_check() { Turn::To(Stage::SpotCheck) } else { Turn::Over }
    }
}
