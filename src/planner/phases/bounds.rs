//! Whether bounds are used to the second (V8): cut to whole days or hours they still add up, so no sum shows it.
//!
//! Only where windows begin off a UTC midnight, or off the hour, does it matter. A day (or hour) with attempts is
//! halved until attempts are seen to lie after one instant and before another.

use super::{DAY, HOUR, Phase, Turn};
use crate::model::{Round, Slice, UnixSeconds, Window};
use crate::planner::evidence::Inquiry;
use crate::planner::knowledge::Knowledge;

/// Halvings of one day or hour: an instant to 21 seconds, or to one.
const MOST_STEPS: u32 = 12;
/// Fewer attempts than this may lie on one side by chance: all in one second.
const ENOUGH: i64 = 3;

/// What is asked of the present span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BoundsStep {
    /// How much it holds.
    Whole,
    /// How much its first half holds, in whole units.
    Units,
    /// How much lies in its one unit before an instant.
    Before,
    /// How much lies in it after that instant.
    After,
}

/// One unit that is looked into.
#[derive(Debug, Clone, Copy)]
struct Look {
    start: i64,
    end: i64,
    attempts: i64,
    /// Attempts lie after this instant, as far as is known, and before that one.
    after: i64,
    before: i64,
    steps: u32,
}

/// The phase.
#[derive(Debug)]
pub(super) struct BoundsCheck {
    unit: i64,
    /// Stretches of whole units to look into, the next one last.
    spans: Vec<(i64, i64)>,
    look: Option<(Look, BoundsStep)>,
    inquiry: Inquiry,
    /// The most attempts that a unit held in which all lay on one side.
    most: i64,
}

