//! The tables of a report, from the counts.

use std::collections::BTreeMap;

use super::compare::{Figures, add_up};
use super::model::{
    ChannelLine, Countries, CountryLine, FlagScope, HeatMap, HeatRow, Mover, Movers, ServiceLine, TrendPoint,
    TrendState,
};
use super::series::{AllSeries, CellKey, Tally};
use crate::model::{Channel, Country, Counts, ServiceSid};

/// How many parts are named that moved up, and as many that moved down.
const MOVERS: usize = 5;

/// Series of one dimension's values.
pub(super) type ByValue<T> = BTreeMap<T, Vec<Tally>>;

/// Sums cells by a part of their key; cells without it are left out.
pub(super) fn by<T: Ord>(all_series: &AllSeries, units: usize, part: impl Fn(CellKey) -> Option<T>) -> ByValue<T> {
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
    let lines =
        by_channel.iter().map(|(channel, series)| ChannelLine { channel: *channel, figure: figures.of(series) });
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.channel));
    lines
}

/// By service, most attempts first.
pub(super) fn services(
    figures: &Figures<'_>,
    all_series: &AllSeries,
    names: &BTreeMap<ServiceSid, String>,
) -> (Vec<ServiceLine>, ByValue<ServiceSid>) {
    let mut sums: BTreeMap<ServiceSid, Vec<&[Tally]>> = BTreeMap::new();
    for ((service, _), series) in &all_series.services {
        sums.entry(*service).or_default().push(series);
    }
    let units = figures.scope.units.len();
    let sums: ByValue<ServiceSid> =
        sums.into_iter().map(|(service, series)| (service, add_up(units, series))).collect();
    let line = |(service, series): (&ServiceSid, &Vec<Tally>)| ServiceLine {
        service: *service,
        name: names.get(service).cloned(),
        figure: figures.of(series),
    };
    let mut lines: Vec<_> = sums.iter().map(line).collect();
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.service));
    (lines, sums)
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
        let figure = figures.of(series);
        match *country {
            Country::REMAINDER => remainder = Some(figure),
            _ if figure.counts.attempts() == 0 => silent += 1,
            country => lines.push(CountryLine { country, figure }),
        }
    }
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.country));
    let shown = if lines.len() <= top + 1 { lines.len() } else { top };
    let tail = lines[shown..].iter().map(|line| by_country[&line.country].as_slice());
    let tail = (shown < lines.len()).then(|| figures.of(&add_up(figures.scope.units.len(), tail)));
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
    let sums: BTreeMap<CellKey, Counts> =
        all_series.cells.iter().map(|(key, series)| (*key, current(&series.units))).collect();
    let row = |country: Country| -> Vec<Counts> {
        let cell = |channel: &Channel| CellKey { country: Some(country), channel: Some(*channel) };
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

/// What moved, among the finest cells by country and channel, and the services.
pub(super) fn movers(figures: &Figures<'_>, all_series: &AllSeries, services: &[ServiceLine]) -> Movers {
    let cells = all_series.cells.iter().filter(|(key, _)| key.country.is_some() || key.channel.is_some());
    let cells = cells.map(|(key, series)| Mover { place: key.place(), figure: figures.of(&series.units) });
    let services = services.iter().map(|line| Mover {
        place: FlagScope { service: Some(line.service), service_name: line.name.clone(), ..FlagScope::default() },
        figure: line.figure,
    });
    let mut movers = Movers::default();
    let mut moved = Vec::new();
    for mover in cells.chain(services) {
        let Some(change) = mover.figure.change else { continue };
        if !mover.figure.is_ranked || change.before.attempts() < figures.ranked_from {
            continue;
        }
        let Some(rate) = change.rate else { continue };
        movers.compared += 1;
        moved.push((rate, mover));
    }
    moved.sort_by(|a, b| b.0.low.total_cmp(&a.0.low).then_with(|| a.1.place.cmp(&b.1.place)));
    let best = moved.iter().filter(|(rate, _)| rate.low > 0.0).take(MOVERS);
    movers.best = best.map(|(_, mover)| mover.clone()).collect();
    moved.sort_by(|a, b| a.0.high.total_cmp(&b.0.high).then_with(|| a.1.place.cmp(&b.1.place)));
    let worst = moved.iter().filter(|(rate, _)| rate.high < 0.0).take(MOVERS);
    movers.worst = worst.map(|(_, mover)| mover.clone()).collect();
    movers
}
