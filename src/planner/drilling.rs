//! How the drill is part of a plan: which windows it looks for, what it is told, and what it teaches.

use std::collections::BTreeMap;
use std::ops::Range;

use super::drill::Drill;
use super::expired::Standing;
use super::plan::Plan;
use super::store::{Basis, MayRetry};
use super::{Freshness, Strategy, prior};
use crate::model::{Country, Counts, Outcome, Question};

impl Plan {
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

    /// How many windows are looked up in the ledger before anything is asked: those that may have expired, and all that
    /// the drill would look for.
    pub(super) fn recalled_windows(&self) -> usize {
        match (self.terms.strategy, self.terms.freshness) {
            (Strategy::DrillDown, Freshness::Reuse) => self.old.0.max(self.layout.first_open_window()),
            _ => self.old.0,
        }
    }

    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    #[must_use]
    pub fn expecting(mut self, attempts: &BTreeMap<Country, i64>) -> Self {
        let countries = self.layout.matrix().shape().countries.iter().flatten();
        self.expected = countries.map(|country| attempts.get(country).copied().unwrap_or_default()).collect();
        self
    }

    /// What earlier runs tell of a country: of the plan's own windows, or of others.
    fn known_attempts(&self, country: usize) -> i64 {
        let expected = self.expected.get(country).copied().unwrap_or_default();
        let cells = (0..self.layout.windows())
            .flat_map(|window| (0..self.layout.lanes()).map(move |lane| (window, lane)))
            .filter_map(|(window, lane)| self.store.counts(self.layout.cell(window, country, lane)));
        cells.fold(expected, |sum, counts| sum.saturating_add(counts.attempts()))
    }

    pub(super) fn begin_drill(&mut self) {
        self.drilled = match self.terms.strategy {
            Strategy::Exhaustive => vec![false; self.layout.windows()],
            Strategy::DrillDown => (0..self.layout.windows())
                .map(|window| {
                    let is_wanted = if self.layout.is_provisional_window(window) {
                        window < self.layout.first_open_window() && !self.moves.has_history(window)
                    } else {
                        !self.is_recalled(window)
                    };
                    self.standings[window] == Standing::Live && is_wanted
                })
                .collect(),
        };
        let order = prior::order(self.layout.matrix().shape(), |country| self.known_attempts(country));
        let (prefixes, range) = (&self.prefixes, self.layout.range_windows());
        let emptiness = |windows: &Range<usize>, group: usize| {
            let is_within = range.start <= windows.start && windows.end <= range.end;
            if is_within { prefixes.emptiness(group) } else { None }
        };
        self.drill = Drill::new(&self.layout, &self.store, &order, |window| self.drilled[window], emptiness);
        self.planned = self.planned.saturating_sub(self.drill.nodes());
    }

    /// What the drill asked may be a cell or a total as well.
    pub(super) fn learn_drilled(&mut self, question: &Question, outcome: &Outcome) {
        self.drill.learn(&question.slice, outcome);
        if let Outcome::Answered(answer) = outcome {
            self.trust.note_slice(&question.slice, answer.source);
        }
        let Some(node) = self.layout.node(&question.slice) else { return };
        match outcome {
            Outcome::Answered(answer) => self.store.answer(&self.layout, node, question.round, answer),
            Outcome::Failed(failure) => self.take_failure(node, self.layout.place(node), question, failure),
            Outcome::NotRecorded => self.store.fail(node, question.round, "it was not asked", MayRetry::No),
        }
    }
}
