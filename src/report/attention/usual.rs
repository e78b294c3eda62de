//! What volume was to be expected of a unit of time, from the place's own days before it.
//!
//! The median of the five nearest days of the same weekday (else of eight days of the same kind, working day or
//! weekend, else of fourteen days), at most eight weeks before. A median of five is not moved by two days that a
//! campaign, a holiday or an attack made unlike the others, and follows a trend within weeks. Where the last two weeks
//! ran below or above what was to be expected of them, so much less or more is to be expected: the median ratio of
//! fourteen days, at most 1.25, for a campaign is over some day.
//! Where less than a week lies before, the days after it count as well. Days that were explained, that are known in
//! part, and those that asked for something else count nowhere.

use chrono::Datelike;

use super::super::cube::Amount;
use super::super::model::{Alike, Basis};
use super::super::scope::Likeness;
use super::view::View;

/// With fewer units, this one among them, nothing is to be expected.
pub(super) const LEAST_UNITS: usize = 7;
/// How many days a median is of, and the fewest.
const OF_WEEKDAY: (usize, usize) = (5, 3);
const OF_KIND: (usize, usize) = (8, 4);
const OF_ANY: usize = 14;
/// How many days tell at which level a place runs.
const LEVEL: (usize, usize) = (14, 7);
/// However high the last days stood, so much more is to be expected at most.
const MOST_LEVEL: f64 = 1.25;

/// What was to be expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expected {
    pub attempts: f64,
    /// The positions in the timeline that it rests on.
    pub from: Vec<usize>,
    pub alike: Alike,
}

/// A unit of the timeline, as far as expectations care.
#[derive(Debug, Clone, Copy)]
struct Day {
    /// Days since some day.
    number: i64,
    length: f64,
    /// Days since Monday; `None` of a longer window.
    weekday: Option<u32>,
    is_complete: bool,
}

impl Day {
    fn is_weekend(self) -> bool {
        self.weekday.is_some_and(|weekday| weekday > 4)
    }
}

/// The units that are read, in their order.
pub(super) struct Timeline {
    /// Positions among the scope's units.
    pub units: Vec<usize>,
    days: Vec<Day>,
    /// How far before a day its history reaches.
    reach: i64,
}

impl Timeline {
    pub(super) fn of(look: &View<'_>) -> Self {
        let units = look.known();
        let day = |unit: &usize| {
            let unit = look.unit(*unit);
            Day {
                number: unit.first.num_days_from_ce().into(),
                length: f64::from(unit.days),
                weekday: unit.weekday().map(|weekday| weekday.num_days_from_monday()),
                is_complete: unit.is_complete(),
            }
        };
        let reach = i64::try_from(look.history_days).unwrap_or(i64::MAX);
        Self { days: units.iter().map(day).collect(), units, reach }
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The most that can be expected, by position: a median of five needs three values that are no smaller. Of days of one
    /// kind the greatest of their weekdays' counts, as a median may be of the kind.
    pub(super) fn greatest(&self, values: &[f64]) -> Vec<f64> {
        let mut by_weekday = [const { Vec::new() }; 7];
        for (day, value) in self.days.iter().zip(values) {
            if let Some(weekday) = day.weekday {
                by_weekday[weekday as usize].push(*value);
            }
        }
        let third = |values: &mut Vec<f64>| {
            values.sort_by(|one, other| other.total_cmp(one));
            values.get(OF_WEEKDAY.1 - 1).or_else(|| values.first()).copied().unwrap_or(0.0)
        };
        let thirds: Vec<f64> = by_weekday.iter_mut().map(third).collect();
        let of_kind = |is_weekend: bool| {
            let kind = thirds.iter().zip(0_u32..).filter(|(_, weekday)| (*weekday > 4) == is_weekend);
            kind.map(|(third, _)| *third).fold(0.0, f64::max)
        };
        let (working, weekend) = (of_kind(false), of_kind(true));
        let all = values.iter().copied().fold(0.0, f64::max);
        let most = |day: &Day| match day.weekday {
            None => MOST_LEVEL * all,
            Some(_) if day.is_weekend() => MOST_LEVEL * weekend,
            Some(_) => MOST_LEVEL * working,
        };
        self.days.iter().map(most).collect()
    }
}

/// A place's volumes along the timeline.
pub(super) struct Volumes<'a> {
    timeline: &'a Timeline,
    /// Attempts of a day.
    daily: Vec<f64>,
    likeness: Vec<Option<Likeness>>,
    /// Medians of the positions that were asked for already, a day each.
    medians: Vec<Option<f64>>,
}

