//! The windows of a dataset: as its table has them, as a file holds them, and how they lie in a range.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::paths::DataFile;
use crate::model::{MatrixShape, RunId, UnixMicros, Window};

/// A window of the finished table.
#[derive(Debug, Clone)]
pub(super) struct TableWindow {
    pub(super) window: Window,
    pub(super) is_final: bool,
    pub(super) rows: u64,
    pub(super) total_attempts: i64,
    pub(super) total_converted: i64,
    pub(super) run_id: RunId,
    pub(super) shape: Arc<MatrixShape>,
}

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
    pub(super) source: DataFile,
    /// When one of its rows changed last, where a file had to say it.
    pub(super) published_at: Option<UnixMicros>,
}

impl StoredWindow {
    /// Whether another file says the same of the window, as far as its sums tell.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let told = |of: &Self| (of.rows, of.total_attempts, of.total_converted, of.is_final);
        told(self) == told(other)
    }
}

/// The windows of a map, none overlapping another, that overlap one.
pub(super) fn overlapping<T>(windows: &BTreeMap<Window, T>, window: Window) -> impl Iterator<Item = (&Window, &T)> {
    let before = windows.range(..window).next_back();
    let from = windows.range(window..).take_while(move |(other, _)| other.start() < window.end());
    before.into_iter().filter(move |(other, _)| other.overlaps(window)).chain(from)
}

/// Whether windows, none overlapping another, leave no second of a range out.
pub(super) fn is_covered<T>(range: Window, windows: &BTreeMap<Window, T>) -> bool {
    let length = |window: &Window| window.end().0.min(range.end().0) - window.start().0.max(range.start().0);
    overlapping(windows, range).map(|(window, _)| length(window)).sum::<i64>() == range.end().0 - range.start().0
}
