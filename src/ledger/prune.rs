//! Forgetting old answers, on request only.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::database::{self, Database, values};
use super::error::LedgerError;
use super::schema::{self, Sharing};
use crate::model::UnixMicros;
use crate::state::StateServer;

/// What pruning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Answers removed, without what was listed.
    pub answers: u64,
    /// Runs removed, as nothing is left of them.
    pub runs: u64,
    /// The size on disk, before; of a server's tables, that of their indexes included.
    pub bytes_before: u64,
    /// The size on disk, after.
    pub bytes_after: u64,
}

/// Removes the answers, of every account and origin, that were asked before an instant, and the runs that ended before
/// it and of which nothing is left; then gives the space back. A missing ledger has nothing to prune.
///
/// What was listed before the instant goes likewise, with the windows that were confirmed by it; it is not counted among
/// the answers. Slices whose answers are removed are asked again when a job wants them, and stretches listed again.
///
/// # Errors
/// Another process has the ledger open, or it is damaged, foreign or of a newer format, or cannot be written.
pub fn prune(dir: &Path, before: DateTime<Utc>) -> Result<Pruned, LedgerError> {
    let path = schema::path_in(dir)?;
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => return Ok(Pruned::default()),
        Err(error) => return Err(schema::unusable(dir, error)),
    }
    let bytes_before = bytes(&path).map_err(|source| schema::unusable(dir, source))?;
    // A writer knows rows by their numbers, so none may be under way.
    let database = Database::from(schema::open(&path, Sharing::Alone).map_err(in_use)?);
    let removed = database.write(|database| remove(database, before.into()));
    let (answers, runs) = removed.map_err(|source| in_use(LedgerError::of(&path, source)))?;
    schema::compact(database).map_err(|source| LedgerError::of(&path, source))?;
    let bytes_after = bytes(&path).map_err(|source| schema::unusable(dir, source))?;
    Ok(Pruned { answers, runs, bytes_before, bytes_after })
}

/// The same of a ledger of a server. What is given back there serves the next answers: files shrink by what was free at
/// their ends alone.
///
/// # Errors
/// Somebody uses the ledger; the server cannot be reached or refuses, or its tables are of a newer format.
pub fn prune_on(server: &StateServer, before: DateTime<Utc>) -> Result<Pruned, LedgerError> {
    let path = server.url.to_string();
    let database: Database = match server.open_alone()? {
        None => return Ok(Pruned::default()),
        Some(Ok(session)) => session.into(),
        Some(Err(_)) => return Err(LedgerError::InUse { path: path.into() }),
    };
    prune_alone(&database, before.into()).map_err(|source| LedgerError::of(path.as_ref(), source))
}

fn prune_alone(database: &Database, before: UnixMicros) -> database::Result<Pruned> {
    let bytes = || database.only(SIZE, values![], |row| Ok(row.integer(0)?.unsigned_abs()));
    let bytes_before = bytes()?;
    let (answers, runs) = database.write(|database| remove(database, before))?;
    // Not within a transaction, as the server wants it.
    database.execute(VACUUM, values![])?;
    Ok(Pruned { answers, runs, bytes_before, bytes_after: bytes()? })
}

/// What the tables of the schema take, indexes included.
const SIZE: &str = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
    WHERE relnamespace = 'verify_rollup'::regnamespace AND relkind = 'r'";

/// All tables of which something is removed.
const VACUUM: &str = "VACUUM answers, confirmed, listed, segments, runs, ranges, texts";

fn in_use(error: LedgerError) -> LedgerError {
    match error {
        LedgerError::Locked { path } => LedgerError::InUse { path },
        other => other,
    }
}

/// What nothing names any more is found by sets: of more than its memory holds, a server would go through all answers for
/// each row.
fn remove(database: &Database, before: UnixMicros) -> database::Result<(u64, u64)> {
    let before = values![before.0];
    let answers = database.execute("DELETE FROM answers WHERE asked_at < ?1", before)?;
    let old = "(SELECT id FROM segments WHERE asked_at < ?1)";
    database.execute(&format!("DELETE FROM confirmed WHERE segment IN {old}"), before)?;
    database.execute(&format!("DELETE FROM listed WHERE segment IN {old}"), before)?;
    database.execute("DELETE FROM segments WHERE asked_at < ?1", before)?;
    let runs = database.execute(
        "DELETE FROM runs
         WHERE id IN (SELECT id FROM runs EXCEPT SELECT run FROM answers EXCEPT SELECT run FROM segments
                      EXCEPT SELECT run FROM confirmed WHERE segment IS NOT NULL)
           AND coalesce(ended_at, seen_at) < ?1",
        before,
    )?;
    database.execute("DELETE FROM confirmed WHERE run NOT IN (SELECT id FROM runs)", values![])?;
    database.execute(
        "DELETE FROM ranges WHERE NOT EXISTS (
             SELECT 1 FROM answers
             WHERE answers.origin = ranges.origin AND answers.range_start = ranges.range_start
               AND answers.range_end = ranges.range_end
         )",
        values![],
    )?;
    database.execute(
        "DELETE FROM texts
         WHERE id IN (SELECT id FROM texts EXCEPT SELECT service FROM answers EXCEPT SELECT url FROM answers
                      EXCEPT SELECT service FROM listed EXCEPT SELECT split FROM confirmed)",
        values![],
    )?;
    Ok((answers as u64, runs as u64))
}

/// The file and its WAL.
fn bytes(path: &Path) -> io::Result<u64> {
    let wal = schema::side_file(path, "-wal").metadata().map_or(0, |wal| wal.len());
    Ok(path.metadata()?.len() + wal)
}
