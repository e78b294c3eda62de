//! The sheet of costs.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Column, table};
use crate::model::{Channel, Country};
use crate::report::format::{channel_name, country_name};
use crate::report::priced::mean;
use crate::report::{CostSource, Costs, Report};

/// Every country and channel with attempts, currency by currency, what unconverted attempts cost most first; then what has
/// no price, with empty cells.
pub(super) fn costs(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let columns: [Column; 12] = [
        ("Country", 30.0),
        ("Code", 8.0),
        ("Channel", 14.0),
        ("Attempts", 12.0),
        ("Converted", 12.0),
        ("Not converted", 12.0),
        ("Currency", 10.0),
        ("Price", 12.0),
        ("Cost", 14.0),
        ("Cost of the unconverted", 14.0),
        ("Cost of each conversion", 14.0),
        ("Price from", 14.0),
    ];
    table(sheet, "costs", &columns, report.costs.iter().flat_map(rows))
}

fn rows(costs: &Costs) -> Vec<Vec<Cell>> {
    let priced = costs.currencies.iter().flat_map(|of| of.lines.iter().map(|line| (of.currency, line)));
    let priced = priced.map(|(currency, line)| {
        let cost = &line.cost;
        let mut cells = names(line.country, line.channel);
        cells.extend([cost.counts.attempts(), cost.counts.converted(), cost.counts.unconverted()].map(Cell::Count));
        cells.extend([
            Cell::text(currency.to_string()),
            Cell::maybe(mean(line), Cell::Money),
            Cell::Money(cost.attempts),
            Cell::Money(cost.unconverted),
            Cell::maybe(cost.per_conversion(), Cell::Money),
            Cell::text(source(line.source)),
        ]);
        cells
    });
    let unpriced = costs.unpriced.iter().map(|part| {
        let mut cells = names(part.country, part.channel);
        cells.push(Cell::Count(part.attempts));
        cells
    });
    priced.chain(unpriced).collect()
}

const fn source(source: CostSource) -> &'static str {
    match source {
        CostSource::Listed => "list (mean)",
        CostSource::Job { .. } => "job",
    }
}

fn names(country: Option<Country>, channel: Option<Channel>) -> Vec<Cell> {
    vec![
        Cell::maybe(country, |country| Cell::text(country_name(country))),
        Cell::maybe(country, |country| Cell::text(country.code())),
        Cell::maybe(channel, |channel| Cell::text(channel_name(channel))),
    ]
}
