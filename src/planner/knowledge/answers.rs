//! How answers to numbered slices come in, and how they are forgotten.

use std::ops::Range;

use super::Knowledge;
use crate::model::{Answer, AnswerSource, ApiFailure, Counts, FailureKind, Outcome, Question};
use crate::planner::layout::Node;
use crate::planner::phases::Stage;
use crate::planner::store::{Basis, MayRetry};

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

    /// Takes in an answer to a numbered slice.
    pub(in crate::planner) fn take(&mut self, stage: Stage, node: Node, question: &Question, answer: &Answer) {
        let place = self.layout.place(node);
        self.store.answer(&self.layout, node, question.round, answer);
        self.evidence.see_time(answer);
        if stage.is_first_asking() && answer.source == AnswerSource::ThisRun {
            self.growth.compare(node, place, answer.counts);
        }
    }

    /// Notes that a numbered slice has no answer.
    fn take_failure(&mut self, node: Node, question: &Question, failure: &ApiFailure) {
        // One stray refusal proves nothing: it gets a second try.
        let may_retry = matches!(failure.kind, FailureKind::Exhausted | FailureKind::Refused);
        let may_retry = if may_retry { MayRetry::Yes } else { MayRetry::No };
        self.store.fail(node, question.round, &failure.message, may_retry);
    }

    /// Notes that some windows hold nothing, as their whole says.
    pub(in crate::planner) fn imply_nothing(&mut self, windows: Range<usize>, whole: &Answer) {
        let mut basis = Basis::default();
        let Some(range) = self.layout.hull(windows.clone()) else { return };
        basis.add(whole, self.layout.is_settled_at(range, whole.reach()));
        let layout = &self.layout;
        let of_windows = windows.clone().flat_map(|window| layout.nodes_of_window(window));
        let of_range = layout.totals_of_range().filter(|_| layout.range_windows() == windows);
        let nodes: Vec<_> = of_windows.chain(of_range).filter(|&node| !self.store.is_known(node)).collect();
        for node in nodes {
            self.store.imply(node, Counts::ZERO, &basis);
        }
        for window in windows {
            self.is_empty[window] = true;
        }
        self.progress.planned = self.progress.done + self.count_planned();
    }

    /// Forgets what is known of a window, so that all of it is asked of the API.
    pub(in crate::planner) fn ask_afresh(&mut self, window: usize) {
        self.layout.nodes_of_window(window).for_each(|node| self.store.forget(node));
        self.is_afresh[window] = true;
    }

    /// Forgets what is known of the range's own totals.
    pub(in crate::planner) fn forget_totals_of_range(&mut self) {
        for node in self.layout.totals_of_range() {
            self.store.forget(node);
        }
    }
}
