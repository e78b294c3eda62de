//! Small files that appear whole or not at all, and that others may read.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// A new file beside a path, to be written and then to take its place; `prefix` begins its name until then.
///
/// # Errors
/// If the path's folder cannot be written, or the path is a folder.
pub fn staged(path: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    legible(Builder::new().prefix(prefix), folder)
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
