//! The log of changes to published rows, if the job keeps one.
//!
//! Read from its first file on, a month's log says what the table holds of that month: what a publication changes is
//! written to a new file, which has its name before any data file has. A publication that was killed in between leaves
//! a log that is ahead of the table, or a table whose former rows are gone. So a month whose files are not all as the
//! manifest says is in doubt: there the log itself is read, and what it lacks of the table to be, or has beyond it, is
//! added. The same makes the first entries of a log that is begun late, or was interrupted.
//!
//! A file of the log that cannot be read is set aside, and what it said is written anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::history_files::{HistoryFile, found, path_of};
use super::manifest::{FileRecord, Manifest, WindowRecord};
use super::paths::{DatasetPaths, PartitionKey};
use super::publication::{Publication, PublishError, Rewrite};
use super::reading::StoredRowError;
use super::stored::Stored;
use crate::model::{Format, Partition, Row, Window};
use crate::rollup::{SCHEMA_VERSION, window_date};
use crate::sink::atomic::{Digest, SealedFile, StagedFile, Staging};
use crate::sink::{ChangeWriter, DiskError, ReadError, replay};

/// The log, while a publication adds to it.
pub(super) struct Log<'d> {
    layout: &'d DatasetPaths,
    staging: &'d Staging,
    publication: &'d Publication,
    zone: Tz,
    months: BTreeMap<PartitionKey, Month>,
    /// The files that stay.
    standing: Vec<FileRecord>,
    set_aside: Vec<PathBuf>,
}

#[derive(Default)]
struct Month {
    /// Files so far.
    last: u64,
    standing: Standing,
    /// Rows that stood, by key, and that no row of the table to be was held against yet: all that the log knows of a month
    /// in doubt, else those of windows that go.
    stood: HashMap<String, Row>,
    file: Option<Begun>,
}

/// Whether the log says what the table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Standing {
    #[default]
    Sure,
    InDoubt,
}

/// A file that takes entries.
struct Begun {
    path: String,
    writer: ChangeWriter<StagedFile>,
    rows: u64,
}

/// What a publication adds: files that wait for their names, and the records of all files then.
pub(super) struct Added {
    pub(super) sealed: Vec<(PathBuf, SealedFile)>,
    pub(super) records: Vec<FileRecord>,
    /// Where files went that could not be read.
    pub(super) set_aside: Vec<PathBuf>,
}

impl<'d> Log<'d> {
    /// Reads what the log holds of months in doubt: of all where every file is to be written anew.
    pub(super) fn open(
        stored: &'d Stored,
        staging: &'d Staging,
        publication: &'d Publication,
        zone: Tz,
    ) -> Result<Self, PublishError> {
        let layout = &stored.layout;
        let files = found(layout)?;
        let mut months: BTreeMap<_, Month> = BTreeMap::new();
        for key in in_doubt(stored, &files, zone, publication.rewrite) {
            months.entry(key).or_default().standing = Standing::InDoubt;
        }
        let manifest = stored.manifest();
        let listed: HashMap<_, _> = manifest.into_iter().flat_map(Manifest::history_files).collect();
        let mut log = Self { layout, staging, publication, zone, months, standing: Vec::new(), set_aside: Vec::new() };
        for file in files {
            let month = log.months.entry(file.key).or_default();
            month.last = month.last.max(file.number);
            let record = listed.get(file.path.as_str()).filter(|record| record.bytes == file.bytes);
            log.standing.extend(match month.standing {
                Standing::Sure => record.copied().cloned(),
                Standing::InDoubt => match read(layout, &file, &mut month.stood) {
                    Ok(read) => Some(
                        record.copied().filter(|listed| read.is_of_the_content_of(listed)).cloned().unwrap_or(read),
                    ),
                    Err(Unread::Damaged(error)) => {
                        log.set_aside.push(set_aside(layout, staging, &error.path)?);
                        None
                    }
                    Err(Unread::Failed(error)) => return Err(error.into()),
                },
            });
        }
        Ok(log)
    }

