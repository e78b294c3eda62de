//! From findings to the finished table: rows, derived rates, and the one list of columns that every format writes.
//!
//! Pure: no file, no clock, no runtime. [`Column`] is the single source of names, order and types; the Arrow schema,
//! the CSV header and both readers follow it. Nothing enters the table that a check has not seen: what is read back
//! passes through [`Unchecked`], which refuses texts that are no identifiers and counts that contradict each other.

mod columns;
mod cost;
mod derived;
mod rates;
mod rows;
mod schema;
mod unchecked;

pub use columns::{Column, Kind, Reading, SCHEMA_VERSION, Value};
pub use derived::Derived;
pub use rates::Rates;
pub use rows::{RowContext, window_date};
pub use schema::arrow_schema;
pub use unchecked::{RowError, Unchecked};
