//! The Arrow schema of the table, from which the Parquet file's follows.
//!
//! Every field is nullable, so that files of all versions load by position; texts are plain UTF-8, as an Arrow
//! dictionary would turn into a category type in some readers; timestamps are microseconds, the one unit all engines
//! take.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::cost::{DECIMALS, MOST_DIGITS};
use super::{Column, Kind};

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let fields = Column::ALL.map(|column| Field::new(column.name(), data_type(column.kind()), true));
    Arc::new(Schema::new(fields.to_vec()))
});

/// The table's schema, without metadata.
#[must_use]
pub fn arrow_schema() -> SchemaRef {
    SCHEMA.clone()
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Date => DataType::Date32,
        Kind::Integer => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Decimal => DataType::Decimal128(MOST_DIGITS, DECIMALS),
        Kind::Boolean => DataType::Boolean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_nullable_and_of_the_frozen_type() {
        let schema = arrow_schema();
        assert!(schema.fields().iter().all(|field| field.is_nullable()));
        let of = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
        let stamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for name in ["window_start", "window_end", "asked_at", "published_at"] {
            assert_eq!(of(name), stamp);
        }
        assert_eq!(of("window_date"), DataType::Date32);
        assert_eq!(of("total_attempts"), DataType::Int64);
        assert_eq!(of("conversion_rate_low"), DataType::Float64);
        assert_eq!(of("is_final"), DataType::Boolean);
        assert_eq!(of("row_key"), DataType::Utf8);
        assert_eq!(of("priced_attempts"), DataType::Int64);
        assert_eq!(of("channel_cost"), DataType::Decimal128(18, 6));
        assert_eq!(of("cost_currency"), DataType::Utf8);
    }
}
