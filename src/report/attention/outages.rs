//! Channels that failed: for hours, where windows are hours, else for days.
//!
//! Looked at are each channel over all countries, and each country × channel. Only settled windows count. What a
//! failed channel is, and how sure that is, stands in `stats::scan`; here its bound is set so that the chance of any
//! false one in the whole report is below a hundredth. Where the channel works elsewhere while a country has far more
//! attempts than usual, it is not the channel that fails there; nor where far more attempts came beside the usual
//! conversions.

use super::super::format::{grouped, percent, place_name, when};
use super::super::key::Key;
use super::super::model::{Evidence, Flag, FlagKind, Look, Unlooked};
use super::super::series::{Tally, real, real_len};
use super::super::stats::{Failing, Stretch, failed_stretches};
use super::explained::Explained;
use super::time::{Slot, Time, window};
use super::usual::Timeline;
use super::view::View;
use crate::model::{Channel, Country};

/// The chance of a false flag in a report.
const CHANCE: f64 = 1e-2;
/// A rate that is based on fewer attempts is not known well enough.
const LEAST_ATTEMPTS: i64 = 200;
/// Below this usual rate even many failures prove nothing.
const LEAST_RATE: f64 = 0.05;
/// An hour without conversions is no outage that anybody could act on.
const LEAST_HOURS: usize = 2;
/// A country's outage that lies in the whole channel's to this part is told by that.
const MOSTLY: f64 = 0.5;

/// From so many attempts elsewhere it is known that a channel works, if it has half of its usual rate there.
const ELSEWHERE: (f64, f64) = (50.0, 0.5);
/// A channel by which so large a part of the usual conversions came does not fail.
const GENUINE: f64 = 0.5;
/// So many times the usual attempts are far more.
const FAR_MORE: f64 = 2.0;

/// A series in the finest time that there is.
struct Fine {
    key: Key,
    /// By the position in [`Time::slots`]; `None` = not settled, or explained already.
    counts: Vec<Option<Tally>>,
}

/// What is usual of a series: a rate, and the attempts that it is of.
#[derive(Clone, Copy)]
struct Usual {
    rate: f64,
    of: i64,
}

/// A stretch in which a channel failed.
struct Failed {
    key: Key,
    stretch: Stretch,
    seen: Tally,
    usual: Usual,
}

/// Finds failures in everything that is read, marks them in `failures`, and tells of those in the period.
pub(super) fn find(look: &View<'_>, earlier: [&Explained; 2], failures: &mut Explained) -> (Vec<Flag>, Look) {
    let time = Time::of(look, &Timeline::of(look));
    let series = fine_series(look, &time, earlier);
    let wholes = series.iter().filter(|fine| is_whole(fine.key)).count();
    let mut flags: Vec<Flag> = Vec::new();
    let mut judged = 0;
    for fine in &series {
        let Some(usual) = usual_rate(&time, fine) else { continue };
        judged += 1;
        let like_it = if is_whole(fine.key) { wholes } else { series.len() - wholes };
        let evidence = evidence(like_it * time.slots.len());
        let failing = Failing { usual: usual.rate, below: look.thresholds.failed_below, evidence };
        let floats: Vec<_> = fine.counts.iter().map(|counts| counts.map(Tally::floats)).collect();
        for stretch in failed_stretches(&floats, failing) {
            let slots = &time.slots[stretch.first..=stretch.last];
            let seen = sum(fine, stretch);
            let (attempts, converted) = seen.floats();
            let is_long = slots[0].hour.is_none() || slots.len() >= LEAST_HOURS;
            if !is_long || converted > look.thresholds.failed_below * usual.rate * attempts {
                continue;
            }
            let failed = Failed { key: fine.key, stretch, seen, usual };
            if is_burst(&time, &failed, fine) || works_elsewhere(&time, &series, &failed, fine) {
                continue;
            }
            let is_told = flags.iter().any(|flag| tells(look, flag, fine.key, slots));
            for slot in slots {
                failures.mark(fine.key, slot.unit);
            }
            if !is_told && slots.iter().any(|slot| slot.is_current) {
                flags.push(flag(look, &failed, slots));
            }
        }
    }
    (flags, said(&time, judged, series.len()))
}

