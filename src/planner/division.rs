//! What cannot be answered whole is answered in parts (V12): a range that the API does not answer is halved, down to a
//! window, and its parts are added up. The longest stretch that was answered is remembered, so that nothing longer is
//! tried again in this run.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::layout::Layout;
use crate::model::{Answer, AnswerSource, Counts, FailureKind, Outcome, Proof, Question, Slice, UnixSeconds, Window};

/// A question that is asked in parts.
#[derive(Debug)]
struct Divided {
    question: Question,
    open: usize,
    sum: Answer,
    /// Why a part has no answer.
    failure: Option<Outcome>,
}

/// Questions that are asked in parts.
#[derive(Debug, Default)]
pub(super) struct Division {
    divided: BTreeMap<usize, Divided>,
    next: usize,
    /// Which whole a part belongs to.
    parts: HashMap<Question, usize>,
    queue: VecDeque<Question>,
    /// Ranges longer than this many seconds are not tried whole.
    longest: Option<i64>,
}

/// What comes of an outcome.
pub(super) enum Learnt {
    /// It belongs to the phase as it is.
    Whole(Outcome),
    /// It was a part, or is asked in parts now.
    Part,
    /// It was the last part of this question.
    Sum(Question, Outcome),
}

impl Division {
    /// Division with what earlier runs learnt of the longest stretch, in seconds.
    pub(super) fn remembering(longest: Option<i64>) -> Self {
        Self { longest, ..Self::default() }
    }

    /// The next part to ask.
    pub(super) fn next(&mut self, layout: &Layout) -> Option<Question> {
        loop {
            let part = self.queue.pop_front()?;
            let is_too_long = self.longest.is_some_and(|longest| length(part.slice.range) > longest);
            let Some(halves) = halves(layout, part.slice.range).filter(|_| is_too_long) else { return Some(part) };
            if let Some(number) = self.parts.remove(&part) {
                self.count_out(number);
                self.divide(number, &part, halves);
            }
        }
    }

    /// A part that is divided is none any more.
    fn count_out(&mut self, number: usize) {
        if let Some(whole) = self.divided.get_mut(&number) {
            whole.open -= 1;
        }
    }

    /// How long, in seconds, a range may be that is asked whole, once a longer one was not answered.
    pub(super) const fn longest(&self) -> Option<i64> {
        self.longest
    }

    /// Takes a question apart if it is too long to be tried; whether it was.
    pub(super) fn takes(&mut self, layout: &Layout, question: &Question) -> bool {
        let length = length(question.slice.range);
        if !question.reuse.may_ask() || self.longest.is_none_or(|longest| length <= longest) {
            return false;
        }
        let Some(halves) = halves(layout, question.slice.range) else { return false };
        let number = self.begin(*question);
        self.divide(number, question, halves);
        true
    }

    /// Whether a question is part of another.
    pub(super) fn has_part(&self, question: &Question) -> bool {
        self.parts.contains_key(question)
    }

    pub(super) fn learn(&mut self, layout: &Layout, question: &Question, outcome: Outcome) -> Learnt {
        let number = self.parts.remove(question);
        let is_unanswered = matches!(&outcome, Outcome::Failed(failure) if failure.kind == FailureKind::Exhausted);
        if is_unanswered
            && question.reuse.may_ask()
            && let Some(halves) = halves(layout, question.slice.range)
        {
            let (first, second) = (length(halves[0]), length(halves[1]));
            self.longest = Some(self.longest.unwrap_or(i64::MAX).min(first.max(second)));
            if let Some(number) = number {
                self.count_out(number);
            }
            let number = number.unwrap_or_else(|| self.begin(*question));
            self.divide(number, question, halves);
            return Learnt::Part;
        }
        let Some(number) = number else { return Learnt::Whole(outcome) };
        let Some(whole) = self.divided.get_mut(&number) else { return Learnt::Part };
        whole.open -= 1;
        match outcome {
            Outcome::Answered(answer) => whole.add(&answer),
            failed => {
                whole.failure.get_or_insert(failed);
            }
        }
        if whole.open > 0 {
            return Learnt::Part;
        }
        let Some(whole) = self.divided.remove(&number) else { return Learnt::Part };
        let outcome = whole.failure.unwrap_or(Outcome::Answered(whole.sum));
        Learnt::Sum(whole.question, outcome)
    }

    fn begin(&mut self, question: Question) -> usize {
        self.next += 1;
        let sum = Answer {
            counts: Counts::ZERO,
            asked_at: crate::model::UnixMicros(i64::MIN),
            as_of: UnixSeconds(i64::MAX),
            source: AnswerSource::EarlierRun,
            server_at: None,
            proof: Proof::Proved,
        };
        self.divided.insert(self.next, Divided { question, open: 0, sum, failure: None });
        self.next
    }

    /// Puts parts that are short enough, in the order of time.
    fn divide(&mut self, number: usize, question: &Question, halves: [Window; 2]) {
        for range in halves {
            let part = Question { slice: Slice { range, ..question.slice }, ..*question };
            self.parts.insert(part, number);
            self.queue.push_back(part);
            if let Some(whole) = self.divided.get_mut(&number) {
                whole.open += 1;
            }
        }
    }
}

impl Divided {
    fn add(&mut self, answer: &Answer) {
        let Some(counts) = self.sum.counts.checked_add(answer.counts) else { return };
        let is_fresh = [self.sum.source, answer.source].contains(&AnswerSource::ThisRun);
        self.sum = Answer {
            counts,
            asked_at: self.sum.asked_at.max(answer.asked_at),
            as_of: self.sum.as_of.min(answer.as_of),
            source: if is_fresh { AnswerSource::ThisRun } else { answer.source },
            server_at: self.sum.server_at.max(answer.server_at),
            proof: if answer.proof == Proof::Proved { self.sum.proof } else { Proof::Unproved },
        };
    }
}

fn length(range: Window) -> i64 {
    range.end().0 - range.start().0
}

/// The halves of a range, at the edge of a window; `None` where it holds no two windows.
fn halves(layout: &Layout, range: Window) -> Option<[Window; 2]> {
    let windows = layout.matrix().windows();
    let first = windows.partition_point(|window| window.start() < range.start());
    let last = windows.partition_point(|window| window.end() <= range.end());
    if last < first + 2 {
        return None;
    }
    let edge = windows[first.midpoint(last)].start();
    Some([Window::new(range.start(), edge)?, Window::new(edge, range.end())?])
}
