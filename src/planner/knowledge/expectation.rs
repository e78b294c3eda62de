//! What is to be expected: of countries, for the order of questions, and how many questions there will be.

use std::collections::BTreeMap;

use super::Knowledge;
use crate::model::Country;
use crate::planner::index::CountryIndex;

impl Knowledge {
    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    pub(in crate::planner) fn expect(&mut self, attempts: &BTreeMap<Country, i64>) {
        for index in self.layout.countries() {
            let known = self.layout.country(index).and_then(|country| attempts.get(&country));
            if let Some(&attempts) = known {
                self.refusals.remember_country(index);
                self.expected[index] = attempts;
            }
        }
    }

    /// What earlier runs tell of a country: of the plan's own windows, or of others.
    pub(in crate::planner) fn known_attempts(&self, country: CountryIndex) -> i64 {
        let cells = self
            .layout
            .windows()
            .flat_map(|window| self.layout.lanes().map(move |lane| (window, lane)))
            .filter_map(|(window, lane)| self.store.counts(self.layout.cell(window, country, lane)));
        cells.fold(self.expected[country], |sum, counts| sum.saturating_add(counts.attempts()))
    }

    /// The questions of the live windows' stages.
    pub(in crate::planner) fn count_planned(&self) -> u64 {
        let layout = &self.layout;
        let is_live = |window: &usize| self.is_live_window(*window);
        let live = layout.windows().filter(is_live).count();
        let growing = layout.provisional_windows().filter(is_live).count();
        let totals = if layout.splits_countries() { layout.lane_count() } else { 0 };
        let range_totals = layout.range_totals().len() + layout.group_wholes().len();
        let rounds = if layout.is_provisional_range() { 2 } else { 1 };
        let per_window = layout.matrix().shape().cells_per_window();
        (live * (per_window + totals) + growing * totals + rounds * range_totals) as u64
    }
}
