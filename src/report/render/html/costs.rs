//! What attempts cost, and what the unconverted ones among them did; nothing where nobody gives prices.

use maud::{Markup, html as template};

use super::section::section as titled;
use super::table::{head, scroll};
use crate::report::Report;
use crate::report::format::capitalised;
use crate::report::priced::{NAMED, known, total, unpriced};
use crate::report::render::costs::{CostTable, tables};

/// The costs, the tables of each currency, and what these lack.
pub(super) fn section(report: &Report) -> Markup {
    let Some(costs) = &report.costs else { return template! {} };
    let content = template! {
        @if let Some(known) = known(costs) { p { "Cost " (known) "." } }
        @for of in &costs.currencies {
            p { (total(of)) "." }
            @for costs in tables(costs, of) { (table(&costs)) }
        }
        @if !costs.unpriced.is_empty() {
            p { "The sums lack what has no price:" }
            ul.says { @for line in unpriced(costs, NAMED) { li { (capitalised(&line)) } } }
        }
    };
    titled("costs", "What attempts cost", "Ranked by what the attempts that did not convert cost.", &content)
}

fn table(costs: &CostTable) -> Markup {
    let columns: Vec<String> = costs.columns.iter().map(|column| capitalised(column)).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let table = template! {
        table {
            caption { (costs.caption) }
            (head(&columns))
            tbody {
                @for (name, cells) in &costs.rows {
                    tr {
                        th scope="row" { (name) }
                        @for cell in cells { td { (cell) } }
                    }
                }
            }
        }
    };
    scroll(&costs.caption, &table)
}
