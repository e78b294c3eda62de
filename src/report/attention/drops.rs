//! Conversion drops: a cell's rate against its own history, with the share of false flags bounded over all cells.
//!
//! Tested are each country × channel, each channel over all countries, and each service × channel, where these are
//! split and have enough attempts in the period and before it. Days that an attack or a failed channel has explained
//! count for nothing, in the period or before, and days that may still change are left out.

use super::super::compare::add_up;
use super::super::format::{grouped, percent, place_name, probability};
use super::super::model::{Evidence, Flag, FlagKind, FlagScope};
use super::super::series::Tally;
use super::super::stats::{Sample, drop_p_value, q_values};
use super::explained::Explained;
use super::view::View;
use crate::model::Channel;

/// When this part of a channel's tested countries fell, it is the channel that fell.
const BROAD: f64 = 0.5;
/// Fewer countries say nothing of the channel.
const LEAST_COUNTRIES: usize = 3;

/// A cell that is tested.
struct Tested {
    place: FlagScope,
    now: Tally,
    before: Tally,
    p_value: f64,
}

impl Tested {
    fn rates(&self) -> (f64, f64) {
        let rate = |tally: Tally| {
            let (attempts, converted) = tally.floats();
            Sample::of(converted, attempts).map_or(0.0, |sample| sample.rate)
        };
        (rate(self.now), rate(self.before))
    }
}

/// Finds drops; also how many cells were tested.
pub(super) fn find(look: &View<'_>, explained: &Explained) -> (Vec<Flag>, usize) {
    let mut tested = Vec::new();
    for (key, series) in &look.all_series.cells {
        let keep = |unit: &usize| !explained.holds(key.country, key.channel, *unit);
        tested.extend(test(look, key.place(), &series.units, keep));
    }
    let units = look.scope.units.len();
    if look.by_country.len() > 1 {
        for channel in look.by_channel.keys() {
            let parts = look.all_series.cells.iter().filter(|(key, _)| key.channel == Some(*channel));
            let parts: Vec<Vec<Tally>> = parts
                .map(|(key, series)| without(&series.units, |unit| explained.holds(key.country, key.channel, unit)))
                .collect();
            let sum = add_up(units, parts.iter().map(Vec::as_slice));
            let place = FlagScope { channel: Some(*channel), ..FlagScope::default() };
            tested.extend(test(look, place, &sum, |unit| !explained.holds(None, Some(*channel), *unit)));
        }
    }
    for ((service, channel), series) in &look.all_series.services {
        let place = FlagScope {
            service: Some(*service),
            service_name: look.service_name(*service),
            channel: *channel,
            country: None,
        };
        tested.extend(test(look, place, series, |unit| !explained.touches(*channel, *unit)));
    }
    let p_values: Vec<f64> = tested.iter().map(|cell| cell.p_value).collect();
    let fell = |(cell, q): &(&Tested, f64)| {
        let (now, before) = cell.rates();
        *q <= look.thresholds.false_discovery && before - now >= look.thresholds.drop
    };
    let fallen: Vec<&Tested> = tested.iter().zip(q_values(&p_values)).filter(fell).map(|(cell, _)| cell).collect();
    let told = fallen.iter().filter(|cell| !is_told(cell, &fallen, &tested));
    (told.map(|cell| flag(look, cell)).collect(), tested.len())
}

/// A series with some units emptied.
fn without(series: &[Tally], is_explained: impl Fn(usize) -> bool) -> Vec<Tally> {
    let kept = |(unit, tally): (usize, &Tally)| if is_explained(unit) { Tally::default() } else { *tally };
    series.iter().enumerate().map(kept).collect()
}

fn test(look: &View<'_>, place: FlagScope, series: &[Tally], keep: impl Fn(&usize) -> bool) -> Option<Tested> {
    let scope = look.scope;
    let days = |units: &[usize]| -> Vec<Tally> {
        let kept = units.iter().filter(|unit| scope.units[**unit].is_final() && keep(unit));
        kept.map(|unit| series[*unit]).collect()
    };
    let (now, before) = (days(&scope.current), days(&scope.before));
    let (here, there) = (Tally::sum(now.iter().copied()), Tally::sum(before.iter().copied()));
    if here.attempts.min(there.attempts) < look.thresholds.drop_attempts {
        return None;
    }
    let floats = |days: &[Tally]| -> Vec<(f64, f64)> { days.iter().map(|day| day.floats()).collect() };
    let p_value = drop_p_value(&floats(&now), &floats(&before))?;
    Some(Tested { place, now: here, before: there, p_value })
}

/// Whether a fall is told by that of its whole channel: where at least half of the channel's countries fell, the
/// channel did, and neither they nor the services repeat it; where fewer did, they tell it better than the channel.
fn is_told(cell: &Tested, fallen: &[&Tested], tested: &[Tested]) -> bool {
    let Some(channel) = cell.place.channel else { return false };
    let is_whole =
        |place: &FlagScope| place.country.is_none() && place.service.is_none() && place.channel == Some(channel);
    if !tested.iter().any(|other| is_whole(&other.place)) {
        return false;
    }
    let whole_fell = fallen.iter().any(|other| is_whole(&other.place));
    let is_broad = is_broad(channel, fallen, tested);
    if is_whole(&cell.place) { !is_broad && has_countries(channel, fallen) } else { whole_fell && is_broad }
}

fn has_countries(channel: Channel, fallen: &[&Tested]) -> bool {
    fallen.iter().any(|cell| cell.place.channel == Some(channel) && cell.place.country.is_some())
}

fn is_broad(channel: Channel, fallen: &[&Tested], tested: &[Tested]) -> bool {
    let is_part = |place: &FlagScope| place.channel == Some(channel) && place.country.is_some();
    let down = fallen.iter().filter(|cell| is_part(&cell.place)).count();
    let all = tested.iter().filter(|cell| is_part(&cell.place)).count();
    #[expect(clippy::cast_precision_loss, reason = "numbers of countries")]
    let part = down as f64 / all.max(1) as f64;
    down >= LEAST_COUNTRIES && part >= BROAD
}

fn flag(look: &View<'_>, cell: &Tested) -> Flag {
    let (now, before) = cell.rates();
    let (attempts, converted) = cell.now.floats();
    let (first, last, _) = look.span(&look.scope.current);
    let before_days = look.scope.history.map_or(0, |history| history.days);
    let sentence = format!(
        "{}: {} of {} attempts converted, {} of {} in the {before_days} days before ({}, by how much such days \
         differ).",
        place_name(&cell.place),
        percent(now),
        grouped(cell.now.attempts),
        percent(before),
        grouped(cell.before.attempts),
        probability(cell.p_value),
    );
    Flag {
        kind: FlagKind::Drop,
        place: cell.place.clone(),
        first,
        last,
        window: None,
        is_provisional: false,
        evidence: Evidence {
            counts: cell.now.counts(),
            usual_attempts: attempts,
            usual_rate: Some(before),
            p_value: Some(cell.p_value),
            weight: before * attempts - converted,
        },
        sentence,
        job: None,
    }
}
