//! The files of a dataset's history: `history/month=2026-10/000007-<run_id>.parquet`, numbered within the month of the
//! windows whose rows they are about. Files are added, and neither replaced nor removed.

use std::fs;
use std::io;
use std::path::Path;

use super::paths::{DatasetPaths, PartitionKey};
use crate::model::{Partition, RunId};
use crate::sink::DiskError;

const ENDING: &str = ".parquet";

/// A file of the history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HistoryFile {
    /// The month.
    pub(super) key: PartitionKey,
    /// Its number, which says the order of changes.
    pub(super) number: u64,
    /// Relative to the dataset's folder, with `/`.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
}

/// The path of a file, relative to the dataset's folder.
pub(super) fn path_of(key: PartitionKey, number: u64, run: RunId) -> String {
    format!("history/{key}/{number:06}-{run}{ENDING}")
}

/// The files that are there, in order. Other files are somebody else's.
pub(super) fn found(layout: &DatasetPaths) -> Result<Vec<HistoryFile>, DiskError> {
    let mut files = Vec::new();
    for name in names_in(&layout.history())? {
        let Some(key) = PartitionKey::from_folder(&name).filter(|key| key.is_of(Partition::Month)) else { continue };
        let folder = layout.history().join(&name);
        for name in names_in(&folder)? {
            let Some((number, run)) = parse(&name) else { continue };
            let path = folder.join(&name);
            let about = fs::metadata(&path).map_err(DiskError::at("read", &path))?;
            if about.is_file() {
                files.push(HistoryFile { key, number, path: path_of(key, number, run), bytes: about.len() });
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Whether a path, relative to the dataset's folder, is that of such a file.
pub(super) fn is_ours(path: &str) -> bool {
    let inside = path.strip_prefix("history/").and_then(|inside| inside.split_once('/'));
    inside.is_some_and(|(folder, name)| {
        PartitionKey::from_folder(folder).is_some_and(|key| key.is_of(Partition::Month)) && parse(name).is_some()
    })
}

fn parse(name: &str) -> Option<(u64, RunId)> {
    let (number, run) = name.strip_suffix(ENDING)?.split_once('-')?;
    let (number, run) = (number.parse().ok()?, run.parse().ok()?);
    (format!("{number:06}-{run}{ENDING}") == name).then_some((number, run))
}

fn names_in(folder: &Path) -> Result<Vec<String>, DiskError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        entries => entries.map_err(DiskError::at("list", folder))?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    names.filter_map(Result::transpose).collect::<io::Result<_>>().map_err(DiskError::at("list", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_somebody_else_s() {
        let run = RunId(uuid::Uuid::from_u128(7));
        for number in [1, 999_999, 1_000_000] {
            let path = path_of(PartitionKey::from_folder("month=2026-10").unwrap(), number, run);
            assert_eq!(parse(path.rsplit('/').next().unwrap()), Some((number, run)), "{path}");
        }
        for name in ["1-00000000-0000-0000-0000-000000000007.parquet", "000001.parquet", "000001-x.parquet", "notes"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
