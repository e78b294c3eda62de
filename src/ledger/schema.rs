//! The file: where it is, how it is opened, which formats there are.

use std::ffi::OsStr;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::LedgerError;

/// The ledger's name in the state directory.
const FILE: &str = "ledger.sqlite";

/// `vrup` in ASCII: tells `file(1)` and us whose file this is.
const APPLICATION_ID: i64 = 0x7672_7570;

/// The format that this program writes.
const NEWEST: u32 = 1;

/// The step to each format from the one before; a ledger's `user_version` counts those it has taken.
///
/// `answers` has no unique text: rows are appended, and the index grows at its end as windows are asked in order.
/// References are for readers of the file; enforcing them would cost a lookup per row.
const MIGRATIONS: [&str; NEWEST as usize] = ["
    CREATE TABLE origins (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        origin TEXT NOT NULL,
        UNIQUE (account, origin)
    ) STRICT;
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY,
        text TEXT NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        origin INTEGER NOT NULL REFERENCES origins,
        job TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        as_of INTEGER NOT NULL,
        as_of_given INTEGER NOT NULL,
        started_at INTEGER NOT NULL,
        seen_at INTEGER NOT NULL,
        ended_at INTEGER,
        status TEXT NOT NULL
    ) STRICT;
    CREATE TABLE answers (
        id INTEGER PRIMARY KEY,
        origin INTEGER NOT NULL REFERENCES origins,
        run INTEGER NOT NULL REFERENCES runs,
        range_start INTEGER NOT NULL,
        range_end INTEGER NOT NULL,
        service INTEGER REFERENCES texts,
        country TEXT,
        channel TEXT,
        prefix INTEGER,
        round INTEGER NOT NULL,
        asked_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        converted INTEGER NOT NULL,
        total_attempts INTEGER,
        total_converted INTEGER,
        total_unconverted INTEGER,
        rate TEXT,
        url INTEGER REFERENCES texts
    ) STRICT;
    CREATE INDEX answers_by_range ON answers (origin, range_start, range_end);
"];

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
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|source| unusable(dir, source))?;
    let path = path_in(dir)?;
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
    let failed = |source| LedgerError::sqlite(path, source);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    match sharing {
        Sharing::Turns(lock_wait) => connection.busy_timeout(lock_wait).map_err(failed)?,
        Sharing::Alone => {
            connection.busy_timeout(Duration::ZERO).map_err(failed)?;
            // Only before the first access does it keep other connections out of a WAL ledger.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
        }
    }
    if format(&connection, path)? != Format::Current {
        migrate(&mut connection, path)?;
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", "OFF").map_err(failed)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let failed = |source| LedgerError::sqlite(path, source);
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
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
pub(super) fn format(connection: &Connection, path: &Path) -> Result<Format, LedgerError> {
    let failed = |source| LedgerError::sqlite(path, source);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    let (owner, version) = (number("application_id")?, number("user_version")?);
    if owner != APPLICATION_ID {
        let tables: i64 =
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
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
