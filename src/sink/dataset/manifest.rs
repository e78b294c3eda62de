//! `_manifest.json`: what the dataset consists of, written last.
//!
//! Version 2, which says the version of each file's schema; manifests of version 1 name files of the first one. It
//! names every file with its size and checksum, and for every window the run and the matrix it was
//! published with. A manifest of a newer version, or one that contradicts itself, is refused rather than guessed at.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::identity::{DatasetIdentity, Split};
use super::paths::{DataFile, DatasetPaths, PartitionKey};
use super::text::{self, Seconds, Text, seconds};
use super::window::TableWindow;
use crate::model::{
    Channel, Compression, Country, Difference, Format, MatrixShape, Partition, Prefix, RunId, ServiceSid, UnixSeconds,
    Window, printable, shown,
};
use crate::rollup::{SCHEMA_VERSION, window_date};
use crate::sink::DiskError;

/// The version that this build writes, and the newest that it reads.
pub const VERSION: u32 = 2;

/// What a dataset consists of: its files and windows, each with what tells whether it changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "_manifest.json of a dataset of verify-rollup")]
pub struct Manifest {
    /// 2.
    #[schemars(extend("const" = VERSION))]
    pub format_version: u32,
    /// The newest schema of its files.
    #[serde(default = "first_schema")]
    pub schema_version: u32,
    /// The job's name.
    pub job: String,
    /// What the dataset is about.
    pub identity: DatasetIdentity,
    /// How rows are spread over files.
    pub partition: Partition,
    /// How Parquet files are compressed.
    pub compression: Compression,
    /// How the API was taken to treat the exact second of a bound, when the last change was published: `[)`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// The formats that are kept up to date.
    pub formats: Vec<Format>,
    /// From the first window's start to the last one's end; null without windows. There may be gaps.
    pub range: Option<Range>,
    /// Rows of the table, counted once, not per format.
    pub rows: u64,
    /// What the sums of the last run that changed something said.
    pub reconciliation: Reconciliation,
    /// The last run that changed something.
    pub run: RunRecord,
    /// The matrices that windows were published with.
    pub(super) matrices: Vec<MatrixRecord>,
    /// The windows, ascending, none overlapping another.
    pub windows: Vec<WindowRecord>,
    /// Windows that were published once and whose rows no file holds any more, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<WindowRecord>,
    /// The data files.
    pub files: Vec<FileRecord>,
    /// The files of the history, in order; none where the job keeps none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<FileRecord>>,
}

/// A half-open range of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// The first second.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub start: UnixSeconds,
    /// The second after the last one.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub end: UnixSeconds,
}

/// What the identities of a run said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// Whether all held.
    pub reconciled: bool,
    /// How many were checked.
    pub identities_checked: u64,
    /// Those that did not hold.
    pub differences: Vec<DifferenceRecord>,
}

/// An identity that did not hold, as `run --json` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceRecord {
    identity: String,
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    window_start: UnixSeconds,
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    window_end: UnixSeconds,
    service_sid: Option<Text<ServiceSid>>,
    channel: Option<Text<Channel>>,
    destination_prefix: Option<Text<Prefix>>,
    metric: String,
    expected: i64,
    actual: i64,
}

impl From<&Difference> for DifferenceRecord {
    fn from(difference: &Difference) -> Self {
        Self {
            identity: difference.identity.to_string(),
            window_start: difference.window.start(),
            window_end: difference.window.end(),
            service_sid: difference.service.map(Text),
            channel: difference.channel.map(Text),
            destination_prefix: difference.prefix.map(Text),
            metric: difference.metric.name().to_owned(),
            expected: difference.expected,
            actual: difference.actual,
        }
    }
}

/// `R1 2026-10-01T00:00:00Z – 2026-10-02T00:00:00Z, sms: total_attempts should be 5, the parts say 4`
impl fmt::Display for DifferenceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} – {}", printable(&self.identity), self.window_start, self.window_end)?;
        if let Some(Text(service)) = &self.service_sid {
            write!(f, ", {service}")?;
        }
        if let Some(Text(channel)) = &self.channel {
            write!(f, ", {channel}")?;
        }
        if let Some(Text(prefix)) = &self.destination_prefix {
            write!(f, ", {prefix}")?;
        }
        write!(f, ": {} should be {}, the parts say {}", printable(&self.metric), self.expected, self.actual)
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Its identifier.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub run_id: RunId,
    /// The instant that its relative ranges and settling refer to.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub as_of: UnixSeconds,
    /// When it published.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub published_at: UnixSeconds,
}

