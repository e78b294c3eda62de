//! Looks a published dataset through, file by file, without changing anything: checksums, rows against their window's
//! matrix and sums, dates and rates, windows against each other, the log of changes, and what lies around.
//!
//! A file is read even where its checksum holds: a checksum says that it is what was published, the rows that this was
//! right. No file is in memory as a whole, but a window's rows are, and where a log is kept those of a month.

mod file;
mod finding;
mod log;
mod tally;
mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use self::file::{Expected, read};
pub use self::finding::{AuditFinding, FindingKind};
use self::tally::Tally;
use super::foreign::foreign_files;
use super::identity::DatasetIdentity;
use super::manifest::{Manifest, WindowRecord};
use super::paths::{DataFile, DatasetPaths};
use super::stored::OpenError;
use super::window::TableWindow;
use crate::model::{MatrixShape, Row, Window};
use crate::sink::atomic::Digest;
use crate::sink::{DiskError, ReadError};

/// What an audit looked at, and what it found.
#[derive(Debug, Default)]
pub struct Audited {
    /// Data files that the manifest lists and that are there.
    pub files: usize,
    /// Rows that were read, of each format.
    pub rows: u64,
    /// Windows that the manifest lists.
    pub windows: usize,
    /// Files of the log of changes, where one is kept.
    pub log_files: usize,
    /// Changes in them.
    pub log_changes: u64,
    /// What is amiss.
    pub findings: Vec<AuditFinding>,
}

/// A window's rows, read from a file.
#[derive(Debug, Clone, Copy)]
pub struct ReadWindow<'a> {
    /// The file.
    pub path: &'a Path,
    /// The window.
    pub window: Window,
    /// The matrix that it was published with.
    pub shape: &'a MatrixShape,
    /// Whether it was settled.
    pub is_final: bool,
    /// Its rows in the table's order.
    pub rows: &'a [Row],
}

/// Why a dataset could not be looked through.
enum Stopped<E> {
    Read(ReadError),
    Judge(E),
}

