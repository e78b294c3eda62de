//! Encodes rows, on two threads: a file's bytes are those that one thread would write.
//!
//! The columns are dealt out once; both threads get the same rows, and each forms its own columns of them and encodes
//! these. Few batches are under way at once, so that a slow thread holds the other up rather than memory. A row group is
//! appended column by column when it is full.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use crate::sink::WriteError;

/// Rows encoded at once: enough to amortise, and few enough to stay in a core's cache while each column reads them.
pub(super) const BATCH_ROWS: usize = 1024;
/// Batches that wait for the other thread: longer than a page takes to compress.
const WAITING: usize = 16;
/// How many columns, from the first on, are the other thread's: as many as take it as long as rest and rows take this one.
const OTHERS: usize = 13;

/// Forms a column of rows, given its place in the schema.
pub(super) type Form<R> = fn(usize, &[R]) -> ArrayRef;

/// Writes rows, and tells the stream's own error where it fails.
pub(super) struct Encoder<W: Write + Send, R> {
    file: SerializedFileWriter<Witness<W>>,
    writers: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    form: Form<R>,
    rows: Vec<R>,
    group: Option<Group<R>>,
    /// Of a group.
    most_rows: usize,
    failure: Failure,
}

impl<W: Write + Send, R: Send + Sync + 'static> Encoder<W, R> {
    pub(super) fn new(
        stream: W,
        schema: SchemaRef,
        properties: WriterProperties,
        form: Form<R>,
    ) -> Result<Self, WriteError> {
        let most_rows = properties.max_row_group_row_count().unwrap_or(usize::MAX);
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let failure = Failure::default();
        let stream = Witness { stream, failure: failure.clone() };
        let writer = ArrowWriter::try_new_with_options(stream, Arc::clone(&schema), options);
        let (file, writers) =
            writer.and_then(ArrowWriter::into_serialized_writer).map_err(|error| failure.explain(&error))?;
        Ok(Self { file, writers, schema, form, rows: Vec::with_capacity(BATCH_ROWS), group: None, most_rows, failure })
    }

    pub(super) fn write(&mut self, row: R) -> Result<(), WriteError> {
        self.rows.push(row);
        if self.rows.len() < BATCH_ROWS {
            return Ok(());
        }
        self.encode().map_err(|error| self.failure.explain(&error))
    }

    fn encode(&mut self) -> Result<(), ParquetError> {
        let rows: Arc<[R]> = self.rows.drain(..).collect();
        let mut done = 0;
        while done < rows.len() {
            let group = match &mut self.group {
                Some(group) => group,
                none => {
                    let columns = self.writers.create_column_writers(self.file.flushed_row_groups().len())?;
                    none.insert(Group::new(&self.schema, self.form, columns))
                }
            };
            let end = rows.len().min(done + self.most_rows - group.rows);
            group.write(&rows, done..end)?;
            done = end;
            if group.rows == self.most_rows {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let mut row_group = self.file.next_row_group()?;
        for chunk in group.finish()? {
            chunk.append_to_row_group(&mut row_group)?;
        }
        row_group.close().map(drop)
    }

    pub(super) fn finish(mut self) -> Result<W, WriteError> {
        let ended = self.encode().and_then(|()| self.end_group());
        let stream = ended.and_then(|()| self.file.into_inner());
        let mut stream = stream.map_err(|error| self.failure.explain(&error))?.stream;
        stream.flush()?;
        Ok(stream)
    }
}

/// A row group in the making.
struct Group<R> {
    rows: usize,
    own: Columns<R>,
    batches: SyncSender<(Arc<[R]>, Range<usize>)>,
    other: JoinHandle<Result<Vec<ArrowColumnChunk>, ParquetError>>,
}

impl<R: Send + Sync + 'static> Group<R> {
    fn new(schema: &SchemaRef, form: Form<R>, mut columns: Vec<ArrowColumnWriter>) -> Self {
        let own = columns.split_off(OTHERS.min(columns.len()));
        let own = Columns { schema: Arc::clone(schema), form, first: OTHERS, writers: own };
        let mut others = Columns { schema: Arc::clone(schema), form, first: 0, writers: columns };
        let (batches, received) = sync_channel::<(Arc<[R]>, Range<usize>)>(WAITING);
        let other = std::thread::spawn(move || {
            for (rows, range) in received {
                others.write(&rows[range])?;
            }
            others.finish()
        });
        Self { rows: 0, own, batches, other }
    }

    fn write(&mut self, rows: &Arc<[R]>, range: Range<usize>) -> Result<(), ParquetError> {
        self.rows += range.len();
        // The other thread has ended before its time only by an error, which the end of the group tells.
        let _ = self.batches.send((Arc::clone(rows), range.clone()));
        self.own.write(&rows[range])
    }

    /// The columns in the table's order.
    fn finish(self) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        drop(self.batches);
        let own = self.own.finish();
        let others = self.other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut chunks = others?;
        chunks.extend(own?);
        Ok(chunks)
    }
}

