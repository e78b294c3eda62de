//! The questions that the ledger does not answer, and what follows from their number.

use std::ops::Range;

use super::super::failure::Failure;
use super::history::History;
use super::requests::{Grounds, Requests};
use crate::ledger::FindAnswer;
use crate::model::{Matrix, PAGE_SIZE, Question, Reuse, Slice, Strategy, Window};
use crate::planner::Outline;

/// The questions that the ledger does not answer.
pub(super) struct Count {
    sure: u64,
    possible: u64,
    pub(super) answered: u64,
    /// Of each window, its cells and totals.
    of_window: Vec<u64>,
    /// Totals of the range in all channels, and by channel.
    of_range: (u64, u64),
    /// Runs of settled windows that are open.
    pub(super) runs: Vec<Range<usize>>,
}

#[derive(Clone, Copy)]
enum Sureness {
    Sure,
    Possible,
}

/// As a plan looks a question up before it asks anything: what was listed and confirmed answers it then, too.
fn recall(question: Question) -> Question {
    match question.reuse {
        Reuse::Settled => Question { reuse: Reuse::SettledOnly, ..question },
        _ => question,
    }
}

impl Count {
    pub(super) fn new(outline: &Outline, matrix: &Matrix, ledger: &mut impl FindAnswer) -> Result<Self, Failure> {
        let mut count = Self {
            sure: 0,
            possible: 0,
            answered: 0,
            of_window: vec![0; matrix.windows().len()],
            of_range: (0, 0),
            runs: Vec::new(),
        };
        // On ground that may have expired nothing but what is looked up counts.
        let possible = outline.possible().map(|question| (recall(question), Sureness::Possible));
        let mut is_known = |question: Question| {
            let mut finds = |question| ledger.find(&question).map_err(|error| Failure::caused(&error));
            Ok(finds(recall(question))?.is_some() || finds(question)?.is_some())
        };
        let mut of_range = Vec::new();
        for (question, sureness) in outline.sure().map(|question| (question, Sureness::Sure)).chain(possible) {
            match outline.window_of(&question) {
                None => of_range.push((question, sureness)),
                Some(_) if is_known(question)? => count.answered += 1,
                Some(window) => {
                    count.of_window[window] += 1;
                    *count.of(sureness) += 1;
                }
            }
        }
        let open = count.of_window.iter().position(|open| *open > 0);
        // Sums are formed over the windows from the first open one on; over one alone, they are its own.
        let range = matrix.windows()[open.unwrap_or(0)..].first().zip(matrix.range());
        let range = range.and_then(|(first, whole)| Window::new(first.start(), whole.end()));
        let is_one = open.is_some_and(|open| open + 1 == matrix.windows().len());
        for (question, sureness) in of_range.into_iter().filter(|_| !is_one) {
            let slice = Slice { range: range.unwrap_or(question.slice.range), ..question.slice };
            if is_known(Question { slice, ..question })? {
                count.answered += 1;
            } else if open.is_some() {
                *count.of(sureness) += 1;
                let (groups, lanes) = &mut count.of_range;
                *if slice.channel.is_none() { groups } else { lanes } += 1;
            }
        }
        let is_open = |window: &usize| count.of_window[*window] > 0;
        for window in (0..outline.settled_windows()).filter(is_open) {
            match count.runs.last_mut() {
                Some(run) if run.end == window => run.end += 1,
                _ => count.runs.push(window..window + 1),
            }
        }
        Ok(count)
    }

    const fn of(&mut self, sureness: Sureness) -> &mut u64 {
        match sureness {
            Sureness::Sure => &mut self.sure,
            Sureness::Possible => &mut self.possible,
        }
    }

    const fn open(&self) -> u64 {
        self.sure + self.possible
    }

    /// Settled windows that are open.
    fn settled(&self) -> usize {
        self.runs.iter().map(ExactSizeIterator::len).sum()
    }

    /// Nothing more is asked where nothing is open.
    const fn if_open(&self, requests: u64) -> u64 {
        if self.open() == 0 { 0 } else { requests }
    }

    pub(super) fn exhaustive(&self, outline: &Outline) -> Requests {
        let evidence = self.if_open(outline.evidence(self.settled(), Strategy::Exhaustive));
        let expected = self.open() + evidence;
        Requests {
            least: self.sure,
            most: self.if_open(self.open() + outline.more()),
            expected,
            drilled: 0,
            evidence,
            few: expected,
            many: expected,
            grounds: Grounds::Counted,
        }
    }

    /// A run of windows is never expected to cost more than its cells and totals. Growing windows are counted cell by
    /// cell.
    pub(super) fn drilled(&self, outline: &Outline, history: &History) -> Requests {
        let ([few, expected, many], grounds) = (history.questions, history.grounds);
        let in_runs: u64 = self.runs.iter().flat_map(Clone::clone).map(|window| self.of_window[window]).sum();
        let besides = self.open() - in_runs;
        // Where nothing is found in all channels, nothing else of the range is asked; nothing of it where a shorter
        // prefix has nothing.
        let range = match self.of_range {
            (groups, lanes) if outline.seeks_prefixes() => groups + lanes,
            (0, _) => 0,
            (_, lanes) => lanes,
        };
        let eased = outline.eased_windows();
        let easy: u64 = self.of_window[eased.clone()].iter().sum();
        let beyond = outline.drilled_beyond(self.runs.iter().map(ExactSizeIterator::len), eased.len());
        let evidence = self.if_open(outline.evidence(self.settled(), Strategy::DrillDown));
        let all = |questions: u64| besides + questions.min(in_runs) + evidence;
        Requests {
            least: if self.possible > 0 { 0 } else { besides.saturating_sub(range + easy) },
            most: self.if_open(self.open() + beyond + outline.more()),
            expected: all(expected),
            drilled: expected.min(in_runs),
            evidence,
            few: all(few),
            many: all(many),
            grounds,
        }
    }

    /// As [`Count::drilled`], where windows are read page by page as far back as the list reaches: the growing ones, too,
    /// if that is less than their cells. With it what of that a plan chooses by.
    pub(super) fn listed(&self, outline: &Outline, history: &History) -> (Requests, u64) {
        let drilled = self.drilled(outline, history);
        let in_runs: u64 = self.runs.iter().flat_map(Clone::clone).map(|window| self.of_window[window]).sum();
        let growing = &self.of_window[outline.settled_windows()..];
        let saved = |attempts: f64| -> u64 {
            let read = 2 * outline.totals_of_window() + pages(attempts);
            growing.iter().map(|open| open.saturating_sub(read)).sum()
        };
        let all = |size: usize, settled: u64| {
            let grown = self.open() - in_runs - saved(history.attempts[size]);
            self.if_open(grown + settled.min(in_runs) + drilled.evidence)
        };
        let [few, expected, many] = [0, 1, 2].map(|size| all(size, history.listed[size]));
        // Where nothing is left to read, it does not matter how many attempts there are.
        let grounds = match drilled.grounds {
            Grounds::Assumption if history.kept > 0 && few == many => Grounds::Kept { windows: history.kept },
            grounds => grounds,
        };
        let most_pages = history.listed[2] + growing.len() as u64 * pages(history.attempts[2]);
        let requests = Requests {
            least: drilled.least.saturating_sub(saved(0.0)),
            most: self.if_open(drilled.most + most_pages),
            expected,
            drilled: 0,
            few,
            many,
            grounds,
            ..drilled
        };
        (requests, all(1, history.chosen_by))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate, and not negative")]
fn pages(attempts: f64) -> u64 {
    (attempts / f64::from(PAGE_SIZE)) as u64 + 1
}
