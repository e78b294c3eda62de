//! Whether a filter is alive and narrows (V2), for one whole and the values that the job lists of it.
//!
//! A filter narrows when one of its values holds more than nothing and less than the whole that was asked before. Where
//! one value equals the whole, and where all of them say nothing under a whole that holds attempts, other values are
//! asked, the likeliest first, until one holds something: one by one while other trials may need the questions, else
//! two, then four, then eight at a time, so that many empty ones take few rounds.

use std::collections::VecDeque;

use super::Inquiry;
use crate::model::{Counts, Round, Slice};

/// A listed value and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner) struct Part {
    /// For messages.
    pub(in crate::planner) name: String,
    /// The value's place in the job's list.
    pub(in crate::planner) index: usize,
    pub(in crate::planner) counts: Counts,
}

/// A value that the job does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner) struct Candidate {
    /// For messages.
    pub(in crate::planner) name: String,
    pub(in crate::planner) slice: Slice,
    /// What an earlier run was answered.
    pub(in crate::planner) remembered: Option<i64>,
}

/// What a trial comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner) enum Ruling {
    /// It is alive and narrows, or there is nothing to narrow.
    Narrows,
    /// This value, the part at this index, answers like the whole while another one holds something.
    Ignored(usize),
    /// The values together hold more than their whole.
    Exceeds,
    /// All values say nothing, and no other value is left to ask.
    Dead,
    /// No value that could show it was answered.
    Unproven,
    /// The questions of this run are used up; the next one goes on.
    OutOfQuestions,
}

/// The trial of one filter under one whole.
#[derive(Debug)]
pub(in crate::planner) struct Trial {
    whole: Slice,
    total: Counts,
    parts: Vec<Part>,
    candidates: VecDeque<Candidate>,
    /// Candidates that were asked.
    tried: Vec<Slice>,
    /// How many are asked together next.
    batch: usize,
    /// Whether the job lists every value that there is.
    lists_all: bool,
    /// Whether any candidate was answered.
    is_answered: bool,
    /// Attempts of e-mail, which the whole holds and its values don't.
    email: i64,
    /// What the whole is held against, when it is asked again.
    doubt: Option<(usize, i64)>,
}

impl Trial {
    /// `total` is what the whole holds.
    pub(in crate::planner) fn new(whole: Slice, total: Counts, parts: Vec<Part>, candidates: Vec<Candidate>) -> Self {
        Self {
            whole,
            total,
            parts,
            candidates: candidates.into(),
            tried: Vec::new(),
            batch: 2,
            lists_all: false,
            is_answered: false,
            email: 0,
            doubt: None,
        }
    }

    /// The same for values that e-mail has none of.
    pub(in crate::planner) fn without_email(mut self, email: Counts) -> Self {
        if let Some(rest) = email.within(self.total) {
            self.total = rest;
            self.email = email.attempts();
        }
        self
    }

    /// Whether e-mail's attempts were taken off its whole.
    pub(in crate::planner) const fn is_reduced(&self) -> bool {
        self.email > 0
    }

    /// The same where the job lists every value that there is.
    pub(in crate::planner) fn listing_all(mut self) -> Self {
        self.lists_all = true;
        self
    }

    /// Whether one listed value holds all that the whole does.
    pub(in crate::planner) fn is_lopsided(&self) -> bool {
        !self.is_shown() && self.equal().is_some()
    }

    /// Whether the values together hold more than their whole.
    pub(in crate::planner) fn exceeds(&self) -> bool {
        self.sum() > self.total.attempts()
    }

    fn sum(&self) -> i64 {
        self.parts.iter().map(|part| part.counts.attempts()).sum()
    }

    /// Whether there is nothing to narrow.
    pub(in crate::planner) fn is_idle(&self) -> bool {
        self.total == Counts::ZERO
    }

    /// Whether other values had to be asked.
    pub(in crate::planner) const fn has_cost(&self) -> bool {
        self.is_answered
    }

    pub(in crate::planner) fn name(&self, index: usize) -> &str {
        self.parts.iter().find(|part| part.index == index).map_or("a value", |part| &part.name)
    }

    /// The values that were asked in this run, each with its attempts.
    pub(in crate::planner) fn asked(&self, inquiry: &Inquiry) -> Vec<(Slice, i64)> {
        let attempts = |slice: &Slice| Some((*slice, inquiry.answer(slice, Round::Proof)?.counts.attempts()));
        self.tried.iter().filter_map(attempts).collect()
    }

    /// Whether the listed values alone show it, and so cost nothing.
    pub(in crate::planner) fn is_shown(&self) -> bool {
        let whole = self.total.attempts();
        whole == 0 || self.parts.iter().any(|part| (1..whole).contains(&part.counts.attempts()))
    }