    /// Whether rows of these windows must be seen though no file of them is written.
    pub(super) fn must_see<'w>(&self, windows: impl IntoIterator<Item = &'w Window>) -> bool {
        let in_doubt = |key| self.months.get(&key).is_some_and(|month| month.standing == Standing::InDoubt);
        windows.into_iter().any(|window| in_doubt(month_of(window_date(self.zone, *window))))
    }

    /// A row of a window that the table to be does not have. Another window may have one with the same key: the days of a
    /// week that was cut once, say.
    pub(super) fn goes(&mut self, row: &Row) {
        let month = self.months.entry(month_of(row.window_date)).or_default();
        if month.standing == Standing::Sure {
            month.stood.insert(row.key.to_string(), *row);
        }
    }

    /// A row of the table, as it stood and as it is to be.
    pub(super) fn see(&mut self, before: Option<&Row>, after: Option<&Row>) -> Result<(), PublishError> {
        let Some(row) = after.or(before) else { return Ok(()) };
        let key = month_of(row.window_date);
        let month = self.months.entry(key).or_default();
        let is_sure = month.standing == Standing::Sure;
        let before = match (before, after) {
            (Some(_), _) if is_sure => before.copied(),
            (_, Some(row)) if !month.stood.is_empty() => month.stood.remove(&row.key.to_string()),
            (_, Some(_)) => None,
            // What is not taken from those that stood is gone.
            (_, None) => return Ok(()),
        };
        if before.as_ref() == after { Ok(()) } else { self.write(key, before.as_ref(), after) }
    }

    fn write(&mut self, key: PartitionKey, before: Option<&Row>, after: Option<&Row>) -> Result<(), PublishError> {
        let Publication { compression, run_id, now, .. } = *self.publication;
        let month = self.months.entry(key).or_default();
        let root = self.layout.root();
        let file = match &mut month.file {
            Some(file) => file,
            none => {
                let path = path_of(key, month.last + 1, run_id);
                let staged = self.staging.create(&path.replace('/', "."))?;
                let writer = ChangeWriter::new(staged, compression);
                let writer = writer.map_err(|error| PublishError::writing(&root.join(&path), error))?;
                none.insert(Begun { path, writer, rows: 0 })
            }
        };
        file.rows += 1;
        let written = match (before, after) {
            (before, Some(row)) => file.writer.published(before, row),
            (Some(row), None) => file.writer.removed(row, run_id, now.to_micros()),
            (None, None) => Ok(()),
        };
        written.map_err(|error| PublishError::writing(&root.join(&file.path), error))
    }

    /// Rows that stood and no longer do are gone; then the files are complete.
    pub(super) fn finish(mut self) -> Result<Added, PublishError> {
        let keys: Vec<_> = self.months.keys().copied().collect();
        let (mut sealed, mut records) = (Vec::new(), std::mem::take(&mut self.standing));
        for key in keys {
            let stood = self.months.get_mut(&key).map(|month| std::mem::take(&mut month.stood));
            let mut gone: Vec<_> = stood.into_iter().flat_map(HashMap::into_values).collect();
            gone.sort_unstable_by_key(|row| row.key);
            for row in gone {
                self.write(key, Some(&row), None)?;
            }
            let Some(month) = self.months.remove(&key) else { continue };
            let Some(Begun { path, writer, rows }) = month.file else { continue };
            let target = self.layout.root().join(&path);
            let staged = writer.finish().map_err(|error| PublishError::writing(&target, error))?;
            let file = self.staging.seal(staged)?;
            records.push(record(path, key, rows, file.digest()));
            sealed.push((target, file));
        }
        records.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(Added { sealed, records, set_aside: self.set_aside })
    }
}

/// The months of which the log may not say what the table holds.
fn in_doubt(stored: &Stored, files: &[HistoryFile], zone: Tz, rewrite: Rewrite) -> BTreeSet<PartitionKey> {
    let of_window = |window: &Window| month_of(window_date(zone, *window));
    let all = files.iter().map(|file| file.key).chain(stored.windows.keys().map(of_window));
    let is_kept = |manifest: &&Manifest| manifest.history.is_some() && rewrite == Rewrite::Changed;
    let Some(manifest) = stored.manifest().filter(is_kept) else { return all.collect() };
    let there: BTreeMap<_, _> = files.iter().map(|file| (file.path.as_str(), (file.key, file.bytes))).collect();
    let listed: BTreeMap<_, _> = manifest.history_files().map(|(path, record)| (path, record.bytes)).collect();
    let as_listed = |file: &&HistoryFile| listed.get(file.path.as_str()) == Some(&file.bytes);
    let added = files.iter().filter(|file| !as_listed(file)).map(|file| file.key);
    let missing = manifest.history_files().filter(|(path, _)| !there.contains_key(path));
    let missing = missing.filter_map(|(_, record)| PartitionKey::from_folder(&record.partition));
    let named: BTreeSet<_> = manifest.windows.iter().filter_map(WindowRecord::window).collect();
    let is_named = |window: &Window| named.contains(window);
    let changed = stored.windows.values().filter(|at| !(stored.intact.contains(&at.source) && is_named(&at.window)));
    let gone = named.iter().filter(|window| !stored.windows.contains_key(window));
    let windows = changed.map(|at| &at.window).chain(gone).map(of_window);
    added.chain(missing).chain(windows).collect()
}

/// Why a file of the log was not read.
pub(super) enum Unread {
    /// It holds no changes.
    Damaged(StoredRowError),
    /// The disk refused, or a later version of the tool wrote it.
    Failed(StoredRowError),
}

/// Goes through a file, plays its changes on rows by key, and describes it.
pub(super) fn read(
    layout: &DatasetPaths,
    file: &HistoryFile,
    rows: &mut HashMap<String, Row>,
) -> Result<FileRecord, Unread> {
    let path = layout.root().join(&file.path);
    let mut count = 0;
    let mut apply = |key: &str, row: Option<Row>| {
        count += 1;
        match row {
            Some(row) => rows.insert(key.to_owned(), row),
            None => rows.remove(key),
        };
    };
    let replayed = File::open(&path).map_err(ReadError::Io).and_then(|open| replay(open, &mut apply));
    let digest = replayed.and_then(|()| Ok(Digest::of(File::open(&path)?)?));
    match digest {
        Ok(digest) => Ok(record(file.path.clone(), file.key, count, &digest)),
        Err(source @ (ReadError::Io(_) | ReadError::NewerSchema { .. })) => {
            Err(Unread::Failed(StoredRowError { path, source }))
        }
        Err(source) => Err(Unread::Damaged(StoredRowError { path, source })),
    }
}

fn set_aside(layout: &DatasetPaths, staging: &Staging, path: &Path) -> Result<PathBuf, DiskError> {
    let inside = path.strip_prefix(layout.root()).unwrap_or(path);
    let name = inside.to_string_lossy().replace('/', ".");
    let aside = staging.set_aside(path, &layout.set_aside().join(name))?;
    staging.remove(path, layout.root())?;
    Ok(aside)
}

fn record(path: String, key: PartitionKey, rows: u64, digest: &Digest) -> FileRecord {
    FileRecord {
        path,
        format: Format::Parquet,
        partition: key.to_string(),
        rows,
        bytes: digest.bytes,
        sha256: digest.sha256.clone(),
        schema_version: SCHEMA_VERSION,
    }
}

pub(super) fn month_of(date: NaiveDate) -> PartitionKey {
    PartitionKey::of(Partition::Month, date)
}
