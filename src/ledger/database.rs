//! The database under a ledger: statements go in, rows come out, and a transaction is whole or nothing.
//!
//! Every column of a ledger holds an integer or a text, and the statements keep to what SQL engines agree on, so that none
//! of the tables' code knows which engine it speaks to. What an engine alone does (files, journals, formats) is beside
//! it, in `schema`.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use super::taken::Taken;
use crate::postgres::{Param, PostgresError, Record, Session};

/// How many statements are kept ready: more than the ledger has.
const STATEMENTS: usize = 64;

/// What came of a statement.
pub(super) type Result<T> = std::result::Result<T, SqlError>;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// `SQLite`'s words.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
    /// A server's words.
    #[error(transparent)]
    Server(#[from] PostgresError),
    /// A value that no writer of ours stores.
    #[error("{0}")]
    Content(String),
    /// The run is another host's now.
    #[error(transparent)]
    Taken(#[from] Taken),
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
pub(super) enum Row<'r> {
    File(&'r rusqlite::Row<'r>),
    Server(&'r Record),
}

impl Row<'_> {
    pub fn integer(&self, column: usize) -> Result<i64> {
        match self {
            Self::File(row) => Ok(row.get(column)?),
            Self::Server(row) => row.integer(column)?.ok_or_else(|| missing("an integer")),
        }
    }

    pub fn maybe_integer(&self, column: usize) -> Result<Option<i64>> {
        match self {
            Self::File(row) => Ok(row.get(column)?),
            Self::Server(row) => Ok(row.integer(column)?),
        }
    }

    pub fn flag(&self, column: usize) -> Result<bool> {
        match self {
            Self::File(row) => Ok(row.get(column)?),
            Self::Server(row) => Ok(row.flag(column)?),
        }
    }

    pub fn text(&self, column: usize) -> Result<&str> {
        self.maybe_text(column)?.ok_or_else(|| missing("a text"))
    }

    pub fn maybe_text(&self, column: usize) -> Result<Option<&str>> {
        match self {
            Self::File(row) => {
                row.get_ref(column)?.as_str_or_null().map_err(|error| SqlError::Content(error.to_string()))
            }
            Self::Server(row) => Ok(row.text(column)?),
        }
    }
}

fn missing(what: &str) -> SqlError {
    SqlError::Content(format!("{what} is missing"))
}

/// An open database.
#[derive(Debug)]
pub(super) enum Database {
    /// A file's.
    File(Connection),
    /// A server's.
    Server {
        session: Box<Session>,
        /// For whose turn writers wait.
        turn: i64,
    },
}

/// The key of the lock under which runs begin; those under which an account's and origin's writers take turns lie beyond it
/// by their number, so that others need not wait for them.
const BEGINNING: i64 = 0x7672_7570_0000_0000;

const WHAT: &str = "use the ledger's tables";

impl From<Connection> for Database {
    fn from(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Self::File(connection)
    }
}

impl From<Session> for Database {
    fn from(session: Session) -> Self {
        Self::Server { session: Box::new(session), turn: BEGINNING }
    }
}

impl Database {
    /// Takes turns with those who write for the same account and origin, where an engine lets others go on.
    pub fn for_origin(self, origin: i64) -> Self {
        match self {
            Self::Server { session, .. } => Self::Server { session, turn: BEGINNING + origin },
            file @ Self::File(_) => file,
        }
    }

    /// How often it was connected to. Between two connections to a server rows may have been pruned.
    pub fn connections(&self) -> u64 {
        match self {
            Self::File(_) => 1,
            Self::Server { session, .. } => session.connections(),
        }
    }

    /// Runs a statement that gives nothing back, and tells how many rows it changed.
    pub fn execute(&self, statement: &str, values: &[Value]) -> Result<usize> {
        match self {
            Self::File(connection) => {
                Ok(connection.prepare_cached(statement)?.execute(rusqlite::params_from_iter(values))?)
            }
            Self::Server { session, .. } => changed(session, statement, vec![params(values)]),
        }
    }

    /// Runs a statement once for each of several lists of values.
    pub fn execute_each<'v>(
        &self,
        statement: &str,
        mut all: impl Iterator<Item = Result<Vec<Value<'v>>>>,
    ) -> Result<()> {
        match self {
            Self::File(connection) => {
                let mut statement = connection.prepare_cached(statement)?;
                all.try_for_each(|values| {
                    statement.execute(rusqlite::params_from_iter(values?))?;
                    Ok(())
                })
            }
            Self::Server { session, .. } => {
                let mut all = all.map(|values| values.map(|values| params(&values)));
                loop {
                    let some: Vec<_> = all.by_ref().take(AT_ONCE).collect::<Result<_>>()?;
                    if some.is_empty() {
                        return Ok(());
                    }
                    changed(session, statement, some)?;
                }
            }
        }
    }

    /// What is made of the first row, if there is one.
    pub fn first<T>(
        &self,
        statement: &str,
        values: &[Value],
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        match self {
            Self::File(connection) => {
                let mut statement = connection.prepare_cached(statement)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                rows.next()?.map(|row| read(&Row::File(row))).transpose()
            }
            Self::Server { session, .. } => {
                let rows = session.query(WHAT, &numbered(statement), &params(values))?;
                rows.first().map(|row| read(&Row::Server(row))).transpose()
            }
        }
    }

    /// What is made of the one row that there always is.
    pub fn only<T>(&self, statement: &str, values: &[Value], read: impl FnOnce(&Row) -> Result<T>) -> Result<T> {
        self.first(statement, values, read)?.ok_or_else(|| SqlError::Content("a row is missing".to_owned()))
    }

    /// Looks at each row.
    pub fn each(&self, statement: &str, values: &[Value], mut look: impl FnMut(&Row) -> Result<()>) -> Result<()> {
        match self {
            Self::File(connection) => {
                let mut statement = connection.prepare_cached(statement)?;
                let mut rows = statement.query(rusqlite::params_from_iter(values))?;
                while let Some(row) = rows.next()? {
                    look(&Row::File(row))?;
                }
                Ok(())
            }
            Self::Server { session, .. } => {
                let rows = session.query(WHAT, &numbered(statement), &params(values))?;
                rows.iter().try_for_each(|row| look(&Row::Server(row)))
            }
        }
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

    /// Does all that `work` does to the database, or nothing of it. Of several that write for an account and origin, one
    /// does so at a time.
    pub fn write<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.begin()?;
        let done = work(self);
        let ended = self.end(if done.is_ok() { "COMMIT" } else { "ROLLBACK" });
        // What failed first is what is told; the engine takes back what is open when the connection closes.
        done.and_then(|value| ended.map(|()| value))
    }

    fn begin(&self) -> Result<()> {
        match self {
            Self::File(connection) => Ok(connection.execute_batch("BEGIN IMMEDIATE")?),
            Self::Server { session, turn } => {
                Ok(session.begin(WHAT, &format!("BEGIN; SELECT pg_advisory_xact_lock({turn})"))?)
            }
        }
    }

    fn end(&self, statement: &str) -> Result<()> {
        match self {
            Self::File(connection) => {
                let ended = connection.execute_batch(statement);
                if ended.is_err() && !connection.is_autocommit() {
                    // A commit that failed leaves it open.
                    let _ = connection.execute_batch("ROLLBACK");
                }
                Ok(ended?)
            }
            Self::Server { session, .. } => Ok(session.end(WHAT, statement)?),
        }
    }
}

/// How many statements are on their way to a server at once.
const AT_ONCE: usize = 1_000;

fn changed(session: &Session, statement: &str, all: Vec<Vec<Param>>) -> Result<usize> {
    let changed = session.execute(WHAT, &numbered(statement), all)?;
    Ok(usize::try_from(changed).unwrap_or(usize::MAX))
}

/// A statement as servers number its values.
fn numbered(statement: &str) -> String {
    statement.replace('?', "$")
}

fn params(values: &[Value]) -> Vec<Param> {
    let param = |value: &Value| match value {
        Value::Null => Param::Null,
        Value::Integer(integer) => Param::Integer(*integer),
        Value::Text(text) => Param::Text(text.clone().into_owned()),
    };
    values.iter().map(param).collect()
}
