//! A state directory that this machine holds. The room's head says by which rules.

use std::path::Path;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::disk::{self, Access};
use super::error::Replaced;
use super::held::{FILE, Held};
use super::leftovers;
use super::mark::Past;
use super::taking::{Found, Taker};
use super::timing::Timing;
use super::{Machine, StateError};
use crate::model::UnixSeconds;

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

    /// Refuses a directory that another machine holds, for those who only read, and tells of one that has fallen silent,
    /// in whose place [`Self::hold`] would come. It takes nothing, and leaves nothing behind; a directory that is missing
    /// is nobody's.
    ///
    /// # Errors
    /// Another machine holds it, or the disk refuses.
    pub fn look(folder: &Path, machine: &Machine, timing: Timing) -> Result<Option<Replaced>, StateError> {
        let absolute = std::path::absolute(folder);
        let folder = &absolute.map_err(|source| StateError::Unusable { path: folder.to_owned(), source })?;
        match Found::at(&folder.join(FILE), Access::Look)? {
            Some(found) if !found.is_released() && !found.is_of(machine) => found.replaceable(folder, timing).map(Some),
            _ => Ok(None),
        }
    }

    /// Waits for those of this process that write to the ledger, with a clone of this in hand: they are woken when it is
    /// their turn, where the ledger's own lock would have them look now and then.
    pub fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests;
