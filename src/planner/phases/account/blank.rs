//! An account that shows nothing in the range (V6): its zeros stand only if it has ever shown something.

use super::Account;
use crate::model::{Round, Slice, UnixSeconds, Window};
use crate::planner::evidence::{History, Withheld, notes};
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::controls::LONG_AGO;
use crate::planner::phases::{DAY, HOUR, Turn};
use crate::planner::retention::WindowStatus;

impl Account {
    /// The account's whole history, and the range widened to midnights where its ends lie between two.
    pub(super) fn widened(&self, known: &Knowledge) -> Vec<Slice> {
        let Some(range) = known.layout.hull(self.settled.clone()) else { return Vec::new() };
        let reach = self.reach.or(known.longest);
        let from = reach.map_or(LONG_AGO, |seconds| range.start().plus_seconds(-seconds));
        let mut slices: Vec<Slice> =
            Window::new(from, known.now().plus_seconds(HOUR)).map(Slice::whole).into_iter().collect();
        if let Some(wide) = to_midnights(range).filter(|wide| *wide != range) {
            slices.push(Slice::whole(wide));
        }
        slices
    }

    pub(super) fn settle_blank(&mut self, known: &mut Knowledge) -> Turn {
        // As they were put: the server's clock, up to which the history reaches, has gone on.
        let slices = std::mem::take(&mut self.wide);
        let attempts = |slice: &Slice| self.inquiry.answer(slice, Round::First).map(|answer| answer.counts.attempts());
        let Some(all) = slices.first().and_then(attempts) else {
            known.evidence.withhold(Withheld::Unsure(
                "the API shows no attempts in the range, and whether it shows any at all could not be learnt"
                    .to_owned(),
            ));
            return self.end();
        };
        // Bounds that are cut to days may have hidden what lies between midnights.
        known.widened = slices.get(1).filter(|wide| attempts(wide).is_some_and(|it| it > 0)).map(|wide| wide.range);
        if known.evidence.history_counts.is_some_and(|before| before.attempts() > all) {
            known.evidence.withhold(Withheld::Unsure(format!(
                "the API shows {all} attempts in all its history, but just now more than that before the range: run \
                 again later"
            )));
            return self.end();
        } else if all > 0 {
            known.evidence.notes.add(notes::SHOWN, 1);
        } else if known.memory.has_attempts_inside {
            known.evidence.withhold(Withheld::Unsure(
                "the API shows no attempts at all, but earlier runs counted some in this range: its store may be blank \
                 for a while; run again later"
                    .to_owned(),
            ));
            return self.end();
        } else if known.evidence.notes.ever(notes::SHOWN).is_none() {
            known.evidence.unsettled_windows.extend(self.settled.clone());
            known.evidence.warnings.push(
                "the account has shown no attempt so far: its zeros are published, and become final once it has shown \
                 one"
                .to_owned(),
            );
        }
        let old = self.settled.start..known.old.0.max(self.settled.start).min(self.settled.end);
        if known.evidence.history != Some(History::Shown) && !old.is_empty() {
            // Zeros of windows that may have expired prove nothing.
            for window in old.clone() {
                known.status[window] =
                    if known.archived[window] { WindowStatus::Archived } else { WindowStatus::Expired };
            }
            known.forget_totals_of_range();
            known.layout.narrow(old.end);
        }
        if let Some(whole) = Self::whole(known, &self.settled)
            && let Some(answer) = self.inquiry.answer(&whole, Round::First)
        {
            known.imply_nothing(old.end..self.settled.end, &answer);
        }
        self.end()
    }
}

/// The days in UTC that a range touches.
fn to_midnights(range: Window) -> Option<Window> {
    let start = range.start().0.div_euclid(DAY) * DAY;
    let end = -(-range.end().0).div_euclid(DAY) * DAY;
    Window::new(UnixSeconds(start), UnixSeconds(end))
}
