//! Where a sum differs from its parts: halves are asked until single windows are left, which are at fault.

use std::ops::Range;

use crate::model::{Counts, Outcome, Question, Round, Slice};
use crate::planner::evidence::Inquiry;
use crate::planner::knowledge::Knowledge;

/// A window whose answer for some filters differs from what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) window: usize,
    /// The filters, and the window as range.
    pub(super) slice: Slice,
    /// What the API says of them now.
    pub(super) told: Counts,
}

/// Sums that are being narrowed down.
#[derive(Debug)]
pub(super) struct Bisection {
    round: Round,
    /// Filters, whose range counts for nothing, and windows.
    open: Vec<(Slice, Range<usize>)>,
    pub(super) inquiry: Inquiry,
    pub(super) faults: Vec<Fault>,
}

impl Bisection {
    pub(super) fn new(round: Round) -> Self {
        Self { round, open: Vec::new(), inquiry: Inquiry::default(), faults: Vec::new() }
    }

    /// Begins with windows whose sum for these filters was answered as `told` and is known to be something else.
    pub(super) fn add(&mut self, known: &Knowledge, filters: Slice, windows: Range<usize>, told: Counts) {
        if let [window] = windows.clone().collect::<Vec<_>>()[..] {
            let Some(range) = known.layout.hull(windows) else { return };
            self.faults.push(Fault { window, slice: Slice { range, ..filters }, told });
            return;
        }
        let middle = windows.start.midpoint(windows.end);
        for half in [windows.start..middle, middle..windows.end] {
            if let Some(range) = known.layout.hull(half.clone()) {
                self.inquiry.put(Slice { range, ..filters }, self.round);
                self.open.push((filters, half));
            }
        }
    }

    pub(super) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.inquiry.learn(question, outcome);
    }

    /// Goes on with halves that differ; `true` while there are questions.
    pub(super) fn advance(&mut self, known: &Knowledge) -> bool {
        for (filters, windows) in std::mem::take(&mut self.open) {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let slice = Slice { range, ..filters };
            let Some(answer) = self.inquiry.answer(&slice, self.round) else { continue };
            if known.sum(&slice, windows.clone()) != Some(answer.counts) {
                self.add(known, filters, windows, answer.counts);
            }
        }
        self.inquiry.len() > 0
    }
}

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
        let country = match (filters.country, &shape.countries) {
            (None, _) => None,
            (Some(country), Some(countries)) => Some(countries.binary_search(&country).ok()?),
            (Some(_), None) => return None,
        };
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

    /// The series that a slice's service, channel and prefix admit.
    pub(in crate::planner) fn lanes_within(&self, filters: &Slice) -> Vec<usize> {
        let Some(any) = self.layout.matrix().windows().first() else { return Vec::new() };
        let admits = |lane: &usize| {
            let cell = self.layout.cell_of(*any, None, *lane);
            filters.service.is_none_or(|service| Some(service) == cell.service)
                && filters.channel.is_none_or(|channel| Some(channel) == cell.channel)
                && filters.prefix.is_none_or(|prefix| Some(prefix) == cell.prefix)
        };
        (0..self.layout.lanes()).filter(admits).collect()
    }
}
