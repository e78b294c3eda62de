//! The report as a workbook: what a spreadsheet needs to go on calculating.
//!
//! Numbers are numbers, dates are dates, rates are fractions shown as per cent; what is not known is an empty cell, not
//! zero. Lists are complete, also where the page folds their tail. Texts are written as texts, never as formulas, so
//! that a service named `=1+1` stays a name. The same report gives the same bytes.

pub(super) mod accounts;
mod costs;
mod lists;
mod matrix;
mod prefixes;
mod sheet;
mod summary;
mod tidy;

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use crate::model::UnixSeconds;
use crate::report::Report;
use crate::report::format::period_title;

/// Why the library refuses.
pub use rust_xlsxwriter::XlsxError as WorkbookError;

/// The workbook's bytes.
///
/// # Errors
/// If the library refuses; no report of a dataset is large enough for that.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(&format!("{} · {}", period_title(&report.period), report.job), report.as_of));
    summary::summary(book.add_worksheet(), report)?;
    lists::daily(book.add_worksheet(), report)?;
    lists::countries(book.add_worksheet(), report)?;
    lists::channels(book.add_worksheet(), report)?;
    if !report.services.is_empty() {
        lists::services(book.add_worksheet(), report)?;
        lists::service_places(book.add_worksheet(), report)?;
    }
    if report.prefixes.is_some() {
        prefixes::prefixes(book.add_worksheet(), report)?;
    }
    if let Some(costs) = &report.costs {
        costs::costs(book.add_worksheet(), costs)?;
        if costs.services.len() > 1 {
            costs::service_costs(book.add_worksheet(), costs)?;
        }
    }
    matrix::matrix(book.add_worksheet(), report)?;
    if report.hours.is_some() {
        matrix::hours(book.add_worksheet(), report)?;
    } else if !report.day.is_empty() {
        matrix::day(book.add_worksheet(), report)?;
    }
    tidy::tidy(book.add_worksheet(), report)?;
    lists::attention(book.add_worksheet(), report)?;
    book.save_to_buffer()
}

fn properties(title: &str, as_of: UnixSeconds) -> DocProperties {
    DocProperties::new()
        .set_title(title)
        .set_subject("Verification attempts and conversion rates")
        .set_author(concat!("verify-rollup ", env!("CARGO_PKG_VERSION")))
        // The library would read the clock.
        .set_creation_datetime(&as_of.to_datetime())
}

#[cfg(test)]
mod tests;
