//! The way along the timeline, slot by slot, on which a place's track is found.
//!
//! What was to be expected of a day stands in `usual`; of an hour it is that hour's part of the same days. A stretch is
//! found by a cumulative sum of Poisson log-likelihood ratios, of 0.4·f against 1.6·f of what was to be expected, f
//! being the part below which attempts have fallen away (as `stats::scan` does it for rates). Days in a stretch say
//! nothing of what is usual on the days after it.
//!
//! A place that had no life before is new, not silent. Of what may still change half is expected, of a day that is
//! known in part half of that part, and of less than half a day nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::cube::Amount;
use super::super::key::Key;
use super::super::scope::Unit;
use super::super::series::{real, real_len};
use super::super::stats::{Levels, Scan, Stretch};
use super::time::Slot;
use super::track::Track;
use super::usual::{Expected, Timeline, Volumes};
use super::view::View;
use super::watch::BUSY;
use crate::report::model::TrendState;

/// A sum that lost so much from its height was another stretch: chance lets it lose that once in ten thousand times.
const PATIENCE: f64 = 9.2;
/// What may still come, or was cut off, may be half.
const UNSURE: f64 = 0.5;
/// Of a day that is known to a lesser part nothing is expected.
const LEAST_PART: f64 = 0.5;
/// A day of which a stretch takes so much tells nothing of what is usual.
const SPOILT: f64 = 0.25;
/// A day's hours hold an attack where they are so many times what was left of the day.
const CLEARED: f64 = 1.05;
/// Hours of a day.
const HOURS: usize = 24;

/// The way along the timeline, slot by slot.
pub(super) struct Way<'a> {
    look: &'a View<'a>,
    timeline: &'a Timeline,
    slots: &'a [Slot],
    /// Slots of each position in the timeline.
    of_day: Vec<Range<usize>>,
}

impl<'a> Way<'a> {
    pub(super) fn new(look: &'a View<'a>, timeline: &'a Timeline, slots: &'a [Slot]) -> Self {
        let mut by_unit: BTreeMap<usize, Range<usize>> = BTreeMap::new();
        for (at, slot) in slots.iter().enumerate() {
            by_unit.entry(slot.unit).or_insert(at..at).end = at + 1;
        }
        let of_day = timeline.units.iter().map(|unit| by_unit.get(unit).cloned().unwrap_or(0..0)).collect();
        Self { look, timeline, slots, of_day }
    }

    /// Whether a place may have been silent anywhere, or tells of others: whether it is busy, or would be found with the
    /// most that could be expected of it. Most places are small, and this is quick.
    pub(super) fn is_worth(&self, amounts: &[Amount]) -> bool {
        let Self { look, timeline, .. } = self;
        let has_hours = self.slots.first().is_some_and(|slot| slot.hour.is_some());
        let least = real(look.thresholds.silent_attempts);
        let days: Vec<f64> = timeline.units.iter().map(|unit| amounts[*unit].attempts).collect();
        let all: f64 = days.iter().sum();
        if all < least {
            return false;
        }
        let most = days.iter().copied().fold(0.0, f64::max);
        let is_busy = all >= BUSY * real_len(days.len());
        if is_busy || (has_hours && most >= least) {
            return true;
        }
        let (hit, miss) = weights(look);
        let (mut sum, mut expected) = (0.0, 0.0);
        timeline.greatest(&days).iter().zip(&days).any(|(greatest, seen)| {
            sum += seen.mul_add(hit, greatest * miss);
            expected = if sum > 0.0 { expected + greatest } else { 0.0 };
            sum = sum.max(0.0);
            expected >= least
        })
    }

    /// `hours` are the attempts by slot, where slots are hours; else the unit's amounts are the slot's.
    pub(super) fn track(&self, part: Key, amounts: &[Amount], hours: Option<Vec<f64>>) -> Track {
        let Self { look, timeline, slots, .. } = self;
        let period = if hours.is_some() { HOURS } else { 1 };
        let mut track = Track {
            expected: vec![f64::NAN; slots.len()],
            seen: hours.unwrap_or_else(|| slots.iter().map(|slot| amounts[slot.unit].attempts).collect()),
            days: vec![None; timeline.len()],
            attacked: Vec::new(),
            silent: vec![false; timeline.len()],
            stretches: Vec::new(),
            levels: Levels::default(),
            is_busy: false,
            period,
        };
        let is_attacked = |(unit, of_day): (&usize, &Range<usize>)| {
            track.seen[of_day.clone()].iter().sum::<f64>() > CLEARED * amounts[*unit].attempts + 1.0
        };
        track.attacked = timeline.units.iter().zip(&self.of_day).map(is_attacked).collect();
        self.walk(&mut track, Volumes::new(timeline, amounts, &look.scope.likeness(part)));
        let mut all = 0.0;
        for (at, unit) in timeline.units.iter().enumerate() {
            let is_usual = !track.silent[at] && look.unit(*unit).is_complete();
            if let Some(expected) = track.days[at].as_ref().filter(|_| is_usual) {
                track.levels.note(amounts[*unit].attempts, expected.attempts);
                all += expected.attempts;
            }
        }
        track.is_busy = all >= BUSY * real_len(timeline.len().max(1));
        track
    }

