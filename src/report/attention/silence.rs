//! Attempts that fell away: of the whole account, a channel, a country, a service, or a cell.
//!
//! Stretches are found in `way`. One is told where all of it together is below the part that counts as fallen away,
//! where enough was to be expected, and where the place's own days make it improbable. The chance of any false one in a
//! report is three hundredths, shared out over the levels, and over the places and hours of each. What is part of another
//! finding is told by that (`nested`).

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{Datelike, Weekday};

use super::super::cube::{Amount, Cube};
use super::super::format::{about, grouped, place_name, stretch, weekday_name, when};
use super::super::key::{Key, Level};
use super::super::model::{Alike, Basis, Evidence, Flag, FlagKind, FlagScope, Look, Unlooked};
use super::super::series::{SmallTally, real, real_len};
use super::super::stats::Levels;
use super::explained::Explained;
use super::nested::told;
use super::time::{Slot, Time, by_hour, window};
use super::track::{Silent, Track};
use super::usual::{LEAST_UNITS, Timeline, basis};
use super::view::View;
use super::way::Way;

/// The chance of a false flag in a report, at most.
const CHANCE: f64 = 0.03;

/// A search, and what it found so far.
struct Search<'s> {
    look: &'s View<'s>,
    timeline: Timeline,
    time: Time,
    /// Units as slots, for what has no hours.
    days: Time,
    found: Vec<Silent>,
    tracks: BTreeMap<Key, Track>,
    judged: usize,
    tests: f64,
    /// Whether anything was to be expected, by unit.
    units: Vec<bool>,
}

/// Finds stretches in everything that is read, marks what they explain, and tells of those in the period.
pub(super) fn find(look: &View<'_>, cube: &Cube, explained: &mut Explained) -> (Vec<Flag>, Look) {
    let timeline = Timeline::of(look);
    let mut search = Search {
        time: Time::of(look, &timeline),
        days: Time::of_units(look, &timeline),
        look,
        timeline,
        found: Vec::new(),
        tracks: BTreeMap::new(),
        judged: 0,
        tests: 0.0,
        units: vec![false; look.scope.units.len()],
    };
    let levels = cube.levels();
    for level in &levels {
        search.level(*level, cube, real_len(levels.len()));
    }
    let told = told(&search.found, &search.tracks, real(look.thresholds.silent_attempts), look.thresholds.silent_below);
    let mut flags = Vec::new();
    for silent in told {
        let slots = &search.time.slots[silent.slots.clone()];
        for slot in slots {
            explained.mark(silent.part, slot.unit);
        }
        if slots.iter().any(|slot| slot.is_current) {
            flags.push(search.flag(&silent));
        }
    }
    (flags, search.look())
}

