//! The database under a ledger: statements go in, rows come out, and a transaction is whole or nothing.
//!
//! Every column of a ledger holds an integer or a text, and the statements keep to what SQL engines agree on, so that none
//! of the tables' code knows which engine it speaks to. What an engine alone does (files, journals, formats) is beside
//! it, in `schema`.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

/// How many statements are kept ready: more than the ledger has.
const STATEMENTS: usize = 64;

/// What came of a statement.
pub(super) type Result<T> = std::result::Result<T, SqlError>;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The engine's words.
    #[error(transparent)]
    Engine(#[from] rusqlite::Error),
    /// A value that no writer of ours stores.
    #[error("{0}")]
    Content(String),
}

/// What a statement is given.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<u32> for Value<'_> {
    fn from(integer: u32) -> Self {
        i64::from(integer).into()
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Integer(i64::from(flag))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, T::into)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// The values of a statement, in the order of its `?1`, `?2`, and so on.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::ledger::database::Value::from($value)),*] };
}
pub(super) use values;

/// A row that was found.
#[derive(Debug)]
pub(super) struct Row<'r>(&'r rusqlite::Row<'r>);

impl Row<'_> {
    pub fn integer(&self, column: usize) -> Result<i64> {
        Ok(self.0.get(column)?)
    }

    pub fn maybe_integer(&self, column: usize) -> Result<Option<i64>> {
        Ok(self.0.get(column)?)
    }

    pub fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.0.get(column)?)
    }

    pub fn text(&self, column: usize) -> Result<&str> {
        self.maybe_text(column)?.ok_or_else(|| SqlError::Content("a text is missing".to_owned()))
    }

    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>> {
        let text = self.0.get_ref(column)?.as_str_or_null();
        text.map_err(|error| SqlError::Content(error.to_string()))
    }
}

/// An open database.
#[derive(Debug)]
pub(super) struct Database(Connection);

impl From<Connection> for Database {
    fn from(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Self(connection)
    }
}

impl Database {
    pub const fn connection(&self) -> &Connection {
        &self.0
    }

    pub fn into_connection(self) -> Connection {
        self.0
    }

    /// Runs a statement that gives nothing back, and tells how many rows it changed.
    pub fn execute(&self, statement: &str, values: &[Value]) -> Result<usize> {
        Ok(self.prepare(statement)?.execute(rusqlite::params_from_iter(values))?)
    }

    /// Runs a statement once for each of several lists of values.
    pub fn execute_each<'v>(
        &self,
        statement: &str,
        mut all: impl Iterator<Item = Result<Vec<Value<'v>>>>,
    ) -> Result<()> {
        let mut statement = self.prepare(statement)?;
        all.try_for_each(|values| {
            statement.execute(rusqlite::params_from_iter(values?))?;
            Ok(())
        })
    }

    /// What is made of the first row, if there is one.
    pub fn first<T>(
        &self,
        statement: &str,
        values: &[Value],
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.prepare(statement)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        rows.next()?.map(|row| read(&Row(row))).transpose()
    }

    /// What is made of the one row that there always is.
    pub fn only<T>(&self, statement: &str, values: &[Value], read: impl FnOnce(&Row) -> Result<T>) -> Result<T> {
        self.first(statement, values, read)?.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Looks at each row.
    pub fn each(&self, statement: &str, values: &[Value], mut look: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        let mut statement = self.prepare(statement)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            look(&Row(row))?;
        }
        Ok(())
    }

    /// What is made of each row.
    pub fn all<T, C: Default + Extend<T>>(
        &self,
        statement: &str,
        values: &[Value],
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<C> {
        let mut found = C::default();
        self.each(statement, values, |row| {
            found.extend(Some(read(row)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// Does all that `work` does to the database, or nothing of it. Of several that write, one does so at a time.
    pub fn write<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.0.execute_batch("BEGIN IMMEDIATE")?;
        let done = work(self).and_then(|value| {
            self.0.execute_batch("COMMIT")?;
            Ok(value)
        });
        if done.is_err() && !self.0.is_autocommit() {
            // What failed first is what is told; the engine takes back what is open when the connection closes.
            let _ = self.0.execute_batch("ROLLBACK");
        }
        done
    }

    fn prepare(&self, statement: &str) -> Result<CachedStatement<'_>> {
        Ok(self.0.prepare_cached(statement)?)
    }
}
