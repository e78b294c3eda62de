//! What proves the cells from the fewest questions.

use std::collections::{BTreeMap, BTreeSet};

use super::{Series, Sum, Zeros};
use crate::model::{Round, Slice};
use crate::planner::index::{CountryIndex, Group};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};
use crate::planner::phases::hidden::Hidden;

impl Zeros {
    /// Chooses what proves the cells from the fewest questions.
    pub(super) fn plan(&mut self, known: &mut Knowledge) {
        let hidden = Hidden::new(known);
        let mut places: BTreeMap<(usize, CountryIndex, Group), Vec<Node>> = BTreeMap::new();
        for node in known.pieces.iter().copied().filter(|&node| hidden.may_hide_piece(node)) {
            if let Place::Cell { window, country, lane } = known.layout.place(node) {
                places.entry((window, country, known.layout.group_of(lane))).or_default().push(node);
            }
        }
        for pieces in places.into_values() {
            let together = Slice { channel: None, ..known.layout.slice(pieces[0]) };
            // A country's channels prove each other in one question, unless some were inferred from its answer.
            let is_sum = pieces.len() > 1 && known.layout.has_all_channels() && !known.answered.contains_key(&together);
            if is_sum {
                self.inquiry.put(together, Round::Proof);
                self.together.push((together, pieces));
            } else {
                for node in pieces {
                    self.inquiry.put(known.layout.slice(node), Round::Proof);
                    self.pieces.push(node);
                }
            }
        }
        self.silent = known.zero_answers.iter().copied().filter(|slice| hidden.may_hide(slice)).collect();
        for zero in &self.silent {
            self.inquiry.put(*zero, Round::Proof);
        }
        let loose: Vec<Node> = hidden.loose_zeros();
        self.sums = sums(known, &loose);
        let is_cheaper = loose.len() < self.sums.len() && !known.sums_all_cells();
        if (is_cheaper || self.sums.is_empty()) && !loose.is_empty() {
            self.sums.clear();
            for node in loose {
                let slice = known.layout.slice(node);
                self.silent.push(slice);
                self.inquiry.put(slice, Round::Proof);
            }
        }
        known.progress.planned += self.inquiry.len() + self.sums.len() as u64;
    }
}

/// The sums to check besides what the drill was told.
fn sums(known: &Knowledge, loose: &[Node]) -> Vec<Sum> {
    let layout = &known.layout;
    let Some(windows) = known.stretch_in_doubt() else { return Vec::new() };
    let is_single = windows.len() == 1;
    let wanted: BTreeSet<Series> = loose
        .iter()
        .filter_map(|&node| match layout.place(node) {
            Place::Cell { country, lane, .. } => Some((country, lane)),
            _ => None,
        })
        .collect();
    let Some(range) = layout.hull(windows.clone()) else { return Vec::new() };
    let shape = layout.matrix().shape();
    let sums_all = known.sums_all_cells();
    let mut found = BTreeSet::new();
    let mut sums = Vec::new();
    for country in layout.countries().filter(|&country| !known.is_refused(country)) {
        for lane in layout.lanes().filter(|&lane| !known.is_refused_in(country, lane)) {
            let is_wanted = wanted.contains(&(country, lane)) || sums_all;
            let single = layout.slice_of(range, Some(country), lane);
            let slice = if layout.has_all_channels() { Slice { channel: None, ..single } } else { single };
            // With one window a country's channel is its own cell.
            if !is_wanted || (is_single && slice.channel.is_some() == shape.channels.is_some()) {
                continue;
            }
            if found.insert((slice.service, slice.country, slice.channel, slice.prefix)) {
                sums.extend(known.stretches(&slice, windows.clone()).into_iter().map(|windows| (slice, windows)));
            }
        }
    }
    sums
}

impl Knowledge {
    /// Whether every country's windows are summed up: where cells were asked one by one, what one of them lacks could
    /// hide in the remainder. One window alone is its own sum.
    pub(in crate::planner::phases) fn sums_all_cells(&self) -> bool {
        let mut windows = self.windows_in_doubt();
        let is_many = self.windows_in_doubt().nth(1).is_some();
        is_many && windows.any(|window| !self.is_found_by_drill(window) && !self.is_listed(window))
    }
}
