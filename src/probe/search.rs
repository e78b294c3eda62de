//! The way from a range to two seconds of it that hold attempts.
//!
//! Every step holds under each of the four treatments of bounds: halves overlap by a second, so that no attempt gets
//! lost on a cut, and a half is taken only when the API counts something in it, or nothing in the rest.

use super::gap::Gap;
use super::range::Stretch;
use super::script::{Pending, Script};
use crate::model::UnixSeconds;

/// Each window of a search outwards is so many times as long as the one before.
const GROWTH: i64 = 16;

/// Two seconds with attempts between them, as the API counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BusyTime {
    /// They are `start` to `start + 2`.
    pub(super) start: UnixSeconds,
    /// A range without any second of these that showed attempts too, the shortest that was come by.
    aside: Option<(UnixSeconds, UnixSeconds)>,
}

/// Looks from the middle of a range towards its end, at first for about two attempts; else in its first half.
pub(super) fn from_the_middle(script: &mut Script<'_>, stretch: &Stretch) -> Result<Result<BusyTime, Gap>, Pending> {
    let Stretch { start, end, attempts } = *stretch;
    let middle = UnixSeconds(start.0.midpoint(end.0));
    if first_width(stretch) >= end.0 - start.0 {
        return narrow(script, *stretch);
    }
    match outwards(script, middle, end, first_width(stretch))? {
        Ok(Some(found)) => narrow(script, found),
        // Nothing between the middle and the end, so everything lies before, the middle itself included.
        Ok(None) => narrow(script, Stretch { start, end: middle.plus_seconds(1), attempts }),
        Err(gap) => Ok(Err(gap)),
    }
}

/// Looks for other attempts than those at a place: aside, else after it, else before it. `None` if there are none.
pub(super) fn elsewhere(
    script: &mut Script<'_>,
    stretch: &Stretch,
    place: BusyTime,
) -> Result<Result<Option<BusyTime>, Gap>, Pending> {
    if let Some((start, end)) = place.aside {
        match script.between(start, end)? {
            Ok(0) => {}
            Ok(attempts) => return Ok(narrow(script, Stretch { start, end, attempts })?.map(Some)),
            Err(gap) => return Ok(Err(gap)),
        }
    }
    for (from, to) in [(place.start.plus_seconds(3), stretch.end), (place.start.plus_seconds(-1), stretch.start)] {
        match outwards(script, from, to, first_width(stretch))? {
            Ok(Some(found)) => return Ok(narrow(script, found)?.map(Some)),
            Ok(None) => {}
            Err(gap) => return Ok(Err(gap)),
        }
    }
    Ok(Ok(None))
}

/// So many seconds hold two attempts on average.
fn first_width(stretch: &Stretch) -> i64 {
    (2 * (stretch.end.0 - stretch.start.0) / stretch.attempts.max(1)).max(2)
}

/// The first of ever longer windows from `from` to `limit`, which may lie in either direction, that has attempts.
fn outwards(
    script: &mut Script<'_>,
    from: UnixSeconds,
    limit: UnixSeconds,
    first: i64,
) -> Result<Result<Option<Stretch>, Gap>, Pending> {
    let room = (limit.0 - from.0).abs();
    let direction = (limit.0 - from.0).signum();
    let (mut near, mut width) = (0, first);
    while room - near >= 2 {
        let far = (near + width).min(room);
        let ends = [near, far].map(|distance| from.plus_seconds(direction * distance));
        let (start, end) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        match script.between(start, end)? {
            Ok(0) => {}
            Ok(attempts) => return Ok(Ok(Some(Stretch { start, end, attempts }))),
            Err(gap) => return Ok(Err(gap)),
        }
        if far == room {
            break;
        }
        near = far - 1;
        width *= GROWTH;
    }
    Ok(Ok(None))
}

/// Cuts a window that has attempts down to two seconds.
fn narrow(script: &mut Script<'_>, window: Stretch) -> Result<Result<BusyTime, Gap>, Pending> {
    let Stretch { mut start, mut end, mut attempts } = window;
    let mut aside = None;
    let mut is_even = true;
    while end.0 - start.0 > 2 {
        let width = end.0 - start.0;
        // Even traffic has attempts within a few of its mean distances; halves are safe for any other.
        let likely = if is_even { (3 * width / attempts.max(1)).max(2) } else { width };
        let middle = start.plus_seconds(likely.min((width + 1) / 2));
        match script.between(start, middle)? {
            Ok(0) => {
                start = middle.plus_seconds(-1);
                is_even = false;
            }
            Ok(count) => {
                if count < attempts && end.0 - middle.0 > 2 {
                    aside = Some((middle.plus_seconds(1), end));
                }
                (end, attempts) = (middle, count);
            }
            Err(gap) => return Ok(Err(gap)),
        }
    }
    Ok(Ok(BusyTime { start: start.min(end.plus_seconds(-2)), aside }))
}