    fn walk(&self, track: &mut Track, mut volumes: Volumes<'_>) {
        let (hit, miss) = weights(self.look);
        let mut scan = Scan::new(0.0, PATIENCE);
        for at in 0..self.timeline.len() {
            if at > 0 && !self.look.touch(self.timeline.units[at - 1], self.timeline.units[at]) {
                let stretch = scan.end();
                self.settle(track, stretch);
            }
            let mut skip = track.silent.clone();
            if let Some(since) = scan.open_since().map(|slot| self.slots[slot].unit) {
                (0..at)
                    .rev()
                    .take_while(|day| self.look.unit(self.timeline.units[*day]).first >= self.look.unit(since).first)
                    .for_each(|day| skip[day] = true);
            }
            let expected = volumes.expect(at, &skip).filter(|expected| volumes.was_alive(at, expected.attempts));
            if let Some(expected) = &expected {
                self.share_out(track, at, expected);
            }
            track.days[at] = expected;
            for slot in self.of_day[at].clone() {
                let step = track.is_known(slot).then(|| track.seen[slot].mul_add(hit, track.expected[slot] * miss));
                let stretch = scan.push(slot, step);
                self.settle(track, stretch);
            }
        }
        let stretch = scan.end();
        self.settle(track, stretch);
    }

    /// Shares out what is to be expected of a day over its slots, as the days that it rests on did.
    fn share_out(&self, track: &mut Track, at: usize, expected: &Expected) {
        let unit = self.look.unit(self.timeline.units[at]);
        if track.period == 1 {
            let part = sure_part(unit);
            for slot in self.of_day[at].clone() {
                track.expected[slot] = part.map_or(f64::NAN, |part| expected.attempts * part);
            }
            return;
        }
        let (mut sums, mut hours, mut all) = ([0.0; HOURS], [0.0; HOURS], 0.0);
        // Where an attack was, its hours are no usual ones, unless there are no others.
        let mut from: Vec<usize> = expected.from.iter().copied().filter(|day| !track.attacked[*day]).collect();
        if from.is_empty() {
            from.clone_from(&expected.from);
        }
        for slot in from.iter().flat_map(|day| self.of_day[*day].clone()) {
            if let Some((_, _, hour)) = self.slots[slot].hour {
                sums[hour] += track.seen[slot];
                hours[hour] += 1.0;
                all += track.seen[slot];
            }
        }
        let a_day = all / real_len(from.len());
        for slot in self.of_day[at].clone() {
            let Some((_, window, hour)) = self.slots[slot].hour else { continue };
            let usual = if hours[hour] > 0.0 && a_day > 0.0 { sums[hour] / hours[hour] / a_day } else { 0.0 };
            let length = (real(window.end().0 - window.start().0) / 3600.0).min(1.0);
            let sure = if self.slots[slot].is_final { 1.0 } else { UNSURE };
            track.expected[slot] = expected.attempts * usual * length * sure;
        }
    }

    /// Keeps a stretch that is one.
    fn settle(&self, track: &mut Track, stretch: Option<Stretch>) {
        let Some(stretch) = stretch else { return };
        let slots = stretch.first..stretch.last + 1;
        let (seen, expected) = track.sums(slots.clone());
        let thresholds = self.look.thresholds;
        if expected < real(thresholds.silent_attempts) || seen >= thresholds.silent_below * expected {
            return;
        }
        for (at, of_day) in self.of_day.iter().enumerate() {
            let inside = of_day.start.max(slots.start)..of_day.end.min(slots.end);
            if !inside.is_empty() && track.sums(inside).1 >= SPOILT * track.sums(of_day.clone()).1 {
                track.silent[at] = true;
            }
        }
        track.stretches.push(stretch);
    }
}

/// What an attempt that came says against a silence, and what one that was to be expected says for it: ln of 0.4·f over
/// 1.6·f, and their difference.
fn weights(look: &View<'_>) -> (f64, f64) {
    (0.25_f64.ln(), 1.2 * look.thresholds.silent_below)
}

/// How much of a usual day is surely to be expected of a day or longer window.
fn sure_part(unit: &Unit) -> Option<f64> {
    match unit.state {
        TrendState::Final => Some(1.0),
        TrendState::Provisional => Some(UNSURE),
        TrendState::Partial => Some(UNSURE * unit.covered).filter(|_| unit.covered >= LEAST_PART),
        TrendState::Missing => None,
    }
}
