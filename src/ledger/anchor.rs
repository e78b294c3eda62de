//! Whether a path still leads to the ledger that is open, and the machine still holds its directory. A file that was
//! removed or replaced goes on taking what is written, and all of it is gone when the last process closes it: such a
//! write must not count. Another machine's ledger must not be written at all.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use rusqlite::config::DbConfig;

use super::database::Database;
use super::error::LedgerError;
use super::schema::side_file;
use crate::state::StateDirectory;

/// A file, whatever it is called.
type Identity = (u64, u64);

fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// The file that a path led to, and its journal of writes once there is one.
#[derive(Debug, Clone)]
pub(super) struct Anchor {
    path: PathBuf,
    file: Identity,
    journal: Option<Identity>,
    /// `None`: no other machine could have the directory.
    state: Option<StateDirectory>,
}

impl Anchor {
    /// Remembers the file. Taken before it is opened and checked afterwards, it is the one that was opened.
    pub(super) fn of(path: &Path, state: Option<&StateDirectory>) -> Result<Self, LedgerError> {
        let file = fs::metadata(path).map_err(|source| gone(path, source))?;
        Ok(Self { path: path.to_owned(), file: identity(&file), journal: None, state: state.cloned() })
    }

    /// Waits until it is this run's turn to write among those of this process.
    pub(super) fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.state.as_ref().map(StateDirectory::turn)
    }

    /// Whether the path still leads there, in a directory that is this machine's.
    ///
    /// # Errors
    /// It leads elsewhere, or nowhere, or another machine took the directory.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        match fs::metadata(&self.path) {
            Ok(found) if identity(&found) == self.file => {}
            Ok(_) => return Err(gone(&self.path, io::Error::other("another file has its name"))),
            Err(source) => return Err(gone(&self.path, source)),
        }
        self.state.as_ref().map_or(Ok(()), |state| Ok(state.check()?))
    }

    /// To be called before a database is closed: the last connection to it writes the journal into the file and removes it, which
    /// must not befall a ledger that is not ours.
    pub(super) fn before_closing(&self, database: &Database) {
        let Database::File(connection) = database else { return };
        if self.check().is_err() {
            // Without it the connection closes as any other does.
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        }
    }

    /// The same of the journal, which holds what was committed last.
    ///
    /// # Errors
    /// As [`Anchor::check`].
    pub(super) fn check_committed(&mut self) -> Result<(), LedgerError> {
        self.check()?;
        let journal = side_file(&self.path, "-wal");
        let found = identity(&fs::metadata(&journal).map_err(|source| gone(&journal, source))?);
        match self.journal {
            Some(known) if known != found => Err(gone(&journal, io::Error::other("another file has its name"))),
            _ => {
                self.journal = Some(found);
                Ok(())
            }
        }
    }
}

fn gone(path: &Path, source: io::Error) -> LedgerError {
    LedgerError::Gone { path: path.to_owned(), source }
}
