//! The drill-down: the cells of settled windows from fewer questions than there are cells.
//!
//! Every step is sound by itself. A slice without attempts has no cell with any. Parts that add up to their whole leave
//! nothing for the others. What a range holds beyond its first part, its second part holds. Attempts that converted and
//! attempts that did not add up separately, so each such step is taken for both kinds at once. What contradicts this (a
//! part above its whole, sums that differ) ends the drill of its block: what it implied is thrown away, and its cells
//! are asked one by one.
//!
//! A *block* is a run of windows with unknown cells, for one service and prefix; a *pair* is one country in one channel
//! of it. All blocks are drilled side by side in *waves*: the questions of a wave follow from the answers before it and
//! from nothing else, so that a plan that is taken up again asks the same. `docs/PLANNER.md` explains the order of the
//! questions and what it costs.
//!
//! A block has an [extent], a [descent] from its whole to its cells, and what it concluded on the way, written through
//! its [notebook]. The descent's parts own what they found out: [margins], [countries], [pairs], then the windows of
//! channels and of pairs, which are looked for by [bisection].

mod ablation;
mod allowance;
mod bisection;
mod block;
mod channel_windows;
mod countries;
mod descent;
mod extent;
mod kinds;
mod margins;
mod notebook;
mod pair_windows;
mod pairs;
mod room;
mod segment;
mod target;
#[cfg(test)]
mod tests;
mod time_search;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Range;

pub use ablation::Search;
pub(super) use allowance::{most_lost, worst_loss};

use block::Block;
use extent::Maturity;
use target::Target;

use crate::model::{Counts, Outcome, Slice};

use super::index::{CountryIndex, Group};
use super::layout::{Layout, Node};
use super::store::{Basis, Store};

/// One question of a wave.
#[derive(Debug)]
struct Posed {
    block: usize,
    target: Target,
    slice: Slice,
    outcome: Option<Outcome>,
}

/// All blocks, and the wave that is being asked.
#[derive(Debug, Default)]
pub(super) struct Drill {
    blocks: Vec<Block>,
    breadth: usize,
    wave: Vec<Posed>,
    by_slice: HashMap<Slice, usize>,
    next: usize,
}

impl Drill {
    /// Drills the windows for which `wants` says so. `emptiness` tells what shows that a group has nothing in them.
    pub(super) fn new(
        layout: &Layout,
        store: &Store,
        order: &[CountryIndex],
        wants: impl Fn(usize) -> bool,
        emptiness: impl Fn(&Range<usize>, Group) -> Option<Basis>,
    ) -> Self {
        let mut blocks = Vec::new();
        let settled = 0..layout.first_provisional_window();
        let growing = layout.provisional_windows();
        for (windows, maturity) in [(settled, Maturity::Settled), (growing, Maturity::Growing)] {
            let mut window = windows.start;
            while window < windows.end {
                let mut end = (window..windows.end).find(|&window| !wants(window)).unwrap_or(windows.end);
                if maturity == Maturity::Growing {
                    // What is found must be asked itself, so there is nothing to gain from looking at more than one.
                    end = end.min(window + 1);
                }
                if end > window {
                    blocks.extend(layout.groups().map(|group| {
                        let mut block = Block::new(layout, store, maturity, window..end, group, order);
                        if let Some(basis) = emptiness(&(window..end), group) {
                            block.tell_empty(basis);
                        }
                        block
                    }));
                }
                window = end.max(window + 1);
            }
        }
        Self { blocks, ..Self::default() }
    }

    /// The same drill with waves of so many questions at least, where one of them may spare another.
    pub(super) fn side_by_side(self, breadth: NonZeroUsize) -> Self {
        Self { breadth: breadth.get(), ..self }
    }

    /// The same drill without one of its searches.
    pub(super) fn without(mut self, search: Option<Search>) -> Self {
        for block in &mut self.blocks {
            block.ablate(search);
        }
        self
    }

    /// How many cells are not known yet.
    pub(super) fn remaining(&self) -> u64 {
        self.blocks.iter().map(Block::remaining).sum()
    }

    /// How many questions are still to be expected, those of the present wave included; `None`: the answers do not tell
    /// yet.
    pub(super) fn expected(&self) -> Option<u64> {
        let to_come = self.blocks.iter().map(Block::expected).sum::<Option<u64>>()?;
        Some(to_come + self.wave_len() as u64)
    }

    /// Takes in the wave's answers and makes the next wave; `false` when there is nothing left to ask.
    pub(super) fn advance(&mut self, layout: &Layout, store: &mut Store) -> bool {
        for asked in std::mem::take(&mut self.wave) {
            let outcome = asked.outcome.expect("a wave is over when all its questions are");
            self.blocks[asked.block].learn(layout, store, &asked.target, &asked.slice, &outcome);
        }
        self.next = 0;
        let live = self.blocks.iter().filter(|block| !block.is_over()).count();
        let breadth = self.breadth.max(1).div_ceil(live.max(1));
        for (index, block) in self.blocks.iter_mut().enumerate() {
            let posed = block.wave(layout, store, breadth).into_iter();
            self.wave.extend(posed.map(|(slice, target)| Posed { block: index, target, slice, outcome: None }));
        }
        self.by_slice = self.wave.iter().enumerate().map(|(index, asked)| (asked.slice, index)).collect();
        !self.wave.is_empty()
    }

    pub(super) fn next_slice(&mut self) -> Option<Slice> {
        let asked = self.wave.get(self.next)?;
        self.next += 1;
        Some(asked.slice)
    }

    pub(super) fn learn(&mut self, slice: &Slice, outcome: &Outcome) {
        if let Some(&index) = self.by_slice.get(slice) {
            self.wave[index].outcome = Some(outcome.clone());
        }
    }

    /// How many questions of the present wave have no answer.
    pub(super) fn wave_len(&self) -> usize {
        self.wave.iter().filter(|asked| asked.outcome.is_none()).count()
    }

    /// The cells and totals that it inferred; some may have been asked since.
    pub(super) fn into_inferred(self) -> Vec<Node> {
        self.blocks.into_iter().flat_map(Block::into_inferred).collect()
    }

    /// The cells that it inferred to hold attempts: each is what a sum had left for its last part, a pair's total
    /// without its other windows or a country's without its other channels. Some may have been asked since.
    pub(super) fn remainders_inferred(&self) -> impl Iterator<Item = Node> + '_ {
        self.blocks.iter().flat_map(Block::remainders).copied()
    }

    /// The totals of countries and of pairs over a block's windows that answers told, and that its conclusions rest on.
    /// The zeros of such a slice's cells rest on that one answer, if it is zero.
    pub(super) fn totals_answered<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = (Slice, Counts)> + 'a {
        self.blocks.iter().flat_map(|block| block.answered_totals(layout))
    }

    /// Windows of blocks that were given up: their cells are asked one by one.
    pub(super) fn given_up(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks.iter().filter_map(Block::given_up).flatten()
    }

    /// Cells and totals of all blocks.
    pub(super) fn nodes(&self) -> u64 {
        self.blocks.iter().map(Block::nodes).sum()
    }
}
