//! Looks windows up in the ledger before anything is asked.

use std::ops::Range;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Answer, Outcome, Question, Reuse};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

/// What is left to look up.
#[derive(Debug)]
pub(super) struct Recall {
    spans: Vec<Range<u32>>,
}

impl Recall {
    pub(super) fn new(known: &Knowledge) -> Self {
        let mut spans = Stage::Recall.nodes(&known.layout, known.recalled_windows());
        spans.reverse();
        Self { spans }
    }

    /// Takes what the ledger has of a growing window, if its attempts had come to rest when it was asked.
    fn take_growing(known: &mut Knowledge, node: Node, question: &Question, answer: &Answer) {
        let place = known.layout.place(node);
        let (Place::Cell { window, .. } | Place::WindowTotal { window, .. }) = place else { return };
        if !known.layout.are_attempts_settled_at(question.slice.range, answer.asked_at.floor_seconds()) {
            return;
        }
        known.growth.remember(node, window, answer.counts);
        let is_a_cell = matches!(place, Place::Cell { .. }) && known.layout.splits_countries();
        if is_a_cell && answer.counts.unconverted() == 0 {
            known.take(Stage::Recall, node, question, answer);
        }
    }
}

impl Phase for Recall {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        while self.spans.last().is_some_and(|span| span.start == span.end) {
            self.spans.pop();
        }
        let node = Node(self.spans.last_mut()?.next()?);
        let is_provisional = known.layout.is_provisional(known.layout.place(node));
        let reuse = if is_provisional { Reuse::AnyAgeOnly } else { Reuse::SettledOnly };
        Some(Question { slice: known.layout.slice(node), round: Stage::Recall.round(), reuse })
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        if let (Some(node), Outcome::Answered(answer)) = (known.layout.node(&question.slice), outcome) {
            if question.reuse == Reuse::AnyAgeOnly {
                Self::take_growing(known, node, question, answer);
            } else {
                known.take(Stage::Recall, node, question, answer);
            }
        }
    }

    fn finish(&mut self, _: &mut Knowledge) -> Turn {
        Turn::Over
    }
}
