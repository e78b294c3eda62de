//! The tables of costs in a currency, by country and channel and by service: a page and Markdown show the same.

use crate::report::format::grouped;
use crate::report::priced::{SHOWN, amount, by_service, listed, part_name, price};
use crate::report::{Cost, Costs, CurrencyCosts};

/// Texts in rows and columns.
pub(super) struct CostTable {
    pub caption: String,
    /// In lower case.
    pub columns: Vec<String>,
    /// A name, and a text for each other column.
    pub rows: Vec<(String, Vec<String>)>,
}

/// What parts cost, then what services do, if there are several.
pub(super) fn tables(costs: &Costs, of: &CurrencyCosts) -> Vec<CostTable> {
    let tables = [by_part(of), by_services(costs, of)];
    tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
}

fn by_part(of: &CurrencyCosts) -> CostTable {
    let (lines, rest) = listed(of);
    let line = |name: String, price: String, cost: &Cost| {
        (name, [price, grouped(cost.counts.attempts())].into_iter().chain(amounts(cost)).collect())
    };
    let mut rows: Vec<_> =
        lines.iter().map(|of| line(part_name((of.country, of.channel)), price(of), &of.cost)).collect();
    rows.extend(rest.map(|(count, cost)| line(format!("{count} more parts"), String::new(), &cost)));
    CostTable {
        caption: format!("Costs in {}", of.currency),
        columns: columns(of, ["part", "price", "attempts"]),
        rows,
    }
}

fn by_services(costs: &Costs, of: &CurrencyCosts) -> CostTable {
    let rows = by_service(costs, of.currency, SHOWN).into_iter().map(|line| {
        let priced = line.cost.map_or(0, |cost| cost.counts.attempts());
        let share = line.share(of).unwrap_or_else(unknown);
        let amounts = line.cost.as_ref().map_or_else(|| [(); 4].map(|()| unknown()), amounts);
        (line.name, [share, grouped(line.attempts), grouped(priced)].into_iter().chain(amounts).collect())
    });
    CostTable {
        caption: format!("Costs in {} by service", of.currency),
        columns: columns(of, ["service", "share of the cost", "attempts", "with a price"]),
        rows: rows.collect(),
    }
}

fn columns<const N: usize>(of: &CurrencyCosts, first: [&str; N]) -> Vec<String> {
    let cost = format!("cost in {}", of.currency);
    let amounts = [cost.as_str(), "not converted", "cost of these", "of each conversion"];
    first.into_iter().chain(amounts).map(str::to_owned).collect()
}

fn amounts(cost: &Cost) -> [String; 4] {
    [
        amount(cost.attempts),
        grouped(cost.counts.unconverted()),
        amount(cost.unconverted),
        cost.per_conversion().map_or_else(unknown, amount),
    ]
}

fn unknown() -> String {
    "–".to_owned()
}
