//! What is known of a block's cells and totals, and what it concludes of them.
//!
//! What was asked stands: a conclusion is noted only where nothing is known and nothing failed. Of growing windows only
//! zeros are concluded; a cell that has attempts is left to be asked, as its conversions may still come.

use std::collections::HashSet;

use super::extent::{Extent, Maturity};
use super::target::Track;
use crate::model::{Answer, Counts};
use crate::planner::layout::{Layout, Node};
use crate::planner::store::{Basis, Store};

/// A part above its whole, or sums that differ: the block can't be drilled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Contradiction;

/// What a block concluded.
#[derive(Debug, Default)]
pub(super) struct Conclusions {
    /// What the answers so far are like: conclusions rest on them.
    pub(super) basis: Basis,
    /// In order.
    pub(super) nodes: Vec<Node>,
    /// Those that hold attempts: each is what a sum had left for its last part.
    pub(super) remainders: Vec<Node>,
    /// Of growing windows: what has attempts.
    left_to_ask: HashSet<Node>,
}

/// The plan's store, opened for one block.
pub(super) struct Notebook<'a> {
    pub(super) extent: &'a Extent,
    pub(super) layout: &'a Layout,
    pub(super) store: &'a mut Store,
    pub(super) conclusions: &'a mut Conclusions,
}

impl Notebook<'_> {
    /// What a cell or total is known to hold.
    pub(super) fn known(&self, track: Track, window: usize) -> Option<Counts> {
        self.store.counts(self.node(track, window)).map(|counts| self.extent.seen(counts))
    }

    /// As [`Notebook::known`], of a number that what is concluded will rest on.
    pub(super) fn rely_on(&mut self, node: Node) -> Option<Counts> {
        let known = self.store.known(node)?;
        self.conclusions.basis.add_known(&known);
        Some(self.extent.seen(known.counts))
    }

    pub(super) fn is_failed(&self, node: Node) -> bool {
        self.store.is_failed(node)
    }

    pub(super) fn node(&self, track: Track, window: usize) -> Node {
        self.extent.node(self.layout, track, window)
    }

    /// Takes note of an answer, and of what it says.
    pub(super) fn hear(&mut self, answer: &Answer, is_final: bool) -> Counts {
        self.conclusions.basis.add(answer, is_final);
        self.extent.seen(answer.counts)
    }

    /// Counts without what is known of some windows.
    pub(super) fn without(&self, counts: Counts, track: Track, windows: &[usize]) -> Result<Counts, Contradiction> {
        let known = windows.iter().filter_map(|&window| self.known(track, window));
        known.into_iter().try_fold(counts, |left, known| known.within(left)).ok_or(Contradiction)
    }

    /// Notes what a cell or total must hold.
    pub(super) fn conclude(&mut self, track: Track, window: usize, counts: Counts) {
        let node = self.node(track, window);
        let Conclusions { basis, nodes, remainders, left_to_ask } = &mut *self.conclusions;
        if self.extent.maturity == Maturity::Growing && counts != Counts::ZERO {
            left_to_ask.insert(node);
        }
        if left_to_ask.contains(&node) || self.store.is_known(node) || self.store.is_failed(node) {
            return;
        }
        self.store.imply(node, counts, basis);
        nodes.push(node);
        if counts != Counts::ZERO {
            remainders.push(node);
        }
    }
}
