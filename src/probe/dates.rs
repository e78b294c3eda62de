//! Whether both ends of a range are heeded.
//!
//! Ranges that cannot hold attempts come first, in the future and long ago: what finds attempts there is ignored. That
//! they find nothing, or are refused, proves nothing. The proof is a part of a range with attempts that differs in that
//! one end and finds less.

use super::filters::{Doubt, FAR_AHEAD, FilterFinding, FilterVerdict, LONG_AGO, Parameter, Sight, Value};
use super::gap::Gap;
use super::history::History;
use super::range::{FoundStretch, Stretch};
use super::script::{Answer, Pending, Script, Topic};
use crate::model::{RawSlice, UnixSeconds};

const DAY: i64 = 86_400;
/// A range is halved so many times: a month, down to eleven minutes.
const MOST_HALVES: usize = 12;
/// A shorter one has no second between two parts.
const SHORTEST: i64 = 4;

/// What the ranges that cannot hold attempts brought.
#[derive(Debug)]
pub(super) struct Controls {
    whole: i64,
    after: Answer,
    before: Answer,
}

impl Controls {
    /// What stays unknown of questions that give the later end only.
    pub(super) fn gap(&self) -> Option<Gap> {
        let is_ignored = matches!(self.before, Answer::Counted(1..));
        is_ignored.then_some(Gap::Needs(Parameter::Before.name()))
    }
}

/// Asks for after and before, each in a range that cannot hold attempts, whatever becomes of the other.
pub(super) fn controls(script: &mut Script<'_>, whole: &FoundStretch) -> Result<Result<Controls, Gap>, Pending> {
    let whole = match whole {
        Ok(whole) => whole.attempts,
        Err(gap) => return Ok(Err(gap.clone())),
    };
    let mut ask = |question| script.ask(Topic::Filters, question);
    let future = RawSlice::between(None, Some(FAR_AHEAD.plus_seconds(DAY).into()));
    let past = RawSlice::between(Some(LONG_AGO.plus_seconds(-DAY).into()), None);
    let after = ask(Parameter::After.control().added_to(future))?;
    let before = ask(Parameter::Before.control().added_to(past))?;
    Ok(Ok(Controls { whole, after, before }))
}

/// What becomes of both ends: the controls and the parts of a range.
pub(super) fn judge(
    script: &mut Script<'_>,
    controls: &Result<Controls, Gap>,
    stretch: &FoundStretch,
    history: &History,
) -> Result<[FilterFinding; 2], Pending> {
    let ends = [Parameter::After, Parameter::Before];
    let (controls, stretch) = match (controls, stretch) {
        (Ok(controls), Ok(stretch)) => (controls, stretch),
        (Err(gap), _) | (_, Err(gap)) => {
            return Ok(ends.map(|end| FilterFinding::alone(end, FilterVerdict::Unknown(gap.clone()))));
        }
    };
    let condemned = |end: Parameter, control: &Answer| match control {
        Answer::Counted(attempts @ 1..) => {
            let seen = vec![(end.control(), *attempts)];
            Some(FilterVerdict::Ignored(Sight { whole: controls.whole, email: 0, seen }))
        }
        Answer::Counted(_) | Answer::Refused(_) | Answer::Missing(_) => None,
    };
    let by_control = [condemned(ends[0], &controls.after), condemned(ends[1], &controls.before)];
    // Where one end is ignored, the parts of a range overlap: they can't condemn the other one.
    let parts = if by_control.iter().any(Option::is_some) { Parts::Overlap } else { Parts::Disjoint };
    let [after, before] = by_control;
    let after = match after {
        Some(verdict) => verdict,
        None => narrowing(script, stretch, Parameter::After, parts, history)?,
    };
    let before = match before {
        Some(verdict) => verdict,
        None => narrowing(script, stretch, Parameter::Before, parts, history)?,
    };
    Ok([FilterFinding::alone(ends[0], after), FilterFinding::alone(ends[1], before)])
}

/// What the two parts of a range at an instant have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parts {
    Disjoint,
    Overlap,
}

/// Halves a range until a part that differs in one end finds less than the range.
fn narrowing(
    script: &mut Script<'_>,
    stretch: &Stretch,
    end: Parameter,
    parts: Parts,
    history: &History,
) -> Result<FilterVerdict, Pending> {
    let whole = stretch.attempts;
    let sight = |value, attempts| Sight { whole, email: 0, seen: vec![(value, attempts)] };
    let (mut from, mut to) = (stretch.start, stretch.end);
    let mut fullest = None;
    let mut halves = 0;
    while halves < MOST_HALVES && to.0 - from.0 >= SHORTEST {
        halves += 1;
        // A second lies between the two parts, so that no treatment of bounds counts an attempt in both.
        let middle = UnixSeconds(from.0.midpoint(to.0));
        let earlier = (stretch.start, middle.plus_seconds(-1));
        let later = (middle.plus_seconds(1), stretch.end);
        let (part, rest, value) = match end {
            Parameter::Before => (earlier, later, Value::Before(earlier.1)),
            _ => (later, earlier, Value::After(later.0)),
        };
        match count(script, part)? {
            Ok(attempts) if attempts < whole => return Ok(FilterVerdict::Heeded(sight(value, attempts))),
            Ok(attempts) => fullest = Some((value, attempts, rest)),
            Err(gap) => return Ok(without_answer(gap)),
        }
        match end {
            Parameter::Before => to = middle,
            _ => from = middle,
        }
    }
    if end == Parameter::Before
        && let Some(verdict) = dated(script, history)?
    {
        return Ok(verdict);
    }
    let Some((value, attempts, rest)) = fullest.filter(|_| parts == Parts::Disjoint) else {
        return Ok(FilterVerdict::Unproven(Doubt::Close));
    };
    // The part holds everything. Where the rest holds something as well, it was not cut.
    let others = match count(script, rest)? {
        Ok(0) => return Ok(FilterVerdict::Unproven(Doubt::Close)),
        Ok(others) => others,
        Err(gap) => return Ok(without_answer(gap)),
    };
    Ok(match script.ask_again(Topic::Filters, stretch.question())? {
        Answer::Counted(again) if again < attempts + others => FilterVerdict::Ignored(sight(value, attempts)),
        Answer::Counted(_) => FilterVerdict::Unproven(Doubt::Close),
        Answer::Refused(reason) => without_answer(Gap::Refused(reason)),
        Answer::Missing(gap) => without_answer(gap),
    })
}

fn count(script: &mut Script<'_>, (after, before): (UnixSeconds, UnixSeconds)) -> Result<Result<i64, Gap>, Pending> {
    script.count(Topic::Filters, Some(after.into()), Some(before.into()))
}

fn without_answer(gap: Gap) -> FilterVerdict {
    match gap {
        Gap::Refused(reason) => FilterVerdict::Unproven(Doubt::Refused(reason)),
        gap => FilterVerdict::Unknown(gap),
    }
}

/// What the search for the oldest attempts shows of the later end: none before one instant, some before another.
fn dated(script: &mut Script<'_>, history: &History) -> Result<Option<FilterVerdict>, Pending> {
    let History::Since { from, to, .. } = history else { return Ok(None) };
    let older = script.count(Topic::History, None, Some((*from).into()))?;
    let whole = script.count(Topic::History, None, Some((*to).into()))?;
    Ok(match (older, whole) {
        (Ok(0), Ok(whole @ 1..)) => {
            let seen = vec![(Value::Before(*from), 0)];
            Some(FilterVerdict::Heeded(Sight { whole, email: 0, seen }))
        }
        _ => None,
    })
}
