//! Arrow batches back to rows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use chrono::NaiveDate;

use crate::model::{Row, UnixMicros};
use crate::rollup::{Column, Derived, RowError, Unchecked, arrow_schema};
use crate::sink::ReadError;
use crate::sink::positions::Positions;

/// A batch in the table's schema: columns that a file lacks are null, and those of somebody else are left out.
pub(super) fn of_the_table(batch: &RecordBatch, columns: &Positions) -> RecordBatch {
    let schema = arrow_schema();
    let array = |column: Column| match columns.get(column) {
        Some(index) => Arc::clone(batch.column(index)),
        None => new_null_array(schema.field(column.index()).data_type(), batch.num_rows()),
    };
    RecordBatch::try_new(schema.clone(), Column::ALL.map(array).to_vec()).expect("the file's types were checked")
}

/// A batch of the table's schema, ready to be read by row.
pub(super) struct BatchColumns<'a>(&'a RecordBatch);

impl<'a> BatchColumns<'a> {
    /// Refuses a batch of another schema.
    pub(super) fn of(batch: &'a RecordBatch) -> Result<Self, ReadError> {
        if batch.schema_ref().fields() == arrow_schema().fields() {
            Ok(Self(batch))
        } else {
            Err(ReadError::ForeignSchema)
        }
    }

    /// The row at an index below the batch's number of rows; `derived` keeps what the next one may share.
    pub(super) fn row(&self, index: usize, derived: &mut Derived) -> Result<Row, RowError> {
        let optional = |column| present(self.strings(column), index).map(|array| array.value(index));
        let text = |column| optional(column).ok_or(RowError { column });
        let integer =
            |column| present(self.integers(column), index).map(|array| array.value(index)).ok_or(RowError { column });
        let time = |column| match present(self.times(column), index) {
            Some(array) => Ok(UnixMicros(array.value(index))),
            None => Err(RowError { column }),
        };
        Unchecked {
            row_key: text(Column::RowKey)?,
            window_start: time(Column::WindowStart)?,
            window_end: time(Column::WindowEnd)?,
            window_date: self.date(index).ok_or(RowError { column: Column::WindowDate })?,
            account_sid: text(Column::AccountSid)?,
            service_sid: optional(Column::ServiceSid),
            country: optional(Column::Country),
            channel: optional(Column::Channel),
            destination_prefix: optional(Column::DestinationPrefix),
            total_attempts: integer(Column::TotalAttempts)?,
            total_converted: integer(Column::TotalConverted)?,
            total_unconverted: integer(Column::TotalUnconverted)?,
            provenance: text(Column::Provenance)?,
            is_final: present(self.flags(), index)
                .map(|array| array.value(index))
                .ok_or(RowError { column: Column::IsFinal })?,
            asked_at: time(Column::AskedAt)?,
            run_id: text(Column::RunId)?,
            published_at: present(self.times(Column::PublishedAt), index).map(|array| UnixMicros(array.value(index))),
            priced_attempts: present(self.integers(Column::PricedAttempts), index).map(|array| array.value(index)),
            channel_cost: self.amount(index)?,
            cost_currency: optional(Column::CostCurrency),
        }
        .check(derived)
    }

    /// The rates that stand in a row, in the order of [`Column::RATES`].
    pub(super) fn rates(&self, index: usize) -> [Option<f64>; 3] {
        Column::RATES.map(|column| {
            present(self.column(column).as_primitive::<Float64Type>(), index).map(|array| array.value(index))
        })
    }

    fn column(&self, column: Column) -> &'a ArrayRef {
        self.0.column(column.index())
    }

    fn strings(&self, column: Column) -> &'a StringArray {
        self.column(column).as_string()
    }

    fn integers(&self, column: Column) -> &'a Int64Array {
        self.column(column).as_primitive::<Int64Type>()
    }

    fn times(&self, column: Column) -> &'a TimestampMicrosecondArray {
        self.column(column).as_primitive::<TimestampMicrosecondType>()
    }

    fn amount(&self, index: usize) -> Result<Option<i64>, RowError> {
        let amounts: &Decimal128Array = self.column(Column::ChannelCost).as_primitive::<Decimal128Type>();
        let amount = present(amounts, index).map(|array| i64::try_from(array.value(index)));
        amount.transpose().map_err(|_| RowError { column: Column::ChannelCost })
    }

    fn flags(&self) -> &'a BooleanArray {
        self.column(Column::IsFinal).as_boolean()
    }

    fn date(&self, index: usize) -> Option<NaiveDate> {
        let days: &Date32Array = self.column(Column::WindowDate).as_primitive::<Date32Type>();
        Date32Type::to_naive_date_opt(present(days, index)?.value(index))
    }
}

fn present<T: Array>(array: &T, index: usize) -> Option<&T> {
    array.is_valid(index).then_some(array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{DataType, Field, Schema};

    #[test]
    fn a_batch_of_another_schema_is_refused() {
        let schema = Arc::new(Schema::new(vec![Field::new("row_key", DataType::Int64, true)]));
        let batch = RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(vec![1]))]).unwrap();
        assert!(matches!(BatchColumns::of(&batch), Err(ReadError::ForeignSchema)));
    }

    #[test]
    fn nulls_where_the_table_has_none_are_refused() {
        let nulls = |field: &Arc<Field>| new_null_array(field.data_type(), 1);
        let schema = arrow_schema();
        let batch = RecordBatch::try_new(schema.clone(), schema.fields().iter().map(nulls).collect()).unwrap();
        let row = BatchColumns::of(&batch).unwrap().row(0, &mut Derived::default());
        assert_eq!(row, Err(RowError { column: Column::RowKey }));
    }
}
