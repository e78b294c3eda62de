//! What each cell of a settled window was seen to rest on, besides its own answer.

use std::collections::{BTreeSet, HashSet};

use crate::model::RestsOn;
use crate::planner::index::{CountryIndex, Lane};
use crate::planner::layout::Node;

/// What the proofs of a run showed.
#[derive(Debug, Default)]
pub(in crate::planner) struct Grounds {
    /// Countries and lanes whose cells added up to a sum that was asked after them.
    summed: BTreeSet<(CountryIndex, Lane)>,
    /// Cells that were asked once more, or that an earlier run saw alike.
    repeated: HashSet<Node>,
}

impl Grounds {
    pub(in crate::planner) fn add_sum(&mut self, series: impl IntoIterator<Item = (CountryIndex, Lane)>) {
        self.summed.extend(series);
    }

    pub(in crate::planner) fn add_repetition(&mut self, nodes: impl IntoIterator<Item = Node>) {
        self.repeated.extend(nodes);
    }

    /// What a cell rests on where nothing else shows it.
    pub(in crate::planner) fn of(&self, node: Node, country: CountryIndex, lane: Lane) -> RestsOn {
        if self.repeated.contains(&node) {
            RestsOn::Repetition
        } else if self.summed.contains(&(country, lane)) {
            RestsOn::Sum
        } else {
            RestsOn::Totals
        }
    }
}
