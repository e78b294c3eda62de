//! Questions for evidence that are put together, and what came back.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::model::{Answer, ApiFailure, FailureKind, Outcome, Question, Reuse, Round, Slice};

/// Questions, each asked in the order in which they were put, and their outcomes.
#[derive(Debug, Default)]
pub(in crate::planner) struct Inquiry {
    open: VecDeque<Question>,
    /// What was put, so that nothing is put twice, and what came back.
    outcomes: HashMap<(Slice, Round), Option<Outcome>>,
    last: Option<(Slice, Outcome)>,
}

impl Inquiry {
    /// Puts a question to the API itself, unless it was put already.
    pub(in crate::planner) fn put(&mut self, slice: Slice, round: Round) {
        self.put_with(slice, round, Reuse::Never);
    }

    /// Puts a question, unless it was put already; whether it was put now.
    pub(in crate::planner) fn put_with(&mut self, slice: Slice, round: Round, reuse: Reuse) -> bool {
        let Entry::Vacant(entry) = self.outcomes.entry((slice, round)) else { return false };
        entry.insert(None);
        self.open.push_back(Question { slice, round, reuse });
        true
    }

    /// Takes what is known of a slice already in place of a question.
    pub(in crate::planner) fn tell(&mut self, slice: Slice, round: Round, answer: Answer) {
        self.outcomes.entry((slice, round)).or_insert(Some(Outcome::Answered(answer)));
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
