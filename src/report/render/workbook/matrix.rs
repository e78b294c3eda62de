//! Sheets with a line per cell, so that they can be filtered and pivoted: country × channel, hour × weekday.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, counts, table};
use crate::model::{Country, Counts};
use crate::report::Report;
use crate::report::format::{channel_name, country_name};
use crate::report::render::chart::WEEKDAYS;

/// Every country and channel with attempts; only a head unless both are split.
pub(super) fn matrix(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let columns =
        [("Country", 30.0), ("Code", 8.0), ("Channel", 14.0), ("Attempts", 12.0), ("Converted", 12.0), ("Rate", 9.0)];
    let lines = report.heat_map.iter().flat_map(|map| {
        let countries = map.rows.iter().map(|row| (row.country, row.cells.as_slice()));
        let rest = map.remainder.as_deref().map(|cells| (Country::REMAINDER, cells));
        countries.chain(rest).flat_map(|(country, cells)| {
            map.channels.iter().zip(cells).map(move |(channel, counts)| (country, *channel, *counts))
        })
    });
    let rows = lines.filter(|(_, _, of)| *of != Counts::ZERO).map(|(country, channel, of)| {
        let mut cells =
            vec![Cell::text(country_name(country)), Cell::text(country.code()), Cell::text(channel_name(channel))];
        cells.extend(counts(of));
        cells
    });
    table(sheet, "matrix", &columns, rows)
}

/// Every hour of a day; of one that is not there the numbers are empty.
pub(super) fn day(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let columns = [
        ("From", 8.0),
        ("Attempts", 12.0),
        ("Converted", 12.0),
        ("Rate", 9.0),
        ("Rate, low end of 95 % interval", 16.0),
        ("Rate, high end of 95 % interval", 16.0),
        ("State", 14.0),
    ];
    let rows = report.day.iter().map(|point| {
        let mut cells = vec![Cell::text(point.start.format("%H:%M").to_string())];
        cells.extend(point.figure.map_or(vec![Cell::Empty; 3], |figure| counts(figure.counts)));
        let rates = point.figure.and_then(|figure| figure.rates);
        cells.push(Cell::maybe(rates.map(|rates| rates.low), Cell::Rate));
        cells.push(Cell::maybe(rates.map(|rates| rates.high), Cell::Rate));
        cells.push(Cell::text(point.state.word()));
        cells
    });
    table(sheet, "hours", &columns, rows)
}

/// Every hour of the week; of one that is not there the numbers are empty.
pub(super) fn hours(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let columns = [
        ("Weekday", 10.0),
        ("Hour", 8.0),
        ("Hours that are there", 10.0),
        ("Attempts", 12.0),
        ("Converted", 12.0),
        ("Rate", 9.0),
        ("Attempts per hour", 12.0),
    ];
    let cells = report.hours.iter().flat_map(|grid| WEEKDAYS.iter().zip(&grid.cells));
    let rows = cells.flat_map(|(day, hours)| {
        (0..).zip(hours).map(move |(hour, of)| {
            let mut cells = vec![Cell::text(*day), Cell::Count(hour), Cell::Count(of.times.into())];
            cells.extend(if of.times > 0 { counts(of.counts) } else { vec![Cell::Empty; 3] });
            cells.push(Cell::maybe(of.mean(), Cell::Real));
            cells
        })
    });
    table(sheet, "hours", &columns, rows)
}
