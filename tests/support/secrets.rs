//! Finds a secret in bytes: as it is, and as Base64 would carry it.
//!
//! Base64 cuts its input in threes, so one text has three spellings, by what stands before it. Of each, only the
//! letters that depend on nothing but the secret are looked for, in the common and in the URL-safe alphabet. That finds
//! `SECRET`, `SID:SECRET` and a whole header alike, padded or not.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{SECRET, files};

/// What a secret looks like, wherever it stands.
pub fn spellings(secret: &str) -> Vec<Vec<u8>> {
    let mut found = vec![secret.as_bytes().to_vec()];
    for before in 0..3 {
        let padded = [&[0; 2][..before], secret.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        let own = &encoded[(before * 8).div_ceil(6)..padded.len() * 8 / 6];
        found.push(own.as_bytes().to_vec());
        found.push(own.replace('+', "-").replace('/', "_").into_bytes());
    }
    found.dedup();
    found
}

/// The spelling of the marked secret that stands in `bytes`, if one does.
pub fn find(bytes: &[u8]) -> Option<String> {
    let holds = |spelling: &Vec<u8>| bytes.windows(spelling.len()).any(|part| part == spelling);
    spellings(SECRET).into_iter().find(holds).map(|spelling| String::from_utf8_lossy(&spelling).into_owned())
}

/// Fails when the marked secret stands in what a test saw.
pub fn assert_absent(bytes: &[u8], place: &str) {
    if let Some(spelling) = find(bytes) {
        panic!("the secret ({spelling}) stands in {place}:\n{}", String::from_utf8_lossy(bytes));
    }
}

/// The files below a folder that hold the marked secret.
pub fn files_with_secret(folder: &Path) -> Vec<String> {
    // Pipes, and links to devices, never end.
    let is_file = |path: &&std::path::PathBuf| path.symlink_metadata().is_ok_and(|data| data.is_file());
    let holds = |path: &&std::path::PathBuf| std::fs::read(path).is_ok_and(|bytes| find(&bytes).is_some());
    files(folder).iter().filter(is_file).filter(holds).map(|path| path.display().to_string()).collect()
}
