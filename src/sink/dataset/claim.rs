//! Decides where each window is read from.
//!
//! The first of these wins: a readable file that was published after the manifest; an intact one in either format; a
//! readable one that the manifest knows by another checksum; a readable one that it does not know, as far as it
//! overlaps nothing else.
//!
//! A publication by another partition that was killed leaves a whole table that the manifest does not list: rows that
//! changed are newer, and the others are as the manifest says of their window, which is then taken at its word.
//!
//! Nothing that a file alone holds is given up: one whose rows are not those that were taken is noted to be set aside.
//! Windows whose rows no file holds are lost until they are published again, or their loss is accepted.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::Manifest;
use super::paths::DataFile;
use super::stored::Stored;
use super::window::{StoredWindow, TableWindow, is_covered, overlapping};
use crate::model::{Format, Window};

impl Stored {
    /// Takes each window from one file; see the module's head.
    pub(super) fn claim(
        &mut self,
        manifest: Option<&Manifest>,
        changed: Vec<StoredWindow>,
        mut unlisted: Vec<StoredWindow>,
    ) {
        let (mut listed, intact) = self.listed(manifest);
        // A run that was killed before it wrote the manifest.
        let is_newer = |stored: &StoredWindow| {
            manifest.is_some_and(|manifest| {
                stored.run_id > manifest.run.run_id
                    && stored.published_at.is_some_and(|at| at.floor_seconds() >= manifest.run.published_at)
            })
        };
        let by_window: BTreeMap<_, _> = listed.iter().map(|listed| (listed.window, listed)).collect();
        let mut strange = BTreeSet::new();
        for stored in unlisted.iter_mut().filter(|stored| !is_newer(stored)) {
            if !by_window.get(&stored.window).is_some_and(|listed| stored.is_as_listed(listed)) {
                strange.insert(stored.source);
            }
        }
        let beside: Vec<_> = unlisted.iter().map(|stored| (stored.window, stored.source)).collect();
        let whole = beside.iter().map(|(_, source)| *source).filter(|source| !strange.contains(source));
        let replaced = changed.iter().filter(|stored| is_newer(stored)).map(|stored| stored.source);
        self.as_published = self.intact.iter().copied().chain(whole).chain(replaced).collect();

        let (mut newer, mut changed): (Vec<_>, Vec<_>) = changed.into_iter().partition(is_newer);
        let (newer_beside, unlisted): (Vec<_>, Vec<_>) = unlisted.into_iter().partition(is_newer);
        newer.extend(newer_beside);
        let told = changed.clone();
        let intact_keys: BTreeSet<_> = self.intact.iter().map(|place| place.key).collect();
        changed.retain(|stored| !intact_keys.contains(&stored.source.key));
        let as_listed: Vec<_> = intact.iter().map(|stored| (stored.window, stored.source)).collect();
        let mut superseded: BTreeSet<_> = newer.iter().map(|stored| stored.source.key).collect();
        for mut windows in [newer, changed, intact, unlisted] {
            // The later run had seen what the earlier one left; of two formats the first will do.
            windows.sort_by(|a, b| b.run_id.cmp(&a.run_id).then(a.source.format.cmp(&b.source.format)));
            for stored in windows {
                if overlapping(&self.windows, stored.window).next().is_none() {
                    self.windows.insert(stored.window, stored);
                }
            }
        }
        // Beside something newer an intact file tells what was so before, in either format.
        superseded
            .extend(as_listed.iter().filter(|(window, source)| !self.takes(*window, *source)).map(|(_, it)| it.key));
        self.intact.retain(|place| !superseded.contains(&place.key));

        let is_kept = |stored: &StoredWindow| {
            self.takes(stored.window, stored.source)
                || self.windows.get(&stored.window).is_some_and(|kept| kept.says_the_same(stored))
        };
        // Files beside the listed ones are what an earlier publication did not come to remove, unless they have more.
        let others = told.iter().filter(|stored| !is_kept(stored)).map(|stored| stored.source);
        let more = beside.iter().filter(|(window, _)| !is_covered(*window, &self.windows)).map(|(_, source)| *source);
        let aside: Vec<_> = others.chain(more).collect();
        self.aside.extend(aside);
        let shapes = manifest.map(Manifest::shapes).unwrap_or_default();
        listed
            .extend(manifest.iter().flat_map(|manifest| &manifest.lost).filter_map(|record| record.in_table(&shapes)));
        listed.sort_by_key(|lost| lost.window);
        listed.retain(|lost| !is_covered(lost.window, &self.windows));
        self.lost = listed;
    }

    /// The windows of the manifest, and those of them that an intact file holds.
    fn listed(&self, manifest: Option<&Manifest>) -> (Vec<TableWindow>, Vec<StoredWindow>) {
        let (mut listed, mut intact) = (Vec::new(), Vec::new());
        let Some(manifest) = manifest else { return (listed, intact) };
        let shapes = manifest.shapes();
        for record in manifest.windows.iter().filter_map(|record| record.in_table(&shapes)) {
            let key = manifest.key_of(record.window);
            let mut places = Format::ALL.map(|format| DataFile { key, format }).into_iter();
            if let Some(source) = places.find(|place| self.intact.contains(place)) {
                intact.push(StoredWindow::from_record(&record, source));
            }
            listed.push(record);
        }
        (listed, intact)
    }

    fn takes(&self, window: Window, source: DataFile) -> bool {
        self.windows.get(&window).is_some_and(|kept| kept.source == source)
    }
}

impl StoredWindow {
    fn from_record(record: &TableWindow, source: DataFile) -> Self {
        Self {
            window: record.window,
            is_final: record.is_final,
            rows: record.rows,
            total_attempts: record.total_attempts,
            total_converted: record.total_converted,
            run_id: record.run_id,
            shape: record.shape.clone(),
            source,
            published_at: None,
        }
    }

    /// Whether the manifest says the same of the window, as far as its sums tell; then all that it says is so.
    fn is_as_listed(&mut self, listed: &TableWindow) -> bool {
        let by_the_manifest = Self::from_record(listed, self.source);
        let agrees = by_the_manifest.says_the_same(self);
        if agrees {
            *self = by_the_manifest;
        }
        agrees
    }
}
