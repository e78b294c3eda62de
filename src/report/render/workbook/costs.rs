//! The sheets of costs: by country and channel, and by service.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::sheet::{Cell, Column, table};
use crate::model::{Channel, Country};
use crate::report::format::{channel_name, country_name};
use crate::report::priced::mean;
use crate::report::{Cost, CostSource, Costs, CurrencyCosts, ServiceCosts};

/// Every country and channel with attempts, currency by currency, what unconverted attempts cost most first; then what has
/// no price, with empty cells.
pub(super) fn costs(sheet: &mut Worksheet, costs: &Costs) -> Result<(), XlsxError> {
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
    table(sheet, "costs", &columns, rows(costs).into_iter())
}

/// Every service with attempts by currency, in the order of the sheet of services; where none has a price the cells are
/// empty.
pub(super) fn service_costs(sheet: &mut Worksheet, costs: &Costs) -> Result<(), XlsxError> {
    let columns: [Column; 11] = [
        ("Service", 30.0),
        ("SID", 38.0),
        ("Attempts of the service", 12.0),
        ("Attempts with a price", 12.0),
        ("Converted", 12.0),
        ("Not converted", 12.0),
        ("Currency", 10.0),
        ("Share of the cost", 10.0),
        ("Cost", 14.0),
        ("Cost of the unconverted", 14.0),
        ("Cost of each conversion", 14.0),
    ];
    table(sheet, "service costs", &columns, costs.services.iter().flat_map(|service| service_rows(costs, service)))
}

fn service_rows(costs: &Costs, service: &ServiceCosts) -> Vec<Vec<Cell>> {
    let names = vec![
        Cell::maybe(service.name.as_ref(), Cell::text),
        Cell::text(service.service.to_string()),
        Cell::Count(service.attempts),
    ];
    if service.currencies.is_empty() {
        return vec![names];
    }
    let row = |of: &CurrencyCosts| {
        let cost = service.currencies.get(&of.currency)?;
        let mut cells = names.clone();
        cells.extend(counts(cost));
        cells.extend([Cell::text(of.currency.to_string()), Cell::maybe(cost.share_of(&of.total), Cell::Rate)]);
        cells.extend(amounts(cost));
        Some(cells)
    };
    costs.currencies.iter().filter_map(row).collect()
}

fn rows(costs: &Costs) -> Vec<Vec<Cell>> {
    let priced = costs.currencies.iter().flat_map(|of| of.lines.iter().map(|line| (of.currency, line)));
    let priced = priced.map(|(currency, line)| {
        let cost = &line.cost;
        let mut cells = names(line.country, line.channel);
        cells.extend(counts(cost));
        cells.extend([Cell::text(currency.to_string()), Cell::maybe(mean(line), Cell::Money)]);
        cells.extend(amounts(cost));
        cells.push(Cell::text(source(line.source)));
        cells
    });
    let unpriced = costs.unpriced.iter().map(|part| {
        let mut cells = names(part.country, part.channel);
        cells.push(Cell::Count(part.attempts));
        cells
    });
    priced.chain(unpriced).collect()
}

fn counts(cost: &Cost) -> [Cell; 3] {
    [cost.counts.attempts(), cost.counts.converted(), cost.counts.unconverted()].map(Cell::Count)
}

fn amounts(cost: &Cost) -> [Cell; 3] {
    [Cell::Money(cost.attempts), Cell::Money(cost.unconverted), Cell::maybe(cost.per_conversion(), Cell::Money)]
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
