//! Questions for evidence that are put together, and what came back.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::model::{Answer, ApiFailure, FailureKind, Outcome, Question, Reuse, Round, Slice};

/// Questions, each asked of the API itself in the order in which they were put, and their outcomes.
#[derive(Debug, Default)]
pub(in crate::planner) struct Inquiry {
    open: VecDeque<Question>,
    /// What was put, so that nothing is put twice, and what came back.
    outcomes: HashMap<(Slice, Round), Option<Outcome>>,
    last: Option<(Slice, Outcome)>,
}

impl Inquiry {
    /// Puts a question, unless it was put already.
    pub(in crate::planner) fn put(&mut self, slice: Slice, round: Round) {
        if let Entry::Vacant(entry) = self.outcomes.entry((slice, round)) {
            entry.insert(None);
            self.open.push_back(Question { slice, round, reuse: Reuse::Never });
        }
    }

    /// The next question, the first put first.
    pub(in crate::planner) fn next(&mut self) -> Option<Question> {
        self.open.pop_front()
    }

    pub(in crate::planner) fn len(&self) -> u64 {
        self.open.len() as u64
    }

    pub(in crate::planner) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.last = Some((question.slice, outcome.clone()));
        self.outcomes.insert((question.slice, question.round), Some(outcome.clone()));
    }

    /// What came back last.
    pub(in crate::planner) fn last(&self) -> Option<(Slice, Outcome)> {
        self.last.clone()
    }

    fn outcome(&self, slice: &Slice, round: Round) -> Option<&Outcome> {
        self.outcomes.get(&(*slice, round))?.as_ref()
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
