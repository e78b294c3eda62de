//! One publisher at a time.
//!
//! An advisory lock on `DIR/<job>/.lock`, which the system releases when its process ends, however it ends: a dead
//! process blocks nobody. The file stays; the text in it names the holder while the lock is held.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::DatasetPaths;
use crate::model::{UnixSeconds, printable, shown};
use crate::sink::DiskError;
use crate::sink::atomic::{create_folders, create_private_folders};

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: UnixSeconds,
    /// What it does, such as `run jobs/monthly.toml`. Holds no secret.
    pub command: String,
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} ({}) since {}", self.pid, self.command, self.since)
    }
}

/// The lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{} is held by {holder}; wait for it, or give it time with --wait 10m", shown(path))]
    Held {
        /// The lock file.
        path: PathBuf,
        /// What the holder wrote about itself.
        holder: String,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// A dataset's lock, held until dropped.
#[derive(Debug)]
pub struct DatasetLock {
    file: File,
    layout: DatasetPaths,
}

impl DatasetLock {
    /// Takes the lock of a dataset at once or not at all; whoever wants to wait tries again. Creates the folder.
    pub fn acquire(layout: DatasetPaths, holder: &LockHolder) -> Result<Self, LockError> {
        create_private_folders(layout.output())?;
        create_folders(layout.root())?;
        let path = layout.lock();
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = opened.map_err(DiskError::at("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Between locking and writing the holder is nameless for a moment, which is no reason to fail.
                let known = file.take(4096).read_to_string(&mut text).is_ok() && !text.trim().is_empty();
                let holder = if known { printable(text.trim()).into_owned() } else { "another process".to_owned() };
                return Err(LockError::Held { path, holder });
            }
            Err(TryLockError::Error(error)) => return Err(DiskError::at("lock", &path)(error).into()),
        }
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{holder}"));
        written.map_err(DiskError::at("write", &path))?;
        Ok(Self { file, layout })
    }

    /// The locked dataset's place.
    #[must_use]
    pub const fn layout(&self) -> &DatasetPaths {
        &self.layout
    }
}

impl Drop for DatasetLock {
    fn drop(&mut self) {
        // A name that outlives its holder would mislead; the lock itself goes with the file's handle.
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::scratch;

    #[test]
    fn the_loser_learns_the_holder_and_may_try_again() {
        let folder = scratch();
        let layout = DatasetPaths::new(folder.path(), "monthly");
        let holder = LockHolder { pid: 42, since: UnixSeconds(0), command: "run monthly.toml".into() };
        let first = DatasetLock::acquire(layout.clone(), &holder).unwrap();
        let error = DatasetLock::acquire(layout.clone(), &holder).unwrap_err();
        let LockError::Held { holder: text, .. } = error else { panic!("{error}") };
        assert_eq!(text, "process 42 (run monthly.toml) since 1970-01-01T00:00:00Z");
        drop(first);
        DatasetLock::acquire(layout, &holder).unwrap();
    }

    #[test]
    fn a_text_left_by_a_dead_process_blocks_nobody() {
        let folder = scratch();
        let layout = DatasetPaths::new(folder.path(), "monthly");
        std::fs::create_dir(layout.root()).unwrap();
        std::fs::write(layout.lock(), "process 1 (a much longer text than the next one writes) since ever\n").unwrap();
        let holder = LockHolder { pid: 2, since: UnixSeconds(0), command: "run".into() };
        let _held = DatasetLock::acquire(layout.clone(), &holder).unwrap();
        assert_eq!(std::fs::read_to_string(layout.lock()).unwrap(), format!("{holder}\n"));
    }
}
