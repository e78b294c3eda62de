//! Where the job splits prefixes: each service and channel over the settled range without them, which bound them (V3)
//! and are asked once more at the end (V5).

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Outcome, Question, Reuse, Slice};
use crate::planner::Freshness;
use crate::planner::knowledge::Knowledge;

/// What is left to ask.
#[derive(Debug)]
pub(super) struct Margins {
    open: Vec<Slice>,
}

impl Margins {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let layout = &known.layout;
        let shape = layout.matrix().shape();
        let windows =
            known.stretch_in_doubt().filter(|windows| shape.prefixes.is_some() && !known.is_empty[windows.start]);
        let range = windows.and_then(|windows| layout.hull(windows));
        let slice = |lane| Some(Slice { prefix: None, ..layout.slice_of(range?, None, lane) });
        let mut open: Vec<Slice> = layout.lanes_of_first_prefix().filter_map(slice).collect();
        open.reverse();
        known.progress.planned += open.len() as u64;
        Self { open }
    }
}

impl Phase for Margins {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let slice = self.open.pop()?;
        let reuse = if known.terms.freshness == Freshness::Reuse { Reuse::Settled } else { Reuse::Never };
        Some(Question { slice, round: Stage::Margins.round(), reuse })
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.evidence.see(outcome);
        if let Outcome::Answered(answer) = outcome {
            known.margins.push((question.slice, answer.counts));
        }
    }

    /// Answers come in any order; what rests on them must not.
    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        known.margins.sort_by_key(|(slice, _)| (slice.service, slice.channel));
        Turn::Over
    }
}
