//! Whether what earlier runs proved still adds up (V15): windows that hold something else now are asked afresh.

use std::ops::Range;

use super::{Account, AccountStep};
use crate::model::{Counts, Round, Slice};
use crate::planner::evidence::Withheld;
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::Turn;

impl Account {
    /// Whether windows that were proved hold something else now; `None`: they were not asked.
    pub(super) fn moved(&self, known: &Knowledge, windows: Range<usize>) -> Option<bool> {
        let whole = Self::whole(known, &windows)?;
        let now = self.inquiry.answer(&whole, Round::Closing)?.counts;
        let then = known.total_of(windows)?;
        Some(now.attempts() > then.attempts() || now.converted() > then.converted())
    }

    /// What was proved stands though the API shows less by now, as it forgets.
    pub(super) fn tell_of_loss(&self, known: &mut Knowledge) {
        let Some(whole) = Self::whole(known, &self.proved) else { return };
        let now = self.inquiry.answer(&whole, Round::Closing).map(|answer| answer.counts.attempts());
        let then = known.total_of(self.proved.clone()).map(Counts::attempts);
        if let (Some(now), Some(then)) = (now, then)
            && now < then
        {
            // Where the ledger was lost, the dataset alone says that the account is not blank (V6).
            if now == 0 && known.memory.adopted_windows > 0 {
                known.evidence.withhold(Withheld::Unsure(format!(
                    "the API shows no attempts in {}, where the dataset counts {then}: its store may be blank for a \
                     while; run again later",
                    whole.range
                )));
                return;
            }
            known.evidence.warnings.push(format!(
                "the API shows {now} attempts in {} by now, where earlier runs counted {then}: their rows stay",
                whole.range
            ));
        }
    }

    /// Goes on with the stretches that hold something else now.
    pub(super) fn narrow_moved(&mut self, known: &mut Knowledge, open: Vec<Range<usize>>) -> Turn {
        let moved = open.into_iter().filter(|windows| self.moved(known, windows.clone()) == Some(true)).collect();
        self.halve(known, moved)
    }

    /// Narrows down which proved windows have changed: those are asked afresh.
    pub(super) fn halve(&mut self, known: &mut Knowledge, moved: Vec<Range<usize>>) -> Turn {
        let mut next = Vec::new();
        for windows in moved {
            if windows.len() == 1 {
                known.ask_afresh(windows.start);
                continue;
            }
            let middle = windows.start.midpoint(windows.end);
            next.extend([windows.start..middle, middle..windows.end]);
        }
        let slices: Vec<Slice> = next.iter().filter_map(|windows| Self::whole(known, windows)).collect();
        self.step = AccountStep::Moved { open: next };
        if slices.is_empty() {
            // The settled range has grown by what is asked afresh: from the start, with that.
            *self = Self::new(known);
            return if self.inquiry.len() > 0 { Turn::More } else { self.end() };
        }
        for slice in slices {
            self.put(known, slice, Round::Closing);
        }
        Turn::More
    }
}
