//! What a dataset holds on disk, checked against its manifest.
//!
//! The manifest is the truth where files agree with it. Where they don't, what can still be read is kept: a crash
//! between renaming a file and writing the manifest leaves a whole, newer file, and a lost manifest leaves all of them.
//! For each share of the rows the first of these wins: a readable file that was published after the manifest; an intact
//! one in either format; a readable one that the manifest knows by another checksum; a readable one that it does not
//! know, as far as it overlaps nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::identity::{DatasetIdentity, Split};
use super::inspect::{Unusable, inspect};
use super::layout::{Layout, Place};
use super::manifest::{Manifest, ManifestError};
use super::reading::StoredRows;
use crate::model::{MatrixShape, Row, RunId, UnixMicros, Window};
use crate::sink::atomic::Digest;
use crate::sink::{DiskError, Format, ReadError};

/// A window of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWindow {
    /// The window.
    pub window: Window,
    /// Whether it was settled, and every row final.
    pub is_final: bool,
    /// Its rows, remainders included.
    pub rows: u64,
    /// Their sum.
    pub total_attempts: i64,
    /// Their sum.
    pub total_converted: i64,
    /// The run that last changed one of them.
    pub run_id: RunId,
    /// The matrix that it was published with.
    pub shape: Arc<MatrixShape>,
    /// The file to read it from.
    pub(super) source: Place,
    /// When one of its rows changed last, where a file had to say it.
    pub(super) published_at: Option<UnixMicros>,
}

/// A file that is not as the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DifferingFile {
    /// Where it is or was.
    pub path: PathBuf,
    /// In what way it differs, for people.
    pub reason: String,
}

/// A dataset could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The dataset is about something else.
    #[error(
        "{} holds another dataset ({}); give the job another `name`, or choose another `--output`",
        path.display(),
        differences.join("; ")
    )]
    OtherIdentity {
        /// The dataset's folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
    /// A file of it is of a later version of the tool.
    #[error("{} is {problem}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it is.
        problem: ReadError,
    },
    /// Its manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The dataset as it was found.
#[derive(Debug)]
pub struct Stored {
    pub(super) layout: Layout,
    pub(super) manifest: Option<Manifest>,
    pub(super) windows: BTreeMap<Window, StoredWindow>,
    /// Files that are exactly as the manifest says.
    pub(super) intact: BTreeSet<Place>,
    /// Files that are there and belong to the dataset: listed ones, and others whose rows are of this table.
    pub(super) ours: BTreeSet<Place>,
    differing: Vec<DifferingFile>,
    lost_windows: Vec<Window>,
}

impl Stored {
    /// Reads a dataset without its lock, for reports: `None` if nothing was ever published.
    pub fn read(layout: &Layout) -> Result<Option<Self>, OpenError> {
        match Manifest::read(layout)? {
            Some(manifest) => Self::verify(layout, Some(manifest), None).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a dataset, which must be of this identity.
    pub(super) fn load(layout: &Layout, identity: &DatasetIdentity) -> Result<Self, OpenError> {
        let manifest = Manifest::read(layout)?;
        let differences = manifest.as_ref().map(|manifest| manifest.identity.differences(identity));
        match differences.filter(|differences| !differences.is_empty()) {
            Some(differences) => Err(OpenError::OtherIdentity { path: layout.root().to_owned(), differences }),
            None => Self::verify(layout, manifest, Some(identity)),
        }
    }

    fn verify(
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
                Ok(windows) => {
                    stored.differs(*place, format!("{how}; its rows are taken as they stand"));
                    changed.extend(windows);
                }
                Err(Unusable::Newer(problem)) => return Err(OpenError::Newer { path: layout.path(*place), problem }),
                Err(Unusable::Unreadable(problem) | Unusable::OtherTable(problem)) => {
                    stored.differs(*place, format!("{how} and cannot be used: {problem}"));
                }
            }
        }
        for place in found.iter().filter(|place| !listed.contains_key(place)) {
            let how = "the manifest does not list it";
            match inspect(layout, *place, expected) {
                Ok(windows) => {
                    stored.ours.insert(*place);
                    stored.differs(*place, format!("{how}; its rows are taken where no other file has any"));
                    unlisted.extend(windows);
                }
                Err(Unusable::OtherTable(problem)) if manifest.is_none() => {
                    let differences = vec![format!("{}: {problem}", layout.relative(*place))];
                    return Err(OpenError::OtherIdentity { path: layout.root().to_owned(), differences });
                }
                Err(Unusable::Newer(problem)) => return Err(OpenError::Newer { path: layout.path(*place), problem }),
                Err(Unusable::Unreadable(problem) | Unusable::OtherTable(problem)) => {
                    stored.differs(*place, format!("{how} and it cannot be used: {problem}"));
                }
            }
        }
        stored.claim(manifest.as_ref(), changed, unlisted);
        stored.manifest = manifest;
        Ok(stored)
    }

    /// The dataset right after a publication, of which everything is known.
    pub(super) fn after(layout: Layout, manifest: Option<Manifest>) -> Self {
        let places: BTreeSet<_> =
            manifest.iter().flat_map(|manifest| manifest.places(&layout)).map(|(place, _)| place).collect();
        let mut stored = Self { intact: places.clone(), ours: places, ..Self::empty(layout) };
        stored.claim(manifest.as_ref(), Vec::new(), Vec::new());
        Self { manifest, ..stored }
    }

