//! A plan of a matrix: the phases in their order, and the questions in flight between them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::division::{Division, Learnt};
use super::evidence::Rule;
use super::evidence::notes::LONGEST;
use super::judge::Reached;
use super::knowledge::Knowledge;
use super::phases::{Phase, Stage, Turn};
use super::sample::Spot;
use super::{Conclusion, Memory, Next, Planner, Search, SpotCheck, Terms};
use crate::model::{
    AnswerSource, ApiFailure, Country, FailureKind, ListOutcome, Matrix, Outcome, Question, Round, Segment, Slice,
    Strategy, Window,
};

/// Segments of the list that are read side by side.
const SIDE_BY_SIDE: usize = 4;

/// Which slices are asked, phase by phase, and what is known of the cells.
#[derive(Debug)]
pub struct Plan {
    knowledge: Knowledge,
    stage: Stage,
    phase: Box<dyn Phase>,
    in_flight: usize,
    /// Segments that are being read.
    reading: usize,
    division: Division,
    /// What came back for wholes and in later rounds: several phases may want the same one.
    learnt: HashMap<(Slice, Round), Outcome>,
    /// Proofs that used up their tries. They are put once more, as cells are, when all others have come back: without
    /// them, what they would prove is kept back.
    spent: Vec<Question>,
    again: Vec<Question>,
    retried: HashSet<(Slice, Round)>,
    /// Questions of the drill-down that this run put and that are over.
    drilled: u64,
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
        Self {
            phase: stage.begin(&mut knowledge),
            stage,
            knowledge,
            in_flight: 0,
            reading: 0,
            division: Division::default(),
            learnt: HashMap::new(),
            spent: Vec::new(),
            again: Vec::new(),
            retried: HashSet::new(),
            drilled: 0,
        }
    }

    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    #[must_use]
    pub fn expecting(mut self, attempts: &BTreeMap<Country, i64>) -> Self {
        self.knowledge.expect(attempts);
        self
    }

    /// Lets the plan rest on what ledger and dataset remember of the account. Nothing was asked yet.
    #[must_use]
    pub fn remembering(mut self, memory: Memory) -> Self {
        self.knowledge.remember(memory);
        self.knowledge.longest = self.knowledge.evidence.notes.lately(LONGEST);
        self.division = Division::remembering(self.knowledge.longest);
        self
    }

    /// The same plan with a spot check before its end. Nothing was asked yet.
    #[must_use]
    pub fn with_spot_check(mut self, check: SpotCheck) -> Self {
        self.knowledge.spot = Some(Spot::new(check));
        self
    }

    /// The plan with one search switched off.
    #[doc(hidden)]
    #[must_use]
    pub fn without(mut self, search: Search) -> Self {
        self.knowledge.without = Some(search);
        self
    }

    /// The plan with one rule of evidence switched off.
    #[doc(hidden)]
    #[must_use]
    pub fn without_rule(mut self, rule: Option<Rule>) -> Self {
        self.knowledge.evidence.without = rule;
        self
    }

    fn reached(&self) -> Reached {
        match self.stage {
            Stage::Over if self.in_flight == 0 => Reached::TheEnd,
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
        if stage == Stage::Over {
            self.knowledge.progress.planned = self.knowledge.progress.done;
        }
    }
}

impl Plan {
    /// What came back for a question before, or is known of its slice.
    fn known_outcome(&self, question: &Question) -> Option<Outcome> {
        if let Some(outcome) = self.learnt.get(&(question.slice, question.round)) {
            return Some(outcome.clone());
        }
        let node = self.knowledge.layout.node(&question.slice).filter(|_| question.round == Round::First)?;
        self.knowledge.store.answered(node, self.knowledge.terms.as_of).map(Outcome::Answered)
    }

    /// Hands an outcome to the phase, once all parts of its question are there.
    fn take(&mut self, question: &Question, outcome: Outcome) {
        let is_part = self.division.has_part(question);
        if is_part && question.round == Round::First && self.knowledge.layout.node(&question.slice).is_some() {
            // A part that is a cell or a total is known for itself, too.
            self.knowledge.learn(self.stage, question, &outcome);
        }
        if is_part {
            self.keep(question, &outcome);
        }
        let (question, outcome) = match self.division.learn(&self.knowledge.layout, question, outcome) {
            Learnt::Whole(outcome) => (*question, outcome),
            Learnt::Sum(question, outcome) => (question, outcome),
            Learnt::Part => {
                self.knowledge.longest = self.division.longest();
                return;
            }
        };
        let is_proof = matches!(question.round, Round::Proof | Round::Closing);
        if is_proof && is_spent(&outcome) && self.retried.insert((question.slice, question.round)) {
            self.spent.push(question);
            return;
        }
        self.phase.learn(&mut self.knowledge, &question, &outcome);
        if question.reuse.may_ask() && (question.round != Round::First || self.stage.is_about_wholes()) {
            self.keep(&question, &outcome);
        }
    }

