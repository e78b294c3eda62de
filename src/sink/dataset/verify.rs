//! Checks the files of a dataset against its manifest, and decides where each window is read from.
//!
//! The manifest is the truth where files agree with it. Where they don't, what can still be read is kept: a crash
//! between renaming a file and writing the manifest leaves a whole, newer file, and a lost manifest leaves all of them.
//! For each share of the rows the first of these wins: a readable file that was published after the manifest; an intact
//! one in either format; a readable one that the manifest knows by another checksum; a readable one that it does not
//! know, as far as it overlaps nothing else.
//!
//! Nothing that a file alone holds is given up: one that cannot be used, that has columns of somebody else, or whose rows
//! are not those that were taken, is noted to be set aside. Windows whose rows no file holds are lost until they are
//! published again, or their loss is accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;

use super::identity::DatasetIdentity;
use super::inspect::{Contents, Unusable, inspect};
use super::layout::{Layout, Place};
use super::manifest::Manifest;
use super::stored::{OpenError, Stored, StoredWindow, is_covered, overlapping};
use crate::sink::atomic::Digest;
use crate::sink::{DiskError, Format};

impl Stored {
    pub(super) fn verify(
        layout: &Layout,
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
                stored.differs(*place, "it is missing".to_owned());
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
                    stored.differs(*place, format!("{how}; its rows are taken as they stand"));
                    changed.extend(contents.windows);
                }
                Err(Unusable::Newer(problem)) => return Err(OpenError::Newer { path: layout.path(*place), problem }),
                Err(Unusable::Unreadable(problem) | Unusable::OtherTable(problem)) => {
                    stored.aside.insert(*place);
                    stored.differs(*place, format!("{how} and cannot be used: {problem}"));
                }
            }
        }
        for place in found.iter().filter(|place| !listed.contains_key(place)) {
            let how = "the manifest does not list it";
            match inspect(layout, *place, expected) {
                Ok(contents) => {
                    stored.ours.insert(*place);
                    stored.note_foreign_columns(*place, &contents);
                    stored.differs(*place, format!("{how}; its rows are taken where no other file has any"));
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
                    stored.differs(*place, format!("{how} and it cannot be used: {problem}"));
                }
            }
        }
        stored.foreign = layout.foreign_files()?;
        stored.claim(manifest.as_ref(), changed, unlisted);
        stored.manifest = manifest;
        Ok(stored)
    }

    fn matches(&self, place: Place, digest: &Digest) -> Result<bool, DiskError> {
        let path = self.layout.path(place);
        let read = |file: File| -> io::Result<bool> {
            Ok(file.metadata()?.len() == digest.bytes && Digest::of(file)? == *digest)
        };
        File::open(&path).and_then(read).map_err(DiskError::at("read", &path))
    }

    /// Files with columns of somebody else are set aside: written anew they would lose them.
    fn note_foreign_columns(&mut self, place: Place, contents: &Contents) {
        if !contents.foreign_columns.is_empty() {
            self.aside.insert(place);
        }
    }

    /// Decides where each window is read from; see the module's head.
    pub(super) fn claim(
        &mut self,
        manifest: Option<&Manifest>,
        changed: Vec<StoredWindow>,
        unlisted: Vec<StoredWindow>,
    ) {
        let mut intact = Vec::new();
        let mut listed = Vec::new();
        let shapes: Vec<_> = manifest.map(Manifest::shapes).unwrap_or_default();
        for record in manifest.iter().flat_map(|manifest| &manifest.windows) {
            let (Some(window), Some(manifest)) = (record.window(), manifest) else { continue };
            listed.extend(record.in_table(&shapes));
            let key = manifest.key_of(window);
            let mut places = Format::ALL.map(|format| Place { key, format }).into_iter();
            let Some(source) = places.find(|place| self.intact.contains(place)) else { continue };
            intact.push(StoredWindow {
                window,
                is_final: record.is_final,
                rows: record.rows,
                total_attempts: record.total_attempts,
                total_converted: record.total_converted,
                run_id: record.run_id,
                shape: shapes[record.matrix].clone(),
                source,
                published_at: None,
            });
        }
        let intact_keys: BTreeSet<_> = self.intact.iter().map(|place| place.key).collect();
        // A run that was killed before it wrote the manifest.
        let is_newer = |stored: &StoredWindow| {
            manifest.is_some_and(|manifest| {
                stored.run_id > manifest.run.run_id
                    && stored.published_at.is_some_and(|at| at.floor_seconds() >= manifest.run.published_at)
            })
        };
        let (newer, changed): (Vec<_>, Vec<_>) = changed.into_iter().partition(is_newer);
        let told = changed.clone();
        // Beside it the other format's file is as the manifest says, and says what was so before.
        let newer_keys: BTreeSet<_> = newer.iter().map(|stored| stored.source.key).collect();
        self.intact.retain(|place| !newer_keys.contains(&place.key));
        self.newer =
            newer.iter().chain(unlisted.iter().filter(|it| is_newer(it))).map(|stored| stored.source).collect();
        let mut changed: Vec<_> =
            changed.into_iter().filter(|stored| !intact_keys.contains(&stored.source.key)).chain(newer).collect();
        // The later run had seen what the earlier one left; of two formats the first will do.
        changed.sort_by(|a, b| b.run_id.cmp(&a.run_id).then(a.source.format.cmp(&b.source.format)));
        let mut unlisted = unlisted;
        unlisted.sort_by(|a, b| b.run_id.cmp(&a.run_id).then(a.source.format.cmp(&b.source.format)));
        let beside: Vec<_> = unlisted.iter().map(|stored| (stored.window, stored.source)).collect();
        for stored in changed.into_iter().chain(intact).chain(unlisted) {
            if overlapping(&self.windows, stored.window).next().is_none() {
                self.windows.insert(stored.window, stored);
            }
        }
        let is_kept = |stored: &StoredWindow| {
            self.windows
                .get(&stored.window)
                .is_some_and(|kept| kept.source == stored.source || kept.says_the_same(stored))
        };
        // Files beside the listed ones are what an earlier publication did not come to remove, unless they have more.
        let others = told.iter().filter(|stored| !is_kept(stored)).map(|stored| stored.source);
        let more = beside.iter().filter(|(window, _)| !is_covered(*window, &self.windows)).map(|(_, source)| *source);
        let aside: Vec<_> = others.chain(more).collect();
        self.aside.extend(aside);
        listed
            .extend(manifest.iter().flat_map(|manifest| &manifest.lost).filter_map(|record| record.in_table(&shapes)));
        listed.sort_by_key(|lost| lost.window);
        listed.retain(|lost| !is_covered(lost.window, &self.windows));
        self.lost = listed;
    }
}
