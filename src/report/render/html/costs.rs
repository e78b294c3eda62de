//! What attempts cost, and what the unconverted ones among them did; nothing where nobody gives prices.

use maud::{Markup, html as template};

use super::section::section as titled;
use super::table::{head, scroll};
use crate::report::format::{capitalised, grouped};
use crate::report::priced::{amount, listed, part_name, price, total, unpriced};
use crate::report::{Cost, CurrencyCosts, Report};

/// The costs, a table for each currency, and what these lack.
pub(super) fn section(report: &Report) -> Markup {
    let Some(costs) = &report.costs else { return template! {} };
    let content = template! {
        @for costs in &costs.currencies { p { (total(costs)) "." } (table(costs)) }
        @if !costs.unpriced.is_empty() {
            p { "The sums lack what has no price:" }
            ul.says { @for line in unpriced(costs) { li { (capitalised(&line)) } } }
        }
    };
    titled("costs", "What attempts cost", "Ranked by what the attempts that did not convert cost.", &content)
}

fn table(costs: &CurrencyCosts) -> Markup {
    let (lines, rest) = listed(costs);
    let caption = format!("Costs in {}", costs.currency);
    let columns = ["Part", "Price", "Attempts", "Cost", "Not converted", "Cost of these", "Cost of each conversion"];
    let table = template! {
        table {
            caption { (caption) }
            (head(&columns))
            tbody {
                @for line in lines { (row(&part_name((line.country, line.channel)), &price(line), &line.cost)) }
                @if let Some((count, cost)) = rest { (row(&format!("{count} more parts"), "", &cost)) }
            }
        }
    };
    scroll(&caption, &table)
}

fn row(name: &str, price: &str, cost: &Cost) -> Markup {
    template! {
        tr {
            th scope="row" { (name) }
            td { (price) }
            td { (grouped(cost.counts.attempts())) }
            td { (amount(cost.attempts)) }
            td { (grouped(cost.counts.unconverted())) }
            td { (amount(cost.unconverted)) }
            td { (cost.per_conversion().map_or("–".to_owned(), amount)) }
        }
    }
}
