//! What goes into a publication and what comes out of it.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::changes::{PublishedWindow, RefusedWindow, RestoredWindow};
use super::manifest::Reconciliation;
use super::reading::StoredRowError;
use crate::model::{ChangeLog, Compression, Format, MatrixShape, Partition, RunId, UnixSeconds, Window};
use crate::sink::{DiskError, WriteError};

/// What a run publishes, but for the rows.
#[derive(Debug, Clone)]
pub struct Publication {
    /// The windows that are complete, none overlapping another.
    pub windows: Vec<PublishedWindow>,
    /// Windows of former publications whose rows were lost or changed, and are known otherwise.
    pub restored: Vec<RestoredWindow>,
    /// Windows of the job that it leaves as they are, for the API holds them no longer: they count as the run's.
    pub archived: Vec<Window>,
    /// The matrix of each of them, as [`crate::model::Matrix`] sorts it.
    pub shape: MatrixShape,
    /// The run.
    pub run_id: RunId,
    /// Its `as_of`.
    pub as_of: UnixSeconds,
    /// The time of publishing.
    pub now: UnixSeconds,
    /// What its sums said.
    pub reconciliation: Reconciliation,
    /// How the API was taken to treat the exact second of a bound, if that is known.
    pub interval: Option<String>,
    /// The formats that are asked for (none = Parquet); formats already published stay maintained.
    pub formats: Vec<Format>,
    /// How rows are spread over files; another one than before rebuilds them all.
    pub partition: Partition,
    /// How Parquet files are compressed; another one than before rebuilds them.
    pub compression: Compression,
    /// Which files are written.
    pub rewrite: Rewrite,
    /// What becomes of windows whose rows no file holds any more.
    pub loss: Loss,
    /// Whether changes are logged.
    pub history: ChangeLog,
}

/// What becomes of windows whose rows no file holds any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loss {
    /// The manifest goes on naming them.
    #[default]
    Told,
    /// They are forgotten.
    Accepted,
}

/// Which files a publication writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rewrite {
    /// Those of which a row changed.
    #[default]
    Changed,
    /// All, in the present schema.
    All,
}

/// What a publication did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// The files that hold the run's windows, and others that were written.
    pub files: Vec<PublishedFile>,
    /// Windows that now stand as this run found them.
    pub windows_published: Vec<Window>,
    /// Windows that stand settled in the dataset and were offered unsettled.
    pub windows_kept: Vec<Window>,
    /// Windows that the dataset holds and the run left as they are.
    pub windows_archived: Vec<Window>,
    /// Windows inside longer stored ones.
    pub windows_refused: Vec<RefusedWindow>,
    /// Of the windows published, those whose rows are final and have no cost, though they have attempts.
    pub windows_without_cost: Vec<Window>,
    /// Rows of the windows published or kept.
    pub rows: u64,
    /// Those that are not final.
    pub provisional_rows: u64,
    /// Their sum.
    pub total_attempts: i64,
    /// Their sum.
    pub total_converted: i64,
    /// The latest day of them, in the dataset's time zone; `None`: there is no window.
    pub last_day: Option<DayTotal>,
    /// Rows of the windows published that are new, different or no longer there.
    pub rows_changed: u64,
    /// The windows that have such rows.
    pub windows_changed: Vec<Window>,
    /// Where files went that held something else than what was published in their place.
    pub set_aside: Vec<PathBuf>,
}

/// What the windows of a day add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTotal {
    /// The day on which they begin.
    pub date: NaiveDate,
    /// Their sum.
    pub attempts: i64,
    /// Their sum.
    pub converted: i64,
}

/// A file of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Whether this publication wrote it.
    pub change: FileChange,
}

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It was written.
    Written,
    /// It holds what it held before.
    Unchanged,
}

/// Nothing, or not everything, was published. The manifest names the former set, or the next opening recovers.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Rows could not be encoded.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Stored rows could not be read back.
    #[error(transparent)]
    Stored(#[from] StoredRowError),
    /// The run offered a row that does not belong to the window or the account; this is a bug.
    #[error("row `{row_key}` does not belong to the window that it was offered for; this is a bug in verify-rollup")]
    ForeignRow {
        /// The row's key.
        row_key: String,
    },
    /// The run offered windows that overlap; this is a bug.
    #[error("the windows at {0} overlap; this is a bug in verify-rollup")]
    OverlappingWindows(UnixSeconds),
    /// A publication failed half-way, and what is on disk is not known any more.
    #[error("an earlier publication of this dataset failed; open it again")]
    EarlierFailure,
}

impl PublishError {
    /// A file could not be written; names it where the disk is the cause.
    pub(super) fn writing(path: &Path, error: WriteError) -> Self {
        match error {
            WriteError::Io(error) => DiskError::at("write", path)(error).into(),
            other => other.into(),
        }
    }
}
