//! What a publication that ended, or was killed, leaves in the staging folder: files that were never named, and folders
//! that were exchanged or never came to it.
//!
//! Before any of it is removed, a folder that was moved away is put back if nothing is in its place, and files that are
//! none of ours go back to where they lay. Our own files in an old folder are no longer needed, for the new one holds
//! all of their rows; should windows be missing all the same, they go back too.

use crate::model::Format;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::paths::DatasetPaths;
use crate::sink::DiskError;
use crate::sink::atomic::{Digest, Staging, rename_into};

/// Which files of an old folder go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returned {
    /// Those of others.
    Foreign,
    /// Ours too, where there is none.
    All,
}

/// The staging folder of a dataset.
#[derive(Clone, Copy)]
pub(super) struct Leftovers<'d> {
    pub(super) layout: &'d DatasetPaths,
    pub(super) staging: &'d Staging,
}

impl Leftovers<'_> {
    /// Puts back what was moved away and has no successor.
    pub(super) fn put_back(self) -> Result<(), DiskError> {
        Format::ALL.into_iter().try_for_each(|format| self.staging.put_back(&self.layout.folder(format)))
    }

    /// Whether there are folders among them.
    pub(super) fn have_folders(self) -> bool {
        Format::ALL.into_iter().any(|format| self.staging.left(&self.layout.folder(format)).next().is_some())
    }

    /// Gives files back to the present folders.
    pub(super) fn give_back(self, which: Returned) -> Result<(), DiskError> {
        for format in Format::ALL {
            let present = self.layout.folder(format);
            for left in self.staging.left(&present) {
                for inside in files_below(&left)? {
                    let is_ours = self.layout.names_data(format, &inside);
                    let (from, to) = (left.join(&inside), present.join(&inside));
                    match to.symlink_metadata() {
                        _ if is_ours && which == Returned::Foreign => {}
                        Err(error) if error.kind() == io::ErrorKind::NotFound => rename_into(&from, &to)?,
                        Err(error) => return Err(DiskError::at("read", &to)(error)),
                        Ok(_) if is_ours || are_alike(&from, &to).map_err(DiskError::at("read", &to))? => {}
                        // Somebody wrote another one meanwhile.
                        Ok(_) => {
                            let name = format!("{format}/{}", inside.to_string_lossy()).replace('/', ".");
                            self.staging.set_aside(&from, &self.layout.set_aside().join(name))?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Removes the folders, which must hold nothing any more that is needed.
    pub(super) fn remove_folders(self) -> Result<(), DiskError> {
        Format::ALL.into_iter().try_for_each(|format| self.staging.remove_left(&self.layout.folder(format)))
    }
}

/// The files below a folder, by their path inside it.
fn files_below(root: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(inside) = open.pop() {
        let folder = root.join(&inside);
        for entry in fs::read_dir(&folder).map_err(DiskError::at("list", &folder))? {
            let entry = entry.map_err(DiskError::at("list", &folder))?;
            let inside = inside.join(entry.file_name());
            let kind = entry.file_type().map_err(DiskError::at("list", &folder))?;
            if kind.is_dir() { open.push(inside) } else { files.push(inside) }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Whether two names are of one file, or of two with the same content.
fn are_alike(one: &Path, other: &Path) -> io::Result<bool> {
    let (a, b) = (one.symlink_metadata()?, other.symlink_metadata()?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    let are_files = a.is_file() && b.is_file() && a.len() == b.len();
    Ok(are_files && Digest::of(File::open(one)?)? == Digest::of(File::open(other)?)?)
}
