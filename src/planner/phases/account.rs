//! The account as a whole, before any part of it: whether it shows anything (V6), how its clock stands (V8), whether
//! attempts lie before the range (V7), and whether what earlier runs proved still adds up (V15).
//!
//! A whole without attempts has no cell with any, so nothing else is asked of it.

use std::ops::Range;

use super::controls::{LONG_AGO, future, future_is_full, long_before, past_is_full};
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, FailureKind, Outcome, Round, Slice, UnixSeconds, Window};
use crate::planner::Freshness;
use crate::planner::evidence::{History, Inquiry, Rule, Withheld, notes};
use crate::planner::knowledge::Knowledge;
use crate::planner::retention::Status;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// How far before the range attempts are looked for: an account that was silent for longer is told as unproven.
const BEFORE: i64 = 400 * DAY;

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The future, which holds nothing: it tells the server's time and the form of a zero.
    Future,
    /// The wholes, and what lies before the range.
    Wholes,
    /// Whether an account that shows nothing in the range shows anything at all.
    Blank,
    /// The API refuses the range: windows from `answered` on are answered, windows before `refused` are not.
    Oldest {
        refused: usize,
        answered: usize,
    },
    /// Which windows of those that were proved no longer hold what they did.
    Moved {
        open: Vec<Range<usize>>,
    },
    Over,
}

/// The phase.
#[derive(Debug)]
pub(super) struct Account {
    step: Step,
    inquiry: Inquiry,
    /// The settled windows that this run asks, as one stretch.
    settled: Range<usize>,
    /// Windows that still grow.
    growing: Range<usize>,
    /// Windows that earlier runs proved, before the settled ones.
    proved: Range<usize>,
    /// How far back, in seconds, the question for what lies before the range reaches; `None`: as far as there is.
    reach: Option<i64>,
}