/// The values of the split dimensions; null = not split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct MatrixRecord {
    services: Option<Vec<Text<ServiceSid>>>,
    countries: Option<Vec<Text<Country>>>,
    channels: Option<Vec<Text<Channel>>>,
    destination_prefixes: Option<Vec<Text<Prefix>>>,
}

impl From<&MatrixShape> for MatrixRecord {
    fn from(shape: &MatrixShape) -> Self {
        fn texts<T: Copy>(values: Option<&Vec<T>>) -> Option<Vec<Text<T>>> {
            values.map(|values| values.iter().copied().map(Text).collect())
        }
        Self {
            services: texts(shape.services.as_ref()),
            countries: texts(shape.countries.as_ref()),
            channels: texts(shape.channels.as_ref()),
            destination_prefixes: texts(shape.prefixes.as_ref()),
        }
    }
}

impl MatrixRecord {
    pub(super) fn shape(&self) -> MatrixShape {
        fn values<T: Copy>(texts: Option<&Vec<Text<T>>>) -> Option<Vec<T>> {
            texts.map(|texts| texts.iter().map(|text| text.0).collect())
        }
        MatrixShape {
            services: values(self.services.as_ref()),
            countries: values(self.countries.as_ref()),
            channels: values(self.channels.as_ref()),
            prefixes: values(self.destination_prefixes.as_ref()),
        }
    }
}

/// A published window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WindowRecord {
    /// The first second.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub start: UnixSeconds,
    /// The second after the last one.
    #[serde(with = "seconds")]
    #[schemars(with = "Seconds")]
    pub end: UnixSeconds,
    /// Position in `matrices`.
    pub matrix: usize,
    /// Whether it was settled, and every row final.
    pub is_final: bool,
    /// Its rows, remainders included.
    pub rows: u64,
    /// The sum of the rows' attempts.
    pub total_attempts: i64,
    /// The sum of the rows' conversions.
    pub total_converted: i64,
    /// The run that last changed, added or removed one of its rows.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub run_id: RunId,
}

/// A data file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRecord {
    /// Relative to the manifest's folder.
    pub path: String,
    /// Its format.
    pub format: Format,
    /// Its folder's name, such as `month=2026-10`; empty without partitions.
    pub partition: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its checksum.
    pub sha256: String,
    /// The version of its schema.
    #[serde(default = "first_schema")]
    pub schema_version: u32,
}

/// Manifests that don't say are of the first one.
const fn first_schema() -> u32 {
    1
}

/// What every version has.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
    #[serde(default)]
    schema_version: u64,
}

/// A manifest that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Not JSON, or not this JSON, or contradictory.
    #[error(
        "{} is damaged ({problem}); restore it, or move it away to have it rebuilt from the data files",
        shown(path)
    )]
    Damaged {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Written by a later version of the tool.
    #[error("{} has format version {version}, this build knows {VERSION}; upgrade verify-rollup", shown(path))]
    Newer {
        /// The manifest.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// Its files are of a schema that a later version of the tool wrote.
    #[error(
        "{} names files of schema version {version}, this build knows {SCHEMA_VERSION}; upgrade verify-rollup",
        shown(path)
    )]
    NewerSchema {
        /// The manifest.
        path: PathBuf,
        /// The schema's version.
        version: u64,
    },
}

impl Manifest {
    /// Reads and checks the manifest of a dataset; `None` if there is none.
    pub fn read(layout: &DatasetPaths) -> Result<Option<Self>, ManifestError> {
        let path = layout.manifest();
        let bytes = match read_file(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(DiskError::at("read", &path)(error).into()),
        };
        let damaged =
            |problem: String| ManifestError::Damaged { path: path.clone(), problem: printable(&problem).into_owned() };
        let version: Version = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if version.format_version > u64::from(VERSION) {
            return Err(ManifestError::Newer { path, version: version.format_version });
        }
        if version.schema_version > u64::from(SCHEMA_VERSION) {
            return Err(ManifestError::NewerSchema { path, version: version.schema_version });
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        manifest.check(layout).map_err(damaged)?;
        Ok(Some(manifest))
    }

    /// The text to be written: pretty, ended by a line feed.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has nothing that JSON cannot hold");
        text.push('\n');
        text
    }

