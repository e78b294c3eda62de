//! The one door to disk: files appear whole or not at all.
//!
//! A file is written aside on the same file system, synced, renamed over its target, and the folder synced, in this
//! order; the types leave no other. A whole folder is built aside and exchanged likewise ([`StagedTree`]). Nothing is
//! cleaned up on drop: a crash would not do it either, so leftovers are removed where they matter, by whoever holds the
//! dataset's lock.
//!
//! Files hold account data, so only their owner may read them, unless they replace one with other permissions, or their
//! folder lets others read; `access` says which, and who may enter new folders.

mod access;
mod digest;
mod exchange;
mod step;
mod tree;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use self::access::{PRIVATE_FILE, PRIVATE_FOLDER, file_mode, folder_mode, named};
pub use self::digest::Digest;
use self::digest::hexadecimal;
use self::exchange::{Exchange, exchange};
pub use self::step::{DiskStep, StepHook, no_hook};
pub use self::tree::StagedTree;
use super::DiskError;

/// A folder for files that are not published yet.
pub struct Staging {
    folder: PathBuf,
    hook: StepHook,
    exchange: Exchange,
}

impl Staging {
    /// Names the folder, which is created when first needed. It must lie on the file system of the targets.
    #[must_use]
    pub fn new(folder: PathBuf, hook: StepHook) -> Self {
        Self { folder, hook, exchange }
    }

    /// As on a file system that does not know how to exchange folders.
    #[cfg(test)]
    pub(super) fn refuse_exchange(&mut self) {
        self.exchange = |_, _| Err(io::ErrorKind::Unsupported.into());
    }

