//! Cells and totals one by one, in the order of their numbers: what is known or need not be asked is skipped.
//!
//! The first window's cells are a checkpoint: a parameter that no answer has shown to be heeded by then gets its control
//! question, and one that is ignored ends the plan before the other windows are paid for.

use std::ops::Range;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::Freshness;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};
use crate::planner::store::MayRetry;

/// One walk through the slices of a stage.
#[derive(Debug)]
pub(super) struct Sweep {
    stage: Stage,
    /// What is left of it.
    spans: Vec<Range<u32>>,
}

impl Sweep {
    pub(super) fn new(stage: Stage, known: &mut Knowledge) -> Self {
        if stage == Stage::RangeTotals {
            known.imply_empty_ranges();
        }
        Self { stage, spans: spans(stage, known) }
    }

    fn wants(&self, known: &Knowledge, node: Node, place: Place) -> bool {
        if !self.stage.is_first_asking() {
            return known.is_live(place);
        }
        let is_refused = matches!(place, Place::Cell { country, .. } if known.is_refused(country));
        let was_asked = known.is_drilled(place) && known.store.is_failed(node);
        known.is_live(place) && !is_refused && !was_asked && !known.store.is_known(node)
    }
}

fn spans(stage: Stage, known: &Knowledge) -> Vec<Range<u32>> {
    let mut spans = stage.nodes(&known.layout, 0);
    spans.reverse();
    spans
}

impl Phase for Sweep {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        loop {
            let span = self.spans.last_mut()?;
            if span.start == span.end {
                self.spans.pop();
                continue;
            }
            let node = Node(span.start);
            let place = known.layout.place(node);
            if let Some(span) = self.spans.last_mut() {
                span.start += 1;
            }
            let is_drilled = self.stage.is_first_asking() && known.is_drilled(place);
            if !self.wants(known, node, place) {
                known.progress.done += u64::from(known.is_live(place) && !is_drilled);
                continue;
            }
            // The drill left it over.
            known.progress.planned += u64::from(is_drilled);
            let question = self.stage.question(known, node);
            return Some(question);
        }
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.learn(self.stage, question, outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if matches!(self.stage, Stage::WindowTotals | Stage::Cells) && self.spans.is_empty() && known.forget_moved() {
            return Turn::To(Stage::Cells);
        }
        Turn::Over
    }
}

impl Stage {
    /// What is asked in this stage for a numbered slice.
    pub(in crate::planner) fn question(self, known: &Knowledge, node: Node) -> Question {
        let is_provisional = known.layout.is_provisional(known.layout.place(node));
        let is_afresh = known.layout.place(node).window().is_some_and(|window| known.is_afresh[window]);
        let freshness = if is_afresh { Freshness::Refresh } else { known.terms.freshness };
        let reuse = self.reuse(is_provisional, freshness);
        Question { slice: known.layout.slice(node), round: self.round(), reuse }
    }
}

impl Knowledge {
    /// Takes in what came back for a numbered slice.
    pub(in crate::planner) fn learn(&mut self, stage: Stage, question: &Question, outcome: &Outcome) {
        let Some(node) = self.layout.node(&question.slice) else {
            debug_assert!(false, "learnt a slice that was never asked: {}", question.slice);
            return;
        };
        match outcome {
            Outcome::Answered(answer) => self.take(stage, node, question, answer),
            Outcome::Failed(failure) => self.take_failure(node, question, failure),
            Outcome::NotRecorded => self.store.fail(node, question.round, "it was not asked", MayRetry::No),
        }
    }
}
