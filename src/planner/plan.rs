//! A plan of a matrix: the phases in their order, and the questions in flight between them.

use std::collections::BTreeMap;

use super::knowledge::Knowledge;
use super::phases::{Phase, Spot, Stage, Turn};
use super::{Conclusion, Next, Planner, SpotCheck, Terms};
use crate::model::{Country, Matrix, Outcome, Question, Window};

/// Which slices are asked, phase by phase, and what is known of the cells.
#[derive(Debug)]
pub struct Plan {
    pub(super) knowledge: Knowledge,
    stage: Stage,
    phase: Box<dyn Phase>,
    in_flight: usize,
}

/// How far a plan had come when it was concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Everything was asked, or there was no point in asking on.
    TheEnd,
    /// What is known of settled windows may stand although the run ended early: how far the API holds data is known,
    /// and no identity is half asked again.
    SafeGround,
    /// Nothing that could be published.
    TheMiddle,
}

impl Plan {
    /// A plan for a matrix. `is_archived` tells of a window whether the published dataset holds it already.
    ///
    /// # Panics
    /// If the matrix has more cells and totals than fit 32 bits, which job files don't allow.
    #[must_use]
    pub fn new(matrix: Matrix, terms: Terms, is_archived: impl Fn(Window) -> bool) -> Self {
        let mut knowledge = Knowledge::new(matrix, terms, is_archived);
        let stage = Stage::Recall;
        Self { phase: stage.begin(&mut knowledge), stage, knowledge, in_flight: 0 }
    }

    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    #[must_use]
    pub fn expecting(mut self, attempts: &BTreeMap<Country, i64>) -> Self {
        self.knowledge.expect(attempts);
        self
    }

    /// The same plan with a spot check before its end. Nothing was asked yet.
    #[must_use]
    pub fn with_spot_check(mut self, check: SpotCheck) -> Self {
        self.knowledge.spot = Some(Spot::new(check));
        self
    }

    pub(super) fn reached(&self) -> Reached {
        match self.stage {
            Stage::Over if self.in_flight == 0 => Reached::TheEnd,
            _ if self.phase.may_end_here() => Reached::SafeGround,
            _ => Reached::TheMiddle,
        }
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.knowledge.store.bytes()
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.phase = stage.begin(&mut self.knowledge);
    }

    /// The next question before the next barrier.
    fn candidate(&mut self) -> Option<Question> {
        let trust = &mut self.knowledge.trust;
        if trust.has_ignored() {
            self.knowledge.progress.planned = self.knowledge.progress.done + self.in_flight as u64;
            self.enter(Stage::Over);
            None
        } else if trust.has_questions() {
            self.knowledge.progress.planned += 1;
            trust.next_question()
        } else if trust.is_asking() {
            None
        } else {
            self.phase.next(&mut self.knowledge)
        }
    }
}

impl Planner for Plan {
    fn next(&mut self) -> Next {
        loop {
            if let Some(question) = self.candidate() {
                self.in_flight += 1;
                return Next::Ask(question);
            }
            if self.in_flight > 0 {
                return Next::Wait;
            }
            match (self.phase.finish(&mut self.knowledge), self.stage) {
                (Turn::More, _) => {}
                (Turn::To(stage), _) => self.enter(stage),
                (Turn::Over, Stage::Over) => return Next::Done,
                (Turn::Over, stage) => self.enter(stage.next()),
            }
        }
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.knowledge.progress.done += u64::from(question.reuse.may_ask());
        if self.knowledge.trust.is_asking() {
            self.knowledge.trust.learn(question, &outcome);
        } else {
            self.phase.learn(&mut self.knowledge, question, &outcome);
        }
    }

    fn progress(&self) -> (u64, u64) {
        let progress = self.knowledge.progress;
        (progress.done, (progress.planned + self.phase.remaining()).max(progress.done))
    }

    fn conclude(self) -> Conclusion {
        Conclusion::of(self)
    }
}
