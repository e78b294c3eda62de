//! The state: a directory, and the one machine that it belongs to at a time; or a database that hosts share (`server`).
//!
//! Ledger and buckets hold for the processes of one boot: a bucket's times are its monotonic clock's, and SQLite's
//! journal is shared through one machine's memory. On a volume that several machines mount, a second machine would read
//! the bucket as one of another boot, reset it, and be reset in turn: both would wait for good. So a machine holds the
//! directory by a mark ([`StateDirectory`]); all processes of its boot, also those of its containers, share the mark.
//!
//! # The file
//! `holder`, mode 0600, text: a first line with the version, then one `key value` a line (`mark`). It appears whole
//! and never changes. Its **heartbeat** is the time of its last modification: every 20 s it is set to the file server's
//! now; 1970-01-01 says that the directory is released. How long ago a heartbeat was is told by a file made beside it:
//! one clock, whatever the machines' say.
//!
//! # Taking, keeping, losing
//! - *No mark*: one that is whole is linked where none is; the second of two finds it there.
//! - *Of our boot*: we join. Each process of the boot has the mark open under a shared lock of the system's. One that
//!   was released is replaced by whoever gets its lock alone.
//! - *Another machine's, with a heartbeat of the last 2 minutes*: refused. A mark that cannot be read is another's.
//! - *Another machine's, released or silent for longer*: a new mark is renamed over it, and a moment later it must
//!   still be there. Of two that do so at once the second stays, and the first finds the other's mark.
//! - *Kept*: who holds reads the mark before each request, before each write to a bucket and around each write to the
//!   ledger, and stops unless it is byte for byte the one that was taken. No look is spared for having looked lately:
//!   the clock of a machine that was suspended has noticed nothing. Heartbeat and release go to the open file, so that
//!   one that comes late touches what was replaced, never the successor's mark.
//! - *Released*: by the last process of the boot, the one that gets the lock alone; then anybody may take the directory
//!   at once. A killed process leaves its mark as it was: its boot joins it, others wait for it to be silent.
//!
//! # Assumptions
//! Creating, linking, renaming and opening by name are the file server's, in one order for all machines, as local
//! file systems, NFS and SMB have it. Locks need only hold among the processes of one machine. The clock of the file
//! server doesn't jump by minutes; if it does, a mark whose beat lies in the future by more than 2 minutes counts as
//! silent, so that nobody is locked out for good. Clones of a running machine share a boot id, and are not told apart.
//!
//! Between the last look at the mark and its effect lie microseconds. A process that is stopped just there does one
//! more thing when it goes on: one request, one write to a bucket (which the holder then reads as of another boot, and
//! counts as spent) or one commit. Requests under way when a whole machine is suspended may leave when it wakes. The
//! moment that a successor waits, and D of each lost bucket, are longer than these microseconds last in a process that
//! runs.

mod directory;
mod disk;
mod error;
mod heartbeat;
mod held;
pub(crate) mod leftovers;
mod machine;
mod mark;
mod server;
mod taking;
mod timing;

use crate::postgres::Patience;
pub use directory::StateDirectory;
pub(crate) use disk::create_folders;
pub use error::{Holder, Replaced, StateError};
pub use heartbeat::Heartbeat;
pub use machine::Machine;
pub use mark::Past;
pub use server::{Claim, HostTurn, HostTurns, InUse, Lease, LeaseTiming, Pools, ServerTables, StateServer};
pub use timing::Timing;

/// A state that this process may use.
#[derive(Debug, Clone)]
pub enum State {
    /// A directory that this machine holds.
    Directory(StateDirectory),
    /// A database, with the lease on the dataset where one is published.
    Server(Box<StateServer>, Option<Lease>),
}

impl State {
    /// Whether nobody is known to have taken it over; a few microseconds, before everything that others could notice.
    ///
    /// # Errors
    /// Somebody did.
    pub fn check(&self) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.check(),
            Self::Server(_, lease) => lease.as_ref().map_or(Ok(()), Lease::check),
        }
    }

    /// The same, and asks whoever would know; who cannot be asked knows of nobody.
    ///
    /// # Errors
    /// Somebody did.
    pub fn ask(&self) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.check(),
            Self::Server(_, lease) => lease.as_ref().map_or(Ok(()), Lease::ask),
        }
    }

    /// Whether nobody is seen to have taken it over, without waiting for who could tell.
    ///
    /// # Errors
    /// Somebody did, or it cannot be told.
    pub fn stands_now(&self) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.check(),
            Self::Server(_, lease) => lease.as_ref().map_or(Ok(()), |lease| lease.stands(&Patience::none())),
        }
    }

    /// Whether nobody took it over up to now, before something that cannot be taken back.
    ///
    /// # Errors
    /// Somebody did, or it cannot be told.
    pub fn stands(&self) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.check(),
            Self::Server(server, lease) => lease.as_ref().map_or(Ok(()), |lease| lease.stands(&server.patience)),
        }
    }
}
