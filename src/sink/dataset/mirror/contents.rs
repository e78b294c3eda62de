//! What a copy is to hold, by a manifest and by what the store lists. Pure.
//!
//! Files that a manifest does not name are those of a writer that was killed, refused, or is at work: they do not count.
//! Where the manifest itself is lost, the newest of each share are all there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path};

use super::names;
use crate::model::Format;
use crate::sink::dataset::history_files;
use crate::sink::dataset::manifest::{FileRecord, Manifest};
use crate::sink::dataset::paths::DatasetPaths;
use crate::store::Object;

/// Where a file of the copy comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// Relative to the dataset.
    pub(super) key: String,
    /// By the manifest.
    pub(super) sha256: Option<String>,
    /// Whether a copy of that checksum will do.
    pub(super) reading: Reading,
}

/// When a file is read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// If the copy has another.
    IfDifferent,
    /// In any case: it is not as long as it was.
    Anew,
}

/// What a copy is to hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    /// By path in the copy.
    pub(super) files: BTreeMap<String, Origin>,
    /// Files that are nobody's, where readers of the folders take them for rows or changes.
    pub(super) foreign: Vec<String>,
    /// Files of ours that the manifest does not name.
    pub(super) unnamed: Vec<String>,
}

impl Contents {
    /// Of a manifest as it stands in the store, and all objects there, by keys relative to the dataset.
    pub(super) fn of(paths: &DatasetPaths, manifest: Option<&Manifest>, listed: &[Object]) -> Self {
        let mut contents = Self::default();
        let sizes: HashMap<_, _> = listed.iter().map(|object| (object.key.as_str(), object.bytes)).collect();
        let origin = |file: &FileRecord| {
            let is_as_long = sizes.get(file.path.as_str()) == Some(&file.bytes);
            let reading = if is_as_long { Reading::IfDifferent } else { Reading::Anew };
            Origin { key: file.path.clone(), sha256: Some(file.sha256.clone()), reading }
        };
        for file in manifest.iter().flat_map(|manifest| &manifest.files) {
            if let Some(local) = names::local(paths, &file.path) {
                contents.files.insert(local, origin(file));
            }
        }
        for (path, file) in manifest.iter().flat_map(|manifest| manifest.history_files()) {
            if history_files::is_ours(path) {
                contents.files.insert(path.to_owned(), origin(file));
            }
        }
        let named: BTreeSet<_> = contents.files.values().map(|origin| origin.key.clone()).collect();
        let mut newest: BTreeMap<String, &Object> = BTreeMap::new();
        for object in listed.iter().filter(|object| !named.contains(&object.key)) {
            let key = &object.key;
            let local = names::local(paths, key).or_else(|| history_files::is_ours(key).then(|| key.clone()));
            let Some(local) = local else {
                contents.foreign.extend(is_read_with_rows(key).then(|| key.clone()));
                continue;
            };
            contents.unnamed.push(key.clone());
            let found = newest.entry(local).or_insert(object);
            if found.written_at < object.written_at {
                *found = object;
            }
        }
        if manifest.is_none() {
            let origin = |object: &Object| Origin { key: object.key.clone(), sha256: None, reading: Reading::Anew };
            contents.files = newest.into_iter().map(|(local, object)| (local, origin(object))).collect();
        }
        contents
    }
}

/// Whether readers of the folders of data, or of the log, come upon it.
fn is_read_with_rows(key: &str) -> bool {
    let mut names = Path::new(key).components().map(|name| match name {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let is_read = |name| name == "history" || Format::ALL.iter().any(|format| format.word() == name);
    names.next().flatten().is_some_and(is_read)
        && names.all(|name| name.is_some_and(|name| !name.starts_with(['.', '_'])))
}
