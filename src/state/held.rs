//! A mark that this process stands behind: looked at, beaten, and released by the last of the boot to leave.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::StateError;
use super::disk::{self, Access, RELEASED, failed};
use super::error::{Holder, Replaced};
use super::mark::Mark;

/// The mark's name in the directory.
pub(super) const FILE: &str = "holder";

/// A mark that was put into the directory or joined.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) folder: PathBuf,
    path: PathBuf,
    /// Open under a shared lock, which says that the boot still needs the mark.
    file: File,
    pub(super) mark: Mark,
    bytes: Vec<u8>,
    pub(super) replaced: Option<Replaced>,
    /// Held by who writes.
    pub(super) turn: Mutex<()>,
}

impl Held {
    /// Shares the lock on a mark's file with other processes of the boot.
    pub(super) fn share(folder: &Path, mark: Mark, file: File, replaced: Option<Replaced>) -> Result<Self, StateError> {
        let (folder, path) = (folder.to_owned(), folder.join(FILE));
        file.lock_shared().map_err(failed("lock", &path))?;
        Ok(Self { folder, path, file, bytes: mark.encode(), mark, replaced, turn: Mutex::default() })
    }

    pub(super) fn touch(&self) -> Result<(), StateError> {
        disk::touch(&self.file).map_err(failed("touch", &self.path))
    }

    /// Whether the mark is there, and for good.
    pub(super) fn stands(&self) -> Result<bool, StateError> {
        match self.check() {
            Ok(()) => {
                let synced = File::open(&self.folder).and_then(|folder| folder.sync_all());
                synced.map_err(failed("sync", &self.folder)).map(|()| true)
            }
            Err(StateError::Gone { .. } | StateError::TakenOver { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn check(&self) -> Result<(), StateError> {
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
