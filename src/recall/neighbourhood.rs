//! Which recorded ranges are worth reading to tell others by sums.
//!
//! Ranges that share ends form a graph: ends are its points, ranges its lines. What lies between two ends is told where
//! a way leads from one to the other. Only ways near the range asked for are sought: through ranges that overlap or
//! touch it, widened by its own length on either side. Days of a month, the month itself, and the months beside it are
//! there; what links them by way of last year is not, and costs a question that the ledger might have answered.
//!
//! Of those ranges most lead nowhere: the windows before and after, the months of jobs that end every day elsewhere. A
//! range with an end that no other shares, and that no question can have, lies on no way; without it, its neighbour may
//! be the next.

use std::collections::HashMap;

use super::timeline::{Grounds, Timeline};
use crate::model::{Counts, UnixSeconds, Window};

/// Where sums are sought for the questions of one range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbourhood {
    range: Window,
    hull: Window,
}

impl Neighbourhood {
    /// Of the range that holds all questions.
    #[must_use]
    pub fn of(range: Window) -> Self {
        let length = range.end().0.saturating_sub(range.start().0);
        let (start, end) = (range.start().plus_seconds(length.saturating_neg()), range.end().plus_seconds(length));
        Self { range, hull: Window::new(start, end).unwrap_or(range) }
    }

    /// The range, widened.
    #[must_use]
    pub const fn hull(self) -> Window {
        self.hull
    }

    /// Whether a recorded range overlaps or touches it.
    #[must_use]
    pub fn reaches(self, range: Window) -> bool {
        range.start() <= self.hull.end() && self.hull.start() <= range.end()
    }

    /// Whether a question may begin or end here.
    fn may_end(self, at: UnixSeconds) -> bool {
        self.range.start() <= at && at <= self.range.end()
    }
}

/// The ranges that lie on ways between the ends of possible questions.
#[derive(Debug)]
pub struct Links {
    ranges: Vec<Window>,
    /// Says what is linked, and nothing of what lies between.
    ends: Timeline,
}

impl Links {
    /// Those among the recorded ranges, each of which is given once.
    #[must_use]
    pub fn among(recorded: impl IntoIterator<Item = Window>, near: Neighbourhood) -> Self {
        let mut ranges: Vec<_> = recorded.into_iter().filter(|range| near.reaches(*range)).collect();
        drop_loose(&mut ranges, near);
        let mut ends = Timeline::default();
        for range in &ranges {
            ends.add(*range, Counts::ZERO, Grounds::NONE);
        }
        Self { ranges, ends }
    }

    /// The ranges.
    #[must_use]
    pub fn ranges(&self) -> &[Window] {
        &self.ranges
    }

    /// Whether answers to them may tell this one.
    #[must_use]
    pub fn lead_to(&self, range: Window) -> bool {
        self.ends.tell(range).is_some()
    }
}

/// Drops ranges with a loose end until there are none.
fn drop_loose(ranges: &mut Vec<Window>, near: Neighbourhood) {
    let mut at: HashMap<UnixSeconds, Vec<usize>> = HashMap::new();
    for (place, range) in ranges.iter().enumerate() {
        at.entry(range.start()).or_default().push(place);
        at.entry(range.end()).or_default().push(place);
    }
    let mut loose: Vec<_> = at.keys().copied().collect();
    while let Some(end) = loose.pop() {
        let Some([only]) = at.get(&end).map(Vec::as_slice).filter(|_| !near.may_end(end)) else { continue };
        let (only, range) = (*only, ranges[*only]);
        for end in [range.start(), range.end()] {
            at.entry(end).or_default().retain(|place| *place != only);
            loose.push(end);
        }
    }
    // A range that is left stands at both of its ends.
    let mut place = 0..;
    ranges.retain(|range| {
        let place = place.next();
        at[&range.start()].iter().any(|known| Some(*known) == place)
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(start: i64, end: i64) -> Window {
        Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap()
    }

    fn among(recorded: &[(i64, i64)], asked: (i64, i64)) -> Vec<(i64, i64)> {
        let recorded = recorded.iter().map(|(start, end)| range(*start, *end));
        let links = Links::among(recorded, Neighbourhood::of(range(asked.0, asked.1)));
        links.ranges().iter().map(|range| (range.start().0, range.end().0)).collect()
    }

    #[test]
    fn only_ranges_that_reach_the_neighbourhood_count() {
        let near = Neighbourhood::of(range(10, 20));
        assert_eq!(near.hull(), range(0, 30));
        for (start, end, expected) in [(-5, -1, false), (-5, 0, true), (30, 31, true), (31, 40, false), (-9, 99, true)]
        {
            assert_eq!(near.reaches(range(start, end)), expected, "{start} to {end}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_left_unread() {
        // Days beside the one asked for, and the window of a job that began on another hour.
        assert_eq!(among(&[(0, 1), (1, 2), (2, 3), (-29, 2)], (1, 2)), [(1, 2)]);
        // A chain that ends loose.
        assert_eq!(among(&[(10, 12), (12, 15), (15, 25)], (10, 14)), [(10, 12)]);
    }

    #[test]
    fn ways_within_across_and_around_are_kept() {
        assert_eq!(among(&[(0, 1), (1, 2), (2, 3)], (0, 3)), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(among(&[(-30, 1), (-30, 0)], (0, 1)), [(-30, 1), (-30, 0)]);
        assert_eq!(among(&[(0, 4), (3, 4), (2, 3), (0, 1)], (1, 2)), [(0, 4), (3, 4), (2, 3), (0, 1)]);
    }

    proptest! {
        #[test]
        fn whatever_is_told_by_all_near_ranges_is_told_by_those_that_lead_somewhere(
            recorded in prop::collection::btree_set((0i64..20, 1i64..10), 0..14),
            (start, length) in (0i64..20, 1i64..8),
            wanted in (0i64..8, 1i64..8),
        ) {
            let asked = range(start, start + length);
            let near = Neighbourhood::of(asked);
            let recorded: Vec<_> = recorded.into_iter().map(|(start, length)| range(start, start + length)).collect();
            let mut all = Timeline::default();
            for range in recorded.iter().filter(|range| near.reaches(**range)) {
                all.add(*range, Counts::ZERO, Grounds::NONE);
            }
            let wanted = range(start + wanted.0 % length, start + wanted.0 % length + wanted.1);
            if asked.contains(wanted) {
                let links = Links::among(recorded, near);
                prop_assert_eq!(links.lead_to(wanted), all.tell(wanted).is_some());
            }
        }
    }
}
