//! How a state directory is refused or lost, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::mark::Mark;
use crate::model::shown;
use crate::postgres::{Absence, PostgresError};

/// Whose place was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The former holder.
    pub holder: Holder,
    /// How long it had given no heartbeat.
    pub silent: Duration,
}

/// Why this machine may not, or no longer, use a state directory.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The directory cannot be made, or nothing in it.
    #[error("cannot use the state directory {}; make it writable or choose another with --state-dir", shown(path))]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk refused.
    #[error("cannot {action} {}", shown(path))]
    Disk {
        /// Such as `read the boot id`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another machine has it, and gave a heartbeat lately.
    #[error(
        "the state directory {} is held by another machine, {holder}, with a heartbeat {} s ago; one machine at a \
         time may use it: name one of this machine's own with --state-dir, or wait until that one has ended, or has \
         been silent for {} s more (`run --wait 10m` waits)",
        shown(path), silent.as_secs(), left.as_secs() + 1
    )]
    Held {
        /// The directory.
        path: PathBuf,
        /// Who.
        holder: Holder,
        /// How long ago the heartbeat was.
        silent: Duration,
        /// How long until the directory may be taken, without another one.
        left: Duration,
    },
    /// It was ours, and another machine took it.
    #[error(
        "the state directory {} was taken over by another machine, {holder}, as this one gave no heartbeat for too \
         long: nothing more is asked or written here; run again when that machine has ended, or give each machine a \
         directory of its own with --state-dir",
        shown(path)
    )]
    TakenOver {
        /// The directory.
        path: PathBuf,
        /// By whom.
        holder: Holder,
    },
    /// The mark is not there any more.
    #[error(
        "{} was removed or replaced while this process used the state directory; leave the directory alone and run \
         again",
        shown(path)
    )]
    Gone {
        /// The mark.
        path: PathBuf,
    },
    /// Another run has the lease on the dataset, and gave a sign of life lately.
    #[error(
        "another run has the lease on the dataset: {holder}, with a sign of life {} s ago; wait until it has ended, or \
         has been silent for {} s more (`run --wait 10m` waits)",
        silent.as_secs(), left.as_secs() + 1
    )]
    Leased {
        /// Who.
        holder: String,
        /// How long ago the sign was.
        silent: Duration,
        /// How long until the lease may be taken, without another one.
        left: Duration,
    },
    /// The lease was ours, and another run took it.
    #[error(
        "the lease on the dataset was taken over by another run, {holder}, as this one gave no sign of life for too \
         long: nothing more is asked or written here, and that run goes on with what this one learnt"
    )]
    LeaseLost {
        /// By whom.
        holder: String,
    },
    /// Written by a later release.
    #[error("the state's tables have format {found}, this program knows up to {known}; use a newer one")]
    Newer {
        /// Their format.
        found: i64,
        /// The newest format that this program knows.
        known: u32,
    },
    /// The server of a state that is in a database.
    #[error(transparent)]
    Server(#[from] PostgresError),
    /// No thread for signs of life.
    #[error("cannot start the thread that keeps the lease")]
    Thread(#[source] io::Error),
}

impl StateError {
    /// Whether another machine, or another host's run, stands in the way.
    #[must_use]
    pub const fn is_another_machine(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::TakenOver { .. } | Self::Leased { .. } | Self::LeaseLost { .. })
    }
}

impl Absence for StateError {
    fn absence(&self) -> Option<&PostgresError> {
        match self {
            Self::Server(error) => error.absence(),
            _ => None,
        }
    }
}

/// A holder for people: its name, its process, since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(String);

impl Holder {
    /// Of a mark, or of one that cannot be read.
    pub(super) fn of(mark: Option<&Mark>, path: &Path) -> Self {
        Self(
            mark.map_or_else(
                || format!("which one {} does not tell, as it cannot be read", shown(path)),
                Mark::to_string,
            ),
        )
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
