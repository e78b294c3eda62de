//! The two formats behind one writer and one reader.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use super::{CsvReader, CsvWriter, ParquetReader, ParquetWriter, ReadError, WriteError};
use crate::model::{Compression, Format, Row, RowKey};

/// A writer of either format.
pub enum TableWriter<W: Write + Send> {
    /// To CSV.
    Csv(Box<CsvWriter<W>>),
    /// To Parquet.
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins a table on a stream.
    pub fn new(format: Format, compression: Compression, stream: W) -> Result<Self, WriteError> {
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvWriter::new(stream)?)),
            Format::Parquet => Self::Parquet(Box::new(ParquetWriter::new(stream, compression)?)),
        })
    }

    /// Adds a row, which must come after all before it.
    pub fn write(&mut self, row: &Row) -> Result<(), WriteError> {
        match self {
            Self::Csv(writer) => writer.write(row),
            Self::Parquet(writer) => writer.write(row),
        }
    }

    /// Completes the table and gives the stream back. A table that is not finished is no table.
    pub fn finish(self) -> Result<W, WriteError> {
        match self {
            Self::Csv(writer) => writer.finish(),
            Self::Parquet(writer) => writer.finish(),
        }
    }
}

/// Rows of a file, checked to ascend strictly by key. After an error it ends.
pub struct RowReader {
    rows: Rows,
    position: u64,
    previous: Option<RowKey>,
}

enum Rows {
    Csv(Box<CsvReader<BufReader<File>>>),
    Parquet(Box<ParquetReader>),
    Ended,
}

impl Iterator for RowReader {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match &mut self.rows {
            Rows::Csv(reader) => reader.next(),
            Rows::Parquet(reader) => reader.next(),
            Rows::Ended => None,
        }?;
        self.position += 1;
        let checked = next.and_then(|row| {
            if self.previous.is_some_and(|previous| row.key <= previous) {
                return Err(ReadError::OutOfOrder { row: self.position });
            }
            self.previous = Some(row.key);
            Ok(row)
        });
        if checked.is_err() {
            self.rows = Rows::Ended;
        }
        Some(checked)
    }
}

impl RowReader {
    /// Opens a file of a format.
    pub fn open(format: Format, path: &Path) -> Result<Self, ReadError> {
        let file = File::open(path)?;
        Ok(Self {
            rows: match format {
                Format::Parquet => Rows::Parquet(Box::new(ParquetReader::new(file)?)),
                Format::Csv => Rows::Csv(Box::new(CsvReader::new(BufReader::new(file))?)),
            },
            position: 0,
            previous: None,
        })
    }

    /// Columns of the file that are none of the table's.
    #[must_use]
    pub fn foreign_columns(&self) -> &[String] {
        match &self.rows {
            Rows::Csv(reader) => reader.columns().foreign(),
            Rows::Parquet(reader) => reader.columns().foreign(),
            Rows::Ended => &[],
        }
    }

    /// The rates that stand in the row that was read last; a row's own follow from its counts.
    #[must_use]
    pub fn rates(&self) -> [Option<f64>; 3] {
        match &self.rows {
            Rows::Csv(reader) => reader.rates(),
            Rows::Parquet(reader) => reader.rates(),
            Rows::Ended => [None; 3],
        }
    }

    /// The version of the file's schema.
    #[must_use]
    pub fn schema_version(&self) -> u32 {
        match &self.rows {
            Rows::Csv(reader) => reader.columns().schema_version(),
            Rows::Parquet(reader) => reader.columns().schema_version(),
            Rows::Ended => 1,
        }
    }
}
