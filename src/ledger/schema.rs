//! The file: where it is, how it is opened, how an older one is brought up to date.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::database::{self, Database};
use super::error::LedgerError;
use super::migrations::{MIGRATIONS, NEWEST};
use crate::state::create_folders;

/// The ledger's name in the state directory.
const FILE: &str = "ledger.sqlite";

/// `vrup` in ASCII: tells `file(1)` and us whose file this is.
const APPLICATION_ID: i64 = 0x7672_7570;

/// Pages that a connection keeps, in KiB (SQLite writes that as a negative number): enough for the index of a range of
/// a million answers beside the rows being read. With SQLite's own 2 MiB each of those rows cost several reads.
const CACHE_KIB: i32 = -16 * 1024;

/// Between two attempts to switch a new file to WAL while others do.
const SWITCH_AGAIN: Duration = Duration::from_millis(5);

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing in it yet.
    Empty,
    /// The newest.
    Current,
    /// One that can be brought up to date: how many steps it has taken.
    Older(usize),
}

/// The ledger's path. Absolute, as SQLite would read a leading `file:` as a URI.
pub(super) fn path_in(dir: &Path) -> Result<PathBuf, LedgerError> {
    let absolute = std::path::absolute(dir).map_err(|source| unusable(dir, source))?;
    Ok(absolute.join(FILE))
}

pub(super) fn unusable(dir: &Path, source: io::Error) -> LedgerError {
    LedgerError::StateDirectory { path: dir.to_path_buf(), source }
}

/// Makes directory and file where they are missing, readable by their owner alone; SQLite gives its side files the same
/// mode. An existing file is not even opened: closing it would drop the locks that this process holds on it.
pub(super) fn create_in(dir: &Path) -> Result<PathBuf, LedgerError> {
    let path = path_in(dir)?;
    // What is in the folder lasts with SQLite's first commit, which syncs it.
    create_folders(path.parent().unwrap_or(dir)).map_err(|source| unusable(dir, source))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unusable(dir, error)),
        _ => Ok(path),
    }
}

/// With whom a connection gets along.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sharing {
    /// With others; writers wait this long for their turn.
    Turns(Duration),
    /// With nobody: it is refused at once while another connection exists, be it idle, and refuses others.
    Alone,
}

/// Opens an existing file to write, and brings it up to date.
pub(super) fn open(path: &Path, sharing: Sharing) -> Result<Connection, LedgerError> {
    let failed = |source: rusqlite::Error| LedgerError::of(path, source.into());
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let patience = match sharing {
        Sharing::Turns(lock_wait) => lock_wait,
        Sharing::Alone => Duration::ZERO,
    };
    connection.busy_timeout(patience).map_err(failed)?;
    if let Sharing::Alone = sharing {
        // Only before the first access does it keep other connections out of a WAL ledger.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
    }
    if format(&connection, path)? != Format::Current {
        switch_to_wal(&connection, patience).map_err(failed)?;
        migrate(&mut connection, path)?;
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", "OFF").map_err(failed)?;
    Ok(connection)
}

/// Gives the space back that nothing uses any more, and closes the file.
pub(super) fn compact(database: Database) -> database::Result<()> {
    let Database::File(connection) = database else { return Ok(()) };
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    connection.close().map_err(|(_, source)| source.into())
}

/// Here SQLite itself never waits for others: two that switch at once would wait for each other.
fn switch_to_wal(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        let switched = connection.pragma_update(None, "journal_mode", "WAL");
        let code = switched.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
        if !matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) || waited >= patience {
            return switched;
        }
        std::thread::sleep(SWITCH_AGAIN);
        waited += SWITCH_AGAIN;
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |source: rusqlite::Error| LedgerError::of(path, source.into());
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have done it while we waited.
    let taken = match format(&transaction, path)? {
        Format::Current => return Ok(()),
        Format::Empty => 0,
        Format::Older(taken) => taken,
    };
    for step in &MIGRATIONS[taken..] {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", NEWEST).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Tells what a file is, and refuses those of other programs and of later releases.
///
/// All is read by one statement: between two, another process may turn an empty file into a ledger, and half of each
/// would look like a foreign file.
pub(super) fn format(connection: &Connection, path: &Path) -> Result<Format, LedgerError> {
    let failed = |source: rusqlite::Error| LedgerError::of(path, source.into());
    let all = "SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM \
               pragma_user_version), (SELECT count(*) FROM sqlite_schema)";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (owner, version, tables): (i64, i64, i64) = connection.query_row(all, [], read).map_err(failed)?;
    if owner != APPLICATION_ID {
        let empty = owner == 0 && version == 0 && tables == 0;
        return if empty { Ok(Format::Empty) } else { Err(LedgerError::Foreign { path: path.to_path_buf() }) };
    }
    let taken = usize::try_from(version).ok().filter(|taken| *taken <= MIGRATIONS.len());
    let taken = taken.ok_or_else(|| LedgerError::Newer { path: path.to_path_buf(), found: version, known: NEWEST })?;
    if objects(connection).map_err(failed)? != objects_after(taken).map_err(failed)? {
        return Err(LedgerError::Foreign { path: path.to_path_buf() });
    }
    Ok(if taken == MIGRATIONS.len() { Format::Current } else { Format::Older(taken) })
}

/// A table, index or trigger: its kind, its name, and its text without line breaks.
type Object = (String, String, String);

/// What would run when the file is read or written. Statistics and views that people add do not.
///
/// It must be what we made: a view in a table's place, a trigger or an expression in an index runs whatever its author
/// wanted, for as long as it wants.
fn objects(connection: &Connection) -> rusqlite::Result<Vec<Object>> {
    let mut statement = connection.prepare(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema
         WHERE type <> 'view' AND name NOT GLOB 'sqlite_stat?' ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| {
        let sql: String = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, sql.split_whitespace().collect::<Vec<_>>().join(" ")))
    })?;
    rows.collect()
}

/// What a ledger holds that has taken so many steps.
fn objects_after(taken: usize) -> rusqlite::Result<Vec<Object>> {
    let empty = Connection::open_in_memory()?;
    for step in &MIGRATIONS[..taken] {
        empty.execute_batch(step)?;
    }
    objects(&empty)
}

/// A side file of SQLite's, such as `ledger.sqlite-wal`.
pub(super) fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(OsStr::from_bytes(suffix.as_bytes()));
    name.into()
}
