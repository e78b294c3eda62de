//! The close look, which leaves as few hypotheses about the ends of ranges as there can be.
//!
//! A place with attempts is looked at to the second. Around it, two seconds are asked together and one by one:
//! attempts on the cut between them are counted once, twice or not at all. That leaves `[)` and `(]`, under which all
//! sums add up, and stamps with fractions, under which no attempt lies on a cut. These differ within a second, so
//! slivers of a millisecond or two are asked: at its beginning, at its end, in its middle. What chance might have done
//! is looked at in a second place.

use super::ends::{ENOUGH, Ends, Kind, Lies, SLIVERS, Spot};
use super::gap::Gap;
use super::range::{FoundStretch, Stretch};
use super::script::{Pending, Script, Topic};
use super::search::{elsewhere, from_the_middle};
use super::solver::Observation;
use crate::model::{UnixMillis, UnixSeconds};

/// The order in which slivers are asked: what is likely comes first.
const ORDER: [usize; 3] = [0, 2, 1];

/// Looks at a place, and at a second one if that may tell more.
pub(super) fn search(script: &mut Script<'_>, stretch: &FoundStretch) -> Result<Ends, Pending> {
    let stretch = match stretch {
        Ok(stretch) => stretch,
        Err(gap) => return Ok(Ends::unknown(gap.clone())),
    };
    let mut ends = Ends { spots: Vec::new(), possible: Vec::new(), gap: None, observations: Vec::new() };
    ends.gap = look_around(script, &mut ends, stretch)?.err();
    Ok(ends)
}

/// What a look leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Nothing that another place could tell.
    Nothing,
    /// Whether it was chance.
    Chance,
    /// The same, but attempts on bounds are neither lost nor counted twice: that need not be asked again.
    WithinTheSecond,
}

fn look_around(script: &mut Script<'_>, ends: &mut Ends, stretch: &Stretch) -> Result<Result<(), Gap>, Pending> {
    let place = match from_the_middle(script, stretch)? {
        Ok(place) => place,
        Err(gap) => return Ok(Err(gap)),
    };
    let open = match look(script, ends, place.start)? {
        Ok(Open::Nothing) => return Ok(Ok(())),
        Ok(open) => open,
        Err(gap) => return Ok(Err(gap)),
    };
    let other = match elsewhere(script, stretch, place)? {
        Ok(Some(other)) => other,
        Ok(None) => return Ok(Ok(())),
        Err(gap) => return Ok(Err(gap)),
    };
    match open {
        Open::WithinTheSecond => look_within(script, ends, other.start),
        _ => Ok(look(script, ends, other.start)?.map(drop)),
    }
}

/// Asks around `start` to `start + 2`.
fn look(script: &mut Script<'_>, ends: &mut Ends, start: UnixSeconds) -> Result<Result<Open, Gap>, Pending> {
    let (middle, end) = (start.plus_seconds(1), start.plus_seconds(2));
    let mut counts = [0; 3];
    for (count, (after, before)) in counts.iter_mut().zip([(start, end), (start, middle), (middle, end)]) {
        *count = match observe(script, ends, after, before)? {
            Ok(count) => count,
            Err(gap) => return Ok(Err(gap)),
        };
    }
    let [both, first, second] = counts;
    let open_if_few = |attempts| if attempts < ENOUGH { Open::Chance } else { Open::Nothing };
    let (at, attempts, outer) = match (first, second) {
        (0, 0) if both == 0 => return Ok(Err(Gap::Contradiction)),
        (0, 0) => {
            ends.spots.push(Spot { at: middle, attempts: both, lies: None, kind: Kind::LostOnTheCut });
            return Ok(Ok(open_if_few(both)));
        }
        (0, _) => (middle, second, end),
        (_, _) => (start, first, start),
    };
    ends.spots.push(Spot { at, attempts, lies: None, kind: Kind::Second });
    let outer = match outer_end(script, ends, outer)? {
        Ok(outer) => outer,
        Err(gap) => return Ok(Err(gap)),
    };
    // Attempts on a bound were counted on both of its sides: within the second there is nothing more to learn.
    if first + second > both || outer == Outer::Counted {
        return Ok(Ok(open_if_few(attempts)));
    }
    let lies = match slivers(script, ends, at, outer, ORDER)? {
        Ok(lies) => lies,
        Err(gap) => return Ok(Err(gap)),
    };
    Ok(Ok(match lies {
        Some(Lies::Within) | None => Open::Nothing,
        Some(_) => Open::WithinTheSecond,
    }))
}

