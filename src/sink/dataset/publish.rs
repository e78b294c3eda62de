//! Publishing: the plan, carried out on disk.

use super::paths::PartitionKey;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;

use super::changes::{Changes, PublishedWindow, plan};
use super::history::{Added, Log};
use super::identity::DatasetIdentity;
use super::leftovers::{Leftovers, Returned};
use super::lock::DatasetLock;
use super::manifest::Manifest;
use super::merge::{Facts, Origin};
use super::naming::name_files;
use super::partition_files::{Files, ShareWriter};
use super::paths::{DataFile, DatasetPaths};
use super::publication::{DayTotal, FileChange, Loss, Publication, PublishError, Published, PublishedFile};
use super::reading::StoredRows;
use super::record::Table;
use super::stored::{OpenError, Stored};
use super::window::{TableWindow, is_covered};
use crate::model::{ChangeLog, Format, Row, Window};
use crate::rollup::window_date;
use crate::sink::DiskError;
use crate::sink::atomic::{Staging, StepHook};

/// A dataset, locked and checked.
pub struct Dataset {
    staging: Staging,
    identity: DatasetIdentity,
    stored: Stored,
    failed: bool,
    /// Held until the dataset is dropped.
    lock: DatasetLock,
}

impl Dataset {
    /// Reads the manifest, verifies every file, and removes leftovers.
    pub fn open(lock: DatasetLock, identity: DatasetIdentity, hook: StepHook) -> Result<Self, OpenError> {
        let staging = Staging::new(lock.layout().staging(), hook);
        if let Some(path) = lock.layout().folder_elsewhere() {
            return Err(OpenError::OtherFileSystem { path });
        }
        let leftovers = Leftovers { layout: lock.layout(), staging: &staging };
        leftovers.put_back()?;
        leftovers.give_back(Returned::Foreign)?;
        let mut stored = Stored::load(lock.layout(), &identity)?;
        if leftovers.have_folders() && stored.has_unnamed_losses() {
            leftovers.give_back(Returned::All)?;
            stored = Stored::load(lock.layout(), &identity)?;
        }
        staging.clear()?;
        Ok(Self { staging, identity, stored, failed: false, lock })
    }

    /// What it holds.
    #[must_use]
    pub const fn stored(&self) -> &Stored {
        &self.stored
    }

    /// Where it lies.
    #[must_use]
    pub const fn layout(&self) -> &DatasetPaths {
        self.lock.layout()
    }

    /// The door to disk, for what else belongs to the dataset.
    #[must_use]
    pub const fn staging(&self) -> &Staging {
        &self.staging
    }

    /// As on a file system that does not know how to exchange folders.
    #[cfg(test)]
    pub(super) fn refuse_exchange(&mut self) {
        self.staging.refuse_exchange();
    }

    /// Publishes windows. `rows` yields a window's rows in the table's order; it may be asked twice for the same window
    /// (to compare, then to write) and must answer alike. No more than one window's iterator is alive at a time.
    pub fn publish<I: IntoIterator<Item = Row>>(
        &mut self,
        publication: &Publication,
        rows: impl Fn(Window) -> I,
    ) -> Result<Published, PublishError> {
        if self.failed {
            return Err(PublishError::EarlierFailure);
        }
        check_disjoint(&publication.windows)?;
        let done = self.try_publish(publication, &rows);
        self.failed = done.is_err();
        let cleared = self.clear(done.is_ok());
        let (table, published) = done?;
        cleared?;
        self.stored = Stored::after(self.lock.layout().clone(), table);
        Ok(published)
    }

    /// After a failure folders stay for the next opening, which looks whether anything in them is needed.
    fn clear(&self, succeeded: bool) -> Result<(), DiskError> {
        let leftovers = self.leftovers();
        leftovers.put_back()?;
        if succeeded || !leftovers.have_folders() { self.staging.clear() } else { Ok(()) }
    }

