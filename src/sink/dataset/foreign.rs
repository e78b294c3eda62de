//! Files of somebody else where readers of a dataset's folders come upon them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::history_files;
use super::paths::DatasetPaths;
use crate::model::Format;
use crate::sink::DiskError;

/// Files below the folders of data and that of the log that are none of ours, in order. Readers of the folder would take
/// them for rows; names that begin with `.` or `_` they leave out.
pub(super) fn foreign_files(layout: &DatasetPaths) -> Result<Vec<PathBuf>, DiskError> {
    let data: BTreeSet<_> = layout.data_files()?.into_iter().map(|place| layout.path(place)).collect();
    let is_log = |path: &Path| {
        let inside = path.strip_prefix(layout.root()).ok().and_then(Path::to_str);
        inside.is_some_and(history_files::is_ours)
    };
    let mut folders: Vec<_> = Format::ALL.map(|format| layout.folder(format)).into();
    folders.push(layout.history());
    let mut foreign = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.map_err(DiskError::at("list", &folder))?,
        };
        for entry in entries {
            let entry = entry.map_err(DiskError::at("list", &folder))?;
            let (path, name) = (entry.path(), entry.file_name());
            if name.as_encoded_bytes().first().is_some_and(|first| matches!(first, b'.' | b'_')) {
                continue;
            }
            match entry.file_type().map_err(DiskError::at("list", &path))? {
                kind if kind.is_dir() => folders.push(path),
                _ if data.contains(&path) || is_log(&path) => {}
                _ => foreign.push(path),
            }
        }
    }
    foreign.sort_unstable();
    Ok(foreign)
}
