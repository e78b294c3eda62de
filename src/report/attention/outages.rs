//! Channels that failed: for hours, where windows are hours, else for days.
//!
//! Looked at are each channel over all countries, and each country × channel. Only settled windows count. What a
//! failed channel is, and how sure that is, stands in `stats::scan`; here its bound is set so that the chance of any
//! false one in the whole report is below a hundredth.

use super::super::format::{grouped, percent, place_name, when};
use super::super::model::{Evidence, Flag, FlagKind};
use super::super::series::{CellKey, Tally};
use super::super::stats::{Failing, Stretch, failed_stretches};
use super::explained::Explained;
use super::view::View;
use crate::job::local_date;
use crate::model::Window;

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

/// A series in the finest time that there is.
struct Fine {
    key: CellKey,
    /// By the position in [`Time::slots`]; `None` = not settled, or explained already.
    counts: Vec<Option<Tally>>,
}

/// The finest time.
struct Time {
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    /// Position of the unit.
    unit: usize,
    /// The window, where it is an hour.
    window: Option<(usize, Window)>,
    is_final: bool,
    is_current: bool,
}

/// Finds failures in the period, and marks those of the history as well.
pub(super) fn find(look: &View<'_>, explained: &mut Explained) -> Vec<Flag> {
    let time = Time::of(look);
    let series = fine_series(look, &time, explained);
    let wholes = series.iter().filter(|fine| is_whole(fine.key)).count();
    let mut flags: Vec<Flag> = Vec::new();
    for fine in &series {
        let Some((usual, usual_of)) = usual_rate(&time, fine) else { continue };
        let like_it = if is_whole(fine.key) { wholes } else { series.len() - wholes };
        let evidence = evidence(like_it * time.slots.len());
        let failing = Failing { usual, below: look.thresholds.failed_below, evidence };
        let floats: Vec<_> = fine.counts.iter().map(|counts| counts.map(Tally::floats)).collect();
        for stretch in failed_stretches(&floats, failing) {
            let slots = &time.slots[stretch.first..=stretch.last];
            let tally = Tally::sum(fine.counts[stretch.first..=stretch.last].iter().flatten().copied());
            let (attempts, converted) = tally.floats();
            let is_long = slots[0].window.is_none() || slots.len() >= LEAST_HOURS;
            if !is_long || converted > look.thresholds.failed_below * usual * attempts {
                continue;
            }
            let is_told = flags.iter().any(|flag| tells(look, flag, fine.key, slots));
            for slot in slots {
                explained.mark(fine.key.country, fine.key.channel, slot.unit);
            }
            if !is_told && slots.iter().any(|slot| slot.is_current) {
                flags.push(flag(look, fine.key, slots, stretch, tally, (usual, usual_of)));
            }
        }
    }
    flags
}

const fn is_whole(key: CellKey) -> bool {
    key.country.is_none()
}

/// What has to speak for a stretch where so many might begin: half of the chance of a false flag goes to the few whole
/// channels, half to the many cells.
fn evidence(tested: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of cells and hours")]
    let tested = tested.max(1) as f64;
    (2.0 * tested / CHANCE).ln()
}

impl Time {
    fn of(look: &View<'_>) -> Self {
        let scope = look.scope;
        let timeline = look.timeline();
        let slots = if scope.has_hours {
            let hours = scope.windows.iter().enumerate().filter_map(|(at, (window, is_final))| {
                let unit = scope.place(*window)?.unit;
                let is_read = scope.before.contains(&unit) || look.is_current(unit);
                let is_current = look.is_current(unit);
                is_read.then_some(Slot { unit, window: Some((at, *window)), is_final: *is_final, is_current })
            });
            hours.collect()
        } else {
            let days = timeline.into_iter().map(|unit| Slot {
                unit,
                window: None,
                is_final: scope.units[unit].is_final(),
                is_current: look.is_current(unit),
            });
            days.collect()
        };
        Self { slots }
    }
}

