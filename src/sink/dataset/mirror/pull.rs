//! Brings a copy to what the store holds.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::contents::{Contents, Origin, Reading};
use super::{Base, MirrorError, names};
use crate::model::Format;
use crate::sink::DiskError;
use crate::sink::atomic::{Digest, create_private_folders};
use crate::sink::dataset::manifest::Manifest;
use crate::sink::dataset::paths::DatasetPaths;
use crate::store::{Object, Store};

/// How often a dataset that is replaced while it is read is read again.
const MOST_TRIES: usize = 5;

/// Brings the copy to what the store holds below its URL. Files that it has already are not read again. Nobody else may
/// work on the copy meanwhile.
///
/// # Errors
/// Store or disk refuses; what the copy holds then is of no use.
pub async fn pull(store: &Store, paths: &DatasetPaths) -> Result<Base, MirrorError> {
    let manifest_key = format!("{}/_manifest.json", paths.name());
    for _ in 0..MOST_TRIES {
        let found = store.read(&manifest_key).await?;
        let listed = listed(store, &paths.name().to_string()).await?;
        let manifest = found.as_ref().and_then(|(bytes, _)| serde_json::from_slice::<Manifest>(bytes).ok());
        let contents = Contents::of(paths, manifest.as_ref(), &listed);
        let amiss = fill(store, paths, &contents).await?;
        if !amiss.is_empty() {
            let now = store.read(&manifest_key).await?.map(|(_, version)| version);
            if now != found.as_ref().map(|(_, version)| version.clone()) {
                continue;
            }
        }
        let files = manifest.iter().flat_map(|manifest| &manifest.files).map(|file| file.path.clone());
        let (amiss, intact): (Vec<_>, Vec<_>) = files.partition(|key| amiss.contains(key));
        let named = intact.into_iter().filter_map(|key| Some((names::local(paths, &key)?, key))).collect();
        let unnamed = contents.unnamed.into_iter().chain(amiss).collect();
        let of_copy = manifest.map(|manifest| by_names_of_copy(paths, manifest));
        if let Some((bytes, _)) = &found {
            // What cannot be read is judged by whoever opens the dataset.
            let text = of_copy.as_ref().map_or_else(|| bytes.clone(), |manifest| manifest.to_json().into_bytes());
            fs::write(paths.manifest(), text).map_err(DiskError::at("write", &paths.manifest()))?;
        }
        let manifest = found.map(|(_, version)| (of_copy, version));
        return Ok(Base { manifest, named, unnamed });
    }
    Err(MirrorError::Restless { url: store.url_of(&manifest_key) })
}

/// What the store holds of a job, by keys relative to the dataset.
async fn listed(store: &Store, job: &str) -> Result<Vec<Object>, MirrorError> {
    let objects = store.list(job).await?.into_iter();
    Ok(objects
        .filter_map(|object| {
            let key = object.key.strip_prefix(job)?.strip_prefix('/')?.to_owned();
            Some(Object { key, ..object })
        })
        .collect())
}

fn by_names_of_copy(paths: &DatasetPaths, mut manifest: Manifest) -> Manifest {
    for file in &mut manifest.files {
        if let Some(local) = names::local(paths, &file.path) {
            file.path = local;
        }
    }
    manifest
}

/// Brings the copy's files to these. Says which keys the manifest names that are missing, or not as it says.
async fn fill(store: &Store, paths: &DatasetPaths, contents: &Contents) -> Result<BTreeSet<String>, MirrorError> {
    let root = paths.root();
    create_private_folders(root)?;
    let is_wanted = |path: &Path| {
        let relative = path.strip_prefix(root).ok().and_then(Path::to_str);
        let origin = relative.and_then(|relative| contents.files.get(relative));
        origin.is_some_and(|origin| origin.reading == Reading::IfDifferent && is_as_said(path, origin))
    };
    for folder in Format::ALL.map(|format| paths.folder(format)).into_iter().chain([paths.history()]) {
        remove_but(&folder, &is_wanted)?;
    }
    for folder in [paths.staging(), paths.set_aside()] {
        remove_but(&folder, &|_| false)?;
    }
    remove(&paths.manifest())?;
    let mut amiss = BTreeSet::new();
    for (local, origin) in &contents.files {
        let target = root.join(local);
        if target.exists() {
            continue;
        }
        let is_there = download(store, paths, &origin.key, &target).await?;
        if !is_there || !is_as_said(&target, origin) {
            amiss.insert(origin.key.clone());
        }
    }
    for key in &contents.foreign {
        create(&root.join(key))?;
    }
    Ok(amiss)
}

fn is_as_said(path: &Path, Origin { sha256, .. }: &Origin) -> bool {
    let digest = || File::open(path).and_then(Digest::of).ok();
    sha256.as_ref().is_none_or(|sha256| digest().is_some_and(|digest| digest.sha256 == *sha256))
}

/// A file appears whole, as a copy that is taken up again may be believed by its names.
async fn download(store: &Store, paths: &DatasetPaths, key: &str, target: &Path) -> Result<bool, MirrorError> {
    let staged = paths.staging().join("download");
    let mut file = create(&staged)?;
    let is_there = store.download(&format!("{}/{key}", paths.name()), &mut file).await?;
    if is_there {
        create_private_folders(target.parent().unwrap_or(paths.root()))?;
        fs::rename(&staged, target).map_err(DiskError::at("write", target))?;
    }
    Ok(is_there)
}

fn create(path: &Path) -> Result<File, DiskError> {
    use std::os::unix::fs::OpenOptionsExt;
    create_private_folders(path.parent().unwrap_or(path))?;
    let opened = File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.map_err(DiskError::at("create", path))
}

/// Removes all files below a folder but some, and folders that this leaves empty.
fn remove_but(folder: &Path, is_kept: &impl Fn(&Path) -> bool) -> Result<(), DiskError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(DiskError::at("list", folder))?,
    };
    for entry in entries {
        let entry = entry.map_err(DiskError::at("list", folder))?;
        let path = entry.path();
        if entry.file_type().map_err(DiskError::at("list", &path))?.is_dir() {
            remove_but(&path, is_kept)?;
        } else if !is_kept(&path) {
            remove(&path)?;
        }
    }
    // It stays where something is left in it.
    let _ = fs::remove_dir(folder);
    Ok(())
}

fn remove(path: &Path) -> Result<(), DiskError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DiskError::at("remove", path)(error)),
        _ => Ok(()),
    }
}
