//! Publishes a copy to the store it was made from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;

use super::{Base, MirrorError, names};
use crate::sink::DiskError;
use crate::sink::dataset::manifest::{Manifest, ManifestError};
use crate::sink::dataset::paths::DatasetPaths;
use crate::store::{Store, StoreError};

/// What was published.
#[derive(Debug, Default)]
pub struct Pushed {
    /// The path in the store of each data file, by its path in the copy; both relative to the dataset.
    pub names: BTreeMap<String, String>,
    /// Files that were uploaded.
    pub files: u64,
    /// Why files that do not count any more could not be removed; readers by name come upon them.
    pub left: Option<StoreError>,
}

/// Publishes the copy's dataset in the place of what it was made from; `told` hears of each file with its size before
/// it is uploaded.
///
/// # Errors
/// [`StoreError::Changed`]: another writer was quicker; what was uploaded is removed again. On any other error the
/// store's dataset is as it was, or, where the store could not be asked any more, all of the copy's.
pub async fn push(
    store: &Store,
    paths: &DatasetPaths,
    base: Base,
    mut told: impl FnMut(&str, u64),
) -> Result<Pushed, MirrorError> {
    let Some(manifest) = Manifest::read(paths).map_err(unread)? else { return Ok(Pushed::default()) };
    let key = |path: &str| format!("{}/{path}", paths.name());
    let (former, version) = base.manifest.map_or((None, None), |(former, version)| (former, Some(version)));
    let mut published = manifest.clone();
    let mut uploads: Vec<(String, String)> = Vec::new();
    for path in set_aside(paths)? {
        uploads.push((path.clone(), path));
    }
    let logged: BTreeSet<_> =
        former.iter().flat_map(Manifest::history_files).map(|(path, _)| path.to_owned()).collect();
    let log: BTreeSet<_> = manifest.history_files().map(|(path, _)| path.to_owned()).collect();
    uploads.extend(log.difference(&logged).map(|path| (path.clone(), path.clone())));
    let before = former.iter().flat_map(|former| &former.files);
    let before: BTreeMap<_, _> = before.map(|file| (file.path.as_str(), file)).collect();
    let mut pushed = Pushed::default();
    for file in &mut published.files {
        let stays = before.get(file.path.as_str()).is_some_and(|before| **before == *file);
        let name = base.named.get(&file.path).filter(|_| stays).cloned().unwrap_or_else(|| {
            let name = names::fresh(&file.path);
            uploads.push((file.path.clone(), name.clone()));
            name
        });
        pushed.names.insert(std::mem::replace(&mut file.path, name.clone()), name);
    }
    if uploads.is_empty() && former.as_ref() == Some(&manifest) {
        return Ok(pushed);
    }
    for (local, name) in &uploads {
        let path = paths.root().join(local);
        let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (bytes, mut file) = opened.map_err(DiskError::at("read", &path))?;
        told(name, bytes);
        store.upload(&key(name), &mut file).await?;
        pushed.files += 1;
    }
    let text = published.to_json();
    match store.replace(&key("_manifest.json"), text.as_bytes(), version.as_ref()).await {
        Ok(()) => {}
        Err(error @ StoreError::Changed { .. }) => {
            // The log would tell of changes that were never made. What cannot be removed the next writer removes.
            let _ = store.remove(uploads.iter().map(|(_, name)| key(name))).await;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    }
    let counts: BTreeSet<_> = pushed.names.values().cloned().chain(log).collect();
    let gone = base.named.values().chain(&base.unnamed).filter(|name| !counts.contains(*name));
    pushed.left = store.remove(gone.map(|name| key(name))).await.err();
    Ok(pushed)
}

/// Files that were set aside, by path in the copy.
fn set_aside(paths: &DatasetPaths) -> Result<Vec<String>, DiskError> {
    let folder = paths.set_aside();
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(DiskError::at("list", &folder))?,
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    let names: Vec<_> =
        names.filter_map(Result::transpose).collect::<io::Result<_>>().map_err(DiskError::at("list", &folder))?;
    Ok(names.into_iter().map(|name| format!("_set_aside/{name}")).collect())
}

/// The copy's manifest is our own: whatever is wrong with it, the disk is.
fn unread(error: ManifestError) -> MirrorError {
    match error {
        ManifestError::Disk(error) => error.into(),
        error => DiskError::at("read", std::path::Path::new("_manifest.json"))(io::Error::other(error)).into(),
    }
}
