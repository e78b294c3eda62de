//! A server's ledger for who only looks: the session may write nothing, and no table is made. A later release's tables
//! are refused.

use super::database::Database;
use super::error::LedgerError;
use super::server_schema::{IN_USE, NEWEST, USE, newer, taken};
use crate::model::PostgresUrl;
use crate::postgres::{Login, Session};

/// Connects to a ledger to read it; `None`: it has no tables, or older ones, which the next run brings up to date. As long
/// as it is read, nobody prunes it.
pub(super) fn look(url: &PostgresUrl, login: &Login) -> Result<Option<Database>, LedgerError> {
    let (session, format) = open(url, login)?;
    if format != Some(i64::from(NEWEST)) {
        return Ok(None);
    }
    let shared = format!("{USE}; SELECT pg_advisory_lock_shared({IN_USE})");
    session.run("look at the ledger's tables", &shared)?;
    Ok(Some(session.into()))
}

/// What a server has of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTables {
    /// The format of its tables; `None`: there are none.
    pub format: Option<i64>,
    /// Whether the role may write to them, or make them.
    pub may_write: bool,
}

/// Looks which tables a server has, and takes nothing.
///
/// # Errors
/// The server cannot be reached or refuses, or its tables are of a newer format.
pub fn server_tables((url, login): (&PostgresUrl, &Login)) -> Result<ServerTables, LedgerError> {
    let (session, format) = open(url, login)?;
    let right = match format {
        None => "has_database_privilege(current_database(), 'CREATE')",
        Some(_) => "has_table_privilege('verify_rollup.answers', 'INSERT')",
    };
    let statement = format!("SELECT {right} AND NOT pg_is_in_recovery()");
    let found = session.query("tell what the role may do", &statement, Vec::new())?;
    let may_write = found.first().map(|row| row.flag(0)).transpose()? == Some(true);
    Ok(ServerTables { format, may_write })
}

fn open(url: &PostgresUrl, login: &Login) -> Result<(Session, Option<i64>), LedgerError> {
    let session = Session::open(url, login)?;
    session.run("prepare to look", "SET default_transaction_read_only = on")?;
    match taken(&session)? {
        Some(found) if found > i64::from(NEWEST) => Err(newer(url, found)),
        format => Ok((session, format)),
    }
}
