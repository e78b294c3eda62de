//! Where a ledger is: a file of a state directory, or a database of a server.

use std::path::PathBuf;
use std::sync::MutexGuard;
use std::time::Duration;

use super::anchor::Anchor;
use super::database::{Database, SqlError};
use super::error::LedgerError;
use super::schema::{self, Sharing};
use crate::postgres::Patience;
use crate::state::{Lease, StateServer};

/// Where a ledger is, and what tells that it is still there.
#[derive(Debug, Clone)]
pub(super) enum Home {
    File {
        path: PathBuf,
        anchor: Anchor,
        /// How long to wait for another process that is writing.
        lock_wait: Duration,
    },
    Server {
        server: StateServer,
        /// Without which nothing is written; `None`: nobody else could want it.
        lease: Option<Lease>,
    },
}

impl Home {
    /// Opens it to write, brought up to date.
    pub fn open(&self) -> Result<Database, LedgerError> {
        match self {
            Self::File { path, lock_wait, .. } => Ok(schema::open(path, Sharing::Turns(*lock_wait))?.into()),
            Self::Server { server, .. } => Ok(server.open()?.into()),
        }
    }

    /// Waits until it is this run's turn to write among those of this process; a server sees to that itself.
    pub fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        match self {
            Self::File { anchor, .. } => anchor.turn(),
            Self::Server { .. } => None,
        }
    }

    /// The lease that allows us to write, where there is one.
    pub const fn lease(&self) -> Option<&Lease> {
        match self {
            Self::Server { lease, .. } => lease.as_ref(),
            Self::File { .. } => None,
        }
    }

    /// Whether what is written counts: the file is where it was, in a directory that is this machine's.
    pub fn check(&self) -> Result<(), LedgerError> {
        match self {
            Self::File { anchor, .. } => anchor.check(),
            Self::Server { lease, .. } => Ok(lease.as_ref().map_or(Ok(()), Lease::check)?),
        }
    }

    /// Whether what was just written counts.
    pub fn check_committed(&mut self) -> Result<(), LedgerError> {
        match self {
            Self::File { anchor, .. } => anchor.check_committed(),
            Self::Server { .. } => Ok(()),
        }
    }

    /// To be called before a database is closed.
    pub fn before_closing(&self, database: &Database) {
        if let Self::File { anchor, .. } = self {
            anchor.before_closing(database);
        }
    }

    /// Names the ledger in an error.
    pub fn failed(&self, source: SqlError) -> LedgerError {
        LedgerError::of(&self.path(), source)
    }

    /// What it is called in messages.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::File { path, .. } => path.clone(),
            Self::Server { server, .. } => server.url.to_string().into(),
        }
    }

    /// Takes a step again while the server is away, which must find out by itself what became of a try before.
    pub fn patiently<T>(&self, step: impl FnMut() -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        match self {
            Self::File { .. } => Patience::none().wait(step),
            Self::Server { server, .. } => server.patience.wait(step),
        }
    }
}
