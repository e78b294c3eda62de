//! How the drill is part of a plan: which windows it looks for, what it is told, and what it teaches.

use std::ops::Range;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Outcome, Question};
use crate::planner::drill::Drill;
use crate::planner::knowledge::Knowledge;
use crate::planner::retention::Status;
use crate::planner::store::Basis;
use crate::planner::{Freshness, Strategy, prior};

impl Knowledge {
    /// Where there is nothing at all, no channel has anything.
    pub(super) fn imply_empty_ranges(&mut self) {
        let is_sound = self.layout.has_range_totals() && !self.layout.is_provisional_range();
        if self.terms.strategy == Strategy::Exhaustive || !self.layout.has_all_channels() || !is_sound {
            return;
        }
        for group in 0..self.layout.groups() {
            let whole = self.store.known(self.layout.all_channels(group));
            let Some(empty) = whole.filter(|whole| whole.counts == Counts::ZERO) else { continue };
            let mut basis = Basis::default();
            basis.add_known(&empty);
            for lane in self.layout.lanes_of(group) {
                let total = self.layout.range_total(lane);
                if !self.store.is_known(total) {
                    self.store.imply(total, Counts::ZERO, &basis);
                }
            }
        }
    }

    /// Keeps what the drill was told and what it inferred, for the evidence.
    fn note_drilled(&mut self, drill: &Drill) {
        self.pieces = drill.remainders_inferred().collect();
        for (slice, counts) in drill.totals_answered(&self.layout) {
            if let Some(country) = self.country_index(slice.country)
                && slice.channel.is_none()
                && self.layout.range() == Some(slice.range)
            {
                self.country_totals.insert((slice.service, slice.prefix, country), counts);
            }
            if counts == Counts::ZERO {
                self.zero_answers.push(slice);
            }
        }
    }

    /// The windows whose cells are looked for.
    fn windows_to_drill(&self) -> Vec<bool> {
        let is_wanted = |window: usize| match self.terms.strategy {
            Strategy::Exhaustive => false,
            Strategy::DrillDown if self.status[window] != Status::Live || self.is_empty[window] => false,
            Strategy::DrillDown if self.layout.is_provisional_window(window) => {
                window < self.layout.first_open_window() && !self.growth.has_history(window)
            }
            Strategy::DrillDown => !self.is_recalled(window),
        };
        (0..self.layout.windows()).map(is_wanted).collect()
    }
}

/// The drill as a phase.
#[derive(Debug)]
pub(super) struct DrillDown {
    drill: Drill,
}

impl DrillDown {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        known.drilled = known.windows_to_drill();
        let order = prior::order(known.layout.matrix().shape(), |country| known.known_attempts(country));
        let range = known.layout.range_windows();
        let emptiness = |windows: &Range<usize>, group: usize| {
            let is_within = range.start <= windows.start && windows.end <= range.end;
            if is_within { known.empty_groups[group] } else { None::<Basis> }
        };
        let drill = Drill::new(&known.layout, &known.store, &order, |window| known.drilled[window], emptiness);
        let drill = drill.without(known.without);
        known.progress.planned = known.progress.planned.saturating_sub(drill.nodes());
        Self { drill }
    }
}

impl Phase for DrillDown {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let slice = self.drill.next_slice()?;
        // Slices of growing windows are asked afresh: what counts of them is whether there is anything.
        let is_provisional = !known.layout.is_settled_at(slice.range, known.terms.as_of);
        let windows = known.layout.matrix().windows();
        let is_afresh = (0..windows.len()).any(|at| known.is_afresh[at] && slice.range.overlaps(windows[at]));
        let freshness = if is_afresh { Freshness::Refresh } else { known.terms.freshness };
        let reuse = Stage::Drill.reuse(is_provisional, freshness);
        Some(Question { slice, round: Stage::Drill.round(), reuse })
    }

    /// What the drill asked may be a cell or a total as well.
    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        self.drill.learn(&question.slice, outcome);
        if known.layout.node(&question.slice).is_some() {
            known.learn(Stage::Drill, question, outcome);
        }
        known.evidence.see(outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.drill.advance(&known.layout, &mut known.store) {
            known.progress.planned += self.drill.wave_len() as u64;
            return Turn::More;
        }
        known.note_drilled(&self.drill);
        known.inferred = std::mem::take(&mut self.drill).into_inferred();
        Turn::Over
    }

    fn remaining(&self) -> u64 {
        self.drill.remaining()
    }
}
