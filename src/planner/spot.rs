//! The spot check: a random sample of what the drill implied is asked directly.
//!
//! Which nodes are drawn is a function of the seed and of what is implied, so that a plan that is taken up again asks
//! the same. Totals are drawn like cells, as the remainder's rows rest on them. An answer that agrees makes its node
//! measured. One that differs takes the trust from the whole inference of its service and prefix: all that was implied
//! there is forgotten, asked directly, and reviewed like everything else.
//!
//! Only what this plan implied of settled windows is drawn: counts of growing windows may differ without a fault. What
//! an earlier run implied is an answer of the ledger, asked afresh by [`Freshness::Refresh`](super::Freshness::Refresh).

use std::collections::BTreeSet;

use crate::model::{Cell, Counts, Outcome, Question};

use super::layout::{Layout, Node, Place};
use super::plan::Plan;
use super::stages::Stage;

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

/// The state of a check.
#[derive(Debug)]
pub(super) struct Spot {
    check: SpotCheck,
    has_begun: bool,
    /// What is left of the sample, or of what is asked in its stead; taken from the end, wholes first.
    open: Vec<Node>,
    level: u8,
    implied: u64,
    asked: u64,
    unanswered: u64,
    /// Each with what was implied and what was measured.
    differing: Vec<(Node, Counts, Counts)>,
}

impl Spot {
    pub(super) const fn new(check: SpotCheck) -> Self {
        Self {
            check,
            has_begun: false,
            open: Vec::new(),
            level: 0,
            implied: 0,
            asked: 0,
            unanswered: 0,
            differing: Vec::new(),
        }
    }

    fn open(&mut self, mut nodes: Vec<Node>, layout: &Layout) {
        nodes.sort_unstable();
        self.level = nodes.last().map_or(0, |&node| layout.place(node).level());
        self.open = nodes;
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
    fn draw(self, mut nodes: Vec<Node>) -> Vec<Node> {
        let wanted = (nodes.len() * usize::from(self.percent.min(100))).div_ceil(100);
        if (1..nodes.len()).contains(&wanted) {
            nodes.select_nth_unstable_by_key(wanted - 1, |node| (mixed(self.seed ^ mixed(u64::from(node.0))), *node));
        }
        nodes.truncate(wanted);
        nodes
    }
}

/// The finisher of `SplitMix64`: every bit of the outcome depends on every bit of the number.
const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Plan {
    /// The same plan with a spot check before its end. Nothing was asked yet.
    #[must_use]
    pub fn with_spot_check(mut self, check: SpotCheck) -> Self {
        self.spot = Some(Spot::new(check));
        self
    }

    /// Whether inferences may be kept. Those of a run that ends before its check would escape it when the run is taken
    /// up again, and change the sample.
    pub(super) fn may_keep_inferences(&self) -> bool {
        self.spot.is_none() || self.is_over()
    }

    /// Draws the sample; `false` when there is nothing to ask.
    pub(super) fn begin_spot_check(&mut self) -> bool {
        let (layout, store) = (&self.layout, &self.store);
        let Some(spot) = self.spot.as_mut().filter(|spot| !spot.has_begun) else { return false };
        spot.has_begun = true;
        let is_drawn = |node: &Node| {
            let place = layout.place(*node);
            let is_refused = matches!(place, Place::Cell { country, .. } if self.refused[country].is_some());
            let may_grow = layout.is_provisional(place);
            !may_grow && store.is_implied(*node) && !store.was_asked_again(*node) && !is_refused
        };
        let nodes: Vec<Node> = layout.cells_and_window_totals().filter(is_drawn).collect();
        spot.implied = nodes.len() as u64;
        let sample = spot.check.draw(nodes);
        let count = sample.len() as u64;
        spot.open(sample, layout);
        self.add_planned(count);
        count > 0
    }

    /// The next node of the sample, or of what is asked in its stead, wholes before their parts.
    pub(super) fn ask_spot(&mut self) -> Option<Question> {
        let spot = self.spot.as_mut()?;
        let node = *spot.open.last()?;
        let place = self.layout.place(node);
        if place.level() != spot.level && self.in_flight > 0 {
            return None;
        }
        spot.level = place.level();
        spot.open.pop();
        if self.stage == Stage::Spot {
            self.store.mark_asked_again(node);
        }
        Some(self.question(node, place))
    }

    /// Compares what came back for a node of the sample with what was implied.
    pub(super) fn learn_spot(&mut self, node: Node, question: &Question, outcome: &Outcome) {
        let Some(spot) = &mut self.spot else { return };
        let (Some(implied), Outcome::Answered(answer)) = (self.store.counts(node), outcome) else {
            spot.unanswered += 1;
            return;
        };
        spot.asked += 1;
        if implied != answer.counts {
            spot.differing.push((node, implied, answer.counts));
        }
        // The API did not change its mind: it was never asked before.
        self.store.forget(node);
        self.store.mark_asked_again(node);
        self.take(node, self.layout.place(node), question, answer);
    }

    /// Forgets every inference that the sample belies; `false` when there is none.
    pub(super) fn doubt_inferences(&mut self) -> bool {
        let layout = &self.layout;
        let Some(spot) = &mut self.spot else { return false };
        let group_of = |node| match layout.place(node) {
            Place::Cell { lane, .. } | Place::WindowTotal { lane, .. } | Place::RangeTotal { lane } => {
                layout.group_of(lane)
            }
            Place::AllChannels { group } => group,
        };
        let doubted: BTreeSet<usize> = spot.differing.iter().map(|&(node, ..)| group_of(node)).collect();
        let ranges = doubted.iter().filter(|_| layout.has_range_totals());
        let ranges = ranges.flat_map(|&group| layout.lanes_of(group)).map(|lane| layout.range_total(lane));
        let is_settled = |node: &Node| !layout.is_provisional(layout.place(*node));
        let all = layout.cells_and_window_totals();
        let inferred = all.filter(|&node| doubted.contains(&group_of(node))).filter(is_settled);
        let nodes: Vec<Node> = inferred.chain(ranges).filter(|&node| self.store.is_implied(node)).collect();
        for &node in &nodes {
            self.store.forget(node);
        }
        let count = nodes.len() as u64;
        spot.open(nodes, layout);
        self.add_planned(count);
        count > 0
    }
}
