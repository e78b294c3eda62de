//! The table in files: two formats, and the dataset on disk that holds them.
//!
//! A writer takes rows in the table's order and equal rows give equal bytes; a reader gives back the same rows or says
//! which line or batch it cannot read. Files of older schemas are read, those of newer ones refused. Files reach their
//! place only through [`atomic`], whole or not at all.

pub mod atomic;
mod csv;
pub mod dataset;
mod error;
mod format;
mod order;
mod parquet;
mod positions;
pub mod postgres;

pub use self::csv::{CsvReader, CsvWriter};
pub use self::error::{DiskError, ReadError, WriteError};
pub use self::format::{RowReader, TableWriter};
pub use self::parquet::{ChangeWriter, ParquetReader, ParquetWriter, replay};

#[cfg(test)]
mod contract;
#[cfg(test)]
mod testing;
