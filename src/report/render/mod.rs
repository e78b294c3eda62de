//! A report in the forms that people read: a page, a workbook, a summary for the terminal, Markdown for chat and
//! e-mail.
//!
//! Each form is a function of the [`Report`](super::Report) alone.

mod chart;
mod costs;
mod grids;
mod html;
mod markdown;
#[cfg(test)]
mod sample;
mod terminal;
mod workbook;

pub use html::html;
pub use markdown::markdown;
pub use terminal::terminal;
pub use workbook::{WorkbookError, workbook};

/// The forms of a report over accounts.
pub mod accounts {
    pub use super::html::accounts as html;
    pub use super::markdown::accounts as markdown;
    pub use super::terminal::accounts::terminal;
    pub use super::workbook::accounts::workbook;
}
