//! Checks the files of a dataset against its manifest.
//!
//! The manifest is the truth where files agree with it. Where they don't, what can still be read is kept: a crash
//! between renaming a file and writing the manifest leaves a whole, newer file, and a lost manifest leaves all of them.
//! One that cannot be used, or has columns of somebody else, is noted to be set aside. A newer program's is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use super::foreign::foreign_files;
use super::history_files::found;
use super::identity::DatasetIdentity;
use super::inspect::{Contents, Unusable, inspect};
use super::manifest::Manifest;
use super::paths::{DataFile, DatasetPaths};
use super::stored::{DifferingFile, OpenError, Stored};
use crate::sink::DiskError;
use crate::sink::atomic::Digest;

impl Stored {
    pub(super) fn verify(
        layout: &DatasetPaths,
        manifest: Option<Manifest>,
        identity: Option<&DatasetIdentity>,
    ) -> Result<Self, OpenError> {
        let found: BTreeSet<_> = layout.data_files()?.into_iter().collect();
        let mut stored = Self::empty(layout.clone());
        let mut listed = BTreeMap::new();
        if let Some(manifest) = &manifest {
            for (place, file) in manifest.places(layout) {
                listed.insert(place, Digest { bytes: file.bytes, sha256: file.sha256.clone() });
            }
        }
        let expected = manifest.as_ref().map(|manifest| &manifest.identity).or(identity);
        let (mut changed, mut unlisted) = (Vec::new(), Vec::new());
        for (place, digest) in &listed {
            if !found.contains(place) {
                stored.differs(*place, "it is missing");
                continue;
            }
            stored.ours.insert(*place);
            if stored.matches(*place, digest)? {
                stored.intact.insert(*place);
                continue;
            }
            let how = "it changed since it was published";
            match inspect(layout, *place, expected) {
                Ok(contents) => {
                    stored.note_foreign_columns(*place, &contents);
                    stored.differs(*place, &format!("{how}; its rows are taken as they stand"));
                    changed.extend(contents.windows);
                }
                Err(Unusable::Newer(problem)) => return Err(OpenError::Newer { path: layout.path(*place), problem }),
                Err(Unusable::Unreadable(problem) | Unusable::OtherTable(problem)) => {
                    stored.aside.insert(*place);
                    stored.differs(*place, &format!("{how} and cannot be used: {problem}"));
                }
            }
        }
        for place in found.iter().filter(|place| !listed.contains_key(place)) {
            let how = "the manifest does not list it";
            match inspect(layout, *place, expected) {
                Ok(contents) => {
                    stored.ours.insert(*place);
                    stored.note_foreign_columns(*place, &contents);
                    stored.differs(*place, &format!("{how}; its rows are taken where no other file has any"));
                    unlisted.extend(contents.windows);
                }
                Err(Unusable::OtherTable(problem)) if manifest.is_none() => {
                    let differences = vec![format!("{}: {problem}", layout.relative(*place))];
                    return Err(OpenError::OtherIdentity { path: layout.root().to_owned(), differences });
                }
                Err(Unusable::Newer(problem)) => return Err(OpenError::Newer { path: layout.path(*place), problem }),
                Err(Unusable::Unreadable(problem) | Unusable::OtherTable(problem)) => {
                    stored.ours.insert(*place);
                    stored.aside.insert(*place);
                    stored.differs(*place, &format!("{how} and it cannot be used: {problem}"));
                }
            }
        }
        stored.look_at_history(manifest.as_ref())?;
        stored.foreign = foreign_files(layout)?;
        stored.claim(manifest.as_ref(), changed, unlisted);
        stored.manifest = manifest;
        Ok(stored)
    }

    /// Files of the log are only looked at: a table does without them.
    fn look_at_history(&mut self, manifest: Option<&Manifest>) -> Result<(), DiskError> {
        let there: BTreeMap<_, _> = found(&self.layout)?.into_iter().map(|file| (file.path, file.bytes)).collect();
        for (path, record) in manifest.into_iter().flat_map(Manifest::history_files) {
            let reason = match there.get(path) {
                Some(bytes) if *bytes == record.bytes => continue,
                Some(_) => "it changed since it was published",
                None => "it is missing",
            };
            self.differing.push(DifferingFile { path: self.layout.root().join(path), reason: reason.to_owned() });
        }
        Ok(())
    }

    fn matches(&self, place: DataFile, digest: &Digest) -> Result<bool, DiskError> {
        let path = self.layout.path(place);
        let read = |file: File| -> io::Result<bool> {
            Ok(file.metadata()?.len() == digest.bytes && Digest::of(file)? == *digest)
        };
        File::open(&path).and_then(read).map_err(DiskError::at("read", &path))
    }

    /// Files with columns of somebody else are set aside: written anew they would lose them.
    fn note_foreign_columns(&mut self, place: DataFile, contents: &Contents) {
        if !contents.foreign_columns.is_empty() {
            self.aside.insert(place);
        }
    }
}
