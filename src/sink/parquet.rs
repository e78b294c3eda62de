//! Parquet, laid out so that every engine reads it: see [`crate::rollup::arrow_schema`] for the types.
//!
//! The Arrow schema is not embedded, as readers that honour it differ from those that don't. Rows are encoded in small
//! batches and compressed page by page, on two threads (`encoder`), so a row group of a million rows costs little more
//! memory than its compressed size. Nothing in the file depends on when or where it is written.

mod batch;
mod changes;
mod columns;
mod encoder;

use std::fs::File;
use std::io::Write;

use arrow::array::ArrayRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{self, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use self::batch::{BatchColumns, of_the_table};
pub use self::changes::{ChangeWriter, replay};
use self::encoder::Encoder;
use super::order::OrderGuard;
use super::positions::Positions;
use super::{ReadError, WriteError};
use crate::model::{Compression, Row, printable};
use crate::rollup::{Column, Derived, SCHEMA_VERSION, arrow_schema};

/// Rows read at once.
const READ_ROWS: usize = 8192;
/// Rows of a row group. Large groups compress best, and engines advise 16 MiB and more.
const GROUP_ROWS: usize = 1_000_000;
/// Rows of a page, where its bytes are not too many before.
const PAGE_ROWS: usize = 24 * encoder::BATCH_ROWS;
/// In the form that readers parse; a constant, as another one would change every file.
const CREATED_BY: &str = "verify-rollup version 1.0.0";

/// Writes rows as Parquet.
pub struct ParquetWriter<W: Write + Send> {
    encoder: Encoder<W, Row>,
    order: OrderGuard,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a table.
    pub fn new(stream: W, compression: Compression) -> Result<Self, WriteError> {
        let encoder = Encoder::new(stream, arrow_schema(), properties(compression, Some(sorted_by_key())), form)?;
        Ok(Self { encoder, order: OrderGuard::default() })
    }

    /// Adds a row, which must come after all before it.
    pub fn write(&mut self, row: &Row) -> Result<(), WriteError> {
        self.order.admit(row.key)?;
        self.encoder.write(*row)
    }

    /// Writes the rest and the footer, and gives the stream back.
    pub fn finish(self) -> Result<W, WriteError> {
        self.encoder.finish()
    }
}

fn form(column: usize, rows: &[Row]) -> ArrayRef {
    columns::array(Column::ALL[column], rows.iter().map(Some))
}

/// The key's columns; `OrderGuard` sees to it that the promise holds.
fn sorted_by_key() -> Vec<SortingColumn> {
    let key = [
        Column::AccountSid,
        Column::WindowStart,
        Column::ServiceSid,
        Column::Country,
        Column::Channel,
        Column::DestinationPrefix,
    ];
    let sorting = key.map(|column| SortingColumn {
        column_idx: i32::try_from(column.index()).expect("there are few columns"),
        descending: false,
        nulls_first: true,
    });
    sorting.to_vec()
}

fn properties(compression: Compression, sorting: Option<Vec<SortingColumn>>) -> WriterProperties {
    let compression = match compression {
        Compression::Zstd => basic::Compression::ZSTD(ZstdLevel::try_new(3).expect("3 is a level of zstd")),
        Compression::Snappy => basic::Compression::SNAPPY,
        Compression::None => basic::Compression::UNCOMPRESSED,
    };
    WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(compression)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_sorting_columns(sorting)
        .set_statistics_enabled(EnabledStatistics::Page)
        // Every key is different: a dictionary would only be built to be thrown away.
        .set_column_dictionary_enabled(ColumnPath::from(Column::RowKey.name()), false)
        .set_key_value_metadata(Some(vec![KeyValue::new(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string())]))
        .build()
}

/// The footer's key for the version of the schema; without it a file is of the first one.
const SCHEMA_VERSION_KEY: &str = "verify_rollup.schema_version";

/// Reads rows that [`ParquetWriter`] wrote, or a tool that kept its columns, a batch at a time.
pub struct ParquetReader {
    batches: ParquetRecordBatchReader,
    columns: Positions,
    batch: Option<RecordBatch>,
    derived: Derived,
    next: usize,
    row: u64,
}

impl ParquetReader {
    /// Reads the footer and checks the columns.
    pub fn new(file: File) -> Result<Self, ReadError> {
        let (batches, columns) = open(file)?;
        Ok(Self { batches, columns, batch: None, derived: Derived::default(), next: 0, row: 0 })
    }

    /// Where the table's columns stand.
    pub const fn columns(&self) -> &Positions {
        &self.columns
    }

    /// The rates that stand in the row that was read last.
    pub fn rates(&self) -> [Option<f64>; 3] {
        let batch = self.batch.as_ref().and_then(|batch| BatchColumns::of(batch).ok());
        batch.filter(|_| self.next > 0).map_or([None; 3], |columns| columns.rates(self.next - 1))
    }
}

/// Reads the footer, and refuses a file that lacks the table's columns, or has them with other types.
fn open(file: File) -> Result<(ParquetRecordBatchReader, Positions), ReadError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| malformed(&error))?;
    let version = schema_version(builder.metadata().file_metadata().key_value_metadata())?;
    if version > SCHEMA_VERSION {
        return Err(ReadError::NewerSchema { version });
    }
    let fields = builder.schema().fields();
    let columns = Positions::of(fields.iter().map(|field| field.name().as_str()))?;
    let ours = arrow_schema();
    let has_type = |column: &Column| {
        columns.get(*column).is_none_or(|at| fields[at].data_type() == ours.field(column.index()).data_type())
    };
    if !Column::ALL.iter().all(has_type) {
        return Err(ReadError::ForeignSchema);
    }
    let batches = builder.with_batch_size(READ_ROWS).build().map_err(|error| malformed(&error))?;
    Ok((batches, columns))
}

