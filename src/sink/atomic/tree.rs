//! A whole folder at once: built aside, then exchanged with the present one in one step.
//!
//! Readers of the folder see all of the old or all of the new. Where the system knows no exchange, the present folder
//! is moved away first: they see nothing for an instant, never both. Either way the old folder then lies in the staging
//! folder ([`Staging::left`]); what was moved away is put back if nothing came in its place ([`Staging::put_back`]).
//!
//! Refused, so that the caller goes on file by file: a folder that is a link, another file system's or not ours to
//! change; one with files that cannot stand in two folders at once; one whose owner or access lists cannot be kept.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::access::{be_created_in, keep_access};
use super::{DiskError, DiskStep, SealedFile, Staging, create_folders, sync_folder};

/// A folder in the making, of the target's name.
pub struct StagedTree<'s> {
    staging: &'s Staging,
    folder: PathBuf,
    target: PathBuf,
}

impl Staging {
    /// Begins the folder that is to take the place of `target`, with those of its files that stay; `None` if it cannot
    /// be replaced as a whole.
    pub fn tree(&self, target: &Path, stays: impl Fn(&Path) -> bool) -> Result<Option<StagedTree<'_>>, DiskError> {
        let tree = StagedTree { staging: self, folder: self.aside("tree", target), target: target.to_owned() };
        create_folders(&tree.folder)?;
        // Whatever the reason, the way file by file is open, and tells it if it meets it too.
        Ok(tree.carry(Path::new(""), &stays).is_ok().then_some(tree))
    }

    /// Puts a folder back that was moved away and whose successor never came.
    pub fn put_back(&self, target: &Path) -> Result<(), DiskError> {
        let away = self.aside("away", target);
        if target.symlink_metadata().is_ok() || !away.is_dir() {
            return Ok(());
        }
        fs::rename(&away, target).map_err(DiskError::at("put back", target))?;
        sync_folder(target.parent().unwrap_or(Path::new("")))
    }

    /// The folders that lie here in place of the target: what it was before, or what it was to become.
    pub fn left(&self, target: &Path) -> impl Iterator<Item = PathBuf> {
        ["tree", "away"].map(|what| self.aside(what, target)).into_iter().filter(|folder| folder.is_dir())
    }

    /// Removes these folders.
    pub fn remove_left(&self, target: &Path) -> Result<(), DiskError> {
        for folder in self.left(target) {
            fs::remove_dir_all(&folder).map_err(DiskError::at("remove leftovers in", &folder))?;
            self.reached(DiskStep::Removed, target)?;
        }
        Ok(())
    }

    fn aside(&self, what: &str, target: &Path) -> PathBuf {
        self.folder.join(what).join(target.file_name().unwrap_or_default())
    }
}

impl StagedTree<'_> {
    /// Gives a sealed file its place in here.
    pub fn place(&self, file: SealedFile, inside: &Path) -> Result<SealedFile, DiskError> {
        file.rename(self.staging, &self.folder.join(inside), &self.target.join(inside))
    }

    /// Takes the target's place; if that cannot be, all stays as it is.
    pub fn publish(&self) -> Result<bool, DiskError> {
        if !self.settle(Path::new(""))? {
            return Ok(false);
        }
        if (self.staging.exchange)(&self.folder, &self.target).is_err() && !self.move_in()? {
            return Ok(false);
        }
        for folder in [&self.folder, &self.target] {
            sync_folder(folder.parent().unwrap_or(Path::new("")))?;
        }
        self.staging.reached(DiskStep::Exchanged, &self.target)?;
        Ok(true)
    }

    /// In two steps, between which there is nothing. What is moved away lasts before anything takes its place.
    fn move_in(&self) -> Result<bool, DiskError> {
        let away = self.staging.aside("away", &self.target);
        let (aside, root) = (away.parent().unwrap_or(Path::new("")), self.target.parent().unwrap_or(Path::new("")));
        create_folders(aside)?;
        if fs::rename(&self.target, &away).is_err() {
            return Ok(false);
        }
        sync_folder(aside)?;
        sync_folder(root)?;
        self.staging.reached(DiskStep::MovedAway, &self.target)?;
        fs::rename(&self.folder, &self.target).map_err(DiskError::at("replace", &self.target))?;
        Ok(true)
    }

    /// Lets the files that stay stand in here too. They keep their names in the present folder, so that nobody misses
    /// them, whatever comes of this one. A folder goes if nothing but files that go was in it.
    fn carry(&self, inside: &Path, stays: &impl Fn(&Path) -> bool) -> io::Result<()> {
        let (present, ours) = self.both(inside);
        let about = fs::symlink_metadata(&present)?;
        if !about.is_dir() || about.dev() != fs::metadata(&self.folder)?.dev() {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        // Once it is the old one it must be emptied.
        access(&present, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)?;
        let mut goes = false;
        for entry in fs::read_dir(&present)? {
            let entry = entry?;
            let (kind, inside) = (entry.file_type()?, inside.join(entry.file_name()));
            if kind.is_dir() {
                self.carry(&inside, stays)?;
            } else if kind.is_symlink() && entry.path().is_dir() {
                // What is behind it would be seen through both folders.
                return Err(io::ErrorKind::CrossesDevices.into());
            } else if stays(&inside) {
                fs::create_dir_all(&ours)?;
                fs::hard_link(entry.path(), self.folder.join(&inside))?;
            } else {
                goes = true;
            }
        }
        if goes { Ok(()) } else { fs::create_dir_all(&ours) }
    }

    /// A folder in the present one and in this. Without a final `/`, behind which links are followed.
    fn both(&self, inside: &Path) -> (PathBuf, PathBuf) {
        if inside.as_os_str().is_empty() {
            return (self.target.clone(), self.folder.clone());
        }
        (self.target.join(inside), self.folder.join(inside))
    }

    /// Lets the same people in as the present folders do, and makes all names last; no if that cannot be.
    fn settle(&self, inside: &Path) -> Result<bool, DiskError> {
        let (present, ours) = self.both(inside);
        for entry in fs::read_dir(&ours).map_err(DiskError::at("list", &ours))? {
            let entry = entry.map_err(DiskError::at("list", &ours))?;
            let kind = entry.file_type().map_err(DiskError::at("list", &ours))?;
            if kind.is_dir() && !self.settle(&inside.join(entry.file_name()))? {
                return Ok(false);
            }
        }
        let nearest = present.ancestors().find(|folder| folder.is_dir()).unwrap_or(&self.target);
        let opened = if nearest == present { keep_access(nearest, &ours) } else { be_created_in(nearest, &ours) };
        if opened.is_err() {
            return Ok(false);
        }
        File::open(&ours).and_then(|folder| folder.sync_all()).map_err(DiskError::at("sync", &ours))?;
        Ok(true)
    }
}
