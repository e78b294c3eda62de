//! A ledger's file that is read and left as it is.
//!
//! SQLite reads a WAL ledger that nobody has open only after creating its side files. So a ledger at rest, one without
//! a WAL, is opened as immutable. Should a run open it meanwhile, what was read of the range at hand is dropped and
//! read again through the WAL, which exists by then: the main file changes only after a WAL has appeared.

use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use super::database::Database;
use super::durable::LedgerOptions;
use super::error::LedgerError;
use super::schema::{self, Format};

/// Through the WAL and with SQLite's locks, as every writer goes.
pub(super) const SHARED: &str = "mode=ro";
/// Without either, which is right only as long as the file is at rest.
pub(super) const IMMUTABLE: &str = "mode=ro&immutable=1";

/// Opens a ledger's file by these parameters, to read alone; `None`: it is empty or of an older format, which the next run
/// brings up to date.
pub(super) fn open(path: &Path, parameters: &str) -> Result<Option<Database>, LedgerError> {
    let connection = connect(path, parameters)?;
    Ok(match schema::format(&connection, path)? {
        Format::Current => Some(connection.into()),
        Format::Empty | Format::Older(_) => None,
    })
}

/// The same of one that was looked at.
pub(super) fn connect(path: &Path, parameters: &str) -> Result<Connection, LedgerError> {
    let failed = |source: rusqlite::Error| LedgerError::of(path, source.into());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(path, parameters), flags).map_err(failed)?;
    connection.busy_timeout(LedgerOptions::LOCK_WAIT).map_err(failed)?;
    Ok(connection)
}

/// SQLite's URI of an absolute path, every byte but the plainest escaped.
fn uri(path: &Path, parameters: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.push(char::from(*byte)),
            other => write!(uri, "%{other:02X}").expect("writing to a string cannot fail"),
        }
    }
    uri.push('?');
    uri.push_str(parameters);
    uri
}

/// A ledger's file while no process has it open and no WAL is left of one that died.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AtRest {
    bytes: u64,
    modified: SystemTime,
}

impl AtRest {
    /// `None` when a WAL is there, or the file has gone. The file is looked at first: were it the other way round, a
    /// writer that came and went in between would not show.
    pub fn of(path: &Path) -> Option<Self> {
        let main = path.metadata().ok()?;
        if schema::side_file(path, "-wal").try_exists().unwrap_or(true) {
            return None;
        }
        Some(Self { bytes: main.len(), modified: main.modified().ok()? })
    }
}