fn schema_version(metadata: Option<&Vec<KeyValue>>) -> Result<u32, ReadError> {
    let entry = metadata.into_iter().flatten().find(|entry| entry.key == SCHEMA_VERSION_KEY);
    match entry.and_then(|entry| entry.value.as_deref()) {
        None => Ok(1),
        Some(text) => text.parse().map_err(|_| ReadError::ForeignSchema),
    }
}

fn malformed(error: &dyn std::error::Error) -> ReadError {
    ReadError::Malformed { format: "parquet", message: printable(&error.to_string()).into_owned() }
}

impl Iterator for ParquetReader {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.batch.as_ref().is_none_or(|batch| self.next == batch.num_rows()) {
            match self.batches.next()? {
                Ok(batch) => self.batch = Some(of_the_table(&batch, &self.columns)),
                Err(error) => return Some(Err(malformed(&error))),
            }
            self.next = 0;
        }
        let batch = self.batch.as_ref()?;
        let columns = match BatchColumns::of(batch) {
            Ok(columns) => columns,
            Err(error) => return Some(Err(error)),
        };
        let row = columns.row(self.next, &mut self.derived);
        self.next += 1;
        self.row += 1;
        Some(row.map_err(|problem| ReadError::Row { row: self.row, problem }))
    }
}

#[cfg(test)]
mod tests {
    use parquet::basic::Repetition;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;
    use crate::sink::testing::row;

    #[test]
    fn the_footer_is_the_one_every_engine_reads() {
        let mut file = tempfile::tempfile().unwrap();
        let mut writer = ParquetWriter::new(&mut file, Compression::Zstd).unwrap();
        writer.write(&row(0, "US", 3)).unwrap();
        writer.finish().unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let footer = reader.metadata().file_metadata();
        assert_eq!(footer.created_by(), Some(CREATED_BY));
        let metadata = footer.key_value_metadata().unwrap();
        assert_eq!(metadata.len(), 1, "the Arrow schema is embedded");
        assert_eq!(schema_version(Some(metadata)).unwrap(), SCHEMA_VERSION);
        let types = |column: &str| {
            let index = Column::ALL.into_iter().position(|known| known.name() == column).unwrap();
            let described = footer.schema_descr().column(index);
            assert_eq!(described.self_type().get_basic_info().repetition(), Repetition::OPTIONAL);
            assert_eq!(described.name(), column);
            format!("{} {:?}", described.physical_type(), described.converted_type())
        };
        for column in Column::ALL {
            let expected = match column {
                Column::WindowStart | Column::WindowEnd | Column::AskedAt | Column::PublishedAt => {
                    "INT64 TIMESTAMP_MICROS"
                }
                Column::WindowDate => "INT32 DATE",
                Column::TotalAttempts | Column::TotalConverted | Column::TotalUnconverted | Column::PricedAttempts => {
                    "INT64 NONE"
                }
                Column::ChannelCost => "INT64 DECIMAL",
                Column::ConversionRate | Column::ConversionRateLow | Column::ConversionRateHigh => "DOUBLE NONE",
                Column::IsFinal => "BOOLEAN NONE",
                _ => "BYTE_ARRAY UTF8",
            };
            assert_eq!(types(column.name()), expected, "{}", column.name());
        }
        assert_eq!(reader.metadata().row_group(0).sorting_columns().unwrap().len(), 6);
    }
}
