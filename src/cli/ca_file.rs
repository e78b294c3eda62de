//! The file with the certificate of the simulated account's CA, for clients to trust.
//!
//! Unless its place is chosen it is a temporary one, which ends with the server. Refused: a place that cannot be written, and
//! one that holds anything but an earlier certificate of ours, such as the machine's own bundle.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::exit::CommandError;
use super::staged::{legible, staged};
use crate::model::shown;

/// What the file begins with, by which it is known again.
const MARK: &str = "verify-rollup simulate: for tests, made anew at each start\n";

/// A file that is there as long as this is.
pub enum CaFile {
    /// It stays.
    Chosen(PathBuf),
    /// It goes.
    Temporary(NamedTempFile),
}

impl CaFile {
    /// Writes it, whole or not at all.
    pub fn write(chosen: Option<&Path>, certificate: &str) -> Result<Self, CommandError> {
        let folder = std::env::temp_dir();
        let text = format!("{MARK}{certificate}");
        let written = match chosen {
            Some(path) => replace(path, &text).map(|()| Self::Chosen(path.to_owned())),
            None => legible(Builder::new().prefix("verify-rollup-ca-").suffix(".pem"), &folder)
                .and_then(|mut file| file.write_all(text.as_bytes()).map(|()| Self::Temporary(file))),
        };
        let place = chosen.unwrap_or(&folder);
        written.map_err(|error| {
            CommandError::usage(format!(
                "cannot write the CA's certificate to {}: {error}; choose a place by --ca",
                shown(place)
            ))
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Chosen(path) => path,
            Self::Temporary(file) => file.path(),
        }
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = staged(path, ".ca-")?;
    let is_ours = |held: Vec<u8>| held.starts_with(MARK.as_bytes());
    if path.exists() && !std::fs::read(path).is_ok_and(is_ours) {
        return Err(std::io::Error::other("something else is there, and stays"));
    }
    file.write_all(text.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