impl BoundsCheck {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self { unit: DAY, spans: Vec::new(), look: None, inquiry: Inquiry::default(), most: 0 };
        let is_empty = known.range_in_doubt().is_none();
        let in_doubt = known.stretch_in_doubt().and_then(|windows| known.layout.hull(windows));
        let Some(range) = (if is_empty { known.widened.or(in_doubt) } else { in_doubt }) else { return phase };
        let windows = known.layout.matrix().windows();
        let is_off = |unit: i64| known.windows_in_doubt().any(|window| windows[window].start().0 % unit != 0);
        if !is_off(DAY) {
            return phase;
        }
        phase.unit = if is_off(HOUR) { HOUR } else { DAY };
        if known.evidence.notes.lately(phase.note()).is_some() {
            return phase;
        }
        let (start, end) = (range.start().0, range.end().0);
        let floor = |at: i64| at.div_euclid(phase.unit) * phase.unit;
        let ceil = |at: i64| -floor(-at);
        let (inner, outer) = ((ceil(start), floor(end)), (floor(start), ceil(end)));
        let (start, end) = if inner.0 < inner.1 { inner } else { outer };
        let units = (end - start) / phase.unit;
        phase.spans = vec![(start, end)];
        if units > 1 {
            let middle = start + units / 2 * phase.unit;
            phase.spans = vec![(start, middle), (middle, end), (start, end)];
        }
        if is_empty && known.widened.is_none() {
            Self::leave_unproven(known);
            phase.spans.clear();
        }
        phase.begin_span(known);
        phase
    }

    const fn note(&self) -> &'static str {
        if self.unit == HOUR { "bounds heeded within hours" } else { "bounds heeded within days" }
    }

    fn leave_unproven(known: &mut Knowledge) {
        let reason =
            "windows begin off a UTC midnight, and too few attempts show whether the API uses bounds to the second";
        known.evidence.leave_unproven("bounds", reason.to_owned());
    }

    fn put(&mut self, known: &mut Knowledge, start: i64, end: i64) {
        if let Some(range) = Window::new(UnixSeconds(start), UnixSeconds(end)) {
            let before = self.inquiry.len();
            self.inquiry.put(Slice::whole(range), Round::Proof);
            known.progress.planned += self.inquiry.len() - before;
        }
    }

    fn attempts(&self, start: i64, end: i64) -> Option<i64> {
        let range = Window::new(UnixSeconds(start), UnixSeconds(end))?;
        self.inquiry.answer(&Slice::whole(range), Round::Proof).map(|answer| answer.counts.attempts())
    }

    fn begin_span(&mut self, known: &mut Knowledge) {
        self.look = self.spans.pop().map(|(start, end)| {
            (Look { start, end, attempts: 0, after: start, before: end, steps: 0 }, BoundsStep::Whole)
        });
        if let Some((Look { start, end, .. }, _)) = self.look {
            self.put(known, start, end);
        }
    }

    /// Takes in an answer and asks on; `false` when the stretch tells nothing more.
    fn go_on(&mut self, known: &mut Knowledge) -> bool {
        let Some((mut look, step)) = self.look else { return false };
        match step {
            BoundsStep::Whole => {
                let Some(attempts) = self.attempts(look.start, look.end).filter(|attempts| *attempts > 0) else {
                    return false;
                };
                look.attempts = attempts;
            }
            BoundsStep::Units => {
                let middle = self.middle(&look);
                let Some(first) = self.attempts(look.start, middle) else { return false };
                if 2 * first >= look.attempts {
                    (look.end, look.attempts) = (middle, first);
                } else {
                    (look.start, look.attempts) = (middle, look.attempts - first);
                }
                (look.after, look.before) = (look.start, look.end);
            }
            BoundsStep::Before => {
                let at = look.after.midpoint(look.before);
                let Some(first) = self.attempts(look.start, at) else { return false };
                look.steps += 1;
                if (1..look.attempts).contains(&first) {
                    (look.after, look.before) = (at, at);
                    self.look = Some((look, BoundsStep::After));
                    self.put(known, at, look.end);
                    return true;
                }
                if first == 0 {
                    look.after = at;
                } else {
                    look.before = at;
                }
                let is_seen = look.after > look.start && look.before < look.end;
                if is_seen {
                    self.look = Some((look, BoundsStep::After));
                    self.put(known, look.before, look.end);
                    return true;
                }
                if look.steps == MOST_STEPS {
                    self.most = self.most.max(look.attempts);
                    return false;
                }
            }
            BoundsStep::After => return self.settle(known, &look),
        }
        if look.end - look.start > self.unit {
            let middle = self.middle(&look);
            self.look = Some((look, BoundsStep::Units));
            self.put(known, look.start, middle);
        } else {
            self.look = Some((look, BoundsStep::Before));
            self.put(known, look.start, look.after.midpoint(look.before));
        }
        true
    }

    fn middle(&self, look: &Look) -> i64 {
        look.start + (look.end - look.start) / self.unit / 2 * self.unit
    }

    /// The other bound must take something off, too. A sum would not do: the unit may be a day that still grows.
    fn settle(&mut self, known: &mut Knowledge, look: &Look) -> bool {
        let Some(after) = self.attempts(look.before, look.end) else { return false };
        if after >= look.attempts {
            self.most = self.most.max(look.attempts);
            return false;
        }
        known.evidence.counts.controls += 1;
        known.evidence.notes.add(self.note(), 1);
        self.spans.clear();
        self.look = None;
        true
    }
}

impl Phase for BoundsCheck {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.look.is_none() {
            return Turn::Over;
        }
        if self.go_on(known) {
            return if self.look.is_some() { Turn::More } else { Turn::Over };
        }
        self.begin_span(known);
        if self.look.is_some() {
            return Turn::More;
        }
        if self.most < ENOUGH {
            Self::leave_unproven(known);
            return Turn::Over;
        }
        let reason = "the API seems to cut DateCreatedAfter or DateCreatedBefore to whole days or hours: however a day \
                      is divided, all its attempts lie on one side; use windows in UTC, or ask the vendor";
        known.windows_in_doubt().for_each(|window| known.evidence.hold(window, reason));
        known.evidence.warnings.push(reason.to_owned());
        Turn::Over
    }
}
