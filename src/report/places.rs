//! What services are by channel and by country, and the period's counts as a tidy table: day × country × channel ×
//! service, a line each.
//!
//! With more services than countries are taken apart by (`series`), both stay without what is not counted: services by
//! channel alone, the tidy table without services.

use std::collections::BTreeMap;

use super::compare::{Figures, add_up};
use super::key::Key;
use super::model::{ServiceLine, ServicePlace, TidyLine};
use super::scope::Scope;
use super::series::{AllSeries, Tally};
use crate::model::Counts;

/// Each service by channel, then each by country; those without attempts in the period and before it are left out.
pub(super) fn service_places(
    figures: &Figures<'_>,
    all_series: &AllSeries,
    services: &[ServiceLine],
) -> Vec<ServicePlace> {
    let channels = all_series.services.iter().filter(|(key, _)| key.channel.is_some());
    let by_channel = sums(figures, channels.map(|(key, series)| (*key, series.units.as_slice())));
    let countries = all_series.leaves.iter().filter(|(key, _)| key.country.is_some());
    let by_country = sums(figures, countries.map(|(key, units)| (Key { channel: None, ..*key }, units.as_slice())));
    let figure = |of: &BTreeMap<Key, Vec<Tally>>| {
        let figure = |(key, units): (&Key, &Vec<Tally>)| {
            let figure = figures.of(*key, units);
            let is_there = figure.counts.attempts() > 0 || figure.change.is_some();
            let Key { service, country, channel } = *key;
            is_there.then_some(ServicePlace { service: service?, country, channel, figure })
        };
        of.iter().filter_map(figure).collect::<Vec<_>>()
    };
    let rank: BTreeMap<_, _> = services.iter().enumerate().map(|(rank, line)| (line.service, rank)).collect();
    let sorted = |mut places: Vec<ServicePlace>| {
        places.sort_by_key(|place| {
            (rank.get(&place.service), -place.figure.counts.attempts(), place.country, place.channel)
        });
        places
    };
    let mut places = sorted(figure(&by_channel));
    places.extend(sorted(figure(&by_country)));
    places
}

fn sums<'a>(figures: &Figures<'_>, series: impl Iterator<Item = (Key, &'a [Tally])>) -> BTreeMap<Key, Vec<Tally>> {
    let mut parts: BTreeMap<Key, Vec<&[Tally]>> = BTreeMap::new();
    for (key, units) in series {
        parts.entry(key).or_default().push(units);
    }
    let units = figures.scope.units.len();
    parts.into_iter().map(|(key, series)| (key, add_up(units, series))).collect()
}

/// The period's counts, by day or longer window, where there were attempts.
pub(super) fn tidy(scope: &Scope, all_series: &AllSeries) -> Vec<TidyLine> {
    let leaves = all_series.leaves.iter().map(|(key, units)| (*key, units.as_slice()));
    let cells = all_series.cells.iter().map(|(key, series)| (*key, series.units.as_slice()));
    let parts: Vec<(Key, &[Tally])> = if all_series.leaves.is_empty() { cells.collect() } else { leaves.collect() };
    let line = |unit: usize, (key, units): &(Key, &[Tally])| {
        let counts = units[unit].counts();
        let Key { service, country, channel } = *key;
        let unit = &scope.units[unit];
        let line =
            TidyLine { first: unit.first, last: unit.last, state: unit.state, service, country, channel, counts };
        (counts != Counts::ZERO).then_some(line)
    };
    scope.current.iter().flat_map(|unit| parts.iter().filter_map(move |part| line(*unit, part))).collect()
}
