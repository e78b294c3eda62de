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

/// A range that is asked in halves.
#[derive(Debug, Clone)]
struct Split {
    /// Their range counts for nothing.
    filters: Slice,
    windows: Range<usize>,
    /// What the API said of all of it.
    told: Counts,
}

/// Sums that are being narrowed down.
#[derive(Debug)]
pub(super) struct Bisection {
    round: Round,
    /// For wholes that differ from their own halves.
    again: Round,
    open: Vec<Split>,
    /// Their halves were told, and add up to something else.
    torn: Vec<Split>,
    pub(super) inquiry: Inquiry,
    pub(super) faults: Vec<Fault>,
}

impl Bisection {
    pub(super) fn new(round: Round, again: Round) -> Self {
        Self { round, again, open: Vec::new(), torn: Vec::new(), inquiry: Inquiry::default(), faults: Vec::new() }
    }

    /// Begins with windows whose sum for these filters was answered as `told` and is known to be something else.
    pub(super) fn add(&mut self, known: &Knowledge, filters: Slice, windows: Range<usize>, told: Counts) {
        if windows.len() < 2 {
            let Some(range) = known.layout.hull(windows.clone()) else { return };
            self.faults.push(Fault { window: windows.start, slice: Slice { range, ..filters }, told });
            return;
        }
        let split = Split { filters, windows, told };
        for (slice, _) in split.halves(known) {
            self.inquiry.put(slice, self.round);
        }
        self.open.push(split);
    }

    pub(super) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.inquiry.learn(question, outcome);
    }

    /// Goes on with halves that differ; `true` while there are questions.
    pub(super) fn advance(&mut self, known: &mut Knowledge) -> bool {
        for split in std::mem::take(&mut self.torn) {
            self.settle_torn(known, &split);
        }
        for split in std::mem::take(&mut self.open) {
            for (slice, windows) in split.halves(known) {
                let Some(answer) = self.inquiry.answer(&slice, self.round) else {
                    let reason = format!("{slice}, which narrows down a sum that differs, could not be asked");
                    windows.for_each(|window| known.evidence.lack(window, &reason));
                    continue;
                };
                if known.sum(&slice, windows.clone()) != Some(answer.counts) {
                    self.add(known, split.filters, windows, answer.counts);
                }
            }
            if self.of_halves(known, &split).is_some_and(|sum| sum != split.told)
                && let Some(whole) = split.whole(known)
            {
                self.inquiry.put(whole, self.again);
                self.torn.push(split);
            }
        }
        self.inquiry.len() > 0
    }

    /// What the halves hold together, as they were told.
    fn of_halves(&self, known: &Knowledge, split: &Split) -> Option<Counts> {
        let told = |slice: &Slice| self.inquiry.answer(slice, self.round).map(|answer| answer.counts);
        split.halves(known).iter().try_fold(Counts::ZERO, |sum, (slice, _)| sum.checked_add(told(slice)?))
    }

    /// A whole that stays different from its halves shows that the ends of ranges are not what they are taken for.
    fn settle_torn(&self, known: &mut Knowledge, split: &Split) {
        let Some((whole, sum)) = split.whole(known).zip(self.of_halves(known, split)) else { return };
        let reason = match self.inquiry.answer(&whole, self.again).map(|answer| answer.counts) {
            None => format!("{whole}, which differs from its own halves, could not be asked again"),
            Some(now) if now == sum => return,
            Some(now) => {
                let reason = format!(
                    "{whole} holds {} attempts, {} converted, but its halves {}, {} converted: attempts at the ends of ranges \
                     are counted twice or left out, so the job's `interval` is not what the API does",
                    now.attempts(),
                    now.converted(),
                    sum.attempts(),
                    sum.converted()
                );
                split.windows.clone().for_each(|window| known.evidence.hold(window, &reason));
                return;
            }
        };
        split.windows.clone().for_each(|window| known.evidence.lack(window, &reason));
    }
}

impl Split {
    fn whole(&self, known: &Knowledge) -> Option<Slice> {
        Some(Slice { range: known.layout.hull(self.windows.clone())?, ..self.filters })
    }

    fn halves(&self, known: &Knowledge) -> Vec<(Slice, Range<usize>)> {
        let middle = self.windows.start.midpoint(self.windows.end);
        let halves = [self.windows.start..middle, middle..self.windows.end];
        let slice = |windows: Range<usize>| {
            let range = known.layout.hull(windows.clone())?;
            Some((Slice { range, ..self.filters }, windows))
        };
        halves.into_iter().filter_map(slice).collect()
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
