//! What a dataset holds on disk, as it was found.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::identity::{DatasetIdentity, Split};
use super::manifest::{Manifest, ManifestError, WindowRecord};
use super::paths::{DataFile, DatasetPaths};
use super::reading::{StoredRowError, StoredRows};
use super::window::{StoredWindow, TableWindow};
use crate::model::{MatrixShape, Row, RunId, Window, printable, shown};
use crate::sink::{DiskError, ReadError};

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
        shown(path),
        differences.join("; ")
    )]
    OtherIdentity {
        /// The dataset's folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
    /// A file of it is of a later version of the tool.
    #[error("{} is {problem}", shown(path))]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it is.
        problem: ReadError,
    },
    /// Its manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A folder of it lies elsewhere, so that no file could reach its place whole.
    #[error(
        "{} lies on another file system than the dataset; link the whole dataset's folder, or choose another \
         `--output`",
        shown(path)
    )]
    OtherFileSystem {
        /// The folder.
        path: PathBuf,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

/// The dataset as it was found.
#[derive(Debug)]
pub struct Stored {
    pub(super) layout: DatasetPaths,
    pub(super) manifest: Option<Manifest>,
    pub(super) windows: BTreeMap<Window, StoredWindow>,
    /// Files that are exactly as the manifest says.
    pub(super) intact: BTreeSet<DataFile>,
    /// Files that are there and belong to the dataset: listed ones, and others whose rows are of this table.
    pub(super) ours: BTreeSet<DataFile>,
    /// Files that hold what was published: as the manifest says, or as a killed publication left them.
    pub(super) as_published: BTreeSet<DataFile>,
    /// Files that hold what a publication in their place would not: it sets them aside.
    pub(super) aside: BTreeSet<DataFile>,
    pub(super) differing: Vec<DifferingFile>,
    /// Files that are none of ours, where readers would count them.
    pub(super) foreign: Vec<PathBuf>,
    pub(super) lost: Vec<TableWindow>,
}

impl Stored {
    /// Reads a dataset without its lock, for reports: `None` if nothing was ever published.
    pub fn read(layout: &DatasetPaths) -> Result<Option<Self>, OpenError> {
        match Manifest::read(layout)? {
            Some(manifest) => Self::verify(layout, Some(manifest), None).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a dataset, which must be of this identity, as the next run would find it. Nothing is changed.
    ///
    /// # Errors
    /// It is of another identity, or cannot be read.
    pub fn load(layout: &DatasetPaths, identity: &DatasetIdentity) -> Result<Self, OpenError> {
        let manifest = Manifest::read(layout)?;
        let differences = manifest.as_ref().map(|manifest| manifest.identity.differences(identity));
        match differences.filter(|differences| !differences.is_empty()) {
            Some(differences) => Err(OpenError::OtherIdentity { path: layout.root().to_owned(), differences }),
            None => Self::verify(layout, manifest, Some(identity)),
        }
    }

    /// The dataset right after a publication, of which everything is known.
    pub(super) fn after(layout: DatasetPaths, manifest: Option<Manifest>) -> Self {
        let places: BTreeSet<_> =
            manifest.iter().flat_map(|manifest| manifest.places(&layout)).map(|(place, _)| place).collect();
        let mut stored = Self { intact: places.clone(), ours: places, ..Self::empty(layout) };
        stored.claim(manifest.as_ref(), Vec::new(), Vec::new());
        Self { manifest, ..stored }
    }

    pub(super) fn empty(layout: DatasetPaths) -> Self {
        Self {
            layout,
            manifest: None,
            windows: BTreeMap::new(),
            intact: BTreeSet::new(),
            ours: BTreeSet::new(),
            as_published: BTreeSet::new(),
            aside: BTreeSet::new(),
            differing: Vec::new(),
            foreign: Vec::new(),
            lost: Vec::new(),
        }
    }

    pub(super) fn differs(&mut self, place: DataFile, reason: &str) {
        let reason = printable(reason).into_owned();
        self.differing.push(DifferingFile { path: self.layout.path(place), reason });
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

    /// Files below the folders of data and of the log that are none of ours. Readers of the folders count them.
    #[must_use]
    pub fn foreign_files(&self) -> &[PathBuf] {
        &self.foreign
    }

    /// Windows that were published once and whose rows no file holds any more, ascending, each with its matrix.
    pub fn lost_windows(&self) -> impl Iterator<Item = (Window, &Arc<MatrixShape>)> {
        self.lost.iter().map(|lost| (lost.window, &lost.shape))
    }

    /// Settled windows whose rows come from a file that is not as the manifest says, and that no killed publication
    /// left.
    pub fn unverified_windows(&self) -> impl Iterator<Item = &StoredWindow> {
        self.windows.values().filter(move |stored| stored.is_final && !self.as_published.contains(&stored.source))
    }

    /// Whether readers are misled until something is published: by a file that is to be set aside, or windows that were
    /// lost and are not named so. What a killed publication left behind is whole, and can wait for the next one.
    #[must_use]
    pub fn is_harmed(&self) -> bool {
        !self.aside.is_empty() || !self.named_lost().eq(self.lost.iter().map(|lost| lost.window))
    }

    /// Whether windows were lost that the manifest does not name so.
    pub(super) fn has_unnamed_losses(&self) -> bool {
        let named: BTreeSet<_> = self.named_lost().collect();
        self.lost.iter().any(|lost| !named.contains(&lost.window))
    }

    fn named_lost(&self) -> impl Iterator<Item = Window> {
        self.manifest.iter().flat_map(|manifest| &manifest.lost).filter_map(WindowRecord::window)
    }

    /// Whether a window's rows come from a file that is exactly as the manifest says.
    #[must_use]
    pub fn is_vouched_for(&self, window: Window) -> bool {
        self.windows.get(&window).is_some_and(|stored| self.intact.contains(&stored.source))
    }

    /// The run that last changed a window's rows.
    #[must_use]
    pub fn publisher(&self, window: Window) -> Option<RunId> {
        self.windows.get(&window).map(|stored| stored.run_id)
    }

    /// Whether the dataset holds this window, settled, with a matrix that covers the given one.
    #[must_use]
    pub fn archived(&self, window: Window, shape: &MatrixShape) -> bool {
        self.windows.get(&window).is_some_and(|stored| stored.is_final && covers(&stored.shape, shape))
    }

    /// All rows of the windows that a range overlaps (`None` = all), in the table's order. Ends after an error.
    pub fn rows(&self, range: Option<Window>) -> impl Iterator<Item = Result<Row, StoredRowError>> + '_ {
        self.rows_where(move |window| range.is_none_or(|range| window.overlaps(range)))
    }

    /// All rows of some windows, likewise.
    pub fn rows_where<'a>(
        &'a self,
        is_wanted: impl Fn(Window) -> bool + 'a,
    ) -> impl Iterator<Item = Result<Row, StoredRowError>> + 'a {
        let wanted = move |stored: &&StoredWindow| is_wanted(stored.window);
        StoredRows::new(&self.layout).of_windows(self.windows.values().filter(wanted))
    }
}

/// Whether the stored lists hold the asked ones; stored lists are sorted, as every matrix's are.
pub(super) fn covers(stored: &MatrixShape, asked: &MatrixShape) -> bool {
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
