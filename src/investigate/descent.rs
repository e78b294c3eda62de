//! Summary asked by prefix, a digit a level, for the smallest block that holds what stands out.
//!
//! A level is left as soon as one of its blocks holds it, or when what is not asked yet can hold it no more. Bounded by
//! how many questions may be asked, and by the digits that may be told.

use std::collections::BTreeMap;

use super::{Block, Usual};
use crate::model::{Counts, MOST_SHOWN, Prefix};

/// How far a descent came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// No further digit narrows it, or none may be told.
    Whole,
    /// More questions would be needed.
    OutOfQuestions,
    /// The whole converts as it usually does, so no block of it was asked about.
    NotAsked,
}

/// A descent in progress.
#[derive(Debug, Clone)]
pub struct Descent {
    usual: Usual,
    excess: f64,
    /// The block so far; `None`: the whole slice.
    held: Option<Block>,
    whole: Counts,
    /// What the blocks of the present level hold.
    asked: BTreeMap<Prefix, Counts>,
    /// What those hold that were asked on the level of the block so far, itself among them.
    beside: BTreeMap<Prefix, Counts>,
    /// Those still to be asked, the next one last.
    open: Vec<Prefix>,
    questions_left: u32,
    told: Told,
}

impl Descent {
    /// Into a slice that holds so much. `begin`: how its country's numbers begin, where that is known.
    #[must_use]
    pub fn new(whole: Counts, usual: Usual, begin: Option<Prefix>, questions: u32) -> Self {
        let mut open: Vec<_> = begin.into_iter().collect();
        if open.is_empty() {
            open = (1..=9).rev().filter_map(Prefix::from_digits).collect();
        }
        let excess = usual.excess(whole);
        let told = match (usual.stands_out(whole), questions) {
            (false, _) => Told::NotAsked,
            (true, 0) => Told::OutOfQuestions,
            (true, _) => Told::Whole,
        };
        Self {
            usual,
            excess,
            held: None,
            whole,
            asked: BTreeMap::new(),
            beside: BTreeMap::new(),
            open,
            questions_left: questions,
            told,
        }
    }

    /// The next prefix to ask about; `None`: the descent is over.
    #[must_use]
    pub fn next(&self) -> Option<Prefix> {
        let is_worth_it = self.questions_left > 0 && self.told != Told::NotAsked && self.usual.stands_out(self.whole);
        self.open.last().copied().filter(|_| is_worth_it)
    }

    /// Takes what a prefix holds; `None`: that is not known.
    pub fn learn(&mut self, prefix: Prefix, counts: Option<Counts>) {
        self.open.retain(|open| *open != prefix);
        self.questions_left -= 1;
        let Some(counts) = counts else { return };
        self.asked.insert(prefix, counts);
        if self.usual.holds(counts, self.excess) {
            self.held = Some(Block { prefix, counts });
            self.whole = counts;
            self.beside = std::mem::take(&mut self.asked);
            self.open = below(prefix);
        } else if !self.may_be_held_by_the_rest() {
            self.open.clear();
        }
        if self.questions_left == 0 && !self.open.is_empty() {
            self.told = Told::OutOfQuestions;
        }
    }

    fn may_be_held_by_the_rest(&self) -> bool {
        let rest = self.asked.values().try_fold(self.whole, |rest, part| part.within(rest));
        // Parts that exceed their whole say nothing of the rest.
        rest.is_none_or(|rest| self.usual.holds(rest, self.excess))
    }

    /// The smallest block found, and whether it may be smaller.
    #[must_use]
    pub fn conclude(&self) -> (Option<Block>, Told) {
        (self.held.filter(|block| self.usual.is_told(block.counts)), self.told)
    }

    /// The blocks beside the one that was found, as far as they were asked, and it among them.
    #[must_use]
    pub const fn beside(&self) -> &BTreeMap<Prefix, Counts> {
        &self.beside
    }
}

/// The prefixes a digit longer, the first one last.
fn below(prefix: Prefix) -> Vec<Prefix> {
    let is_longest = prefix.digits().ilog10() + 1 >= MOST_SHOWN;
    let longer = (0..=9).rev().filter_map(|digit| Prefix::from_digits(prefix.digits() * 10 + digit));
    if is_longest { Vec::new() } else { longer.collect() }
}
