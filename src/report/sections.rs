//! The tables of a report, from the counts.

use std::collections::BTreeMap;

use super::compare::{Figures, add_up};
use super::key::Key;
use super::model::{ChannelLine, Countries, CountryLine, HeatMap, HeatRow, ServiceLine, TrendPoint, TrendState};
use super::series::{AllSeries, Tally};
use crate::model::{Channel, Country, Counts, ServiceSid};

/// Series of one dimension's values.
pub(super) type ByValue<T> = BTreeMap<T, Vec<Tally>>;

/// Sums cells by a part of their key; cells without it are left out.
pub(super) fn by<T: Ord>(all_series: &AllSeries, units: usize, part: impl Fn(Key) -> Option<T>) -> ByValue<T> {
    let mut sums = ByValue::new();
    for (key, series) in &all_series.cells {
        let Some(value) = part(*key) else { continue };
        let sum = sums.entry(value).or_insert_with(|| vec![Tally::default(); units]);
        for (total, tally) in sum.iter_mut().zip(&series.units) {
            total.add(*tally);
        }
    }
    sums
}

pub(super) fn of_country(country: Country) -> Key {
    Key { country: Some(country), ..Key::default() }
}

fn of_channel(channel: Channel) -> Key {
    Key { channel: Some(channel), ..Key::default() }
}

/// Day by day, or window by window.
pub(super) fn trend(figures: &Figures<'_>, total: &[Tally]) -> Vec<TrendPoint> {
    let scope = figures.scope;
    let point = |position: &usize| {
        let unit = &scope.units[*position];
        TrendPoint {
            first: unit.first,
            last: unit.last,
            is_weekend: unit.is_weekend(),
            figure: (unit.state != TrendState::Missing).then(|| figures.plain(total[*position].counts())),
            state: unit.state,
        }
    };
    scope.current.iter().map(point).collect()
}

/// By channel, most attempts first.
pub(super) fn channels(figures: &Figures<'_>, by_channel: &ByValue<Channel>) -> Vec<ChannelLine> {
    let lines = by_channel
        .iter()
        .map(|(channel, series)| ChannelLine { channel: *channel, figure: figures.of(of_channel(*channel), series) });
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.channel));
    lines
}

/// By service, most attempts first.
pub(super) fn services(
    figures: &Figures<'_>,
    all_series: &AllSeries,
    names: &BTreeMap<ServiceSid, String>,
) -> Vec<ServiceLine> {
    let mut sums: BTreeMap<ServiceSid, Vec<&[Tally]>> = BTreeMap::new();
    for (key, series) in &all_series.services {
        let Some(service) = key.service else { continue };
        sums.entry(service).or_default().push(&series.units);
    }
    let units = figures.scope.units.len();
    let sums: ByValue<ServiceSid> =
        sums.into_iter().map(|(service, series)| (service, add_up(units, series))).collect();
    let line = |(service, series): (&ServiceSid, &Vec<Tally>)| ServiceLine {
        service: *service,
        name: names.get(service).cloned(),
        figure: figures.of(Key { service: Some(*service), ..Key::default() }, series),
    };
    let mut lines: Vec<_> = sums.iter().map(line).collect();
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.service));
    lines
}

/// By country, and the remainder.
pub(super) fn countries(figures: &Figures<'_>, by_country: &ByValue<Country>, top: usize) -> Option<Countries> {
    if by_country.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    let mut remainder = None;
    let mut silent = 0;
    for (country, series) in by_country {
        let figure = figures.of(of_country(*country), series);
        match *country {
            Country::REMAINDER => remainder = Some(figure),
            _ if figure.counts.attempts() == 0 => silent += 1,
            country => lines.push(CountryLine { country, figure }),
        }
    }
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.country));
    let shown = if lines.len() <= top + 1 { lines.len() } else { top };
    let tail = (shown < lines.len()).then(|| {
        let rest = || lines[shown..].iter().map(|line| line.country);
        let series = rest().map(|country| by_country[&country].as_slice());
        let keys: Vec<Key> = rest().map(of_country).collect();
        figures.sum_of(&keys, &add_up(figures.scope.units.len(), series))
    });
    Some(Countries { lines, shown, tail, remainder, silent })
}

/// Country × channel; `None` unless both are split.
pub(super) fn heat_map(
    figures: &Figures<'_>,
    all_series: &AllSeries,
    countries: &Countries,
    channels: &[ChannelLine],
) -> Option<HeatMap> {
    let columns: Vec<Channel> =
        channels.iter().filter(|line| line.figure.counts.attempts() > 0).map(|line| line.channel).collect();
    if columns.is_empty() {
        return None;
    }
    let current = |series: &[Tally]| Tally::sum(figures.scope.current.iter().map(|unit| series[*unit])).counts();
    let sums: BTreeMap<Key, Counts> =
        all_series.cells.iter().map(|(key, series)| (*key, current(&series.units))).collect();
    let row = |country: Country| -> Vec<Counts> {
        let cell = |channel: &Channel| Key { channel: Some(*channel), ..of_country(country) };
        columns.iter().map(|channel| sums.get(&cell(channel)).copied().unwrap_or_default()).collect()
    };
    let rows: Vec<_> =
        countries.lines.iter().map(|line| HeatRow { country: line.country, cells: row(line.country) }).collect();
    let tail = (countries.shown < rows.len()).then(|| {
        let column = |at: usize| Tally::sum(rows[countries.shown..].iter().map(|row| row.cells[at].into())).counts();
        (0..columns.len()).map(column).collect()
    });
    Some(HeatMap {
        rows,
        shown: countries.shown,
        tail,
        remainder: countries.remainder.is_some().then(|| row(Country::REMAINDER)),
        ranked_from: figures.ranked_from,
        channels: columns,
    })
}