/// Columns beside each other, of one thread.
struct Columns<R> {
    schema: SchemaRef,
    form: Form<R>,
    first: usize,
    writers: Vec<ArrowColumnWriter>,
}

impl<R> Columns<R> {
    fn write(&mut self, rows: &[R]) -> Result<(), ParquetError> {
        for (column, writer) in (self.first..).zip(&mut self.writers) {
            // None is nested, so each has one leaf.
            for leaf in compute_leaves(self.schema.field(column), &(self.form)(column, rows))? {
                writer.write(&leaf)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<ArrowColumnChunk>, ParquetError> {
        self.writers.into_iter().map(ArrowColumnWriter::close).collect()
    }
}

/// Remembers the stream's first error, of which the encoder would only pass on the text.
struct Witness<W> {
    stream: W,
    failure: Failure,
}

impl<W: Write> Write for Witness<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes).map_err(|error| self.failure.keep(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().map_err(|error| self.failure.keep(error))
    }
}

#[derive(Clone, Default)]
struct Failure(Arc<Mutex<Option<io::Error>>>);

impl Failure {
    fn keep(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        if kind != io::ErrorKind::Interrupted {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
        kind.into()
    }

    fn explain(&self, error: &ParquetError) -> WriteError {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(error) => WriteError::Io(error),
            None => WriteError::Parquet(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::record_batch::RecordBatch;

    use super::*;
    use crate::model::{Compression, Row};
    use crate::rollup::arrow_schema;
    use crate::sink::parquet::{form, properties, sorted_by_key};
    use crate::sink::testing::row;

    fn rows() -> Vec<Row> {
        let country = |hour: i64| ["CO", "US", "ZZ"][usize::try_from(hour % 3).unwrap()];
        (0..10_000).map(|hour| row(hour, country(hour), hour * hour % 97)).collect()
    }

    #[test]
    fn the_bytes_are_those_of_one_thread() {
        for most_rows in [1000, 3000, 1_000_000] {
            let properties = properties(Compression::Zstd, Some(sorted_by_key()));
            let properties = properties.into_builder().set_max_row_group_row_count(Some(most_rows)).build();
            let mut ours = Encoder::new(Vec::new(), arrow_schema(), properties.clone(), form).unwrap();
            let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
            let mut library = ArrowWriter::try_new_with_options(Vec::new(), arrow_schema(), options).unwrap();
            for batch in rows().chunks(BATCH_ROWS) {
                let columns = (0..arrow_schema().fields().len()).map(|column| form(column, batch)).collect();
                library.write(&RecordBatch::try_new(arrow_schema(), columns).unwrap()).unwrap();
                for row in batch {
                    ours.write(*row).unwrap();
                }
            }
            let bytes = library.into_inner().unwrap();
            assert!(bytes.len() > 10_000);
            assert!(ours.finish().unwrap() == bytes, "{most_rows}");
        }
        let empty = Encoder::new(Vec::new(), arrow_schema(), properties(Compression::Snappy, None), form).unwrap();
        assert!(empty.finish().unwrap().starts_with(b"PAR1"));
    }
}