    /// Remembers what came back. What used up its tries may be asked once more.
    fn keep(&mut self, question: &Question, outcome: &Outcome) {
        if !is_spent(outcome) {
            self.learnt.insert((question.slice, question.round), outcome.clone());
        }
    }
}

/// Whether a question was put to the API in this run, or before it was taken up again.
fn is_of_this_run(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Answered(answer) => answer.source == AnswerSource::ThisRun,
        Outcome::Failed(_) => true,
        Outcome::NotRecorded => false,
    }
}

fn is_spent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.kind == FailureKind::Exhausted)
}

impl Planner for Plan {
    fn next(&mut self) -> Next {
        loop {
            if let Some(part) = self.division.next(&self.knowledge.layout) {
                if let Some(outcome) = self.known_outcome(&part) {
                    self.take(&part, outcome);
                    continue;
                }
                self.in_flight += 1;
                return Next::Ask(part);
            }
            if self.reading < SIDE_BY_SIDE
                && let Some(segment) = self.phase.next_segment(&mut self.knowledge)
            {
                self.in_flight += 1;
                self.reading += 1;
                return Next::List(segment);
            }
            if let Some(question) = self.phase.next(&mut self.knowledge) {
                if question.reuse.may_ask()
                    && let Some(outcome) = self.learnt.get(&(question.slice, question.round))
                {
                    self.phase.learn(&mut self.knowledge, &question, outcome);
                    continue;
                }
                // A value that is over is asked no more.
                if question.reuse.may_ask()
                    && let Some((_, reason)) = self.knowledge.refusals.over(&self.knowledge.layout, &question.slice)
                {
                    let failure = ApiFailure { kind: FailureKind::Refused, message: reason };
                    self.phase.learn(&mut self.knowledge, &question, &Outcome::Failed(failure));
                    continue;
                }
                if self.division.takes(&self.knowledge.layout, &question) {
                    continue;
                }
                self.in_flight += 1;
                return Next::Ask(question);
            }
            if let Some(question) = self.again.pop() {
                if self.division.takes(&self.knowledge.layout, &question) {
                    continue;
                }
                self.in_flight += 1;
                return Next::Ask(question);
            }
            if self.in_flight > 0 {
                return Next::Wait;
            }
            if !self.spent.is_empty() {
                self.again = std::mem::take(&mut self.spent);
                self.knowledge.progress.planned += self.again.len() as u64;
                continue;
            }
            match (self.phase.finish(&mut self.knowledge), self.stage) {
                (Turn::More, _) => {}
                (Turn::To(stage), _) => self.enter(stage),
                (Turn::Over, Stage::Over) => return Next::Done,
                (Turn::Over, stage) => self.enter(stage.next()),
            }
        }
    }

    fn learn(&mut self, question: &Question, mut outcome: Outcome) {
        if let Outcome::Answered(answer) = &mut outcome
            && !self.knowledge.evidence.heeds(Rule::V8)
        {
            answer.server_at = None;
        }
        self.in_flight = self.in_flight.saturating_sub(1);
        self.knowledge.progress.done += u64::from(question.reuse.may_ask());
        if question.reuse.may_ask() {
            self.knowledge.note_outcome(&question.slice, &outcome);
            self.drilled += u64::from(self.stage == Stage::Drill && is_of_this_run(&outcome));
        }
        self.take(question, outcome);
    }

    fn learn_listed(&mut self, segment: &Segment, outcome: ListOutcome) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.reading = self.reading.saturating_sub(1);
        self.phase.learn_listed(&mut self.knowledge, segment, outcome);
    }

    fn progress(&self) -> (u64, u64) {
        let progress = self.knowledge.progress;
        let least = progress.done + self.in_flight as u64;
        (progress.done, (progress.planned + self.phase.remaining()).max(least))
    }

    fn drilled(&self) -> Option<u64> {
        let to_come = match self.stage {
            Stage::Drill => self.phase.expected()?,
            stage if stage > Stage::Drill => 0,
            _ => return None,
        };
        (self.knowledge.terms.strategy == Strategy::DrillDown).then_some(self.drilled + to_come)
    }

    fn conclude(self) -> Conclusion {
        Conclusion::of(self.reached(), self.knowledge)
    }
}
