//! How the ledger fails, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::database::SqlError;
use super::taken::Taken;
use crate::model::shown;
use crate::postgres::{Absence, PostgresError};
use crate::state::StateError;

/// A failure of the ledger. Messages name the file and the remedy; causes are in `source`.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The state directory or the ledger's file cannot be made.
    #[error("cannot use the state directory {}; make it writable or choose another with --state-dir", shown(path))]
    StateDirectory {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file cannot be opened or written, though its directory is there.
    #[error("cannot open the ledger {} for this; check the permissions of the file and its directory", shown(path))]
    NotAccessible {
        /// The file.
        path: PathBuf,
        /// SQLite's words.
        source: rusqlite::Error,
    },
    /// Another process kept the ledger locked for longer than we wait.
    #[error("the ledger {} is locked by another process; run again when that one has ended", shown(path))]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Pruning needs the ledger for itself.
    #[error("the ledger {} is in use by another process; prune it when no run is under way", shown(path))]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file's content cannot be right.
    #[error("the ledger {} is damaged; move it away to start with an empty one, or restore a backup", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: SqlError,
    },
    /// An SQLite file of something else.
    #[error("{} is not a ledger of verify-rollup; move it away or choose another --state-dir", shown(path))]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a later release.
    #[error("the ledger {} has format {found}, this program knows up to {known}; use a newer one", shown(path))]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: u32,
    },
    /// The file was removed or replaced while a run wrote to it.
    #[error(
        "{} was removed or replaced while the run wrote to it; what was asked since may be lost: leave the state \
         directory alone and run again",
        shown(path)
    )]
    Gone {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        source: io::Error,
    },
    /// The server of a ledger that is none of a directory.
    #[error(transparent)]
    Server(#[from] PostgresError),
    /// The run is another host's, or its server is not as it was.
    #[error(transparent)]
    Taken(#[from] Taken),
    /// The state is not ours any more.
    #[error(transparent)]
    State(#[from] StateError),
    /// No space left.
    #[error("no space left for the ledger {}; free some, then run again to go on", shown(path))]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite reports.
    #[error("the ledger {} failed", shown(path))]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The writer's thread could not be started.
    #[error("cannot start the ledger's writer")]
    Writer(#[source] io::Error),
    /// A write failed before, so the ledger takes and promises nothing more.
    #[error("the ledger is closed since a write failed: {cause}")]
    EarlierFailure {
        /// The first failure.
        cause: String,
        /// Whether a server was away.
        was_absence: bool,
    },
    /// The caller recorded on without taking acknowledgements: a defect of the program.
    #[error("more than {limit} answers wait for their acknowledgement")]
    TooManyUnacknowledged {
        /// What was agreed at opening.
        limit: usize,
    },
}

impl LedgerError {
    /// Sorts errors by what a user can do.
    pub(super) fn of(path: &Path, source: SqlError) -> Self {
        let path = path.to_path_buf();
        let source = match source {
            SqlError::File(source) => source,
            SqlError::Server(source) => return Self::Server(source),
            SqlError::Taken(taken) => return Self::Taken(taken),
            source @ SqlError::Content(_) => return Self::Damaged { path, source },
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { path, source: source.into() },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            _ if is_without_room(&source) => Self::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::NotAccessible { path, source }
            }
            None if is_bad_content(&source) => Self::Damaged { path, source: source.into() },
            _ => Self::Sqlite { path, source },
        }
    }
}

impl Absence for LedgerError {
    fn absence(&self) -> Option<&PostgresError> {
        match self {
            Self::Server(error) => error.absence(),
            Self::State(error) => error.absence(),
            _ => None,
        }
    }

    fn comes_of_absence(&self) -> bool {
        matches!(self, Self::EarlierFailure { was_absence: true, .. }) || self.absence().is_some()
    }
}

/// The memory that processes share over a ledger lies on its disk too, and SQLite has no word of its own for one that
/// is full.
fn is_without_room(error: &rusqlite::Error) -> bool {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// Values that no writer of ours stores.
fn is_bad_content(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}
