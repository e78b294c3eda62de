//! The log of changes, where the manifest names one: its files as the manifest says, and what they say of a month,
//! played from the first one on, against the rows that stand.
//!
//! All rows of a month are in memory, as when a run reads the log. What a change says of the row before is not held
//! against anything: where a file was lost once, it no longer follows from what is left.

use std::collections::{BTreeMap, HashMap};

use super::finding::{AuditFinding, FindingKind};
use super::tally::Tally;
use crate::model::{Row, Window};
use crate::rollup::window_date;
use crate::sink::dataset::history::{Unread, month_of, read};
use crate::sink::dataset::history_files::{HistoryFile, found};
use crate::sink::dataset::identity::DatasetIdentity;
use crate::sink::dataset::manifest::{FileRecord, Manifest};
use crate::sink::dataset::paths::DatasetPaths;
use crate::sink::dataset::reading::StoredRowError;
use crate::sink::dataset::stored::{OpenError, Stored};
use crate::sink::{DiskError, ReadError};

/// What was played.
#[derive(Default)]
pub(super) struct Log {
    pub(super) files: usize,
    pub(super) changes: u64,
    pub(super) findings: Vec<AuditFinding>,
}

/// Plays the log, if there is one.
///
/// # Errors
/// Files cannot be read, or a later version of the tool wrote them.
pub(super) fn play(layout: &DatasetPaths, manifest: &Manifest, identity: &DatasetIdentity) -> Result<Log, OpenError> {
    let mut log = Log::default();
    if manifest.history.is_none() {
        return Ok(log);
    }
    let stored = Stored::load(layout, identity)?;
    let mut listed: BTreeMap<_, _> = manifest.history_files().collect();
    let month = |window: &Window| month_of(window_date(manifest.identity.timezone, *window));
    let mut months: BTreeMap<_, Vec<_>> = stored.windows.keys().map(|window| (month(window), Vec::new())).collect();
    for file in found(layout)? {
        months.entry(file.key).or_default().push(file);
    }
    for (key, files) in months {
        let mut said = HashMap::new();
        for file in files {
            let record = listed.remove(file.path.as_str());
            log.file(layout, &file, record, &mut said)?;
        }
        let rows = stored.rows_where(|window| month(&window) == key);
        compare(Tally::new(layout.history().join(key.to_string()), &mut log.findings), said, rows)?;
    }
    for path in listed.into_keys() {
        log.note(layout, path, FindingKind::LogDamaged, "it is missing".to_owned());
    }
    Ok(log)
}

impl Log {
    fn note(&mut self, layout: &DatasetPaths, path: &str, kind: FindingKind, what: String) {
        Tally::new(layout.root().join(path), &mut self.findings).file(kind, what);
    }

    /// Plays a file on what those before it said.
    fn file(
        &mut self,
        layout: &DatasetPaths,
        file: &HistoryFile,
        listed: Option<&FileRecord>,
        said: &mut HashMap<String, Row>,
    ) -> Result<(), OpenError> {
        self.files += 1;
        let (kind, what) = match (read(layout, file, said), listed) {
            (Err(Unread::Failed(error)), _) => return Err(unreadable(error)),
            (Err(Unread::Damaged(error)), _) => (FindingKind::LogDamaged, error.source.to_string()),
            (Ok(is), listed) => {
                self.changes += is.rows;
                match listed {
                    None => (FindingKind::LogUnlisted, "the manifest does not list it".to_owned()),
                    Some(listed) if is.is_of_the_content_of(listed) => return Ok(()),
                    Some(_) => (FindingKind::LogDamaged, "it is not as the manifest says".to_owned()),
                }
            }
        };
        self.note(layout, &file.path, kind, what);
        Ok(())
    }
}

/// Holds what a month's log says against the rows that stand.
fn compare(
    mut tally: Tally<'_>,
    mut said: HashMap<String, Row>,
    rows: impl Iterator<Item = Result<Row, StoredRowError>>,
) -> Result<(), OpenError> {
    let mut differs = |row: &Row, how: &str| {
        let what = || format!("{}: played from its first file on, the log {how}", row.key);
        tally.note(FindingKind::LogDiffers, row.key.window, what);
    };
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(error) if is_beyond_us(&error.source) => return Err(unreadable(error)),
            // A damaged file of the table, of which there is a finding already.
            Err(_) => return Ok(()),
        };
        match said.remove(&row.key.to_string()) {
            Some(known) if known == row => {}
            Some(_) => differs(&row, "says something else than the table"),
            None => differs(&row, "lacks this row of the table"),
        }
    }
    let mut beyond: Vec<_> = said.into_values().collect();
    beyond.sort_unstable_by_key(|row| row.key);
    for row in &beyond {
        differs(row, "has this row, and the table has not");
    }
    Ok(())
}

const fn is_beyond_us(error: &ReadError) -> bool {
    matches!(error, ReadError::Io(_) | ReadError::NewerSchema { .. })
}

fn unreadable(StoredRowError { path, source }: StoredRowError) -> OpenError {
    match source {
        ReadError::Io(error) => DiskError::at("read", &path)(error).into(),
        problem => OpenError::Newer { path, problem },
    }
}