const fn is_whole(key: Key) -> bool {
    key.country.is_none()
}

fn sum(fine: &Fine, stretch: Stretch) -> Tally {
    Tally::sum(fine.counts[stretch.first..=stretch.last].iter().flatten().copied())
}

/// What has to speak for a stretch where so many might begin: half of the chance of a false flag goes to the few whole
/// channels, half to the many cells.
fn evidence(tested: usize) -> f64 {
    (2.0 * real_len(tested.max(1)) / CHANCE).ln()
}

/// The whole channels first, so that they tell what their countries would repeat.
fn fine_series(look: &View<'_>, time: &Time, [attacks, silences]: [&Explained; 2]) -> Vec<Fine> {
    let is_open =
        |slot: &Slot, key: Key| slot.is_final && !attacks.touches(key, slot.unit) && !silences.holds(key, slot.unit);
    let cells: Vec<Fine> = look
        .all_series
        .cells
        .iter()
        .map(|(key, series)| {
            let count = |slot: &Slot| {
                let tally = slot.hour.map_or(series.units[slot.unit], |(at, ..)| series.hours[at].tally());
                is_open(slot, *key).then_some(tally)
            };
            Fine { key: *key, counts: time.slots.iter().map(count).collect() }
        })
        .collect();
    let mut channels: Vec<Channel> = cells.iter().filter_map(|cell| cell.key.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    let countries: std::collections::BTreeSet<Option<Country>> = cells.iter().map(|cell| cell.key.country).collect();
    let mut all = Vec::new();
    for channel in channels.into_iter().filter(|_| countries.len() > 1) {
        let key = Key { channel: Some(channel), ..Key::default() };
        let mut counts: Vec<Option<Tally>> = time.slots.iter().map(|slot| slot.is_final.then(Tally::default)).collect();
        for part in cells.iter().filter(|cell| cell.key.channel == Some(channel)) {
            for (sum, tally) in counts.iter_mut().zip(&part.counts) {
                if let (Some(sum), Some(tally)) = (sum, tally) {
                    sum.add(*tally);
                }
            }
        }
        all.push(Fine { key, counts });
    }
    all.extend(cells);
    all
}

/// The rate before the period, or, if that is too little, over everything.
fn usual_rate(time: &Time, fine: &Fine) -> Option<Usual> {
    let sum = |only_before: bool| {
        let slots = time.slots.iter().zip(&fine.counts).filter(|(slot, _)| !(only_before && slot.is_current));
        Tally::sum(slots.filter_map(|(_, counts)| *counts))
    };
    let known = [sum(true), sum(false)].into_iter().find(|tally| tally.attempts >= LEAST_ATTEMPTS)?;
    let (attempts, converted) = known.floats();
    let rate = converted / attempts;
    (LEAST_RATE..1.0).contains(&rate).then_some(Usual { rate, of: known.attempts })
}

/// Whether it is the attempts that are unusual and not the channel: far more came than usual, and beside them half the
/// usual conversions or more.
fn is_burst(time: &Time, failed: &Failed, fine: &Fine) -> bool {
    let usual = usual_attempts(time, fine, failed.stretch);
    let (attempts, converted) = failed.seen.floats();
    attempts >= FAR_MORE * usual && converted >= GENUINE * usual * failed.usual.rate
}

/// Whether the channel works in the other countries, so that it is not the channel that fails: of a country, while it has
/// far more attempts than usual; of the whole channel, without the country that has the most of the stretch.
fn works_elsewhere(time: &Time, series: &[Fine], failed: &Failed, fine: &Fine) -> bool {
    let Some(channel) = fine.key.channel else { return false };
    let cells = || series.iter().filter(|cell| cell.key.channel == Some(channel) && !is_whole(cell.key));
    let one = if is_whole(fine.key) {
        let Some(busiest) = cells().max_by_key(|cell| sum(cell, failed.stretch).attempts) else { return false };
        busiest
    } else {
        fine
    };
    if real(sum(one, failed.stretch).attempts) < FAR_MORE * usual_attempts(time, one, failed.stretch) {
        return false;
    }
    let others = Tally::sum(cells().filter(|cell| cell.key != one.key).map(|cell| sum(cell, failed.stretch)));
    let usual =
        Tally::sum(cells().filter(|cell| cell.key != one.key).flat_map(|cell| cell.counts.iter().flatten()).copied());
    let (attempts, converted) = others.floats();
    let (usual_attempts, usual_converted) = usual.floats();
    attempts >= ELSEWHERE.0 && converted / attempts >= ELSEWHERE.1 * usual_converted / usual_attempts
}

/// The mean attempts of a stretch's hours of the day, or of its days, at other times.
fn usual_attempts(time: &Time, fine: &Fine, stretch: Stretch) -> f64 {
    let hour = |slot: usize| time.slots[slot].hour.map_or(0, |(.., hour)| hour);
    let (mut sums, mut slots) = ([0.0; 24], [0.0_f64; 24]);
    for (slot, counts) in fine.counts.iter().enumerate() {
        if let Some(counts) = counts.filter(|_| !(stretch.first..=stretch.last).contains(&slot)) {
            sums[hour(slot)] += real(counts.attempts);
            slots[hour(slot)] += 1.0;
        }
    }
    (stretch.first..=stretch.last).map(|slot| sums[hour(slot)] / slots[hour(slot)].max(1.0)).sum()
}

/// Whether a flag of the whole channel tells of a country's stretch.
fn tells(look: &View<'_>, flag: &Flag, key: Key, slots: &[Slot]) -> bool {
    if key.country.is_none() || flag.place.country.is_some() || flag.place.channel != key.channel {
        return false;
    }
    let inside = slots.iter().filter(|slot| {
        if let (Some(told), Some((_, window, _))) = (flag.window, slot.hour) {
            return told.overlaps(window);
        }
        let date = look.unit(slot.unit).first;
        flag.first <= date && date <= flag.last
    });
    real_len(inside.count()) >= MOSTLY * real_len(slots.len())
}

fn flag(look: &View<'_>, failed: &Failed, slots: &[Slot]) -> Flag {
    let Failed { key, stretch, seen, usual } = failed;
    let units: Vec<usize> = slots.iter().map(|slot| slot.unit).collect();
    let (first, last, is_provisional) = look.span(&units);
    let window = window(slots);
    let (attempts, converted) = seen.floats();
    let time = window.map_or_else(|| when(first, last), |window| look.hours(window));
    let sentence = format!(
        "{}: {} of {} attempts converted {time}, where {} is usual (of {}).",
        place_name(&key.place()),
        grouped(seen.converted),
        grouped(seen.attempts),
        percent(usual.rate),
        grouped(usual.of),
    );
    Flag {
        kind: FlagKind::Outage,
        place: key.place(),
        first,
        last,
        window,
        is_provisional,
        evidence: Evidence {
            counts: seen.counts(),
            usual_attempts: attempts,
            usual_rate: Some(usual.rate),
            usual_of: Some(usual.of),
            basis: None,
            p_value: Some((-stretch.score).exp()),
            weight: usual.rate * attempts - converted,
        },
        members: Vec::new(),
        sentence,
        job: None,
    }
}

fn said(time: &Time, judged: usize, series: usize) -> Look {
    let mut units: Vec<usize> =
        time.slots.iter().filter(|slot| slot.is_current && slot.is_final).map(|slot| slot.unit).collect();
    units.dedup();
    let unlooked = if units.is_empty() {
        Some(Unlooked::AllProvisional)
    } else if judged == 0 {
        Some(Unlooked::TooFewAttempts { needed: LEAST_ATTEMPTS })
    } else {
        None
    };
    let tests = real_len(series * time.slots.iter().filter(|slot| slot.is_current).count());
    Look { kind: FlagKind::Outage, judged, units: units.len(), tests, unlooked }
}
