//! The drill-down: the cells of settled windows from fewer questions than there are cells.
//!
//! Every step is sound by itself. A slice without attempts has no cell with any. Parts that add up to their whole leave
//! nothing for the others. What a range holds beyond its first part, its second part holds. Attempts that converted and
//! attempts that did not add up separately, so each such step is taken for both kinds at once. What contradicts this (a
//! part above its whole, sums that differ) ends the drill of its block: what it implied is thrown away, and its cells
//! are asked one by one.
//!
//! A *block* is a run of windows with unknown cells, for one service and prefix. All blocks are drilled side by side in
//! *waves*: the questions of a wave follow from the answers before it and from nothing else, so that a plan that is
//! taken up again asks the same. `docs/PLANNER.md` explains the order of the questions and what it costs.

mod block;
mod channels;
mod columns;
mod cut;
mod lanes;
mod rows;
mod search;
mod segment;
mod target;

use std::collections::HashMap;
use std::ops::Range;

pub(super) use block::{Block, Kind};
pub(super) use target::Target;

use crate::model::{Answer, Outcome, Slice};

use super::layout::{Layout, Node};
use super::store::{Basis, Store};

/// One question of a wave.
#[derive(Debug)]
struct Asked {
    block: usize,
    target: Target,
    slice: Slice,
    outcome: Option<Outcome>,
}

/// All blocks, and the wave that is being asked.
#[derive(Debug, Default)]
pub(super) struct Drill {
    blocks: Vec<Block>,
    wave: Vec<Asked>,
    by_slice: HashMap<Slice, usize>,
    next: usize,
}

impl Drill {
    /// Drills the windows for which `wants` says so. `emptiness` tells what shows that a group has nothing in them.
    pub(super) fn new(
        layout: &Layout,
        store: &Store,
        order: &[usize],
        wants: impl Fn(usize) -> bool,
        emptiness: impl Fn(&Range<usize>, usize) -> Option<Basis>,
    ) -> Self {
        let mut blocks = Vec::new();
        let settled = 0..layout.first_provisional_window();
        let growing = layout.first_provisional_window()..layout.windows();
        for (windows, kind) in [(settled, Kind::Settled), (growing, Kind::Growing)] {
            let mut window = windows.start;
            while window < windows.end {
                let mut end = (window..windows.end).find(|&window| !wants(window)).unwrap_or(windows.end);
                if kind == Kind::Growing {
                    // What is found must be asked itself, so there is nothing to gain from looking at more than one.
                    end = end.min(window + 1);
                }
                if end > window {
                    let groups = 0..layout.groups();
                    blocks.extend(groups.map(|group| {
                        let mut block = Block::new(layout, store, kind, window..end, group, order);
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

    /// How many cells are not known yet.
    pub(super) fn remaining(&self) -> u64 {
        self.blocks.iter().map(Block::remaining).sum()
    }

    /// Takes in the wave's answers and makes the next wave; `false` when there is nothing left to ask. `told` knows
    /// answers that need no asking.
    pub(super) fn advance(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        told: impl Fn(&Slice) -> Option<Answer>,
    ) -> bool {
        let mut taken = std::mem::take(&mut self.wave);
        self.by_slice.clear();
        self.next = 0;
        loop {
            for asked in taken.drain(..) {
                let outcome = asked.outcome.expect("a wave is over when all its questions are");
                self.blocks[asked.block].learn(layout, store, &asked.target, &asked.slice, &outcome);
            }
            for (index, block) in self.blocks.iter_mut().enumerate() {
                for target in block.wave(layout, store) {
                    let slice = block.slice(layout, &target);
                    let outcome = told(&slice).map(Outcome::Answered);
                    self.wave.push(Asked { block: index, target, slice, outcome });
                }
            }
            // When all was told there is nothing to wait for.
            if self.wave.is_empty() || self.wave_len() > 0 {
                break;
            }
            taken = std::mem::take(&mut self.wave);
        }
        self.by_slice = self.wave.iter().enumerate().map(|(index, asked)| (asked.slice, index)).collect();
        !self.wave.is_empty()
    }

    pub(super) fn next_slice(&mut self) -> Option<Slice> {
        loop {
            let asked = self.wave.get(self.next)?;
            self.next += 1;
            if asked.outcome.is_none() {
                return Some(asked.slice);
            }
        }
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

    /// Cells and totals of all blocks.
    pub(super) fn nodes(&self) -> u64 {
        self.blocks.iter().map(Block::nodes).sum()
    }
}
