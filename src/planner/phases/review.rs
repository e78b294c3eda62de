//! Control questions for what no answer showed; then the identities are checked, and what differs is asked again.

use super::stage::Stage;
use super::{Failures, Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::Strategy;
use crate::planner::knowledge::Knowledge;
use crate::planner::late::Relied;

/// How far the review has come.
#[derive(Debug, Default)]
pub(super) struct Review {
    controls_are_settled: bool,
}

impl Phase for Review {
    fn next(&mut self, _: &mut Knowledge) -> Option<Question> {
        None
    }

    fn learn(&mut self, _: &mut Knowledge, _: &Question, _: &Outcome) {}

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !self.controls_are_settled {
            self.controls_are_settled = true;
            known.trust.look(&known.layout, &known.store, 0..known.layout.windows());
            known.trust.ask_late();
            if known.trust.has_questions() {
                return Turn::More;
            }
        }
        let is_trusted = known.trust.untrusted().is_empty();
        if is_trusted && !Failures::of(known).is_empty() {
            return Turn::To(Stage::Recheck);
        }
        if is_trusted && known.begin_spot_check() {
            return Turn::To(Stage::SpotCheck);
        }
        let refused = &known.refused;
        let relied = Relied::new(&known.layout, &known.store, &|country| refused[country].is_some());
        let keeps_order = known.terms.strategy == Strategy::Exhaustive;
        known.trust.ask_at_last(|parameter| keeps_order && relied.is_covered(parameter));
        if known.trust.has_questions() { Turn::More } else { Turn::Over }
    }
}