impl<'a> Volumes<'a> {
    /// `amounts` and `likeness` are by unit.
    pub(super) fn new(timeline: &'a Timeline, amounts: &[Amount], likeness: &[Option<Likeness>]) -> Self {
        let daily = timeline.units.iter().zip(&timeline.days).map(|(unit, day)| amounts[*unit].attempts / day.length);
        let likeness = timeline.units.iter().map(|unit| likeness[*unit]);
        Self { timeline, daily: daily.collect(), likeness: likeness.collect(), medians: vec![None; timeline.len()] }
    }

    /// What was to be expected at a position; `None` if too little is known, or it was not asked for. Positions are
    /// asked for in ascending order. Those that are skipped count nowhere.
    pub(super) fn expect(&mut self, at: usize, skip: &[bool]) -> Option<Expected> {
        let likeness = self.likeness[at]?;
        let days = &self.timeline.days;
        let fits = |other: usize| {
            !skip[other]
                && days[other].is_complete
                && (days[at].number - days[other].number).abs() <= self.timeline.reach
                && self.likeness[other] == Some(likeness)
        };
        let (mut near, mut same) = (Vec::with_capacity(OF_WEEKDAY.0 * 7), 0);
        for other in (0..at).rev().filter(|other| fits(*other)) {
            near.push(other);
            same += usize::from(days[other].weekday == days[at].weekday);
            if same >= OF_WEEKDAY.0 && near.len() >= LEVEL.0 {
                break;
            }
        }
        if near.len() + 1 < LEAST_UNITS {
            near.extend((at + 1..days.len()).filter(|other| fits(*other)));
        }
        if near.len() + 1 < LEAST_UNITS {
            return None;
        }
        let (from, alike) = alike(&near, days, at);
        let median = median(from.iter().map(|position| self.daily[*position]).collect());
        self.medians[at] = Some(median);
        let ratio = |position: &usize| {
            let usual = self.medians[*position].filter(|usual| *usual > 0.0)?;
            Some(self.daily[*position] / usual)
        };
        let ratios: Vec<f64> = near.iter().filter_map(ratio).take(LEVEL.0).collect();
        let level = if ratios.len() < LEVEL.1 { 1.0 } else { self::median(ratios).min(MOST_LEVEL) };
        Some(Expected { attempts: median * level * days[at].length, from, alike })
    }

    /// Whether a unit before a position was alive: its volume was half of what is expected there or more.
    pub(super) fn was_alive(&self, at: usize, expected: f64) -> bool {
        let least = 0.5 * expected / self.timeline.days[at].length;
        let before = self.daily[..at].iter().zip(&self.likeness);
        before.into_iter().any(|(daily, likeness)| likeness.is_some() && *daily >= least)
    }
}

/// The nearest positions that are most like one, and in what.
fn alike(near: &[usize], days: &[Day], at: usize) -> (Vec<usize>, Alike) {
    let nearest = |most: usize, is_like: &dyn Fn(Day) -> bool| -> Vec<usize> {
        near.iter().copied().filter(|position| is_like(days[*position])).take(most).collect()
    };
    let day = days[at];
    if day.weekday.is_none() {
        return (nearest(OF_KIND.0, &|_| true), Alike::Any);
    }
    let same = nearest(OF_WEEKDAY.0, &|other| other.weekday == day.weekday);
    if same.len() >= OF_WEEKDAY.1 {
        return (same, Alike::Weekday);
    }
    let same = nearest(OF_KIND.0, &|other| other.is_weekend() == day.is_weekend());
    if same.len() >= OF_KIND.1 {
        return (same, if day.is_weekend() { Alike::Weekend } else { Alike::WorkingDay });
    }
    (nearest(OF_ANY, &|_| true), Alike::Any)
}

/// The dates that some expectations rest on.
pub(super) fn basis<'e>(
    look: &View<'_>,
    timeline: &Timeline,
    found: impl Iterator<Item = &'e Expected>,
) -> Option<Basis> {
    let mut positions: Vec<usize> = Vec::new();
    let mut alike: Option<Alike> = None;
    for expected in found {
        positions.extend(&expected.from);
        alike = match alike {
            None => Some(expected.alike),
            Some(known) if known == expected.alike => Some(known),
            Some(_) => Some(Alike::Any),
        };
    }
    positions.sort_unstable();
    positions.dedup();
    let date = |position: Option<&usize>| position.map(|position| look.unit(timeline.units[*position]));
    let (first, last) = (date(positions.first())?.first, date(positions.last())?.last);
    Some(Basis { first, last, units: positions.len(), alike: alike? })
}

/// The middle of some values; 0 without any.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count.is_multiple_of(2) => f64::midpoint(values[count / 2 - 1], values[count / 2]),
        count => values[count / 2],
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        for (values, middle) in [(vec![], 0.0), (vec![3.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0], 2.5)] {
            assert!((median(values) - middle).abs() < 1e-12, "{middle}");
        }
    }
}