/// The whole channels first, so that they tell what their countries would repeat.
fn fine_series(look: &View<'_>, time: &Time, explained: &Explained) -> Vec<Fine> {
    let cells: Vec<Fine> = look
        .all_series
        .cells
        .iter()
        .map(|(key, series)| Fine {
            key: *key,
            counts: time
                .slots
                .iter()
                .map(|slot| {
                    let is_known = slot.is_final && !explained.holds(key.country, key.channel, slot.unit);
                    let tally = slot.window.map_or(series.units[slot.unit], |(at, _)| series.hours[at].tally());
                    is_known.then_some(tally)
                })
                .collect(),
        })
        .collect();
    let mut all = Vec::new();
    if look.by_country.len() > 1 {
        for channel in look.by_channel.keys() {
            let parts = cells.iter().filter(|cell| cell.key.channel == Some(*channel));
            let mut counts: Vec<Option<Tally>> =
                time.slots.iter().map(|slot| slot.is_final.then(Tally::default)).collect();
            for part in parts {
                for (sum, tally) in counts.iter_mut().zip(&part.counts) {
                    if let (Some(sum), Some(tally)) = (sum, tally) {
                        sum.add(*tally);
                    }
                }
            }
            all.push(Fine { key: CellKey { country: None, channel: Some(*channel) }, counts });
        }
    }
    all.extend(cells);
    all
}

/// The rate before the period, or, if that is too little, over everything.
fn usual_rate(time: &Time, fine: &Fine) -> Option<(f64, i64)> {
    let sum = |only_before: bool| {
        let slots = time.slots.iter().zip(&fine.counts).filter(|(slot, _)| !(only_before && slot.is_current));
        Tally::sum(slots.filter_map(|(_, counts)| *counts))
    };
    let known = [sum(true), sum(false)].into_iter().find(|tally| tally.attempts >= LEAST_ATTEMPTS)?;
    let (attempts, converted) = known.floats();
    let rate = converted / attempts;
    (LEAST_RATE..1.0).contains(&rate).then_some((rate, known.attempts))
}

/// Whether a flag of the whole channel tells of a country's stretch.
fn tells(look: &View<'_>, flag: &Flag, key: CellKey, slots: &[Slot]) -> bool {
    if key.country.is_none() || flag.place.country.is_some() || flag.place.channel != key.channel {
        return false;
    }
    let inside = slots.iter().filter(|slot| {
        if let (Some(told), Some((_, window))) = (flag.window, slot.window) {
            return told.overlaps(window);
        }
        let date = look.scope.units[slot.unit].first;
        flag.first <= date && date <= flag.last
    });
    #[expect(clippy::cast_precision_loss, reason = "numbers of hours")]
    let part = inside.count() as f64 / slots.len() as f64;
    part >= MOSTLY
}

fn flag(
    look: &View<'_>,
    key: CellKey,
    slots: &[Slot],
    stretch: Stretch,
    tally: Tally,
    (usual, usual_of): (f64, i64),
) -> Flag {
    let units: Vec<usize> = slots.iter().map(|slot| slot.unit).collect();
    let (first, last, is_provisional) = look.span(&units);
    let window = slots[0].window.zip(slots[slots.len() - 1].window).map(|((_, one), (_, other))| one.hull(other));
    let (attempts, converted) = tally.floats();
    let time = window.map_or_else(|| when(first, last), |window| hours(window, look));
    let sentence = format!(
        "{}: {} of {} attempts converted {time}, where {} is usual (of {}).",
        place_name(&key.place()),
        grouped(tally.converted),
        grouped(tally.attempts),
        percent(usual),
        grouped(usual_of),
    );
    Flag {
        kind: FlagKind::Outage,
        place: key.place(),
        first,
        last,
        window,
        is_provisional,
        evidence: Evidence {
            counts: tally.counts(),
            usual_attempts: attempts,
            usual_rate: Some(usual),
            p_value: Some((-stretch.score).exp()),
            weight: usual * attempts - converted,
        },
        sentence,
        job: None,
    }
}

/// `from 2026-10-12 14:00 to 19:00`, in the job's zone.
fn hours(window: Window, look: &View<'_>) -> String {
    use chrono::TimeZone;
    let zone = look.job.windows.timezone;
    let local = |at: crate::model::UnixSeconds| zone.from_utc_datetime(&at.to_datetime().naive_utc());
    let (start, end) = (local(window.start()), local(window.end()));
    let same_day = local_date(window.start(), zone) == local_date(window.end(), zone);
    let end = if same_day { end.format("%H:%M") } else { end.format("%Y-%m-%d %H:%M") };
    format!("from {} to {end}", start.format("%Y-%m-%d %H:%M"))
}