    /// Begins a file.
    pub fn create(&self, name: &str) -> Result<StagedFile, DiskError> {
        create_folders(&self.folder)?;
        let path = self.folder.join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE_FILE).open(&path);
        let file = file.map_err(DiskError::at("create", &path))?;
        self.reached(DiskStep::Staged, &path)?;
        Ok(StagedFile { file: BufWriter::with_capacity(1 << 16, file), path, hash: Sha256::new(), bytes: 0 })
    }

    /// Stages, seals and publishes in one go.
    pub fn publish_file<E: From<DiskError>>(
        &self,
        target: &Path,
        write: impl FnOnce(&mut StagedFile) -> Result<(), E>,
    ) -> Result<Digest, E> {
        let name = target.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy());
        let mut staged = self.create(&name)?;
        write(&mut staged)?;
        Ok(self.seal(staged)?.publish(self, target)?)
    }

    /// Completes a staged file and makes its bytes last.
    pub fn seal(&self, staged: StagedFile) -> Result<SealedFile, DiskError> {
        let StagedFile { file, path, hash, bytes } = staged;
        let file = file.into_inner().map_err(|error| DiskError::at("write", &path)(error.into_error()))?;
        self.sync(&file, &path, DiskStep::Sealed)?;
        Ok(SealedFile { path, digest: Digest { bytes, sha256: hexadecimal(hash) } })
    }

    /// Removes a published file that is no longer wanted, and the folders up to `root` that this leaves empty.
    pub fn remove(&self, path: &Path, root: &Path) -> Result<(), DiskError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(DiskError::at("remove", path)(error)),
            _ => {}
        }
        for folder in path.ancestors().skip(1).take_while(|folder| folder.starts_with(root) && *folder != root) {
            if fs::remove_dir(folder).is_err() {
                sync_folder(folder)?;
                break;
            }
        }
        self.sync(&open_folder(root)?, path, DiskStep::Removed)
    }

    /// Gives a published file another name besides, or instead where the file system knows no links: what is published
    /// in its place next does not touch it. Says which name, as one that is taken is not given again.
    pub fn set_aside(&self, path: &Path, target: &Path) -> Result<PathBuf, DiskError> {
        let folder = target.parent().unwrap_or(Path::new(""));
        create_folders(folder)?;
        let mut name = target.to_owned();
        let mut number = 1;
        while name.symlink_metadata().is_ok() {
            number += 1;
            let mut next = target.as_os_str().to_owned();
            next.push(format!("-{number}"));
            name = next.into();
        }
        fs::hard_link(path, &name).or_else(|_| fs::rename(path, &name)).map_err(DiskError::at("set aside", path))?;
        sync_folder(folder)?;
        Ok(name)
    }

    /// Removes all staged files. Only for the holder of the dataset's lock.
    pub fn clear(&self) -> Result<(), DiskError> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(DiskError::at("remove leftovers in", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Makes a file or folder last and tells so: no step that promises it is told without.
    fn sync(&self, open: &File, path: &Path, step: DiskStep) -> Result<(), DiskError> {
        open.sync_all().map_err(DiskError::at("sync", path))?;
        self.reached(step, path)
    }

    fn reached(&self, step: DiskStep, path: &Path) -> Result<(), DiskError> {
        (self.hook)(step, path).map_err(DiskError::at("publish", path))
    }
}

/// A file in the making; its checksum is kept while it is written.
pub struct StagedFile {
    file: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
    bytes: u64,
}

impl StagedFile {
    /// Where it is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A complete, synced file that waits for its name.
pub struct SealedFile {
    path: PathBuf,
    digest: Digest,
}

impl SealedFile {
    /// Its size and checksum.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Gives the file its name, replacing what is there, and makes that last.
    pub fn publish(self, staging: &Staging, target: &Path) -> Result<Digest, DiskError> {
        self.rename(staging, target, target).map(|file| file.digest)
    }

    /// Gives the file another name with the permissions of what it replaces, or of a new file in that place, and makes
    /// that last.
    fn rename(self, staging: &Staging, name: &Path, replaced: &Path) -> Result<Self, DiskError> {
        let folder = name.parent().unwrap_or(Path::new(""));
        create_folders(folder)?;
        let mode =
            fs::metadata(replaced).map_or_else(|_| file_mode(replaced), |about| about.permissions().mode() & 0o7777);
        if mode != PRIVATE_FILE {
            let kept = fs::set_permissions(&self.path, Permissions::from_mode(mode));
            kept.map_err(DiskError::at("set permissions of", &self.path))?;
        }
        fs::rename(&self.path, name).map_err(DiskError::at("replace", name))?;
        staging.reached(DiskStep::Renamed, name)?;
        staging.sync(&open_folder(folder)?, name, DiskStep::FolderSynced)?;
        Ok(Self { path: name.to_owned(), digest: self.digest })
    }
}

/// Gives a file another name, where there is none, and makes that last.
pub fn rename_into(path: &Path, target: &Path) -> Result<(), DiskError> {
    let folder = target.parent().unwrap_or(Path::new(""));
    create_folders(folder)?;
    fs::rename(path, target).map_err(DiskError::at("put back", target))?;
    sync_folder(folder)
}

/// Creates a folder that is nobody else's, and its missing ancestors, so that they outlive a crash.
pub fn create_private_folders(folder: &Path) -> Result<(), DiskError> {
    create_missing(folder, |_| PRIVATE_FOLDER)
}

/// The same where whoever may enter the folder in which one is created may enter that one, too.
pub fn create_folders(folder: &Path) -> Result<(), DiskError> {
    create_missing(folder, folder_mode)
}

/// What the umask takes away stays away.
fn create_missing(folder: &Path, mode: fn(&Path) -> u32) -> Result<(), DiskError> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    create_missing(parent, mode)?;
    match DirBuilder::new().mode(mode(parent)).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(DiskError::at("create", folder)(error)),
        _ => sync_folder(parent),
    }
}

fn open_folder(folder: &Path) -> Result<File, DiskError> {
    File::open(named(folder)).map_err(DiskError::at("sync", folder))
}

fn sync_folder(folder: &Path) -> Result<(), DiskError> {
    open_folder(folder)?.sync_all().map_err(DiskError::at("sync", folder))
}

#[cfg(test)]
mod tests;
