//! Staged bucket files, and what is left of those whose maker was killed before they got their name.
//!
//! The maker holds a lock on its staged file, which the system releases when the process ends, however it ends. So a
//! staged file that can be locked belongs to nobody. One that is removed in the instant between its creation and its
//! locking is missed when it is to get its name, and is made again.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// How staged files are called. A bucket's own name begins otherwise.
const PREFIX: &str = ".bucket-";

/// A staged file, locked, and readable by its owner only, as all of this crate's are.
pub(super) fn stage(folder: &Path) -> io::Result<NamedTempFile> {
    let staged = tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)?;
    staged.as_file().lock()?;
    Ok(staged)
}

/// Removes staged files of dead processes. Those that cannot be removed do no harm.
pub(super) fn remove_from(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::BucketFile;
    use crate::model::AccountSid;

    #[test]
    fn a_killed_process_leaves_no_staged_bucket_and_a_live_one_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let orphan = folder.path().join(".bucket-Qx81fz");
        fs::write(&orphan, "half a bu").unwrap();
        let foreign = folder.path().join("bucket-list.txt");
        fs::write(&foreign, "not ours").unwrap();
        let live = stage(folder.path()).unwrap();
        let file = BucketFile::open(folder.path(), AccountSid::ZEROS, "simulator").unwrap();
        assert!(!orphan.exists(), "the leftover stayed");
        assert!(live.path().exists() && foreign.exists() && file.path().exists());
    }

    #[test]
    fn a_named_bucket_is_not_locked_by_its_maker() {
        let folder = tempfile::tempdir().unwrap();
        let made = BucketFile::open(folder.path(), AccountSid::ZEROS, "simulator").unwrap();
        File::open(made.path()).unwrap().try_lock().unwrap();
    }
}
