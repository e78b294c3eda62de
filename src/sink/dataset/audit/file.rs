//! One file, read once from its first row to its last, a window in memory at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::FindingKind;
use super::tally::Tally;
use super::window;
use crate::model::{Row, Window};
use crate::rollup::Rates;
use crate::sink::dataset::identity::DatasetIdentity;
use crate::sink::dataset::paths::DataFile;
use crate::sink::dataset::window::TableWindow;
use crate::sink::{ReadError, RowReader};

/// What a file should hold.
pub(super) struct Expected<'a> {
    pub(super) place: DataFile,
    pub(super) identity: &'a DatasetIdentity,
    /// The windows that belong into it.
    pub(super) windows: BTreeMap<Window, &'a TableWindow>,
}

/// Reads the file, hands on the rows of each window that the manifest lists, and says how many rows it read.
///
/// # Errors
/// The file is of a newer schema, or what `judge` says.
pub(super) fn read<E: From<ReadError>>(
    expected: &Expected<'_>,
    tally: &mut Tally<'_>,
    mut judge: impl FnMut(&TableWindow, &[Row]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut seen = BTreeSet::new();
    let mut finish = |rows: &[Row], tally: &mut Tally<'_>| -> Result<(), E> {
        let Some(found) = rows.first().map(|row| row.key.window) else { return Ok(()) };
        let Some(listed) = expected.windows.get(&found).filter(|_| seen.insert(found)) else {
            let said = || format!("it holds rows of {found}, which the manifest does not list for it");
            tally.note(FindingKind::UnlistedWindow, found, said);
            return Ok(());
        };
        window::check(rows, listed, expected.identity, tally);
        judge(listed, rows)
    };
    let mut rows = match RowReader::open(expected.place.format, tally.path()) {
        Ok(rows) => rows,
        Err(error) => return failed(error, tally).map(|()| 0),
    };
    let mut count = 0;
    let mut gathered: Vec<Row> = Vec::new();
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err(error) => return failed(error, tally).map(|()| count),
        };
        count += 1;
        if !are_rates(rows.rates(), &row) {
            let said = || format!("{}: {} of {} converted", row.key, row.counts.converted(), row.counts.attempts());
            tally.note(FindingKind::WrongRate, row.key.window, said);
        }
        if gathered.first().is_some_and(|first| first.key.window != row.key.window) {
            finish(&gathered, tally)?;
            gathered.clear();
        }
        gathered.push(row);
    }
    finish(&gathered, tally)?;
    for absent in expected.windows.keys().filter(|window| !seen.contains(window)) {
        tally.note(FindingKind::AbsentRows, *absent, || format!("it has no row of {absent}"));
    }
    Ok(count)
}

/// A newer program's file is no finding: nothing can be said of it.
fn failed<E: From<ReadError>>(error: ReadError, tally: &mut Tally<'_>) -> Result<(), E> {
    let kind = match &error {
        ReadError::NewerSchema { .. } => return Err(error.into()),
        ReadError::Row { .. } | ReadError::OutOfOrder { .. } => FindingKind::BadRow,
        ReadError::Io(_) | ReadError::Malformed { .. } | ReadError::ForeignSchema => FindingKind::UnreadableFile,
    };
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    tally.file(kind, format!("{error}{cause}"));
    Ok(())
}

/// Whether stored rates are those of the row, up to how a number is rounded.
fn are_rates(stored: [Option<f64>; 3], row: &Row) -> bool {
    let own = Rates::of(row.counts).map_or([None; 3], |rates| [rates.rate, rates.low, rates.high].map(Some));
    stored.into_iter().zip(own).all(|pair| match pair {
        (None, None) => true,
        (Some(stored), Some(own)) => (stored - own).abs() <= 1e-9,
        _ => false,
    })
}
