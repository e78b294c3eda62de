//! Staged files of the state directory, and what is left of those whose maker was killed before they got their name.
//!
//! The maker holds a lock on its staged file, which the system releases when the process ends, however it ends. So a
//! staged file that can be locked belongs to nobody. One that is removed in the instant between its creation and its
//! locking, or by a machine that does not see the lock, is missed when it is to get its name, and is made again.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// What files are staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A limiter's bucket.
    Bucket,
    /// The holder's mark.
    Mark,
}

impl Kind {
    /// How staged files are called; no finished one begins so.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Bucket => ".bucket-",
            Self::Mark => ".holder-",
        }
    }
}

/// A staged file, locked, and readable by its owner only, as all of this crate's are.
pub(crate) fn stage(folder: &Path, kind: Kind) -> io::Result<NamedTempFile> {
    let staged = tempfile::Builder::new().prefix(kind.prefix()).tempfile_in(folder)?;
    staged.as_file().lock()?;
    Ok(staged)
}

/// Removes staged files of dead processes. Those that cannot be removed do no harm.
pub(crate) fn remove_from(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if [Kind::Bucket, Kind::Mark].iter().any(|kind| name.as_encoded_bytes().starts_with(kind.prefix().as_bytes()))
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_process_leaves_nothing_staged_and_a_live_one_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [".bucket-Qx81fz", ".holder-Qx81fz", "bucket-list.txt", "holder"] {
            fs::write(at(name), "half a").unwrap();
        }
        let live = [Kind::Bucket, Kind::Mark].map(|kind| stage(folder.path(), kind).unwrap());
        remove_from(folder.path());
        assert!(!at(".bucket-Qx81fz").exists() && !at(".holder-Qx81fz").exists(), "a leftover stayed");
        assert!(at("bucket-list.txt").exists() && at("holder").exists());
        assert!(live.iter().all(|file| file.path().exists()));
    }
}
