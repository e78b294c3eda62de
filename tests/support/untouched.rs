//! Everything below a folder, to show that a command which only looks leaves it as it is.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Each file and folder with when it changed, and a file's bytes.
pub type Listing = BTreeMap<PathBuf, (SystemTime, Option<Vec<u8>>)>;

pub fn listing(folder: &Path) -> Listing {
    let mut found = Listing::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let about = path.symlink_metadata().unwrap();
        if about.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        let bytes = about.is_file().then(|| fs::read(&path).unwrap());
        found.insert(path, (about.modified().unwrap(), bytes));
    }
    found
}