    fn empty(layout: Layout) -> Self {
        Self {
            layout,
            manifest: None,
            windows: BTreeMap::new(),
            intact: BTreeSet::new(),
            ours: BTreeSet::new(),
            differing: Vec::new(),
            lost_windows: Vec::new(),
        }
    }

    fn differs(&mut self, place: Place, reason: String) {
        self.differing.push(DifferingFile { path: self.layout.path(place), reason });
    }

    fn matches(&self, place: Place, digest: &Digest) -> Result<bool, DiskError> {
        let path = self.layout.path(place);
        let read = |file: File| -> io::Result<bool> {
            Ok(file.metadata()?.len() == digest.bytes && Digest::of(file)? == *digest)
        };
        File::open(&path).and_then(read).map_err(DiskError::at("read", &path))
    }

    /// Decides where each window is read from; see the module's head.
    fn claim(&mut self, manifest: Option<&Manifest>, changed: Vec<StoredWindow>, unlisted: Vec<StoredWindow>) {
        let mut intact = Vec::new();
        let mut listed_windows = Vec::new();
        let shapes: Vec<_> = manifest.map(Manifest::shapes).unwrap_or_default();
        for record in manifest.iter().flat_map(|manifest| &manifest.windows) {
            let (Some(window), Some(manifest)) = (record.window(), manifest) else { continue };
            listed_windows.push(window);
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
        // Beside it the other format's file is as the manifest says, and says what was so before.
        let newer_keys: BTreeSet<_> = newer.iter().map(|stored| stored.source.key).collect();
        self.intact.retain(|place| !newer_keys.contains(&place.key));
        let mut changed: Vec<_> =
            changed.into_iter().filter(|stored| !intact_keys.contains(&stored.source.key)).chain(newer).collect();
        // The later run had seen what the earlier one left; of two formats the first will do.
        changed.sort_by(|a, b| b.run_id.cmp(&a.run_id).then(a.source.format.cmp(&b.source.format)));
        let mut unlisted = unlisted;
        unlisted.sort_by(|a, b| b.run_id.cmp(&a.run_id).then(a.source.format.cmp(&b.source.format)));
        for stored in changed.into_iter().chain(intact).chain(unlisted) {
            if overlapping(&self.windows, stored.window).next().is_none() {
                self.windows.insert(stored.window, stored);
            }
        }
        let lost = |window: &Window| overlapping(&self.windows, *window).next().is_none();
        self.lost_windows = listed_windows.into_iter().filter(lost).collect();
    }

    /// The manifest, if there is one.
    #[must_use]
    pub const fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// The windows, ascending, none overlapping another.
    pub fn windows(&self) -> impl Iterator<Item = &StoredWindow> {
        self.windows.values()
    }

    /// Files that are not as the manifest says. The next publication puts them right.
    #[must_use]
    pub fn differing(&self) -> &[DifferingFile] {
        &self.differing
    }

    /// Windows of the manifest whose rows no file holds any more.
    #[must_use]
    pub fn lost_windows(&self) -> &[Window] {
        &self.lost_windows
    }

    /// Whether the dataset holds this window, settled, with a matrix that covers the given one.
    #[must_use]
    pub fn archived(&self, window: Window, shape: &MatrixShape) -> bool {
        self.windows.get(&window).is_some_and(|stored| stored.is_final && covers(&stored.shape, shape))
    }

    /// All rows of the windows that a range overlaps (`None` = all), in the table's order. Ends after an error.
    pub fn rows(&self, range: Option<Window>) -> impl Iterator<Item = Result<Row, StoredRowError>> + '_ {
        let wanted = move |stored: &&StoredWindow| range.is_none_or(|range| stored.window.overlaps(range));
        StoredRows::new(&self.layout).of_windows(self.windows.values().filter(wanted))
    }
}

/// A stored row that could not be read back.
#[derive(Debug, thiserror::Error)]
#[error("failed to read back {}", path.display())]
pub struct StoredRowError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: crate::sink::ReadError,
}

/// The windows of a map, none overlapping another, that overlap one.
pub(super) fn overlapping<T>(windows: &BTreeMap<Window, T>, window: Window) -> impl Iterator<Item = (&Window, &T)> {
    let before = windows.range(..window).next_back();
    let from = windows.range(window..).take_while(move |(other, _)| other.start() < window.end());
    before.into_iter().filter(move |(other, _)| other.overlaps(window)).chain(from)
}

/// Whether the stored lists hold the asked ones; stored lists are sorted, as every matrix's are.
fn covers(stored: &MatrixShape, asked: &MatrixShape) -> bool {
    fn holds<T: Ord>(stored: Option<&Vec<T>>, asked: Option<&Vec<T>>) -> bool {
        match (stored, asked) {
            (None, None) => true,
            (Some(stored), Some(asked)) => asked.iter().all(|value| stored.binary_search(value).is_ok()),
            _ => false,
        }
    }
    Split::from(stored) == Split::from(asked)
        && holds(stored.services.as_ref(), asked.services.as_ref())
        && holds(stored.countries.as_ref(), asked.countries.as_ref())
        && holds(stored.channels.as_ref(), asked.channels.as_ref())
        && holds(stored.prefixes.as_ref(), asked.prefixes.as_ref())
}