    const fn leftovers(&self) -> Leftovers<'_> {
        Leftovers { layout: self.lock.layout(), staging: &self.staging }
    }

    fn try_publish<I: IntoIterator<Item = Row>>(
        &self,
        publication: &Publication,
        rows: &impl Fn(Window) -> I,
    ) -> Result<(Option<Manifest>, Published), PublishError> {
        let layout = self.lock.layout();
        let manifest = self.stored.manifest();
        let mut formats = publication.formats.clone();
        formats.extend(manifest.iter().flat_map(|manifest| &manifest.formats));
        if formats.is_empty() {
            formats.push(Format::Parquet);
        }
        formats.sort_unstable();
        formats.dedup();
        let key_of = |window| PartitionKey::of(publication.partition, window_date(self.identity.timezone, window));
        let plan = plan(&self.stored.windows, &publication.windows, &publication.restored, key_of);
        if manifest.is_none() && plan.shares.is_empty() {
            let published = Published { windows_refused: plan.refused, ..Published::default() };
            return Ok((None, published));
        }

        let account = self.identity.account_sid;
        let mut writer = ShareWriter::new(&self.stored, account, &self.staging, publication, &formats);
        let mut log = match publication.history {
            ChangeLog::Off => None,
            ChangeLog::Kept => Some(Log::open(&self.stored, &self.staging, publication, self.identity.timezone)?),
        };
        if let Some(log) = &mut log {
            self.log_gone(&plan, log)?;
        }
        for (key, windows) in &plan.shares {
            writer.share(*key, windows, rows, &mut log)?;
        }
        let ShareWriter { sealed, files, facts, .. } = writer;
        let mut published = summary(layout, &plan, (&publication.archived, self.identity.timezone), &files, &facts);
        for place in &self.stored.aside {
            let name = format!(
                "{}-{}",
                layout.relative(*place).replace('/', "."),
                publication.now.to_datetime().format("%Y%m%dT%H%M%SZ")
            );
            published.set_aside.push(self.staging.set_aside(&layout.path(*place), &layout.set_aside().join(name))?);
        }
        let logged = log.map(Log::finish).transpose()?;
        let mut history = None;
        if let Some(Added { sealed, records, set_aside }) = logged {
            for (target, file) in sealed {
                file.publish(&self.staging, &target)?;
            }
            published.set_aside.extend(set_aside);
            history = Some(records);
        }
        let replaced = name_files(&self.stored, &self.staging, publication.partition, &files, sealed)?;
        let new = Table {
            layout,
            identity: &self.identity,
            publication,
            formats: &formats,
            lost: self.still_lost(&plan, publication.loss),
            windows: table_windows(&plan, &facts, publication),
            files: files.values().map(|(_, record)| record.clone()).collect(),
            history,
        }
        .manifest();
        let as_before = manifest.is_some_and(|old| old.same_but_for_the_run(&new));
        let new = if as_before { manifest.cloned().unwrap_or(new) } else { new };
        if !as_before {
            let path = layout.manifest();
            self.staging.publish_file(&path, |file| {
                std::io::Write::write_all(file, new.to_json().as_bytes()).map_err(DiskError::at("write", &path))
            })?;
        }
        let stays = |place: &DataFile| files.contains_key(place) || replaced.contains(&place.format);
        for place in self.stored.ours.iter().filter(|place| !stays(place)) {
            self.staging.remove(&layout.path(*place), layout.root())?;
        }
        self.leftovers().give_back(Returned::Foreign)?;
        self.leftovers().remove_folders()?;
        published.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((Some(new), published))
    }
}

impl Dataset {
    /// Logs the rows of windows that the table to be does not have.
    fn log_gone(&self, plan: &Changes<'_>, log: &mut Log<'_>) -> Result<(), PublishError> {
        let stays: BTreeSet<_> = plan.shares.values().flatten().map(|(window, _)| *window).collect();
        let gone = self.stored.windows().filter(|stored| !stays.contains(&stored.window));
        for row in StoredRows::new(&self.stored.layout).of_windows(gone) {
            log.goes(&row?);
        }
        Ok(())
    }

    /// The windows that were lost and that a publication does not bring back.
    fn still_lost(&self, plan: &Changes<'_>, loss: Loss) -> Vec<TableWindow> {
        let table: BTreeMap<Window, Origin<'_>> = plan.shares.values().flatten().copied().collect();
        let named = self.stored.lost.iter().filter(|_| loss == Loss::Told);
        named.filter(|gone| !is_covered(gone.window, &table)).cloned().collect()
    }
}

