//! What goes into statements and comes out: integers, texts, truth values.

use std::error::Error;

use super::error::PostgresError;
use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// What a statement is given.
#[derive(Debug, Clone)]
pub enum Param {
    /// SQL's NULL.
    Null,
    /// A `bigint`.
    Integer(i64),
    /// A `text`. The server stores no NUL: one is replaced.
    Text(String),
}

impl ToSql for Param {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(integer) if *ty == Type::INT8 => integer.to_sql(ty, out),
            Self::Text(text) if *ty == Type::TEXT && text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(ty, out)
            }
            Self::Text(text) if *ty == Type::TEXT => text.to_sql(ty, out),
            Self::Integer(_) | Self::Text(_) => Err(format!("a parameter is of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A row that was found.
#[derive(Debug)]
pub struct Record(Row);

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        Self(row)
    }
}

impl Record {
    /// A `bigint`.
    pub fn integer(&self, column: usize) -> Result<Option<i64>, PostgresError> {
        self.0.try_get(column).map_err(PostgresError::Column)
    }

    /// A `boolean`, or a `bigint` that is not 0.
    pub fn flag(&self, column: usize) -> Result<bool, PostgresError> {
        let flag = match self.0.columns().get(column).map(tokio_postgres::Column::type_) {
            Some(&Type::INT8) => self.0.try_get::<_, i64>(column).map(|integer| integer != 0),
            _ => self.0.try_get(column),
        };
        flag.map_err(PostgresError::Column)
    }

    /// A `text`.
    pub fn text(&self, column: usize) -> Result<Option<&str>, PostgresError> {
        self.0.try_get(column).map_err(PostgresError::Column)
    }
}
