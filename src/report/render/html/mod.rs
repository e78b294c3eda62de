//! The report as a page: one file that refers to no other, runs no script, prints, and follows light and dark.
//!
//! Every text of the dataset or the job file is escaped by the template or by the charts' library; nothing else is put
//! in unescaped but the style sheet and drawings. A rate never stands without the attempts that it is of. What a chart
//! shows, the table below it says in numbers.

mod accounts;
mod attention;
mod breakdown;
mod costs;
mod figure;
mod grids;
mod headline;
mod moved;
mod origin;
mod prefixes;
mod section;
mod table;
mod trend;

pub use accounts::html as accounts;
use maud::{DOCTYPE, Markup, PreEscaped, html as template};

use crate::model::printable_lines;
use crate::report::Report;
use crate::report::format::period_title;

const STYLE: &str = include_str!("style.css");

/// The page, the same bytes for the same report; some 100 KB, with all countries of the world well below 1 MB.
#[must_use]
pub fn html(report: &Report) -> String {
    let title = format!("{} · {}", period_title(&report.period), report.job);
    let main = template! {
        (headline::section(report))
        (attention::section(report))
        (trend::section(report))
        (trend::day(report))
        (breakdown::channels(report))
        (breakdown::countries(report.countries.as_ref(), report.compared.as_ref()))
        (breakdown::services(report))
        (grids::crossed(report))
        (prefixes::section(report))
        (costs::section(report))
        (moved::section(report))
        (grids::hours(report))
        (origin::notes(&report.notes))
        (origin::section(report))
    };
    page(&title, &headline::header(report), &main, &origin::made_by(&report.job, &report.period))
}

/// A page of these parts.
fn page(title: &str, header: &Markup, main: &Markup, foot: &Markup) -> String {
    let page = template! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("verify-rollup ", env!("CARGO_PKG_VERSION")));
                // An icon of nothing, as browsers otherwise ask the server, or the folder, for one.
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (figure::patterns())
                (header)
                main { (main) }
                footer { p { (foot) } }
            }
        }
    };
    // Names and sentences hold what a job file says; a browser obeys some of it in any place.
    printable_lines(&page.into_string()).into_owned()
}

#[cfg(test)]
mod tests;
