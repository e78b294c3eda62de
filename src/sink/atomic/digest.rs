//! By what a file is known again.

use std::fmt::Write as _;
use std::io;

use sha2::{Digest as _, Sha256};

/// A file's size and checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Its size.
    pub bytes: u64,
    /// SHA-256, in lower-case hexadecimal digits.
    pub sha256: String,
}

impl Digest {
    /// The digest of what a reader yields.
    pub fn of(mut reader: impl io::Read) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let bytes = io::copy(&mut reader, &mut hash)?;
        Ok(Self { bytes, sha256: hexadecimal(hash) })
    }
}

pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        write!(text, "{byte:02x}").expect("formatting into a String never fails");
        text
    })
}
