//! The very last: whether both ends of a range are still heeded (V8). Questions whose true answer is nothing tell,
//! which no sum does where attempts lie on one side only, and they tell it whatever the rest of the run was answered.
//!
//! They are put where a run has more than one window to tell apart, or where something else was amiss: then they say
//! what it comes from.

use super::{DAY, HOUR, Phase, Turn};
use crate::model::{Counts, Round, Slice, UnixSeconds, Window};
use crate::planner::evidence::{Inquiry, Withheld};
use crate::planner::knowledge::Knowledge;

const UNANSWERED: &str = "its control question was not answered at the end of the run";
/// 2000-01-01T00:00:00Z, before there was an API.
pub(super) const LONG_AGO: UnixSeconds = UnixSeconds(946_684_800);
/// 2100-01-01T00:00:00Z
const FAR_AHEAD: UnixSeconds = UnixSeconds(4_102_444_800);

/// A day before there was an API, and before the range.
pub(super) fn long_before(start: UnixSeconds) -> Slice {
    let end = start.min(LONG_AGO);
    Window::new(end.plus_seconds(-DAY), end).map_or_else(|| unreachable!("a day is not empty"), Slice::whole)
}

/// An hour after everybody's now, up to 2100; what was asked before, while that still lies ahead.
pub(super) fn future(known: &mut Knowledge) -> Option<Slice> {
    let latest = known.latest();
    let start = known.evidence.future_from.filter(|start| *start > latest).unwrap_or(latest.plus_seconds(HOUR));
    known.evidence.future_from = Some(start);
    Window::new(start, FAR_AHEAD).map(Slice::whole)
}

/// What an answer above zero to [`long_before`] shows.
pub(super) fn past_is_full(counts: Counts) -> Withheld {
    let reason = format!(
        "the API seems to ignore DateCreatedBefore: it counted {} attempts for times before 2000",
        counts.attempts()
    );
    Withheld::Ignored("DateCreatedBefore", reason)
}

/// What an answer above zero to [`future`] shows.
pub(super) fn future_is_full(counts: Counts, slice: &Slice) -> Withheld {
    let reason = format!(
        "the API seems to ignore DateCreatedAfter: it counted {} attempts for times after {}",
        counts.attempts(),
        slice.range.start()
    );
    Withheld::Ignored("DateCreatedAfter", reason)
}

/// The phase.
#[derive(Debug, Default)]
pub(super) struct Controls {
    inquiry: Inquiry,
    past: Option<Slice>,
    future: Option<Slice>,
}

impl Controls {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self::default();
        let Some(range) = known.layout.range().filter(|_| is_wanted(known)) else { return phase };
        phase.past = Some(long_before(range.start()));
        phase.future = future(known);
        phase.put(known);
        phase
    }

    fn put(&mut self, known: &mut Knowledge) {
        let before = self.inquiry.len();
        for slice in [self.past, self.future].into_iter().flatten() {
            self.inquiry.put(slice, Round::Closing);
        }
        known.progress.planned += self.inquiry.len() - before;
    }

    fn settle(&mut self, known: &mut Knowledge) -> Turn {
        let answer = |inquiry: &Inquiry, slice: &Slice| inquiry.answer(slice, Round::Closing).map(|it| it.counts);
        if let Some(slice) = self.past.take() {
            known.evidence.counts.controls += 1;
            match answer(&self.inquiry, &slice) {
                Some(Counts::ZERO) => {}
                Some(counts) => known.evidence.blame(past_is_full(counts)),
                None if known.evidence.is_past_refused => {}
                None => known.evidence.leave_unproven("DateCreatedBefore", UNANSWERED.to_owned()),
            }
        }
        let Some(slice) = self.future.take() else { return Turn::Over };
        known.evidence.counts.controls += 1;
        match answer(&self.inquiry, &slice) {
            Some(Counts::ZERO) => {}
            Some(counts) => {
                // So much time may have gone by that the range has begun.
                self.future = future(known).filter(|later| *later != slice);
                if self.future.is_some() {
                    self.put(known);
                    return Turn::More;
                }
                known.evidence.blame(future_is_full(counts, &slice));
            }
            None if known.evidence.is_future_refused => {}
            None => known.evidence.leave_unproven("DateCreatedAfter", UNANSWERED.to_owned()),
        }
        Turn::Over
    }
}

/// One window's bounds are the same in all its questions: where its whole is what it was, they are heeded or don't
/// matter.
fn is_wanted(known: &Knowledge) -> bool {
    let evidence = &known.evidence;
    let is_amiss = evidence.withheld.is_some() || !evidence.held.is_empty() || evidence.has_moved;
    let many = known.range_in_doubt().is_some() && known.layout.range_windows().len() > 1;
    many || is_amiss
}

impl Phase for Controls {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        self.settle(known)
    }
}
