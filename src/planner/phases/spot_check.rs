//! The spot check: a random sample of what the drill implied is asked directly.
//!
//! Totals are drawn like cells, as the remainder's rows rest on them. An answer that agrees makes its node measured.
//! One that differs takes the trust from the whole inference of its service and prefix: all that was implied there is
//! forgotten, asked directly, and reviewed like everything else.
//!
//! Only what this plan implied of settled windows is drawn: counts of growing windows may differ without a fault. What
//! an earlier run implied is an answer of the ledger, asked afresh by
//! [`Freshness::Refresh`](crate::planner::Freshness::Refresh).

use std::collections::BTreeSet;

use crate::model::{Outcome, Question};
use crate::planner::index::Group;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

use super::by_level::ByLevel;
use super::stage::Stage;
use super::{Phase, Turn};

impl Knowledge {
    /// Draws the sample; `false` when there is nothing to ask.
    pub(in crate::planner) fn begin_spot_check(&mut self) -> bool {
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
        spot.sample = spot.check.draw(nodes);
        !spot.sample.is_empty()
    }

    /// Forgets every inference that the sample belies, and says what is to be asked in its stead.
    fn doubt_inferences(&mut self) -> Vec<Node> {
        let layout = &self.layout;
        let Some(spot) = &self.spot else { return Vec::new() };
        let group_of = |node| match layout.place(node) {
            Place::Cell { lane, .. } | Place::WindowTotal { lane, .. } | Place::RangeTotal { lane } => {
                layout.group_of(lane)
            }
            Place::AllChannels { group } => group,
        };
        let doubted: BTreeSet<Group> = spot.differing.iter().map(|&(node, ..)| group_of(node)).collect();
        let ranges = doubted.iter().filter(|_| layout.has_range_totals());
        let ranges = ranges.flat_map(|&group| layout.lanes_of(group)).map(|lane| layout.range_total(lane));
        let is_settled = |node: &Node| !layout.is_provisional(layout.place(*node));
        let all = layout.cells_and_window_totals();
        let inferred = all.filter(|&node| doubted.contains(&group_of(node))).filter(is_settled);
        let nodes: Vec<Node> = inferred.chain(ranges).filter(|&node| self.store.is_implied(node)).collect();
        for &node in &nodes {
            self.store.forget(node);
        }
        nodes
    }
}

/// The phase that asks the sample.
#[derive(Debug)]
pub(super) struct Sample(ByLevel);

impl Sample {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let nodes = known.spot.as_mut().map(|spot| std::mem::take(&mut spot.sample)).unwrap_or_default();
        Self(ByLevel::wholes_first(nodes, known))
    }
}

impl Phase for Sample {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let node = self.0.next(&known.layout)?;
        known.store.mark_asked_again(node);
        Some(Stage::SpotCheck.question(known, node))
    }

    /// Compares what came back with what was implied.
    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        self.0.count_in();
        let (Some(spot), Some(node)) = (&mut known.spot, known.layout.node(&question.slice)) else { return };
        let (Some(implied), Outcome::Answered(answer)) = (known.store.counts(node), outcome) else {
            spot.unanswered += 1;
            return;
        };
        spot.asked += 1;
        if implied != answer.counts {
            spot.differing.push((node, implied, answer.counts));
        }
        // The API did not change its mind: it was never asked before.
        known.store.forget(node);
        known.store.mark_asked_again(node);
        known.take(Stage::SpotCheck, node, question, answer);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        let is_belied = known.spot.as_ref().is_some_and(|spot| !spot.differing.is_empty());
        match self.0.is_over() {
            false => Turn::More,
            true if is_belied => Turn::To(Stage::Doubted),
            true => Turn::To(Stage::Review),
        }
    }
}

/// The phase that asks what was implied beside an inference that the sample belied.
#[derive(Debug)]
pub(super) struct Doubted(ByLevel);

impl Doubted {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let nodes = known.doubt_inferences();
        Self(ByLevel::wholes_first(nodes, known))
    }
}

impl Phase for Doubted {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let node = self.0.next(&known.layout)?;
        Some(Stage::Doubted.question(known, node))
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        self.0.count_in();
        known.learn(Stage::Doubted, question, outcome);
    }

    fn finish(&mut self, _: &mut Knowledge) -> Turn {
        if self.0.is_over() { Turn::To(Stage::Review) } else { Turn::More }
    }
}
