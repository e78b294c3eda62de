//! The account as a whole, before any part of it: whether it shows anything (V6), how its clock stands (V8), whether
//! attempts lie before the range (V7), and whether what earlier runs proved still adds up (V15).
//!
//! A whole without attempts has no cell with any, so nothing else is asked of it.

mod before;
mod blank;
mod oldest;
mod proved;

use std::ops::Range;

use super::controls::{future, future_is_full, long_before};
use super::stage::Stage;
use super::{DAY, Phase, Turn};
use crate::model::{Counts, FailureKind, Outcome, Round, Slice};
use crate::planner::Freshness;
use crate::planner::evidence::{Inquiry, Rule, notes};
use crate::planner::knowledge::Knowledge;
use crate::planner::retention::WindowStatus;

/// How far before the range attempts are looked for: an account that was silent for longer is told as unproven.
const BEFORE: i64 = 400 * DAY;

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum AccountStep {
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
    step: AccountStep,
    inquiry: Inquiry,
    /// The settled windows that this run asks, as one stretch.
    settled: Range<usize>,
    /// Windows that still grow.
    growing: Range<usize>,
    /// Windows that earlier runs proved, before the settled ones.
    proved: Range<usize>,
    /// How far back, in seconds, the question for what lies before the range reaches; `None`: as far as there is.
    reach: Option<i64>,
    /// What was asked of an account that shows nothing.
    wide: Vec<Slice>,
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
        let is_future = |window: &usize| known.status[*window] == WindowStatus::Future;
        let unsettled = known.layout.provisional_windows();
        let growing = ends..unsettled.clone().find(is_future).unwrap_or(unsettled.end);
        let mut account = Self {
            step: AccountStep::Future,
            inquiry: Inquiry::default(),
            settled: first..ends,
            growing,
            proved: known.old.0.min(first)..first,
            reach: None,
            wide: Vec::new(),
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
        self.step = AccountStep::Wholes;
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
                self.step = AccountStep::Over;
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
                return self.halve(known, vec![self.proved.clone()]);
            }
            known.evidence.notes.add(notes::TOTAL, 1);
            self.tell_of_loss(known);
        }
        self.settle_whole(known)
    }

    /// What the whole of the settled windows says: where it holds nothing, the account may be blank.
    fn settle_whole(&mut self, known: &mut Knowledge) -> Turn {
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
        self.step = AccountStep::Blank;
        self.wide = self.widened(known);
        for slice in self.wide.clone() {
            self.put(known, slice, Round::First);
        }
        Turn::More
    }

    fn end(&mut self) -> Turn {
        self.step = AccountStep::Over;
        Turn::Over
    }
}

impl Phase for Account {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        match &self.step {
            AccountStep::Future => self.settle_future(known),
            AccountStep::Wholes => self.settle_wholes(known),
            AccountStep::Blank => self.settle_blank(known),
            &AccountStep::Oldest { refused, answered } => self.narrow_oldest(known, refused, answered),
            AccountStep::Moved { open } => {
                let open = open.clone();
                self.narrow_moved(known, open)
            }
            AccountStep::Over => Turn::Over,
        }
    }
}
