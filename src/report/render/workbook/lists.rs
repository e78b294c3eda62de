//! Sheets with a line per day, country, channel, service or flag.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Column, FIGURE, counts, figure, table};
use crate::report::format::{channel_name, country_name, flag_name, place_name};
use crate::report::{Countries, Figure, Flag, Report};

/// Every day, or every window where windows are longer; of a missing one the numbers are empty.
pub(super) fn daily(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let columns: [Column; 9] = [
        ("First date", 12.0),
        ("Last date", 12.0),
        ("Weekday", 10.0),
        ("Attempts", 12.0),
        ("Converted", 12.0),
        ("Rate", 9.0),
        ("Rate, low end of 95 % interval", 16.0),
        ("Rate, high end of 95 % interval", 16.0),
        ("State", 14.0),
    ];
    let rows = report.trend.iter().map(|point| {
        let weekday = Cell::weekday(point.first, point.last);
        let mut cells = vec![Cell::Date(point.first), Cell::Date(point.last), weekday];
        cells.extend(point.figure.map_or(vec![Cell::Empty; 3], |figure| counts(figure.counts)));
        let rates = point.figure.and_then(|figure| figure.rates);
        cells.push(Cell::maybe(rates.map(|rates| rates.low), Cell::Rate));
        cells.push(Cell::maybe(rates.map(|rates| rates.high), Cell::Rate));
        cells.push(Cell::text(point.state.word()));
        cells
    });
    table(sheet, "daily", &columns, rows)
}

/// Every country with attempts, and the remainder as `ZZ`; only a head where countries are not split.
pub(super) fn countries(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let rows = report
        .countries
        .iter()
        .flat_map(Countries::all)
        .map(|(country, numbers)| line([Cell::text(country_name(country)), Cell::text(country.code())], numbers));
    table(sheet, "countries", &columns([("Country", 30.0), ("Code", 8.0)]), rows)
}

/// Every channel; only a head where channels are not split.
pub(super) fn channels(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let rows = report.channels.iter().map(|channel| {
        line([Cell::text(channel_name(channel.channel)), Cell::text(channel.channel.name())], &channel.figure)
    });
    table(sheet, "channels", &columns([("Channel", 14.0), ("API name", 12.0)]), rows)
}

/// Every service.
pub(super) fn services(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let rows = report.services.iter().map(|service| {
        let name = Cell::maybe(service.name.as_ref(), Cell::text);
        line([name, Cell::text(service.service.to_string())], &service.figure)
    });
    table(sheet, "services", &columns([("Service", 30.0), ("SID", 38.0)]), rows)
}

/// Every service by channel, then by country, each compared with the period before; of the other kind the cells are
/// empty.
pub(super) fn service_places(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let heads: Vec<Column> =
        vec![("Service", 30.0), ("SID", 38.0), ("Channel", 14.0), ("Country", 30.0), ("Code", 8.0)];
    let name_of =
        |service| report.services.iter().find(|line| line.service == service).and_then(|line| line.name.as_ref());
    let rows = report.service_places.iter().map(|place| {
        let names = vec![
            Cell::maybe(name_of(place.service), Cell::text),
            Cell::text(place.service.to_string()),
            Cell::maybe(place.channel, |channel| Cell::text(channel_name(channel))),
            Cell::maybe(place.country, |country| Cell::text(country_name(country))),
            Cell::maybe(place.country, |country| Cell::text(country.code())),
        ];
        names.into_iter().chain(figure(&place.figure)).collect()
    });
    table(sheet, "service places", &heads.into_iter().chain(FIGURE).collect::<Vec<_>>(), rows)
}

/// Every flag, gravest first; only a head if nothing stands out.
pub(super) fn attention(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    table(sheet, "attention", &FLAG, report.attention.flags.iter().map(flag_cells))
}

/// The heads of [`flag_cells`].
pub(super) const FLAG: [Column; 15] = [
    ("What", 22.0),
    ("Where", 34.0),
    ("First date", 12.0),
    ("Last date", 12.0),
    ("May still change", 10.0),
    ("Attempts", 12.0),
    ("Converted", 12.0),
    ("Rate", 9.0),
    ("Usual attempts", 12.0),
    ("Expected from, first date", 12.0),
    ("Expected from, last date", 12.0),
    ("Usual rate", 10.0),
    ("Probability by chance", 13.0),
    ("Evidence", 100.0),
    ("Job by destination prefix", 40.0),
];

/// A flag's cells.
pub(super) fn flag_cells(flag: &Flag) -> Vec<Cell> {
    let evidence = &flag.evidence;
    let mut cells = vec![
        Cell::text(flag_name(flag.kind)),
        Cell::text(place_name(&flag.place)),
        Cell::Date(flag.first),
        Cell::Date(flag.last),
        Cell::text(if flag.is_provisional { "yes" } else { "no" }),
    ];
    cells.extend(counts(evidence.counts));
    cells.extend([
        Cell::Real(evidence.usual_attempts),
        Cell::maybe(evidence.basis.map(|basis| basis.first), Cell::Date),
        Cell::maybe(evidence.basis.map(|basis| basis.last), Cell::Date),
        Cell::maybe(evidence.usual_rate, Cell::Rate),
        Cell::maybe(evidence.p_value, Cell::Probability),
        Cell::text(&flag.sentence),
        Cell::maybe(flag.job.as_ref(), Cell::text),
    ]);
    cells
}

fn columns(names: [Column; 2]) -> Vec<Column> {
    names.into_iter().chain(FIGURE).collect()
}

fn line(names: [Cell; 2], numbers: &Figure) -> Vec<Cell> {
    names.into_iter().chain(figure(numbers)).collect()
}
