//! Where a sum differs from its parts: halves are asked until single windows are left, which are at fault.

use std::ops::Range;

use crate::model::{Counts, Round, Slice};
use crate::planner::evidence::Inquiry;
use crate::planner::knowledge::{Knowledge, runs_of};

/// The round of sums that are asked once more; nothing else asks for settled ranges in it.
const CONFIRMATION: Round = Round::After;

/// A window whose answer for some filters differs from what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) window: usize,
    /// The filters, and the window as range.
    pub(super) slice: Slice,
    /// What the API says of them now.
    pub(super) stated: Counts,
}

/// Sums that are being narrowed down.
#[derive(Debug)]
pub(super) struct Bisection {
    round: Round,
    /// Filters, whose range counts for nothing, and windows.
    open: Vec<(Slice, Range<usize>)>,
    /// The sums that it began with.
    roots: Vec<(Slice, Range<usize>)>,
    pub(super) inquiry: Inquiry,
    pub(super) faults: Vec<Fault>,
}

impl Bisection {
    pub(super) fn new(round: Round) -> Self {
        Self { round, open: Vec::new(), roots: Vec::new(), inquiry: Inquiry::default(), faults: Vec::new() }
    }

    /// Begins with windows whose sum for these filters was answered as `stated` and is known to be something else.
    pub(super) fn begin(&mut self, known: &Knowledge, filters: Slice, windows: Range<usize>, stated: Counts) {
        if windows.len() > 1 {
            self.roots.push((filters, windows.clone()));
        }
        self.add(known, filters, windows, stated);
    }

    fn add(&mut self, known: &Knowledge, filters: Slice, windows: Range<usize>, stated: Counts) {
        if windows.len() < 2 {
            let Some(range) = known.layout.hull(windows.clone()) else { return };
            self.faults.push(Fault { window: windows.start, slice: Slice { range, ..filters }, stated });
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

    /// Goes on with halves that differ; `true` while there are questions.
    pub(super) fn advance(&mut self, known: &mut Knowledge) -> bool {
        for (filters, windows) in std::mem::take(&mut self.open) {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let slice = Slice { range, ..filters };
            let Some(answer) = self.inquiry.answer(&slice, self.round) else {
                let reason = format!("{slice}, which narrows down a sum that differs, could not be asked");
                windows.for_each(|window| known.evidence.lack(window, &reason));
                continue;
            };
            if known.sum(&slice, windows.clone()) != Some(answer.counts) {
                self.add(known, filters, windows, answer.counts);
            }
        }
        self.inquiry.len() > 0
    }

    /// Puts the sums that it began with once more, around the windows that are held back: one that was never seen to
    /// add up proves nothing, whatever its parts said since.
    pub(super) fn confirm(&mut self, known: &Knowledge) {
        let roots = std::mem::take(&mut self.roots).into_iter();
        let runs = roots.flat_map(|(filters, windows)| {
            let open = windows.filter(|window| !known.evidence.held.contains_key(window));
            runs_of(open).into_iter().map(move |run| (filters, run))
        });
        self.open = runs.collect();
        for (filters, windows) in &self.open {
            if let Some(range) = known.layout.hull(windows.clone()) {
                self.inquiry.put(Slice { range, ..*filters }, CONFIRMATION);
            }
        }
    }

    /// Holds windows back whose sum still differs.
    pub(super) fn settle_confirmation(&mut self, known: &mut Knowledge) {
        for (filters, windows) in std::mem::take(&mut self.open) {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let slice = Slice { range, ..filters };
            let sum = known.sum(&slice, windows.clone()).unwrap_or_default();
            match self.inquiry.answer(&slice, CONFIRMATION).map(|answer| answer.counts) {
                Some(stated) if stated == sum => {}
                Some(stated) => {
                    let reason = format!(
                        "R4: {slice} holds {} attempts, {} converted, but its windows {}, {} converted, though each of \
                         them holds what it should: `interval` may not be what the API does, or answers change while \
                         they are asked",
                        stated.attempts(),
                        stated.converted(),
                        sum.attempts(),
                        sum.converted()
                    );
                    windows.for_each(|window| known.evidence.hold(window, &reason));
                }
                None => {
                    let reason = format!("{slice}, whose sum differed, could not be asked once more");
                    windows.for_each(|window| known.evidence.lack(window, &reason));
                }
            }
        }
    }
}
