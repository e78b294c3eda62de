//! The sheet of destination prefixes.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Column, FIGURE, figure, table};
use crate::report::Report;
use crate::report::format::country_name;

/// Every prefix with attempts, most attempts first. A prefix is a text: a spreadsheet would take it for a number.
pub(super) fn prefixes(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let names: [Column; 3] = [("Prefix", 18.0), ("Country", 30.0), ("Code", 8.0)];
    let columns: Vec<Column> = names.into_iter().chain(FIGURE).collect();
    let lines = report.prefixes.iter().flat_map(|prefixes| &prefixes.lines);
    let rows = lines.map(|line| {
        let country = line.country;
        let names = [
            Cell::text(line.prefix.to_string()),
            Cell::maybe(country, |country| Cell::text(country_name(country))),
            Cell::maybe(country, |country| Cell::text(country.code())),
        ];
        names.into_iter().chain(figure(&line.figure)).collect()
    });
    table(sheet, "prefixes", &columns, rows)
}
