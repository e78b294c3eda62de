//! What lies before the range: attempts that show how far back the API holds data (V7), and a time of which it has none
//! (V8).

use super::{Account, BEFORE};
use crate::model::{Counts, Round, Slice, Window};
use crate::planner::evidence::{History, Rule, notes};
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::DAY;
use crate::planner::phases::controls::{long_before, past_is_full};

impl Account {
    /// Everything before the settled range, as far as one question reaches.
    pub(super) fn before(&self, known: &Knowledge) -> Option<Slice> {
        let start = known.layout.hull(self.settled.clone())?.start();
        let from = start.plus_seconds(-self.reach.or(known.longest).unwrap_or(BEFORE).min(BEFORE));
        Window::new(from.min(start.plus_seconds(-DAY)), start).map(Slice::whole)
    }

    /// Whether attempts before there was an API show that `DateCreatedBefore` is ignored.
    pub(super) fn settle_long_before(&self, known: &mut Knowledge) -> bool {
        let Some(start) = known.layout.hull(self.settled.clone()).map(Window::start) else { return false };
        let slice = long_before(start);
        known.evidence.counts.controls += 1;
        match self.inquiry.answer(&slice, Round::First) {
            Some(answer) if answer.counts == Counts::ZERO => false,
            Some(answer) => {
                known.evidence.withhold(past_is_full(answer.counts));
                true
            }
            None => {
                known.evidence.is_past_refused = true;
                false
            }
        }
    }

    pub(super) fn settle_history(&self, known: &mut Knowledge) {
        let Some(before) = self.before(known) else { return };
        if !known.evidence.heeds(Rule::V7) {
            known.evidence.history = Some(History::Shown);
        }
        if known.evidence.history.is_some() {
            return;
        }
        match self.inquiry.answer(&before, Round::First) {
            Some(answer) if answer.counts != Counts::ZERO => {
                known.evidence.history = Some(History::Shown);
                known.evidence.notes.add(notes::SHOWN, 1);
                known.evidence.history_counts = Some(answer.counts);
            }
            Some(_) => {
                known.evidence.history = Some(History::Nothing);
                known.evidence.history_counts = Some(Counts::ZERO);
            }
            None if self.inquiry.is_refused(&before, Round::First) => known.evidence.history = Some(History::Nothing),
            None => {}
        }
    }
}
