//! Questions for evidence that are put together, and what came back.

use std::collections::HashSet;

use crate::model::{Answer, ApiFailure, FailureKind, Outcome, Question, Reuse, Round, Slice};

/// A handful of questions, each asked of the API itself, and their outcomes in the order in which they were put.
#[derive(Debug, Default)]
pub(in crate::planner) struct Inquiry {
    open: Vec<Question>,
    outcomes: Vec<(Slice, Round, Outcome)>,
    /// Questions of this inquiry, so that none is put twice.
    put: HashSet<(Slice, Round)>,
}

impl Inquiry {
    /// Puts a question, unless it was put already.
    pub(in crate::planner) fn put(&mut self, slice: Slice, round: Round) {
        if self.put.insert((slice, round)) {
            self.open.push(Question { slice, round, reuse: Reuse::Never });
        }
    }

    /// The next question, the first put first.
    pub(in crate::planner) fn next(&mut self) -> Option<Question> {
        if self.open.is_empty() { None } else { Some(self.open.remove(0)) }
    }

    pub(in crate::planner) fn len(&self) -> u64 {
        self.open.len() as u64
    }

    pub(in crate::planner) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.outcomes.push((question.slice, question.round, outcome.clone()));
    }

    /// What came back last.
    pub(in crate::planner) fn last(&self) -> Option<(Slice, Outcome)> {
        self.outcomes.last().map(|(slice, _, outcome)| (*slice, outcome.clone()))
    }

    fn outcome(&self, slice: &Slice, round: Round) -> Option<&Outcome> {
        self.outcomes.iter().find(|(it, of, _)| it == slice && *of == round).map(|(.., outcome)| outcome)
    }

    /// The answer to a question, if it came.
    pub(in crate::planner) fn answer(&self, slice: &Slice, round: Round) -> Option<Answer> {
        match self.outcome(slice, round)? {
            Outcome::Answered(answer) => Some(*answer),
            Outcome::Failed(_) | Outcome::NotRecorded => None,
        }
    }

    /// Why a question has no answer; `None` while it was not put, or if it has one.
    pub(in crate::planner) fn failure(&self, slice: &Slice, round: Round) -> Option<&ApiFailure> {
        match self.outcome(slice, round)? {
            Outcome::Failed(failure) => Some(failure),
            Outcome::Answered(_) | Outcome::NotRecorded => None,
        }
    }

    /// Whether the API refused a question.
    pub(in crate::planner) fn is_refused(&self, slice: &Slice, round: Round) -> bool {
        self.failure(slice, round).is_some_and(|failure| failure.kind == FailureKind::Refused)
    }
}
