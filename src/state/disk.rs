//! What a mark needs of the disk.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{OFlags, Timespec, Timestamps, UTIME_NOW, futimens};
use tempfile::NamedTempFile;

use super::StateError;
use super::leftovers::{self, Kind};
use super::mark::LONGEST;

/// The heartbeat of a mark that nobody needs any more.
pub(super) const RELEASED: SystemTime = SystemTime::UNIX_EPOCH;

/// What a mark is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Look,
    /// Network file systems lock only what could be written.
    Join,
}

/// By its name, which asks the file server afresh; a pipe in its place is not waited for.
pub(super) fn open(path: &Path, access: Access) -> io::Result<Option<File>> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    match OpenOptions::new().read(true).write(access == Access::Join).custom_flags(flags).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// No more than a mark can hold, and a byte that shows that it is none.
pub(super) fn read(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; LONGEST + 1];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// A file without its name, whole and synced, and locked for us alone.
pub(super) fn stage(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut staged = leftovers::stage(folder, Kind::Mark)?;
    staged.write_all(bytes)?;
    staged.as_file().sync_all()?;
    Ok(staged)
}

/// Sets a file's times to the file server's now, as the system calls it.
pub(super) fn touch(file: &File) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    Ok(futimens(file, &Timestamps { last_access: now, last_modification: now })?)
}

/// When a file was touched last.
pub(super) fn touched(file: &File) -> io::Result<SystemTime> {
    file.metadata()?.modified()
}

/// The time by the clock that [`touch`] sets in a folder.
pub(super) fn time_in(folder: &Path) -> io::Result<SystemTime> {
    let staged = leftovers::stage(folder, Kind::Mark)?;
    touch(staged.as_file())?;
    touched(staged.as_file())
}

/// Creates a folder and its missing ancestors so that a power loss does not take them, and the ledger with them.
pub(crate) fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("/"));
    create_folders(parent)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => Err(error),
        _ => File::open(parent)?.sync_all(),
    }
}

/// An error about a file.
pub(super) fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    let action = match verb {
        "lock" => "lock the holder's mark",
        "touch" => "touch the holder's mark",
        "sync" => "sync the state directory",
        _ => "read the holder's mark",
    };
    move |source| StateError::Disk { action, path, source }
}
