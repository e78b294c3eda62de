//! What cells and totals add up to. A sum with an unknown part is none.

use std::ops::Range;

use super::Knowledge;
use crate::model::{Counts, Slice};
use crate::planner::index::Lane;

impl Knowledge {
    /// What is known of some filters in some windows: the sum of cells, or of totals where no country is set. `None`
    /// where a part is unknown, or where the job's values need not be all there are.
    pub(in crate::planner) fn sum(&self, filters: &Slice, windows: Range<usize>) -> Option<Counts> {
        let layout = &self.layout;
        let shape = layout.matrix().shape();
        let has = |split: bool, value: bool, all: bool| !split || value || all;
        if !has(shape.channels.is_some(), filters.channel.is_some(), layout.has_all_channels())
            || !has(shape.services.is_some(), filters.service.is_some(), false)
            || !has(shape.prefixes.is_some(), filters.prefix.is_some(), false)
        {
            return None;
        }
        let country = self.layout.country_index(filters.country);
        if country.is_none() && filters.country.is_some() {
            return None;
        }
        let lanes = self.lanes_within(filters);
        let mut sum = Counts::ZERO;
        for window in windows {
            for &lane in lanes.iter().filter(|&&lane| country.is_none_or(|country| !self.is_refused_in(country, lane)))
            {
                let node = match country {
                    Some(country) => layout.cell(window, country, lane),
                    None => layout.window_total(window, lane),
                };
                sum = sum.checked_add(self.store.counts(node)?)?;
            }
        }
        Some(sum)
    }

    /// The lanes that a slice's service, channel and prefix admit.
    pub(in crate::planner) fn lanes_within(&self, filters: &Slice) -> Vec<Lane> {
        let layout = &self.layout;
        let admits = |lane: &Lane| {
            filters.service.is_none_or(|it| Some(it) == layout.service(layout.service_of(*lane)))
                && filters.channel.is_none_or(|it| Some(it) == layout.channel(layout.channel_of(*lane)))
                && filters.prefix.is_none_or(|it| Some(it) == layout.prefix(layout.prefix_of(*lane)))
        };
        layout.lanes().filter(admits).collect()
    }

    /// Runs of windows in which a slice's parts are all known.
    pub(in crate::planner) fn stretches(&self, slice: &Slice, windows: Range<usize>) -> Vec<Range<usize>> {
        runs_of(windows.filter(|&window| self.sum(slice, window..window + 1).is_some()))
    }

    /// What all attempts of some windows add up to, where the job's lanes are all there are.
    pub(in crate::planner) fn total_of(&self, windows: Range<usize>) -> Option<Counts> {
        let shape = self.layout.matrix().shape();
        let is_all = shape.services.is_none() && shape.prefixes.is_none();
        if !is_all || windows.is_empty() || (shape.channels.is_some() && !self.layout.has_all_channels()) {
            return None;
        }
        let of_window = |window| self.layout.lanes().map(move |lane| self.layout.window_total(window, lane));
        let mut totals = windows.flat_map(of_window).map(|total| self.store.counts(total));
        totals.try_fold(Counts::ZERO, |sum, total| sum.checked_add(total?))
    }
}

/// Adjacent windows together.
pub(in crate::planner) fn runs_of(windows: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match runs.last_mut() {
            Some(run) if run.end == window => run.end = window + 1,
            _ => runs.push(window..window + 1),
        }
    }
    runs
}
