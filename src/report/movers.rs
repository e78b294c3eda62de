//! What moved against the compared period: tested as drops are, and with the same bound of false discoveries.
//!
//! Compared are the finest parts by country and channel, and the services, without attacks. A move is listed if all
//! comparisons together leave it no chance, with the dispersion of the part's own days, and if it is a whole point.
//! What may still change moves nowhere.

use super::compare::Figures;
use super::key::Key;
use super::model::{Figure, FlagScope, Interval, Mover, Movers, ServiceLine};
use super::series::AllSeries;
use super::stats::q_values;

/// How many parts are named that moved up, and as many that moved down.
const MOVERS: usize = 5;
/// A lesser move matters to nobody, however sure it is.
const LEAST: f64 = 0.01;

/// What moved.
pub(super) fn movers(
    figures: &Figures<'_>,
    all_series: &AllSeries,
    services: &[ServiceLine],
    false_discovery: f64,
) -> Movers {
    let mut movers = Movers { false_discovery, least: LEAST, ..Movers::default() };
    if !figures.mix.as_ref().is_some_and(|mix| mix.is_final) {
        return movers;
    }
    let cells = all_series
        .cells
        .iter()
        .filter(|(key, series)| (key.country.is_some() || key.channel.is_some()) && figures.is_ranked(&series.units));
    let cells = cells.map(|(key, series)| (*key, key.place(), figures.of(*key, &series.units)));
    let services = services.iter().filter(|line| line.figure.is_ranked).map(|line| {
        let key = Key { service: Some(line.service), ..Key::default() };
        (key, FlagScope { service_name: line.name.clone(), ..key.place() }, line.figure)
    });
    let tested = cells.chain(services).filter_map(|(key, place, figure)| {
        let tested = figures.tested(key).filter(|tested| tested.change.before.attempts() >= figures.ranked_from)?;
        let (rate, p_value) = tested.change.rate.zip(tested.p_value)?;
        Some(Mover { place, figure, rate, p_value, q_value: 1.0 })
    });
    let mut moved: Vec<Mover> = tested.collect();
    movers.compared = moved.len();
    let p_values: Vec<f64> = moved.iter().map(|mover| mover.p_value).collect();
    moved.iter_mut().zip(q_values(&p_values)).for_each(|(mover, q_value)| mover.q_value = q_value);
    moved.retain(|mover| mover.q_value <= false_discovery && mover.rate.value.abs() >= LEAST);
    movers.best = surest(&moved, |rate| rate.value > 0.0, |rate| -rate.low);
    movers.worst = surest(&moved, |rate| rate.value < 0.0, |rate| rate.high);
    movers
}

/// Everything together against the compared period, if both had settled and had attempts enough.
pub(super) fn whole(figures: &Figures<'_>, totals: &Figure) -> Option<Mover> {
    let is_known = figures.mix.as_ref().is_some_and(|mix| mix.is_final) && totals.is_ranked;
    let tested = figures.tested(Key::default()).filter(|_| is_known)?;
    let (rate, p_value) = tested.change.rate.zip(tested.p_value)?;
    let is_enough = tested.change.before.attempts() >= figures.ranked_from;
    is_enough.then(|| Mover { place: FlagScope::default(), figure: *totals, rate, p_value, q_value: p_value })
}

/// Those of a direction whose interval ends farthest from nothing.
fn surest(moved: &[Mover], is_wanted: impl Fn(&Interval) -> bool, end: impl Fn(&Interval) -> f64) -> Vec<Mover> {
    let mut found: Vec<Mover> = moved.iter().filter(|mover| is_wanted(&mover.rate)).cloned().collect();
    found.sort_by(|a, b| end(&a.rate).total_cmp(&end(&b.rate)).then_with(|| a.place.cmp(&b.place)));
    found.truncate(MOVERS);
    found
}