impl<E> From<ReadError> for Stopped<E> {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

/// Looks a dataset through, which must be of this identity. `judge` sees the rows of each listed window once, and again
/// where another format tells something else; what it finds is added.
///
/// # Errors
/// The dataset is of another identity, or cannot be read; or what `judge` says.
pub fn audit<E: From<OpenError>>(
    layout: &DatasetPaths,
    identity: &DatasetIdentity,
    mut judge: impl FnMut(ReadWindow<'_>) -> Result<Option<AuditFinding>, E>,
) -> Result<Audited, E> {
    let manifest = Manifest::read(layout).map_err(OpenError::from)?;
    let found: BTreeSet<_> = layout.data_files().map_err(OpenError::from)?.into_iter().collect();
    let mut audited = Audited::default();
    let Some(manifest) = manifest else {
        if !found.is_empty() {
            let what = format!("{} data files are there, and no manifest", found.len());
            audited.add(FindingKind::NoManifest, Some(layout.manifest()), None, what);
        }
        audited.beside(layout)?;
        return Ok(audited);
    };
    let differences = manifest.identity.differences(identity);
    if !differences.is_empty() {
        return Err(OpenError::OtherIdentity { path: layout.root().to_owned(), differences }.into());
    }
    let shapes = manifest.shapes();
    let windows: Vec<_> = manifest.windows.iter().filter_map(|record| record.in_table(&shapes)).collect();
    audited.windows = windows.len();
    let mut judged = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for (place, record) in manifest.places(layout) {
        listed.insert(place);
        let path = layout.path(place);
        if !found.contains(&place) {
            audited.add(FindingKind::MissingFile, Some(path), None, "it is missing".to_owned());
            continue;
        }
        audited.files += 1;
        let is_intact =
            digest(&path).map_err(OpenError::from)? == Digest { bytes: record.bytes, sha256: record.sha256.clone() };
        let mut found = Vec::new();
        let mut tally = Tally::new(path.clone(), &mut found);
        if !is_intact {
            tally.file(FindingKind::ChangedFile, "its checksum is not the manifest's".to_owned());
        }
        let expected = Expected { place, identity: &manifest.identity, windows: within(&manifest, &windows, place) };
        let mut more = Vec::new();
        let rows = read(&expected, &mut tally, |listed: &TableWindow, rows: &[Row]| {
            let told = told(rows);
            if judged.insert(listed.window, told) != Some(told) {
                let TableWindow { window, is_final, ref shape, .. } = *listed;
                let window = ReadWindow { path: &path, window, shape, is_final, rows };
                more.extend(judge(window).map_err(Stopped::Judge)?);
            }
            Ok(())
        });
        audited.rows += rows.map_err(|stopped| match stopped {
            Stopped::Read(problem) => OpenError::Newer { path: path.clone(), problem }.into(),
            Stopped::Judge(error) => error,
        })?;
        audited.findings.append(&mut found);
        audited.findings.append(&mut more);
    }
    for place in found.difference(&listed) {
        let what = "the manifest does not list it".to_owned();
        audited.add(FindingKind::UnlistedFile, Some(layout.path(*place)), None, what);
    }
    audited.times(&manifest);
    let mut log = log::play(layout, &manifest, identity)?;
    (audited.log_files, audited.log_changes) = (log.files, log.changes);
    audited.findings.append(&mut log.findings);
    audited.beside(layout)?;
    Ok(audited)
}

/// What rows count and cost, and how that is known, in short.
fn told(rows: &[Row]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for row in rows {
        (row.key, row.counts, row.cost, row.provenance, row.asked_at.0).hash(&mut hasher);
    }
    hasher.finish()
}

/// The windows whose rows belong into a file.
fn within<'w>(manifest: &Manifest, windows: &'w [TableWindow], place: DataFile) -> BTreeMap<Window, &'w TableWindow> {
    let belongs = |listed: &&TableWindow| manifest.key_of(listed.window) == place.key;
    windows.iter().filter(belongs).map(|listed| (listed.window, listed)).collect()
}

fn digest(path: &Path) -> Result<Digest, DiskError> {
    File::open(path).and_then(Digest::of).map_err(DiskError::at("read", path))
}

impl Audited {
    fn add(&mut self, kind: FindingKind, path: Option<PathBuf>, window: Option<Window>, what: String) {
        self.findings.push(AuditFinding { kind, path, window, count: 1, what });
    }

    /// Windows that are lost, and times that none covers.
    fn times(&mut self, manifest: &Manifest) {
        let lost: Vec<_> = manifest.lost.iter().filter_map(WindowRecord::window).collect();
        for window in &lost {
            self.add(FindingKind::LostWindow, None, Some(*window), format!("the rows of {window} are gone"));
        }
        let mut known: Vec<_> = manifest.windows.iter().filter_map(WindowRecord::window).chain(lost).collect();
        known.sort_unstable();
        let mut reached = None;
        for window in known {
            if let Some(gap) = reached.and_then(|end| Window::new(end, window.start())) {
                self.add(FindingKind::Gap, None, Some(gap), format!("no window covers {gap}"));
            }
            reached = reached.max(Some(window.end()));
        }
    }

    /// What lies beside the listed files.
    fn beside(&mut self, layout: &DatasetPaths) -> Result<(), OpenError> {
        for path in foreign_files(layout)? {
            self.add(FindingKind::ForeignFile, Some(path), None, "it is none of this dataset's files".to_owned());
        }
        for (folder, kind, what) in [
            (layout.staging(), FindingKind::LeftOver, "it was never published"),
            (layout.set_aside(), FindingKind::SetAside, "a run set it aside"),
        ] {
            for path in entries(&folder)? {
                self.add(kind, Some(path), None, what.to_owned());
            }
        }
        Ok(())
    }
}

/// What a folder holds, in order; nothing if it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()),
    };
    let mut paths = listed.map_err(DiskError::at("list", folder))?;
    paths.sort_unstable();
    Ok(paths)
}
