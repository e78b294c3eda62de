//! The report of a period, from the rows of a published dataset.
//!
//! [`Report`] is plain data: what a page, a workbook or a message shows, computed once, with nothing formatted in it.

mod model;

pub use model::*;
