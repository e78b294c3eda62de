//! A block: the way down, what it asked and concluded, and how it is given up.

use std::ops::Range;

use super::ablation::Search;
use super::descent::{Depth, Descent};
use super::extent::{Extent, Maturity};
use super::notebook::{Conclusions, Notebook};
use super::target::Target;
use crate::model::{Counts, Outcome, Slice};
use crate::planner::index::{CountryIndex, Group};
use crate::planner::layout::{Layout, Node};
use crate::planner::store::{Basis, Store};

/// A run of windows of one service and prefix.
#[derive(Debug)]
pub(super) struct Block {
    extent: Extent,
    descent: Descent,
    conclusions: Conclusions,
    /// Cells and totals in all.
    nodes: u64,
    /// How many of them were known before.
    known_before: u64,
}

impl Block {
    /// `order`: countries, those with the most attempts to be expected first.
    pub(super) fn new(
        layout: &Layout,
        store: &Store,
        maturity: Maturity,
        windows: Range<usize>,
        group: Group,
        order: &[CountryIndex],
    ) -> Self {
        let extent = Extent::new(layout, maturity, windows, group);
        let descent = Descent::new(layout, &extent, order.to_vec());
        let nodes = extent.nodes(layout).count() as u64;
        let known_before = extent.nodes(layout).filter(|&node| store.is_known(node)).count() as u64;
        Self { extent, descent, conclusions: Conclusions::default(), nodes, known_before }
    }

    /// Takes it that there is nothing in it.
    pub(super) fn tell_empty(&mut self, basis: Basis) {
        self.descent.tell_empty();
        self.conclusions.basis = basis;
    }

    pub(super) fn ablate(&mut self, without: Option<Search>) {
        self.extent.without = without;
        self.descent.ablate(&self.extent);
    }

    pub(super) fn remaining(&self) -> u64 {
        let resolved = self.known_before + self.conclusions.nodes.len() as u64;
        if self.descent.is_over() { 0 } else { self.nodes.saturating_sub(resolved) }
    }

    /// How many questions are still to be expected of it; `None`: its answers do not tell yet.
    pub(super) fn expected(&self) -> Option<u64> {
        Some(self.descent.expected()?.min(self.remaining()))
    }

    /// How many cells and totals it is about.
    pub(super) const fn nodes(&self) -> u64 {
        self.nodes
    }

    pub(super) fn is_over(&self) -> bool {
        self.descent.is_over()
    }

    /// The questions that can be asked now, each once; none when it is over. Where one may spare another there are no
    /// more than make up `breadth`.
    pub(super) fn wave(&mut self, layout: &Layout, store: &mut Store, breadth: usize) -> Vec<(Slice, Target)> {
        self.extent.breadth = if self.extent.has(Search::SideBySide) { breadth } else { 1 };
        let Self { extent, descent, conclusions, .. } = self;
        let Ok(targets) = descent.ask(&mut Notebook { extent, layout, store, conclusions }) else {
            self.give_up(store);
            return Vec::new();
        };
        targets.into_iter().map(|target| (self.extent.slice(layout, &target), target)).collect()
    }

    /// Takes in what came back for a target.
    pub(super) fn learn(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        target: &Target,
        slice: &Slice,
        outcome: &Outcome,
    ) {
        if self.descent.is_over() {
            return;
        }
        let Self { extent, descent, conclusions, .. } = self;
        let mut notebook = Notebook { extent, layout, store, conclusions };
        let counts = match outcome {
            Outcome::Answered(answer) => Some(notebook.hear(answer, layout.is_settled_at(slice.range, answer.reach()))),
            Outcome::Failed(_) | Outcome::NotRecorded => None,
        };
        if descent.learn(target, counts, &mut notebook).is_err() {
            self.give_up(store);
        }
    }

    /// Throws away what was concluded, after a contradiction. Its cells are asked one by one.
    fn give_up(&mut self, store: &mut Store) {
        self.conclusions.remainders.clear();
        for node in self.conclusions.nodes.drain(..) {
            store.forget(node);
        }
        self.descent.depth = Depth::GivenUp;
    }

    pub(super) fn into_inferred(self) -> Vec<Node> {
        self.conclusions.nodes
    }

    pub(super) fn remainders(&self) -> &[Node] {
        &self.conclusions.remainders
    }

    /// Its windows, if it was given up.
    pub(super) fn given_up(&self) -> Option<Range<usize>> {
        (self.descent.depth == Depth::GivenUp).then(|| self.extent.windows.clone())
    }

    /// The totals of countries and pairs that were answered, none of a block that was given up.
    pub(super) fn answered_totals<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = (Slice, Counts)> + 'a {
        let totals = self.descent.answered_totals().filter(|_| self.descent.depth != Depth::GivenUp);
        totals.map(|(target, counts)| (self.extent.slice(layout, &target), counts))
    }
}
