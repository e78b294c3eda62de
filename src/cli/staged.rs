//! Small files that appear whole or not at all, and that others may read.
//!
//! Refused: to replace what is no regular file, such as a device, a pipe or a link; it is not opened either.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// A new file beside a path, to be written and then to take its place; `prefix` begins its name until then.
///
/// # Errors
/// If the path's folder cannot be written, or something other than a file is there.
pub fn staged(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    match path.symlink_metadata().map(|data| data.file_type()) {
        Ok(kind) if kind.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // It would be replaced itself, and not what it points to.
        Ok(kind) if kind.is_symlink() => Err(io::Error::other("it is a link; name the file itself")),
        Ok(kind) if !kind.is_file() => Err(io::Error::other("it is no regular file")),
        _ => legible(Builder::new().prefix(prefix), folder_of(path)),
    }
}

/// The folder that a file is in, or would be.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file of a folder that others may read.
///
/// # Errors
/// If the folder cannot be written.
pub fn legible(builder: &mut Builder<'_, '_>, folder: &Path) -> io::Result<NamedTempFile> {
    // The library would tell its own file's name.
    std::fs::metadata(folder)?;
    builder.permissions(Permissions::from_mode(0o644)).tempfile_in(folder)
}