    /// The part that equals the whole.
    fn equal(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.counts.attempts() > 0 && part.counts.attempts() >= self.total.attempts())
    }

    /// What the trial comes to, or what it puts to the inquiry: at most so many candidates at once; `budget` counts those
    /// that may still be asked.
    pub(in crate::planner) fn go_on(
        &mut self,
        inquiry: &mut Inquiry,
        budget: &mut u64,
        at_once: usize,
    ) -> Option<Ruling> {
        if self.exceeds() && self.doubt.is_none() {
            let largest = self.parts.iter().max_by_key(|part| part.counts.attempts()).map_or(0, |part| part.index);
            self.doubt = Some((largest, self.sum() + self.email));
        } else if self.is_shown() && self.doubt.is_none() {
            return Some(Ruling::Narrows);
        }
        if let Some((index, sum)) = self.doubt {
            let again = inquiry.answer(&self.whole, Round::Proof);
            if again.is_none() && inquiry.failure(&self.whole, Round::Proof).is_none() {
                inquiry.put(self.whole, Round::Proof);
                return None;
            }
            // The whole may have grown meanwhile; one that cannot be asked again proves nothing against the value.
            let is_below = again.is_some_and(|again| again.counts.attempts() < sum);
            let is_alone = self.equal().is_some_and(|equal| equal.index == index);
            return Some(match is_below {
                true if is_alone => Ruling::Ignored(index),
                true => Ruling::Exceeds,
                false => Ruling::Narrows,
            });
        }
        while let Some(candidate) = self.candidates.front() {
            let asked = inquiry.answer(&candidate.slice, Round::Proof).map(|answer| answer.counts.attempts());
            // What was seen of another range says nothing of a value beside a whole of this one.
            let remembered = candidate.remembered.filter(|_| self.equal().is_none());
            let Some(attempts) = asked.or(remembered) else {
                if inquiry.failure(&candidate.slice, Round::Proof).is_some() {
                    self.candidates.pop_front();
                    continue;
                }
                if *budget == 0 {
                    return Some(if self.equal().is_some() { Ruling::Narrows } else { Ruling::OutOfQuestions });
                }
                self.put_batch(inquiry, budget, at_once);
                return None;
            };
            self.is_answered = true;
            self.candidates.pop_front();
            if attempts == 0 {
                continue;
            }
            let Some(equal) = self.equal() else { return Some(Ruling::Narrows) };
            self.doubt = Some((equal.index, equal.counts.attempts() + attempts + self.email));
            return self.go_on(inquiry, budget, at_once);
        }
        let differs = self.parts.len() > 1 || self.is_answered;
        Some(match self.equal() {
            Some(_) if differs => Ruling::Narrows,
            None if self.is_answered || self.lists_all => Ruling::Dead,
            _ => Ruling::Unproven,
        })
    }

    /// Puts the next candidates that nothing is known of, as many as may be asked together.
    fn put_batch(&mut self, inquiry: &mut Inquiry, budget: &mut u64, at_once: usize) {
        let is_beside_equal = self.equal().is_some();
        let unknown = self.candidates.iter().filter(|it| it.remembered.is_none() || is_beside_equal);
        let most = self.batch.min(at_once).min(usize::try_from(*budget).unwrap_or(usize::MAX));
        for candidate in unknown.take(most) {
            *budget -= 1;
            self.tried.push(candidate.slice);
            inquiry.put(candidate.slice, Round::Proof);
        }
        self.batch *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, AnswerSource, Outcome, Proof, UnixMicros, UnixSeconds, Window};

    fn slice(start: i64) -> Slice {
        Slice::whole(Window::new(UnixSeconds(start), UnixSeconds(start + 1)).unwrap())
    }

    fn counts(attempts: i64) -> Counts {
        Counts::new(attempts, 0).unwrap()
    }

    /// Runs a trial of listed values under a whole of 10; other values answer as given, the whole again with `again`.
    fn tried(listed: &[i64], others: &[i64], again: i64, mut budget: u64) -> (Ruling, usize) {
        let part = |(index, &held): (usize, &i64)| Part { name: String::new(), index, counts: counts(held) };
        let at = |index: usize| slice(i64::try_from(index).unwrap() + 1);
        let candidate = |index| Candidate { name: String::new(), slice: at(index), remembered: None };
        let parts = listed.iter().enumerate().map(part).collect();
        let mut trial = Trial::new(slice(0), counts(10), parts, (0..others.len()).map(candidate).collect());
        let (mut inquiry, mut asked) = (Inquiry::default(), 0);
        loop {
            if let Some(ruling) = trial.go_on(&mut inquiry, &mut budget, usize::MAX) {
                return (ruling, asked);
            }
            assert!(inquiry.len() > 0, "it asks or rules");
            while let Some(question) = inquiry.next() {
                asked += 1;
                let place = (0..others.len()).find(|&index| at(index) == question.slice);
                let answer = Answer {
                    counts: counts(place.map_or(again, |index| others[index])),
                    asked_at: UnixMicros(0),
                    as_of: UnixSeconds(0),
                    source: AnswerSource::ThisRun,
                    server_at: None,
                    proof: Proof::Unproved,
                };
                inquiry.learn(&question, &Outcome::Answered(answer));
            }
        }
    }

    #[test]
    fn what_a_trial_comes_to() {
        let table = [
            (&[3, 0][..], &[][..], 10, 9, Ruling::Narrows, 0),
            // All attempts in one value: other values are asked, and hold nothing.
            (&[10, 0], &[0, 0], 10, 9, Ruling::Narrows, 2),
            // Another value holds something, and the whole is no more than it was: the first is not applied.
            (&[10], &[0, 4, 0, 0], 10, 9, Ruling::Ignored(0), 3),
            // The whole has grown by as much.
            (&[10], &[4, 0, 0], 14, 9, Ruling::Narrows, 3),
            // All at nothing: until one holds something.
            (&[0, 0], &[0, 2, 9], 10, 9, Ruling::Narrows, 2),
            (&[0, 0], &[0, 0], 10, 9, Ruling::Dead, 2),
            (&[0, 0], &[0, 0, 0, 0, 1, 0, 0, 0, 0], 10, 9, Ruling::Narrows, 6),
            (&[0, 0], &[0, 0, 0], 10, 2, Ruling::OutOfQuestions, 2),
            // Nothing to ask: a lone service.
            (&[10], &[], 10, 9, Ruling::Unproven, 0),
            (&[0], &[], 10, 9, Ruling::Unproven, 0),
        ];
        for (listed, others, again, budget, ruling, asked) in table {
            assert_eq!(tried(listed, others, again, budget), (ruling, asked), "{listed:?} {others:?}");
        }
    }
}
