//! Windows at which a differing sum was narrowed down: asked afresh once, and held back if they still differ.

use super::{Zeros, ZerosStep};
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::bisection::Fault;

impl Zeros {
    /// Asks for the cells of the windows at fault.
    pub(super) fn ask_faults_afresh(&mut self, known: &mut Knowledge) {
        self.faults = std::mem::take(&mut self.bisection.faults);
        self.step = ZerosStep::Afresh;
        for fault in &self.faults {
            for (country, lane) in known.series_within(&fault.slice) {
                let node = known.layout.cell(fault.window, country, lane);
                self.afresh.ask(known, &mut self.inquiry, node);
            }
        }
    }

    /// Holds windows back whose cells still add up to something else.
    pub(super) fn settle_faults(&mut self, known: &mut Knowledge) {
        for Fault { window, slice, stated } in std::mem::take(&mut self.faults) {
            let sum = known.sum(&slice, window..window + 1);
            if sum == Some(stated) {
                continue;
            }
            let found = sum.map_or("what is known of them".to_owned(), |sum| format!("{} attempts", sum.attempts()));
            known.evidence.hold(
                window,
                &format!("R4: {slice} holds {} attempts, but its cells add up to {found}", stated.attempts()),
            );
        }
        self.bisection.confirm(known);
        self.step = ZerosStep::Confirmation;
    }
}
