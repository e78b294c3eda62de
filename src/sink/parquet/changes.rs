//! Changes of published rows as Parquet: the table's columns with the row as it stands after the change, then what kind of
//! change it is, then what the row said before.
//!
//! Of a row that is gone the key's columns are left, with the run that took it away and when; its counts are null, so that
//! new less old sums up to what became of the table.

use std::fs::File;
use std::io::Write;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::batch::{BatchColumns, of_the_table};
use super::columns::array;
use super::{Encoder, malformed, open, properties};
use crate::model::{Compression, Row, RunId, UnixMicros};
use crate::rollup::{Column, Derived, arrow_schema};
use crate::sink::{ReadError, WriteError};

/// The column that says what kind of change it is.
const CHANGE: &str = "change";
/// The row is new, is another one than before, or is gone.
const ADDED: &str = "added";
const CHANGED: &str = "changed";
const REMOVED: &str = "removed";

/// What is told of the row before, in columns named `old_…`.
const OLD: [Column; 7] = [
    Column::TotalAttempts,
    Column::TotalConverted,
    Column::Provenance,
    Column::IsFinal,
    Column::PricedAttempts,
    Column::ChannelCost,
    Column::CostCurrency,
];

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let table = arrow_schema();
    let change = Arc::new(Field::new(CHANGE, DataType::Utf8, true));
    let old = OLD.map(|column| {
        Arc::new(Field::new(format!("old_{}", column.name()), table.field(column.index()).data_type().clone(), true))
    });
    Arc::new(Schema::new(table.fields().iter().cloned().chain([change]).chain(old).collect::<Vec<_>>()))
});

/// A row as it stood, and as it stands since, or, where it is gone, the run that took it away and when.
struct Change {
    before: Option<Row>,
    after: Row,
    is: &'static str,
}

impl Change {
    /// The row of which the column tells after the change.
    fn after(&self, column: Column) -> Option<&Row> {
        let stays = column <= Column::DestinationPrefix || matches!(column, Column::RunId | Column::PublishedAt);
        (self.is != REMOVED || stays).then_some(&self.after)
    }
}

fn form(index: usize, changes: &[Change]) -> ArrayRef {
    if let Some(column) = Column::ALL.get(index) {
        return array(*column, changes.iter().map(|change| change.after(*column)));
    }
    match index - Column::ALL.len() {
        0 => Arc::new(StringArray::from_iter_values(changes.iter().map(|change| change.is))),
        old => array(OLD[old - 1], changes.iter().map(|change| change.before.as_ref())),
    }
}

/// Writes changes.
pub struct ChangeWriter<W: Write + Send>(Encoder<W, Change>);

impl<W: Write + Send> ChangeWriter<W> {
    /// Begins a file.
    pub fn new(stream: W, compression: Compression) -> Result<Self, WriteError> {
        Encoder::new(stream, SCHEMA.clone(), properties(compression, None), form).map(Self)
    }

    /// A row is published; `before` is what stood in its place.
    pub fn published(&mut self, before: Option<&Row>, row: &Row) -> Result<(), WriteError> {
        let is = if before.is_some() { CHANGED } else { ADDED };
        self.0.write(Change { before: before.copied(), after: *row, is })
    }

    /// A row is gone since a run.
    pub fn removed(&mut self, row: &Row, run_id: RunId, at: UnixMicros) -> Result<(), WriteError> {
        let after = Row { run_id, published_at: Some(at), ..*row };
        self.0.write(Change { before: Some(*row), after, is: REMOVED })
    }

    /// Writes the rest and the footer, and gives the stream back.
    pub fn finish(self) -> Result<W, WriteError> {
        self.0.finish()
    }
}

/// Reads the changes of a file in their order: `each` gets the row's key as text, and the row as it stands since, or
/// `None` where it is gone.
///
/// # Errors
/// It is no such file, or of a newer version.
pub fn replay(file: File, mut each: impl FnMut(&str, Option<Row>)) -> Result<(), ReadError> {
    let (batches, columns) = open(file)?;
    let (mut position, mut derived) = (0, Derived::default());
    for batch in batches {
        let batch = batch.map_err(|error| malformed(&error))?;
        let changes = batch.column_by_name(CHANGE).and_then(|column| column.as_string_opt::<i32>());
        let changes = changes.ok_or(ReadError::ForeignSchema)?;
        let table = of_the_table(&batch, &columns);
        let (keys, rows) = (table.column(Column::RowKey.index()).as_string::<i32>(), BatchColumns::of(&table)?);
        for index in 0..batch.num_rows() {
            position += 1;
            if keys.is_null(index) || changes.is_null(index) {
                return Err(ReadError::ForeignSchema);
            }
            let row = match changes.value(index) {
                REMOVED => None,
                _ => Some(rows.row(index, &mut derived).map_err(|problem| ReadError::Row { row: position, problem })?),
            };
            each(keys.value(index), row);
        }
    }
    Ok(())
}
