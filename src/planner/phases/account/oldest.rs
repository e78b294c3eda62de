//! A range that the API refuses, as it begins too early: halves tell from which window on it answers.

use super::{Account, AccountStep};
use crate::model::{FailureKind, Round};
use crate::planner::evidence::History;
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::Turn;
use crate::planner::retention::WindowStatus;

impl Account {
    /// Asks for the second half of what is open between refused and answered windows.
    pub(super) fn look_for_oldest(&mut self, known: &mut Knowledge, refused: usize, answered: usize) -> Turn {
        self.step = AccountStep::Oldest { refused, answered };
        if refused + 1 >= answered {
            return self.settle_oldest(known, answered);
        }
        let from = refused.midpoint(answered);
        if let Some(slice) = Self::whole(known, &(from..self.settled.end)) {
            self.put(known, slice, Round::First);
        }
        Turn::More
    }

    /// Takes in whether the second half was answered.
    pub(super) fn narrow_oldest(&mut self, known: &mut Knowledge, refused: usize, answered: usize) -> Turn {
        let from = refused.midpoint(answered);
        let Some(slice) = Self::whole(known, &(from..self.settled.end)) else { return self.end() };
        match self.inquiry.failure(&slice, Round::First).map(|failure| failure.kind) {
            Some(FailureKind::Refused) => self.look_for_oldest(known, from, answered),
            _ => self.look_for_oldest(known, refused, from),
        }
    }

    /// Lets the windows before `answered` be expired.
    fn settle_oldest(&mut self, known: &mut Knowledge, answered: usize) -> Turn {
        if answered == self.settled.end {
            let first = Self::whole(known, &self.settled);
            let reason = first.and_then(|whole| self.inquiry.failure(&whole, Round::First));
            let reason = reason.map_or(String::new(), |failure| failure.message.clone());
            known
                .evidence
                .warnings
                .push(format!("the API refuses the whole range ({reason}): its windows count as expired"));
        }
        for window in self.settled.start..answered {
            known.status[window] = WindowStatus::Expired;
        }
        known.layout.narrow(answered);
        self.settled.start = answered;
        known.evidence.history = Some(History::Nothing);
        if let Some(whole) = Self::whole(known, &self.settled)
            && let Some(answer) = self.inquiry.answer(&whole, Round::First)
        {
            known.settled_whole = Some((whole, answer.counts));
        }
        self.end()
    }
}