/// Asks for a second with attempts from `start` to `start + 2`, and where they lie in it: first where those of the spot
/// before lay.
fn look_within(script: &mut Script<'_>, ends: &mut Ends, start: UnixSeconds) -> Result<Result<(), Gap>, Pending> {
    let before = ends.spots.last().and_then(|spot| spot.lies);
    let mut order = ORDER;
    order.sort_by_key(|sliver| Some(SLIVERS[*sliver].2) != before);
    for at in [start, start.plus_seconds(1)] {
        let attempts = match observe(script, ends, at, at.plus_seconds(1))? {
            Ok(0) => continue,
            Ok(attempts) => attempts,
            Err(gap) => return Ok(Err(gap)),
        };
        ends.spots.push(Spot { at, attempts, lies: None, kind: Kind::Second });
        return Ok(slivers(script, ends, at, Outer::Nothing, order)?.map(drop));
    }
    Ok(Ok(()))
}

/// What a range of no length brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outer {
    Nothing,
    Counted,
    Refused,
}

/// Whether attempts on the end of the second that is no cut count: asked as a range of no length, or, where that is
/// refused, by another cut.
fn outer_end(script: &mut Script<'_>, ends: &mut Ends, at: UnixSeconds) -> Result<Result<Outer, Gap>, Pending> {
    match observe(script, ends, at, at)? {
        Ok(0) => return Ok(Ok(Outer::Nothing)),
        Ok(_) => return Ok(Ok(Outer::Counted)),
        Err(Gap::Refused(_)) => {}
        Err(gap) => return Ok(Err(gap)),
    }
    let mut counts = [0; 3];
    for (count, (after, before)) in counts.iter_mut().zip([(-1, 0), (0, 1), (-1, 1)]) {
        *count = match observe(script, ends, at.plus_seconds(after), at.plus_seconds(before))? {
            Ok(count) => count,
            Err(gap) => return Ok(Err(gap)),
        };
    }
    Ok(Ok(if counts[0] + counts[1] > counts[2] { Outer::Counted } else { Outer::Refused }))
}

/// Asks about parts of the last spot's second, until one is seen to hold all of its attempts. Where ranges of no length
/// are refused, a refusal says nothing: a server that cuts fractions off sees such a range.
fn slivers(
    script: &mut Script<'_>,
    ends: &mut Ends,
    at: UnixSeconds,
    outer: Outer,
    order: [usize; 3],
) -> Result<Result<Option<Lies>, Gap>, Pending> {
    let Some(spot) = ends.spots.last_mut() else { return Ok(Ok(None)) };
    let UnixMillis(start) = at.into();
    let mut answered = 0;
    for (from, to, lies) in order.map(|sliver| SLIVERS[sliver]) {
        let (after, before) = (UnixMillis(start + from), UnixMillis(start + to));
        let count = match script.count(Topic::Ends, Some(after), Some(before))? {
            Ok(count) => Some(count),
            Err(Gap::Refused(_)) if outer == Outer::Refused => continue,
            Err(Gap::Refused(_)) => None,
            Err(gap) => return Ok(Err(gap)),
        };
        ends.observations.push(Observation { after, before, count });
        answered += 1;
        match count {
            Some(count) if count == spot.attempts => {
                spot.lies = Some(lies);
                return Ok(Ok(spot.lies));
            }
            Some(_) => {}
            None => return Ok(Ok(None)),
        }
    }
    if answered == SLIVERS.len() {
        spot.lies = Some(Lies::Within);
    }
    Ok(Ok(spot.lies))
}

/// Asks between whole seconds, and keeps what came back.
fn observe(
    script: &mut Script<'_>,
    ends: &mut Ends,
    after: UnixSeconds,
    before: UnixSeconds,
) -> Result<Result<i64, Gap>, Pending> {
    let counted = script.between(after, before)?;
    if let Ok(count) = counted {
        ends.observations.push(Observation { after: after.into(), before: before.into(), count: Some(count) });
    }
    Ok(counted)
}