impl Account {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let ends = known.layout.first_provisional_window();
        let is_fresh = known.terms.freshness == Freshness::Refresh;
        let first = (0..ends).find(|&window| is_fresh || !known.is_settled_matter(window)).unwrap_or(ends);
        if first > known.layout.range_windows().start {
            known.forget_totals_of_range();
            known.layout.narrow(first);
        }
        let is_future = |window: &usize| known.status[*window] == Status::Future;
        let unsettled = known.layout.provisional_windows();
        let growing = ends..unsettled.clone().find(is_future).unwrap_or(unsettled.end);
        let mut account = Self {
            step: Step::Future,
            inquiry: Inquiry::default(),
            settled: first..ends,
            growing,
            proved: known.old.0.min(first)..first,
            reach: None,
        };
        let asks = !account.settled.is_empty() || !account.growing.is_empty();
        if !asks {
            account.begin_wholes(known);
        } else if let Some(slice) = future(known) {
            account.put(known, slice, Round::First);
            known.evidence.counts.controls += 1;
        }
        account
    }

    fn put(&mut self, known: &mut Knowledge, slice: Slice, round: Round) {
        let before = self.inquiry.len();
        self.inquiry.put(slice, round);
        known.progress.planned += self.inquiry.len() - before;
    }

    fn whole(known: &Knowledge, windows: &Range<usize>) -> Option<Slice> {
        known.layout.hull(windows.clone()).map(Slice::whole)
    }

    fn begin_wholes(&mut self, known: &mut Knowledge) {
        self.step = Step::Wholes;
        for windows in [self.settled.clone(), self.growing.clone()] {
            if let Some(whole) = Self::whole(known, &windows) {
                self.put(known, whole, Round::First);
            }
        }
        if let Some(before) = self.before(known) {
            self.put(known, before, Round::First);
            self.put(known, long_before(before.range.end()), Round::First);
        }
        if known.evidence.notes.lately(notes::TOTAL).is_none()
            && known.total_of(self.proved.clone()).is_some()
            && let Some(whole) = Self::whole(known, &self.proved)
        {
            self.put(known, whole, Round::Closing);
        }
    }

    /// Everything before the settled range, as far as one question reaches.
    fn before(&self, known: &Knowledge) -> Option<Slice> {
        let start = known.layout.hull(self.settled.clone())?.start();
        let from = start.plus_seconds(-self.reach.or(known.longest).unwrap_or(BEFORE).min(BEFORE));
        Window::new(from.min(start.plus_seconds(-DAY)), start).map(Slice::whole)
    }

    fn settle_future(&mut self, known: &mut Knowledge) -> Turn {
        let asked = self.inquiry.last();
        let Some((slice, outcome)) = asked else { return self.go_to_wholes(known) };
        match outcome {
            Outcome::Answered(answer) if answer.counts == Counts::ZERO => {
                if let Some(now) = known.is_ahead_of_server() {
                    known.restart(now);
                    return Turn::To(Stage::Recall);
                }
                self.go_to_wholes(known)
            }
            Outcome::Answered(answer) => {
                // A host whose clock is behind asks for what the server knows already.
                if let Some(later) = future(known).filter(|later| *later != slice) {
                    self.put(known, later, Round::First);
                    return Turn::More;
                }
                known.evidence.withhold(future_is_full(answer.counts, &slice));
                self.step = Step::Over;
                Turn::To(Stage::Over)
            }
            Outcome::Failed(_) | Outcome::NotRecorded => {
                known.evidence.is_future_refused = true;
                self.go_to_wholes(known)
            }
        }
    }

    fn go_to_wholes(&mut self, known: &mut Knowledge) -> Turn {
        self.begin_wholes(known);
        Turn::More
    }

    fn settle_wholes(&mut self, known: &mut Knowledge) -> Turn {
        if let Some(now) = known.is_ahead_of_server() {
            known.restart(now);
            return Turn::To(Stage::Recall);
        }
        if self.settle_long_before(known) {
            return Turn::To(Stage::Over);
        }
        // A stretch too long for the API: the day before will do.
        if let Some(before) = self.before(known)
            && self.reach.is_none()
            && self.inquiry.failure(&before, Round::First).is_some_and(|it| it.kind == FailureKind::Exhausted)
        {
            self.reach = Some(DAY);
            if let Some(day) = self.before(known) {
                self.put(known, day, Round::First);
                return Turn::More;
            }
        }
        self.settle_history(known);
        if let Some(whole) = Self::whole(known, &self.growing)
            && let Some(answer) = self.inquiry.answer(&whole, Round::First)
        {
            known.growing_whole = Some(answer.counts);
            if answer.counts == Counts::ZERO {
                known.imply_nothing(self.growing.clone(), &answer);
            }
        }
        if let Some(open) = self.moved(known, self.proved.clone()) {
            if open {
                self.step = Step::Moved { open: vec![self.proved.clone()] };
                return self.halve(known);
            }
            known.evidence.notes.add(notes::TOTAL, 1);
            self.tell_of_loss(known);
        }
        let Some(whole) = Self::whole(known, &self.settled) else { return self.end() };
        if self.inquiry.is_refused(&whole, Round::First) && !known.evidence.is_future_refused {
            return self.look_for_oldest(known, self.settled.start, self.settled.end);
        }
        let Some(answer) = self.inquiry.answer(&whole, Round::First) else { return self.end() };
        known.settled_whole = Some((whole, answer.counts));
        if answer.counts != Counts::ZERO {
            known.evidence.notes.add(notes::SHOWN, 1);
            return self.end();
        }
        if !known.evidence.heeds(Rule::V6) {
            known.imply_nothing(self.settled.clone(), &answer);
            return self.end();
        }
        self.step = Step::Blank;
        for slice in self.widened(known) {
            self.put(known, slice, Round::First);
        }
        Turn::More
    }

    /// Whether attempts before there was an API show that `DateCreatedBefore` is ignored.
    fn settle_long_before(&self, known: &mut Knowledge) -> bool {
        let Some(start) = known.layout.hull(self.settled.clone()).map(Window::start) else { return false };
        let slice = long_before(start);
        known.evidence.counts.controls += 1;
        match self.inquiry.answer(&slice, Round::First) {
            Some(answer) if answer.counts == Counts::ZERO => false,
            Some(answer) => {
                known.evidence.withhold(past_is_full(answer.counts));
                true
            }
            None => {
                known.evidence.is_past_refused = true;
                false
            }
        }
    }

    fn settle_history(&self, known: &mut Knowledge) {
        let Some(before) = self.before(known) else { return };
        if !known.evidence.heeds(Rule::V7) {
            known.evidence.history = Some(History::Shown);
        }
        if known.evidence.history.is_some() {
            return;
        }
        match self.inquiry.answer(&before, Round::First) {
            Some(answer) if answer.counts != Counts::ZERO => {
                known.evidence.history = Some(History::Shown);
                known.evidence.notes.add(notes::SHOWN, 1);
                known.evidence.history_counts = Some(answer.counts);
            }
            Some(_) => {
                known.evidence.history = Some(History::Nothing);
                known.evidence.history_counts = Some(Counts::ZERO);
            }
            None if self.inquiry.is_refused(&before, Round::First) => known.evidence.history = Some(History::Nothing),
            None => {}
        }
    }

    /// The account's whole history, and the range widened to midnights where its ends lie between two.
    fn widened(&self, known: &Knowledge) -> Vec<Slice> {
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

    fn settle_blank(&mut self, known: &mut Knowledge) -> Turn {
        let slices = self.widened(known);
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
                "the API shows {all} attempts in all its history, but just now more than that before the range: run again \
                 later"
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
                "the account has shown no attempt so far: its zeros are published, and become final once it has shown one"
                    .to_owned(),
            );
        }
        let old = self.settled.start..known.old.0.max(self.settled.start).min(self.settled.end);
        if known.evidence.history != Some(History::Shown) && !old.is_empty() {
            // Zeros of windows that may have expired prove nothing.
            for window in old.clone() {
                known.status[window] = if known.archived[window] { Status::Archived } else { Status::Expired };
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

    /// Asks for the second half of what is open between refused and answered windows.
    fn look_for_oldest(&mut self, known: &mut Knowledge, refused: usize, answered: usize) -> Turn {
        self.step = Step::Oldest { refused, answered };
        if refused + 1 >= answered {
            return self.settle_oldest(known, answered);
        }
        let from = refused.midpoint(answered);
        if let Some(slice) = Self::whole(known, &(from..self.settled.end)) {
            self.put(known, slice, Round::First);
        }
        Turn::More
    }

    fn settle_oldest(&mut self, known: &mut Knowledge, answered: usize) -> Turn {
        if answered == self.settled.end {
            let first = Self::whole(known, &self.settled);
            let reason = first.and_then(|whole| self.inquiry.failure(&whole, Round::First));
            let reason = reason.map_or(String::new(), |failure| failure.message.clone());
            known
                .evidence
                .warnings
                .push(format!("the API refuses the whole range ({reason}): its windows count as expired"));
        }
        {
            for window in self.settled.start..answered {
                known.status[window] = Status::Expired;
            }
            known.layout.narrow(answered);
            self.settled.start = answered;
            known.evidence.history = Some(History::Nothing);
            if let Some(whole) = Self::whole(known, &self.settled)
                && let Some(answer) = self.inquiry.answer(&whole, Round::First)
            {
                known.settled_whole = Some((whole, answer.counts));
            }
        }
        self.end()
    }

    /// Whether windows that were proved hold something else now; `None`: they were not asked.
    fn moved(&self, known: &Knowledge, windows: Range<usize>) -> Option<bool> {
        let whole = Self::whole(known, &windows)?;
        let now = self.inquiry.answer(&whole, Round::Closing)?.counts;
        let then = known.total_of(windows)?;
        Some(now.attempts() > then.attempts() || now.converted() > then.converted())
    }

    /// What was proved stands though the API shows less by now, as it forgets.
    fn tell_of_loss(&self, known: &mut Knowledge) {
        let Some(whole) = Self::whole(known, &self.proved) else { return };
        let now = self.inquiry.answer(&whole, Round::Closing).map(|answer| answer.counts.attempts());
        let then = known.total_of(self.proved.clone()).map(Counts::attempts);
        if let (Some(now), Some(then)) = (now, then)
            && now < then
        {
            known.evidence.warnings.push(format!(
                "the API shows {now} attempts in {} by now, where earlier runs counted {then}: their rows stay",
                whole.range
            ));
        }
    }

    /// Narrows down which proved windows have changed: those are asked afresh.
    fn halve(&mut self, known: &mut Knowledge) -> Turn {
        let Step::Moved { open } = &mut self.step else { return Turn::Over };
        let mut next = Vec::new();
        for windows in std::mem::take(open) {
            if windows.len() == 1 {
                known.ask_afresh(windows.start);
                continue;
            }
            let middle = windows.start.midpoint(windows.end);
            next.extend([windows.start..middle, middle..windows.end]);
        }
        let slices: Vec<Slice> = next.iter().filter_map(|windows| Self::whole(known, windows)).collect();
        *open = next;
        if slices.is_empty() {
            // The settled range has grown by what is asked afresh: from the start, with that.
            *self = Self::new(known);
            return if self.inquiry.len() > 0 { Turn::More } else { self.end() };
        }
        for slice in slices {
            self.put(known, slice, Round::Closing);
        }
        Turn::More
    }

    fn end(&mut self) -> Turn {
        self.step = Step::Over;
        Turn::Over
    }
}

/// The days in UTC that a range touches.
fn to_midnights(range: Window) -> Option<Window> {
    let start = range.start().0.div_euclid(DAY) * DAY;
    let end = -(-range.end().0).div_euclid(DAY) * DAY;
    Window::new(UnixSeconds(start), UnixSeconds(end))
}

impl Phase for Account {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        match &self.step {
            Step::Future => self.settle_future(known),
            Step::Wholes => self.settle_wholes(known),
            Step::Blank => self.settle_blank(known),
            &Step::Oldest { refused, answered } => {
                let from = refused.midpoint(answered);
                let Some(slice) = Self::whole(known, &(from..self.settled.end)) else { return self.end() };
                match self.inquiry.failure(&slice, Round::First).map(|failure| failure.kind) {
                    Some(FailureKind::Refused) => self.look_for_oldest(known, from, answered),
                    _ => self.look_for_oldest(known, refused, from),
                }
            }
            Step::Moved { open } => {
                let moved = open.iter().filter(|windows| self.moved(known, (*windows).clone()) == Some(true));
                let open: Vec<_> = moved.cloned().collect();
                self.step = Step::Moved { open };
                self.halve(known)
            }
            Step::Over => Turn::Over,
        }
    }
}
