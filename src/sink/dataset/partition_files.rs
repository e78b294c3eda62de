//! The files of a publication: which must be written, and their content, aside.

use std::collections::BTreeMap;

use super::history::Log;
use super::manifest::{FileRecord, WindowRecord};
use super::merge::{Facts, Origin, merge};
use super::paths::{DataFile, DatasetPaths, PartitionKey};
use super::publication::{FileChange, Publication, PublishError, Rewrite};
use super::reading::StoredRows;
use super::stored::Stored;
use crate::model::{AccountSid, Format, Row, Window};
use crate::rollup::SCHEMA_VERSION;
use crate::sink::TableWriter;
use crate::sink::atomic::{SealedFile, StagedFile, Staging};

/// What becomes of each file.
pub(super) type Files = BTreeMap<DataFile, (FileChange, FileRecord)>;

/// Decides for each share which files are written, and writes them aside.
pub(super) struct ShareWriter<'d> {
    layout: &'d DatasetPaths,
    account: AccountSid,
    staging: &'d Staging,
    publication: &'d Publication,
    formats: &'d [Format],
    stored: StoredRows<'d>,
    /// The windows that each share's files hold by the manifest, if shares are cut as before.
    listed: BTreeMap<PartitionKey, Vec<Window>>,
    records: BTreeMap<DataFile, &'d FileRecord>,
    /// The files that wait for their names.
    pub(super) sealed: Vec<(DataFile, SealedFile)>,
    /// Every file of the table to be.
    pub(super) files: Files,
    /// Every window of it.
    pub(super) facts: BTreeMap<Window, Facts>,
}

impl<'d> ShareWriter<'d> {
    pub(super) fn new(
        stored: &'d Stored,
        account: AccountSid,
        staging: &'d Staging,
        publication: &'d Publication,
        formats: &'d [Format],
    ) -> Self {
        let layout = &stored.layout;
        let mut listed: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut records = BTreeMap::new();
        let as_cut = stored
            .manifest()
            .filter(|manifest| manifest.partition == publication.partition && publication.rewrite == Rewrite::Changed);
        if let Some(manifest) = as_cut {
            for window in manifest.windows.iter().filter_map(WindowRecord::window) {
                listed.entry(manifest.key_of(window)).or_default().push(window);
            }
            let same_compression = manifest.compression == publication.compression;
            let stands =
                |place: &DataFile| stored.intact.contains(place) && (same_compression || place.format == Format::Csv);
            records.extend(manifest.places(layout).filter(|(place, _)| stands(place)));
        }
        Self {
            layout,
            account,
            staging,
            publication,
            formats,
            stored: StoredRows::new(layout),
            listed,
            records,
            sealed: Vec::new(),
            files: BTreeMap::new(),
            facts: BTreeMap::new(),
        }
    }

    /// Writes a share's files aside where they must change.
    pub(super) fn share<I: IntoIterator<Item = Row>>(
        &mut self,
        key: PartitionKey,
        windows: &[(Window, Origin<'d>)],
        rows: &impl Fn(Window) -> I,
        log: &mut Option<Log<'_>>,
    ) -> Result<(), PublishError> {
        let same_windows = self.listed.get(&key).is_some_and(|listed| listed.iter().eq(windows.iter().map(|(w, _)| w)));
        let untouched = windows.iter().all(|(_, origin)| matches!(origin, Origin::Kept(_)));
        let changed = if same_windows && untouched {
            false
        } else if same_windows {
            self.walk(windows, rows, |_, _| Ok(()))?
        } else {
            true
        };
        let places = self.formats.iter().map(|format| DataFile { key, format: *format });
        let (kept, written): (Vec<_>, Vec<_>) = places.partition(|place| !changed && self.records.contains_key(place));
        if !written.is_empty() {
            self.write(&written, windows, rows, log)?;
        } else if let Some(log) = log
            && log.must_see(windows.iter().map(|(window, _)| window))
        {
            self.walk(windows, rows, |before, after| log.see(before, after))?;
        } else if untouched {
            self.facts.extend(windows.iter().map(|(window, origin)| (*window, stored_facts(origin))));
        }
        for place in kept {
            self.files.insert(place, (FileChange::Unchanged, self.records[&place].clone()));
        }
        Ok(())
    }

    /// Passes the share's rows on, and says whether any of them changed.
    fn walk<I: IntoIterator<Item = Row>>(
        &mut self,
        windows: &[(Window, Origin<'d>)],
        rows: &impl Fn(Window) -> I,
        mut emit: impl FnMut(Option<&Row>, Option<&Row>) -> Result<(), PublishError>,
    ) -> Result<bool, PublishError> {
        let account = self.account;
        let mut changed = false;
        for (window, origin) in windows {
            let checked = |before: Option<&Row>, after: Option<&Row>| match after
                .filter(|row| row.key.window != *window || row.key.account != account)
            {
                Some(row) => Err(PublishError::ForeignRow { row_key: row.key.to_string() }),
                None => emit(before, after),
            };
            let new = match origin {
                Origin::Kept(_) => None,
                _ => Some(rows(*window)),
            };
            let facts = merge(*origin, &mut self.stored, new.into_iter().flatten(), checked)?;
            changed |= facts.changed > 0;
            self.facts.insert(*window, facts);
        }
        Ok(changed)
    }

    fn write<I: IntoIterator<Item = Row>>(
        &mut self,
        places: &[DataFile],
        windows: &[(Window, Origin<'d>)],
        rows: &impl Fn(Window) -> I,
        log: &mut Option<Log<'_>>,
    ) -> Result<(), PublishError> {
        let (layout, staging) = (self.layout, self.staging);
        let mut writers: Vec<(DataFile, TableWriter<StagedFile>)> = Vec::with_capacity(places.len());
        for place in places {
            let staged = staging.create(&layout.relative(*place).replace('/', "."))?;
            let writer = TableWriter::new(place.format, self.publication.compression, staged);
            writers.push((*place, writer.map_err(|error| PublishError::writing(&layout.path(*place), error))?));
        }
        let mut count = 0;
        self.walk(windows, rows, |before, after| {
            log.as_mut().map_or(Ok(()), |log| log.see(before, after))?;
            let Some(row) = after else { return Ok(()) };
            count += 1;
            writers.iter_mut().try_for_each(|(place, writer)| {
                writer.write(row).map_err(|error| PublishError::writing(&layout.path(*place), error))
            })
        })?;
        for (place, writer) in writers {
            let file =
                staging.seal(writer.finish().map_err(|error| PublishError::writing(&layout.path(place), error))?)?;
            let record = FileRecord {
                path: layout.relative(place),
                format: place.format,
                partition: place.key.to_string(),
                rows: count,
                bytes: file.digest().bytes,
                sha256: file.digest().sha256.clone(),
                schema_version: SCHEMA_VERSION,
            };
            self.files.insert(place, (FileChange::Written, record));
            self.sealed.push((place, file));
        }
        Ok(())
    }
}

/// The facts of a window that nobody looked at.
fn stored_facts(origin: &Origin<'_>) -> Facts {
    match origin {
        Origin::Kept(stored) | Origin::Refreshed(stored) | Origin::Rebuilt(stored) => Facts {
            rows: stored.rows,
            provisional: 0,
            total_attempts: stored.total_attempts,
            total_converted: stored.total_converted,
            ..Facts::NONE
        },
        Origin::New => Facts::NONE,
    }
}