fn check_disjoint(windows: &[PublishedWindow]) -> Result<(), PublishError> {
    let mut windows: Vec<_> = windows.iter().map(|offer| offer.window).collect();
    windows.sort_unstable();
    match windows.windows(2).find(|pair| pair[0].overlaps(pair[1])) {
        Some(pair) => Err(PublishError::OverlappingWindows(pair[1].start())),
        None => Ok(()),
    }
}

fn table_windows(plan: &Changes<'_>, facts: &BTreeMap<Window, Facts>, publication: &Publication) -> Vec<TableWindow> {
    let restored: BTreeMap<_, _> = publication.restored.iter().map(|restored| (restored.window, restored)).collect();
    let offered: BTreeSet<_> = plan.published.iter().map(|offer| offer.window).collect();
    let settled: BTreeSet<_> = plan.published.iter().filter(|offer| offer.is_final).map(|offer| offer.window).collect();
    let shape = Arc::new(publication.shape.clone());
    let mut windows: Vec<_> = plan.shares.values().flatten().collect();
    windows.sort_by_key(|(window, _)| *window);
    let table_window = |(window, origin): &(Window, Origin<'_>)| {
        let facts = facts[window];
        let is_final = settled.contains(window) && facts.provisional == 0;
        let restored = restored.get(window).filter(|_| !offered.contains(window));
        let (shape, is_final, run_id) = match (origin, restored) {
            (Origin::Kept(stored), _) => (stored.shape.clone(), stored.is_final, stored.run_id),
            (_, Some(restored)) => {
                (Arc::clone(&restored.shape), restored.is_final && facts.provisional == 0, publication.run_id)
            }
            (Origin::Refreshed(stored), None) if facts.changed == 0 => (shape.clone(), is_final, stored.run_id),
            (Origin::New | Origin::Refreshed(_) | Origin::Rebuilt(_), None) => {
                (shape.clone(), is_final, publication.run_id)
            }
        };
        TableWindow {
            window: *window,
            is_final,
            rows: facts.rows,
            total_attempts: facts.total_attempts,
            total_converted: facts.total_converted,
            run_id,
            shape,
        }
    };
    windows.into_iter().map(table_window).collect()
}

fn summary(
    layout: &DatasetPaths,
    plan: &Changes<'_>,
    (archived, timezone): (&[Window], Tz),
    files: &Files,
    facts: &BTreeMap<Window, Facts>,
) -> Published {
    let archived: Vec<_> = archived.iter().copied().filter(|window| facts.contains_key(window)).collect();
    let offered = plan.published.iter().map(|offer| offer.window).chain(plan.kept.iter().copied());
    let ours: BTreeSet<_> = offered.chain(archived.iter().copied()).collect();
    let holds_ours = |key| plan.shares.get(key).is_some_and(|windows| windows.iter().any(|(w, _)| ours.contains(w)));
    let published: Vec<_> = plan.published.iter().map(|offer| offer.window).collect();
    let mut published = Published {
        windows_published: published.clone(),
        windows_without_cost: published.into_iter().filter(|window| facts[window].are_without_cost()).collect(),
        windows_kept: plan.kept.clone(),
        windows_archived: archived,
        windows_refused: plan.refused.clone(),
        rows_changed: facts.values().map(|facts| facts.changed).sum(),
        windows_changed: facts.iter().filter(|(_, facts)| facts.changed > 0).map(|(window, _)| *window).collect(),
        ..Published::default()
    };
    for window in &ours {
        let facts = facts[window];
        published.rows += facts.rows;
        published.provisional_rows += facts.provisional;
        published.total_attempts = published.total_attempts.saturating_add(facts.total_attempts);
        published.total_converted = published.total_converted.saturating_add(facts.total_converted);
        // They ascend.
        let date = window_date(timezone, *window);
        let DayTotal { attempts, converted, .. } =
            published.last_day.filter(|day| day.date == date).unwrap_or(DayTotal { date, attempts: 0, converted: 0 });
        published.last_day = Some(DayTotal {
            date,
            attempts: attempts.saturating_add(facts.total_attempts),
            converted: converted.saturating_add(facts.total_converted),
        });
    }
    let listed = files.iter().filter(|(place, (change, _))| *change == FileChange::Written || holds_ours(&place.key));
    published.files = listed
        .map(|(place, (change, record))| PublishedFile {
            path: layout.path(*place),
            format: place.format,
            rows: record.rows,
            bytes: record.bytes,
            change: *change,
        })
        .collect();
    published
}
