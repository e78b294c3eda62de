//! Encodes batches, on two threads: a file's bytes are those that one thread would write.
//!
//! The columns are dealt out once, and each thread encodes its own of every batch. Few batches are under way at once, so
//! that a slow thread holds the other up rather than memory. A row group is appended column by column when it is full.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;

use crate::sink::WriteError;

/// Batches that wait for the other thread.
const WAITING: usize = 2;
/// How many columns, from the first on, are the other thread's: as many as take it as long as rest and rows take this one.
const OTHERS: usize = 12;

/// Writes batches, and tells the stream's own error where it fails.
pub(super) struct Encoder<W: Write + Send> {
    file: SerializedFileWriter<Witness<W>>,
    writers: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    group: Option<Group>,
    /// Of a group.
    most_rows: usize,
    failure: Failure,
}

impl<W: Write + Send> Encoder<W> {
    pub(super) fn new(stream: W, schema: SchemaRef, properties: WriterProperties) -> Result<Self, WriteError> {
        let most_rows = properties.max_row_group_row_count().unwrap_or(usize::MAX);
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let failure = Failure::default();
        let stream = Witness { stream, failure: failure.clone() };
        let writer = ArrowWriter::try_new_with_options(stream, Arc::clone(&schema), options);
        let (file, writers) =
            writer.and_then(ArrowWriter::into_serialized_writer).map_err(|error| failure.explain(&error))?;
        Ok(Self { file, writers, schema, group: None, most_rows, failure })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        self.try_write(batch).map_err(|error| self.failure.explain(&error))
    }

    fn try_write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let mut rest = batch.clone();
        while rest.num_rows() > 0 {
            let group = match &mut self.group {
                Some(group) => group,
                none => {
                    let columns = self.writers.create_column_writers(self.file.flushed_row_groups().len())?;
                    none.insert(Group::new(Arc::clone(&self.schema), columns))
                }
            };
            let rows = rest.num_rows().min(self.most_rows - group.rows);
            group.write(&rest.slice(0, rows))?;
            rest = rest.slice(rows, rest.num_rows() - rows);
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
        let ended = self.end_group();
        let stream = ended.and_then(|()| self.file.into_inner());
        let mut stream = stream.map_err(|error| self.failure.explain(&error))?.stream;
        stream.flush()?;
        Ok(stream)
    }
}

/// A row group in the making.
struct Group {
    rows: usize,
    own: Columns,
    batches: SyncSender<RecordBatch>,
    other: JoinHandle<Result<Vec<ArrowColumnChunk>, ParquetError>>,
}

impl Group {
    fn new(schema: SchemaRef, mut columns: Vec<ArrowColumnWriter>) -> Self {
        let own = columns.split_off(OTHERS.min(columns.len()));
        let own = Columns { schema: Arc::clone(&schema), first: OTHERS, writers: own };
        let mut others = Columns { schema, first: 0, writers: columns };
        let (batches, received) = sync_channel::<RecordBatch>(WAITING);
        let other = std::thread::spawn(move || {
            for batch in received {
                others.write(&batch)?;
            }
            others.finish()
        });
        Self { rows: 0, own, batches, other }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        self.rows += batch.num_rows();
        // The other thread has ended before its time only by an error, which the end of the group tells.
        let _ = self.batches.send(batch.clone());
        self.own.write(batch)
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
struct Columns {
    schema: SchemaRef,
    first: usize,
    writers: Vec<ArrowColumnWriter>,
}

impl Columns {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        for (column, writer) in (self.first..).zip(&mut self.writers) {
            // None is nested, so each has one leaf.
            for leaf in compute_leaves(self.schema.field(column), batch.column(column))? {
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
    use super::*;
    use crate::model::Compression;
    use crate::rollup::arrow_schema;
    use crate::sink::parquet::batch::BatchBuilder;
    use crate::sink::parquet::{properties, sorted_by_key};
    use crate::sink::testing::row;

    fn batches() -> Vec<RecordBatch> {
        let mut builder = BatchBuilder::default();
        let mut hour = 0;
        let sizes = [1, 700, 300, 1, 998, 3, 2500];
        sizes
            .map(|rows| {
                for _ in 0..rows {
                    hour += 1;
                    builder.append(&row(
                        hour,
                        ["CO", "US", "ZZ"][usize::try_from(hour % 3).unwrap()],
                        hour * hour % 97,
                    ));
                }
                builder.finish()
            })
            .to_vec()
    }

    #[test]
    fn the_bytes_are_those_of_one_thread() {
        for most_rows in [1000, 1_000_000] {
            let properties = properties(Compression::Zstd, Some(sorted_by_key()));
            let properties = properties.into_builder().set_max_row_group_row_count(Some(most_rows)).build();
            let mut ours = Encoder::new(Vec::new(), arrow_schema(), properties.clone()).unwrap();
            let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
            let mut library = ArrowWriter::try_new_with_options(Vec::new(), arrow_schema(), options).unwrap();
            for batch in batches() {
                ours.write(&batch).unwrap();
                library.write(&batch).unwrap();
            }
            let bytes = library.into_inner().unwrap();
            assert!(bytes.len() > 10_000);
            assert!(ours.finish().unwrap() == bytes, "{most_rows}");
        }
        let empty = Encoder::new(Vec::new(), arrow_schema(), properties(Compression::Snappy, None)).unwrap();
        assert!(empty.finish().unwrap().starts_with(b"PAR1"));
    }
}