impl Search<'_> {
    fn level(&mut self, level: Level, cube: &Cube, levels: f64) {
        let mut hours = by_hour(self.look, level);
        let has_hours = !hours.is_empty();
        let slots = if has_hours { &self.time.slots } else { &self.days.slots };
        let way = Way::new(self.look, &self.timeline, slots);
        let mut tracks = BTreeMap::new();
        let current: Vec<usize> = (0..slots.len()).filter(|slot| slots[*slot].is_current).collect();
        let (mut judged, mut tests) = (0, 0.0);
        let least = real(self.look.thresholds.silent_attempts);
        for (part, amounts) in cube.by(level) {
            // As many stretches of the period as could be silent: those of which enough was to be expected.
            let stretches = self.usual(&amounts) / least;
            judged += usize::from(stretches >= 1.0);
            tests += stretches.min(real_len(current.len()));
            if way.is_worth(&amounts) {
                let hours = hours.remove(&part).map(|hours| self.by_slot(&hours));
                tracks.insert(part, way.track(part, &amounts, hours));
            }
        }
        let mut pooled = Levels::default();
        for track in tracks.values() {
            track.add_to(&mut pooled);
        }
        for slot in current.iter().filter(|slot| tracks.values().any(|track| track.is_known(**slot))) {
            self.units[slots[*slot].unit] = true;
        }
        self.judged += judged;
        self.tests += tests;
        let bound = CHANCE / (levels * tests.max(1.0));
        for (part, track) in &tracks {
            for stretch in &track.stretches {
                let (seen, expected) = track.sums(stretch.first..stretch.last + 1);
                let p_value = track.p_value(*stretch, &pooled);
                let within = self.in_time(slots, stretch.first..stretch.last + 1);
                if p_value <= bound {
                    self.found.push(Silent { part: *part, slots: within, seen, expected, p_value });
                }
            }
        }
        if has_hours || !self.look.scope.has_hours {
            self.tracks.extend(tracks);
        }
    }

    /// What a place usually has in as many days as the period's.
    fn usual(&self, amounts: &[Amount]) -> f64 {
        let known = |units: &[usize]| -> Vec<f64> {
            units
                .iter()
                .filter(|unit| self.look.unit(**unit).is_complete())
                .map(|unit| amounts[*unit].attempts)
                .collect()
        };
        let (all, current) = (known(&self.timeline.units), known(&self.look.scope.current));
        all.iter().sum::<f64>() / real_len(all.len()).max(1.0) * real_len(current.len())
    }

    /// Hours are kept by window; slots may be fewer.
    fn by_slot(&self, hours: &[SmallTally]) -> Vec<f64> {
        let attempts = |slot: &Slot| slot.hour.map_or(0.0, |(at, ..)| real(hours[at].tally().attempts));
        self.time.slots.iter().map(attempts).collect()
    }

    /// The same stretch in slots of the finest time.
    fn in_time(&self, slots: &[Slot], stretch: Range<usize>) -> Range<usize> {
        let time = &self.time.slots;
        if time.len() == slots.len() {
            return stretch;
        }
        let (from, to) = (slots[stretch.start].unit, slots[stretch.end - 1].unit);
        let start = time.iter().position(|slot| slot.unit == from);
        let end = time.iter().rposition(|slot| slot.unit == to);
        start.unwrap_or(0)..end.map_or(0, |last| last + 1)
    }

    fn flag(&self, silent: &Silent) -> Flag {
        let slots = &self.time.slots[silent.slots.clone()];
        let units: Vec<usize> = slots.iter().map(|slot| slot.unit).collect();
        let (first, last, _) = self.look.span(&units);
        let is_provisional = slots.iter().any(|slot| !slot.is_final);
        let window = window(slots);
        let part = silent.part;
        let service_name = part.service.and_then(|service| self.look.service_name(service));
        let place = FlagScope { service_name, ..part.place() };
        let days = || self.timeline.units.iter().enumerate().filter(|(_, unit)| units.contains(unit)).map(|(at, _)| at);
        let track = self.tracks.get(&part);
        let basis = track.and_then(|track| basis(self.look, &self.timeline, days().filter_map(|at| track.day(at))));
        let counts = Amount { attempts: silent.seen, converted: 0.0 }.counts();
        let came = match counts.attempts() {
            0 => "no attempts".to_owned(),
            1 => "1 attempt".to_owned(),
            some => format!("{} attempts", grouped(some)),
        };
        let time = window.map_or_else(|| when(first, last), |window| self.look.hours(window));
        let weekday = (first == last).then(|| first.weekday());
        let of = basis.map_or(String::new(), |basis| format!(" ({})", rests_on(&basis, weekday, window.is_some())));
        let about_all = if is_provisional { "at least " } else { "" };
        Flag {
            kind: FlagKind::Silence,
            sentence: format!(
                "{}: {came} {time}, where {about_all}about {} were to be expected{of}.",
                place_name(&place),
                about(silent.expected),
            ),
            place,
            first,
            last,
            window,
            is_provisional,
            evidence: Evidence {
                counts,
                usual_attempts: silent.expected,
                usual_rate: None,
                usual_of: None,
                basis,
                p_value: Some(silent.p_value),
                weight: silent.expected - silent.seen,
            },
            members: Vec::new(),
            job: None,
        }
    }

    fn look(&self) -> Look {
        let there = self.look.known_units();
        let units = self.units.iter().filter(|is_judged| **is_judged).count();
        let unlooked = match (units, self.judged) {
            (0, _) if there < LEAST_UNITS => Some(Unlooked::TooFewUnits { there, needed: LEAST_UNITS }),
            (0, _) if self.look.complete_units() == 0 => Some(Unlooked::NoneComplete),
            (0, _) | (_, 0) => Some(Unlooked::TooFewAttempts { needed: self.look.thresholds.silent_attempts }),
            _ => None,
        };
        Look { kind: FlagKind::Silence, judged: self.judged, units, tests: self.tests, unlooked }
    }
}

/// `from the same hours of 5 Wednesdays, 2026-09-09 – 2026-10-07`
fn rests_on(basis: &Basis, weekday: Option<Weekday>, is_hours: bool) -> String {
    let units = basis.units;
    let days = match (basis.alike, weekday) {
        (Alike::Weekday, Some(weekday)) => format!("{units} {}s", weekday_name(weekday)),
        (Alike::Weekday, None) => format!("{units} days of the same weekdays"),
        (Alike::WorkingDay, _) => format!("{units} working days"),
        (Alike::Weekend, _) => format!("{units} days of weekends"),
        (Alike::Any, _) => format!("{units} others"),
    };
    let hours = if is_hours { "the same hours of " } else { "" };
    format!("from {hours}{days}, {}", stretch(basis.first, basis.last))
}
