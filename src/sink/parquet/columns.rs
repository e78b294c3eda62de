//! Rows to Arrow arrays, a column at a time.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, PrimitiveBuilder, StringBuilder};
use arrow::datatypes::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};

use crate::model::Row;
use crate::rollup::{Column, Derived, Reading, arrow_schema};

/// Bytes of a text, more or less, so that few columns outgrow their room.
const TEXT_BYTES: usize = 40;

/// A column of rows; null where there is no row.
pub(super) fn array<'r>(column: Column, rows: impl ExactSizeIterator<Item = Option<&'r Row>>) -> ArrayRef {
    match column.reading() {
        Reading::Text(read) => {
            let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * TEXT_BYTES);
            let mut derived = Derived::default();
            for row in rows {
                builder.append_option(row.and_then(|row| read(row, &mut derived)));
            }
            Arc::new(builder.finish())
        }
        Reading::Boolean(read) => Arc::new(rows.map(|row| row.map(read)).collect::<BooleanArray>()),
        Reading::Second(read) => numbers::<TimestampMicrosecondType>(column, rows, |row| Some(read(row).to_micros().0)),
        Reading::Instant(read) => {
            numbers::<TimestampMicrosecondType>(column, rows, |row| read(row).map(|instant| instant.0))
        }
        Reading::Date(read) => numbers::<Date32Type>(column, rows, |row| Some(Date32Type::from_naive_date(read(row)))),
        Reading::Integer(read) => numbers::<Int64Type>(column, rows, read),
        Reading::Float(read) => numbers::<Float64Type>(column, rows, read),
        Reading::Millionths(read) => numbers::<Decimal128Type>(column, rows, |row| read(row).map(i128::from)),
    }
}

fn numbers<'r, T: ArrowPrimitiveType>(
    column: Column,
    rows: impl ExactSizeIterator<Item = Option<&'r Row>>,
    read: impl Fn(&Row) -> Option<T::Native>,
) -> ArrayRef {
    let data_type = arrow_schema().field(column.index()).data_type().clone();
    let mut builder = PrimitiveBuilder::<T>::with_capacity(rows.len()).with_data_type(data_type);
    for row in rows {
        builder.append_option(row.and_then(&read));
    }
    Arc::new(builder.finish())
}
