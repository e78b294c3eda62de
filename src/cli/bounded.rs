//! Files of bounded length.

use std::io::{ErrorKind, Read};
use std::path::Path;

/// Reads a file, or refuses one that is longer, or has no end as a device has.
pub fn read_bounded(path: &Path, longest: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {longest} bytes")));
    }
    Ok(bytes)
}