    /// Whether another manifest says the same of the table. Who looked last, and how many sums that took, is no change,
    /// nor is another name of the same zone.
    pub(super) fn same_but_for_the_run(&self, other: &Self) -> bool {
        let identities_checked = self.reconciliation.identities_checked;
        let reconciliation = Reconciliation { identities_checked, ..other.reconciliation.clone() };
        let (identity, run) = (self.identity.clone(), self.run.clone());
        let is_same = self.identity.differences(&other.identity).is_empty();
        is_same && Self { identity, reconciliation, run, ..other.clone() } == *self
    }

    /// The matrices as shapes, in the order of their positions.
    pub(super) fn shapes(&self) -> Vec<Arc<MatrixShape>> {
        self.matrices.iter().map(|matrix| Arc::new(matrix.shape())).collect()
    }

    /// The place of each file, in the order of [`Manifest::files`].
    pub(super) fn places(&self, layout: &DatasetPaths) -> impl Iterator<Item = (DataFile, &FileRecord)> {
        let windows = self.windows.iter().filter_map(WindowRecord::window);
        let keys: BTreeSet<_> = windows.map(|window| self.key_of(window)).collect();
        let places = keys.into_iter().flat_map(|key| Format::ALL.map(|format| DataFile { key, format }));
        let by_path: HashMap<_, _> = places.map(|place| (layout.relative(place), place)).collect();
        self.files.iter().filter_map(move |file| Some((*by_path.get(&file.path)?, file)))
    }

    /// The files of the history, by path.
    pub(super) fn history_files(&self) -> impl Iterator<Item = (&str, &FileRecord)> {
        self.history.iter().flatten().map(|file| (file.path.as_str(), file))
    }

    /// The share that a window's rows lie in.
    pub(super) fn key_of(&self, window: Window) -> PartitionKey {
        PartitionKey::of(self.partition, window_date(self.identity.timezone, window))
    }

    fn check(&self, layout: &DatasetPaths) -> Result<(), String> {
        if self.job != layout.job() {
            return Err(format!("it belongs to the job `{}`", self.job));
        }
        // Once for each: a window is only a few numbers, but a matrix may list thousands of values.
        let splits: Vec<_> = self.matrices.iter().map(|matrix| Split::from(&matrix.shape())).collect();
        let mut free = i64::MIN;
        for record in &self.windows {
            let window = record.window().filter(|window| window.start().0 >= free);
            free = window.ok_or_else(|| format!("the window at {} is out of order", record.start))?.end().0;
            if splits.get(record.matrix) != Some(&self.identity.split) {
                return Err(format!("the window at {} has no matrix that fits the identity", record.start));
            }
        }
        if self.lost.iter().any(|record| record.window().is_none() || record.matrix >= splits.len()) {
            return Err("a window that was lost has no matrix".to_owned());
        }
        if self.places(layout).count() != self.files.len() {
            return Err("it lists a file that holds no window".to_owned());
        }
        Ok(())
    }
}

/// Reads a file. A pipe would keep us waiting, and a device never ends.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::read(path)
}

impl FileRecord {
    /// Whether another describes the same bytes of the same file, whatever schema it takes them for.
    pub(super) fn is_of_the_content_of(&self, other: &Self) -> bool {
        Self { schema_version: self.schema_version, ..other.clone() } == *self
    }
}

impl WindowRecord {
    /// The window with its matrix, one of these.
    pub(super) fn in_table(&self, shapes: &[Arc<MatrixShape>]) -> Option<TableWindow> {
        Some(TableWindow {
            window: self.window()?,
            is_final: self.is_final,
            rows: self.rows,
            total_attempts: self.total_attempts,
            total_converted: self.total_converted,
            run_id: self.run_id,
            shape: Arc::clone(shapes.get(self.matrix)?),
        })
    }

    /// The window; `None` if it is empty.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        Window::new(self.start, self.end)
    }
}
