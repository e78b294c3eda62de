//! A state directory that this machine holds. The room's head says by which rules.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::disk::{self, Access, RELEASED, failed};
use super::error::Holder;
use super::leftovers;
use super::mark::Mark;
use super::taking::{Found, Taker};
use super::{Machine, StateError};
use crate::model::UnixSeconds;

/// The mark's name in the directory.
pub(super) const FILE: &str = "holder";

/// How long things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Between two heartbeats.
    pub beat: Duration,
    /// A heartbeat that is older speaks of a machine that is gone.
    pub silence: Duration,
    /// How long a mark must stand that was put in another machine's place.
    pub settle: Duration,
}

impl Timing {
    /// Five beats may fail before a machine seems gone.
    pub const DEFAULT: Self =
        Self { beat: Duration::from_secs(20), silence: Duration::from_mins(2), settle: Duration::from_secs(1) };
}

/// What the directory tells of the requests that were sent before it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Where there is no bucket, nothing was spent.
    Known,
    /// It was taken from a machine that had fallen silent: every bucket counts as just spent, also a missing one.
    Lost,
}

/// Whose place was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The former holder.
    pub holder: Holder,
    /// How long it had given no heartbeat.
    pub silent: Duration,
}

/// A state directory, held by this machine while any clone of this, in any process of it, is left.
#[derive(Debug, Clone)]
pub struct StateDirectory(Arc<Held>);

impl StateDirectory {
    /// Takes the directory, or joins the processes of this machine that have it, at once or not at all; creates it when
    /// missing. Only in another machine's place it takes [`Timing::settle`].
    ///
    /// # Errors
    /// Another machine holds it, or the disk refuses.
    pub fn hold(folder: &Path, machine: &Machine, now: UnixSeconds, timing: Timing) -> Result<Self, StateError> {
        let unusable = |source| StateError::Unusable { path: folder.to_owned(), source };
        let absolute = std::path::absolute(folder).map_err(unusable)?;
        disk::create_folders(&absolute).map_err(unusable)?;
        leftovers::remove_from(&absolute);
        let taker = Taker { folder: &absolute, machine, now, timing };
        // Who came between, or left while we came, is met afresh.
        loop {
            if let Some(held) = taker.try_hold()?
                && held.stands()?
            {
                return Ok(Self(Arc::new(held)));
            }
        }
    }

    /// Refuses a directory that another machine holds, for those who only read. It takes nothing, and leaves nothing
    /// behind; a directory that is missing is nobody's.
    ///
    /// # Errors
    /// Another machine holds it, or the disk refuses.
    pub fn look(folder: &Path, machine: &Machine, timing: Timing) -> Result<(), StateError> {
        let absolute = std::path::absolute(folder);
        let folder = &absolute.map_err(|source| StateError::Unusable { path: folder.to_owned(), source })?;
        match Found::at(&folder.join(FILE), Access::Look)? {
            Some(found) if !found.is_released() && !found.is_of(machine) => found.replaceable(folder, timing).map(drop),
            _ => Ok(()),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The boot that holds it.
    #[must_use]
    pub fn boot(&self) -> &str {
        &self.0.mark.boot
    }

    /// What is known of the time before.
    #[must_use]
    pub fn past(&self) -> Past {
        self.0.mark.past
    }

    /// Whom this process took it from, if that one had fallen silent.
    #[must_use]
    pub fn replaced(&self) -> Option<&Replaced> {
        self.0.replaced.as_ref()
    }

    /// Whether it is still ours. A few microseconds; before everything that other machines could notice.
    ///
    /// # Errors
    /// It is another machine's, or the mark is gone or cannot be read.
    pub fn check(&self) -> Result<(), StateError> {
        self.0.check()
    }

    /// Shows that this machine is there, if the directory is still its own.
    ///
    /// # Errors
    /// As [`StateDirectory::check`], or the disk refuses.
    pub fn beat(&self) -> Result<(), StateError> {
        self.0.check()?;
        self.0.touch()
    }
}

/// A mark that was put into the directory or joined.
#[derive(Debug)]
pub(super) struct Held {
    folder: PathBuf,
    path: PathBuf,
    /// Open under a shared lock, which says that the boot still needs the mark.
    file: File,
    mark: Mark,
    bytes: Vec<u8>,
    replaced: Option<Replaced>,
}

impl Held {
    /// Shares the lock on a mark's file with other processes of the boot.
    pub(super) fn share(folder: &Path, mark: Mark, file: File, replaced: Option<Replaced>) -> Result<Self, StateError> {
        let (folder, path) = (folder.to_owned(), folder.join(FILE));
        file.lock_shared().map_err(failed("lock", &path))?;
        Ok(Self { folder, path, file, bytes: mark.encode(), mark, replaced })
    }

    pub(super) fn touch(&self) -> Result<(), StateError> {
        disk::touch(&self.file).map_err(failed("touch", &self.path))
    }

    /// Whether the mark is there, and for good.
    fn stands(&self) -> Result<bool, StateError> {
        match self.check() {
            Ok(()) => {
                let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
                synced.map_err(failed("sync", &self.folder)).map(|()| true)
            }
            Err(StateError::Gone { .. } | StateError::TakenOver { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn check(&self) -> Result<(), StateError> {
        let opened = disk::open(&self.path, Access::Look).map_err(failed("read", &self.path))?;
        let Some(mut file) = opened else { return Err(StateError::Gone { path: self.path.clone() }) };
        let bytes = disk::read(&mut file).map_err(failed("read", &self.path))?;
        if bytes == self.bytes {
            return Ok(());
        }
        let holder = Holder::of(Mark::parse(&bytes).as_ref(), &self.path);
        Err(StateError::TakenOver { path: self.folder.clone(), holder })
    }
}

/// The last of the boot to leave releases the directory.
impl Drop for Held {
    fn drop(&mut self) {
        if self.file.try_lock().is_ok() {
            // If it fails the mark is silent in 2 minutes. If it was replaced nobody sees this file any more.
            let _ = self.file.set_modified(RELEASED);
        }
    }
}

#[cfg(test)]
mod tests;
