//! The spot check's terms, its sample, and what it found.
//!
//! Which nodes are drawn is a function of the seed and of what is implied, so that a plan that is taken up again asks
//! the same.

use super::layout::{Layout, Node};
use crate::model::{Cell, Counts};
use crate::splitmix64::{GAMMA, mix};

/// How much of what is implied is asked directly, and which part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpotCheck {
    /// 0 to 100, rounded up to whole nodes; 0 asks nothing, more than 100 is 100.
    pub percent: u8,
    /// The same seed draws the same sample.
    pub seed: u64,
}

/// A count that was implied, and that a direct question answered otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreement {
    /// Without a country where countries are split: the total above them.
    pub cell: Cell,
    /// What the sums left for it.
    pub implied: Counts,
    /// What the API says of it.
    pub measured: Counts,
}

/// What a spot check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpotReport {
    /// Whether the plan came as far as drawing its sample.
    pub has_begun: bool,
    /// Cells and totals that could be drawn: those that this plan implied.
    pub implied: u64,
    /// Those that were asked and answered.
    pub asked: u64,
    /// Those whose question failed: they stand as implied.
    pub unanswered: u64,
    /// In the order of the plan's numbers.
    pub disagreements: Vec<Disagreement>,
}

/// A check, and what it found so far.
#[derive(Debug)]
pub(super) struct Spot {
    pub(super) check: SpotCheck,
    pub(super) has_begun: bool,
    pub(super) sample: Vec<Node>,
    pub(super) implied: u64,
    pub(super) asked: u64,
    pub(super) unanswered: u64,
    /// Each with what was implied and what was measured.
    pub(super) differing: Vec<(Node, Counts, Counts)>,
}

impl Spot {
    pub(super) const fn new(check: SpotCheck) -> Self {
        Self { check, has_begun: false, sample: Vec::new(), implied: 0, asked: 0, unanswered: 0, differing: Vec::new() }
    }

    pub(super) fn into_report(mut self, layout: &Layout) -> SpotReport {
        self.differing.sort_unstable_by_key(|&(node, ..)| node);
        let disagreements = self.differing.into_iter().map(|(node, implied, measured)| {
            let slice = layout.slice(node);
            let (window, service, country) = (slice.range, slice.service, slice.country);
            let cell = Cell { window, service, country, channel: slice.channel, prefix: slice.prefix };
            Disagreement { cell, implied, measured }
        });
        SpotReport {
            disagreements: disagreements.collect(),
            has_begun: self.has_begun,
            implied: self.implied,
            asked: self.asked,
            unanswered: self.unanswered,
        }
    }
}

impl SpotCheck {
    /// The sample of these nodes, in no order.
    pub(super) fn draw(self, mut nodes: Vec<Node>) -> Vec<Node> {
        let wanted = (nodes.len() * usize::from(self.percent.min(100))).div_ceil(100);
        if (1..nodes.len()).contains(&wanted) {
            nodes.select_nth_unstable_by_key(wanted - 1, |node| (mixed(self.seed ^ mixed(u64::from(node.0))), *node));
        }
        nodes.truncate(wanted);
        nodes
    }
}

/// A number that depends on every bit of this one.
const fn mixed(number: u64) -> u64 {
    mix(number.wrapping_add(GAMMA))
}
