//! Recorded answers in memory, by range: what makes a rerun of a million settled cells a matter of seconds.
//!
//! A planner walks window by window and asks thousands of slices of each, so one read brings all answers of a range.

use std::collections::HashMap;

use crate::model::{Proof, Slice, Window};
use crate::recall::{Filters, Recorded};

/// All answers of one range. A list per slice, threaded through one vector: most slices have a single answer, and a
/// vector for each would cost more than the answer.
#[derive(Debug, Default)]
pub(super) struct RangeAnswers {
    /// The index of the latest answer.
    latest: HashMap<Filters, usize>,
    /// Answers as recorded, each with the index of the one before it to the same slice.
    rows: Vec<(Recorded, Option<usize>)>,
}

impl RangeAnswers {
    /// None yet, with room for so many.
    pub fn with_room_for(answers: usize) -> Self {
        Self { latest: HashMap::with_capacity(answers), rows: Vec::with_capacity(answers) }
    }

    pub fn push(&mut self, filters: Filters, recorded: Recorded) {
        let before = self.latest.insert(filters, self.rows.len());
        self.rows.push((recorded, before));
    }

    /// The answers to a slice, the latest recorded first.
    pub fn to(&self, filters: Filters) -> impl Iterator<Item = &Recorded> {
        let mut next = self.latest.get(&filters).copied();
        std::iter::from_fn(move || {
            let (recorded, before) = &self.rows[next?];
            next = *before;
            Some(recorded)
        })
    }

    /// What was asked of the range.
    pub fn filters(&self) -> impl Iterator<Item = Filters> + '_ {
        self.latest.keys().copied()
    }

    /// Marks those of some runs as proved.
    pub fn prove(&mut self, is_trusted: impl Fn(i64) -> bool) {
        let trusted = self.rows.iter_mut().map(|(recorded, _)| recorded).filter(|recorded| is_trusted(recorded.run));
        trusted.for_each(|recorded| recorded.proof = Proof::Proved);
    }

    /// All of them, in the order of recording.
    pub fn all(&self) -> impl Iterator<Item = &Recorded> {
        self.rows.iter().map(|(recorded, _)| recorded)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

/// The ranges used last, within bounds of memory.
#[derive(Debug)]
pub(super) struct RangeCache {
    /// Each with its latest use.
    ranges: HashMap<Window, (RangeAnswers, u64)>,
    /// Counts uses, to tell which range was used longest ago.
    uses: u64,
    /// Answers held in all.
    rows: usize,
    /// Of the range put in last.
    latest: usize,
    bounds: Bounds,
}

/// What may be held beside the range in use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub ranges: usize,
    /// About 150 bytes each.
    pub rows: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { ranges: 1024, rows: 100_000 }
    }
}

impl RangeCache {
    pub fn new(bounds: Bounds) -> Self {
        Self { ranges: HashMap::new(), uses: 0, rows: 0, latest: 0, bounds }
    }

    /// How many answers the range had that was put in last: the next one is likely to have about as many.
    pub const fn latest(&self) -> usize {
        self.latest
    }

    pub fn get(&mut self, range: Window) -> Option<&RangeAnswers> {
        self.uses += 1;
        let (answers, used) = self.ranges.get_mut(&range)?;
        *used = self.uses;
        Some(answers)
    }

    /// Takes in a range, and lets go of those used longest ago.
    pub fn put(&mut self, range: Window, answers: RangeAnswers) {
        self.uses += 1;
        self.rows += answers.len();
        self.latest = answers.len();
        if let Some((replaced, _)) = self.ranges.insert(range, (answers, self.uses)) {
            self.rows -= replaced.len();
        }
        while self.ranges.len() > 1 && (self.ranges.len() > self.bounds.ranges || self.rows > self.bounds.rows) {
            let oldest = self.ranges.iter().min_by_key(|(_, (_, used))| *used).map(|(range, _)| *range);
            if let Some((dropped, _)) = oldest.and_then(|oldest| self.ranges.remove(&oldest)) {
                self.rows -= dropped.len();
            }
        }
    }

    /// Adds an answer to its range, if that is held: otherwise it will be read when needed.
    pub fn add(&mut self, slice: &Slice, recorded: Recorded) {
        if let Some((answers, _)) = self.ranges.get_mut(&slice.range) {
            answers.push(slice.into(), recorded);
            self.rows += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Channel, Counts, Proof, Round, UnixMicros, UnixSeconds};

    fn range(start: i64) -> Window {
        Window::new(UnixSeconds(start), UnixSeconds(start + 1)).unwrap()
    }

    fn recorded(run: i64) -> Recorded {
        let (as_of, asked_at) = (UnixSeconds(0), UnixMicros(0));
        Recorded {
            run,
            as_of,
            round: Round::First,
            asked_at,
            counts: Counts::ZERO,
            provenance: crate::model::Provenance::Measured,
            server_at: None,
            proof: Proof::Unproved,
        }
    }

    fn answers(rows: i64) -> RangeAnswers {
        let mut answers = RangeAnswers::default();
        (0..rows).for_each(|run| answers.push((&Slice::whole(range(0))).into(), recorded(run)));
        answers
    }

    #[test]
    fn answers_come_latest_first_and_by_slice() {
        let mut answers = answers(3);
        let us = Slice { country: "US".parse().ok(), ..Slice::whole(range(0)) };
        answers.push((&us).into(), recorded(9));
        let runs = |slice: &Slice| answers.to(slice.into()).map(|recorded| recorded.run).collect::<Vec<_>>();
        assert_eq!(runs(&Slice::whole(range(0))), [2, 1, 0]);
        assert_eq!(runs(&us), [9]);
        assert_eq!(runs(&Slice { channel: Some(Channel::Sms), ..us }), [0i64; 0]);
    }

    #[test]
    fn the_range_used_longest_ago_goes_first_and_the_one_in_use_stays() {
        let mut cache = RangeCache::new(Bounds { ranges: 2, rows: 5 });
        cache.put(range(1), answers(1));
        cache.put(range(2), answers(1));
        assert!(cache.get(range(1)).is_some());
        cache.put(range(3), answers(1));
        assert!(cache.get(range(2)).is_none());
        assert!(cache.get(range(1)).is_some());
        cache.put(range(4), answers(9));
        assert!(cache.get(range(1)).is_none() && cache.get(range(3)).is_none());
        assert_eq!(cache.get(range(4)).map(RangeAnswers::len), Some(9));
        cache.put(range(5), answers(1));
        assert_eq!(cache.rows, 1);
    }
}
