//! The period as a tidy table, a line for each day and finest part, for pivot tables. Rates are left out: a pivot adds
//! up, and rates are to be taken of the sums.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Column, table};
use crate::report::format::{channel_name, country_name};
use crate::report::{Report, TidyLine};

/// Day × country × channel × service, as far as the job splits them. Without attempts there is no line; `daily` says
/// which days are there.
pub(super) fn tidy(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let has = |of: fn(&TidyLine) -> bool| report.tidy.iter().any(of);
    let has_services = has(|line| line.service.is_some());
    let has_countries = has(|line| line.country.is_some());
    let has_channels = has(|line| line.channel.is_some());
    let names: BTreeMap<_, _> = report.services.iter().map(|line| (line.service, line.name.as_deref())).collect();
    let groups: [(bool, &[Column]); 5] = [
        (true, &[("First date", 12.0), ("Last date", 12.0), ("Weekday", 11.0)]),
        (has_services, &[("Service", 30.0), ("SID", 38.0)]),
        (has_countries, &[("Country", 30.0), ("Code", 8.0)]),
        (has_channels, &[("Channel", 14.0)]),
        (true, &[("Attempts", 12.0), ("Converted", 12.0), ("Unconverted", 13.0), ("State", 14.0)]),
    ];
    let columns: Vec<Column> =
        groups.iter().filter(|(is_there, _)| *is_there).flat_map(|(_, columns)| columns.iter().copied()).collect();
    let rows = report.tidy.iter().map(|line| {
        let mut cells = vec![Cell::Date(line.first), Cell::Date(line.last), Cell::weekday(line.first, line.last)];
        if has_services {
            let name = line.service.and_then(|service| names.get(&service).copied().flatten());
            // A pivot groups by it, so that it is never empty.
            let sid = line.service.map(|service| service.to_string());
            cells.push(Cell::maybe(name.or(sid.as_deref()), Cell::text));
            cells.push(Cell::maybe(sid, Cell::text));
        }
        if has_countries {
            cells.push(Cell::maybe(line.country, |country| Cell::text(country_name(country))));
            cells.push(Cell::maybe(line.country, |country| Cell::text(country.code())));
        }
        if has_channels {
            cells.push(Cell::maybe(line.channel, |channel| Cell::text(channel_name(channel))));
        }
        let counts = line.counts;
        cells.extend([counts.attempts(), counts.converted(), counts.unconverted()].map(Cell::Count));
        cells.push(Cell::text(line.state.word()));
        cells
    });
    table(sheet, "pivot", &columns, rows)
}
