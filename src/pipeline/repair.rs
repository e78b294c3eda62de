//! Puts a published dataset right before anything is asked: rows that were lost with their file, or that a changed file
//! tells otherwise than the ledger, are taken from the ledger.
//!
//! Nothing is guessed: a window that the ledger does not know whole stays lost, and is named by every run until it is
//! published again or its loss is accepted. Rows of a changed file that the ledger does not know stay, and are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::failure::{Failure, chain};
use super::known_rows::{Comparison, KnownRows};
use super::order::Order;
use crate::clock::{Clock, SystemClock};
use crate::ledger::Ledger;
use crate::model::{ChangeLog, MatrixShape, Row, RunId, UnixMicros, UnixSeconds, Window, shown};
use crate::recall::Remainders;
use crate::rollup::RowContext;
use crate::sink::dataset::{Dataset, Loss, Publication, Published, RestoredWindow, Rewrite};

/// Looks through the dataset, repairs what the ledger allows, and says what was amiss.
///
/// # Errors
/// The ledger cannot be read, or the disk refuses.
pub fn repair(
    dataset: &mut Dataset,
    ledger: &mut Ledger,
    order: &Order,
    run_id: RunId,
    loss: Loss,
) -> Result<Vec<String>, Failure> {
    let stored = dataset.stored();
    let mut told = differing(dataset);
    told.extend(foreign(dataset));
    let Some(manifest) = stored.manifest().cloned() else { return Ok(told) };
    let now = SystemClock.now();
    let rows = RowContext {
        account: order.account,
        run_id,
        published_at: UnixMicros::from(now),
        timezone: order.job.windows.timezone,
    };
    let remainders = if manifest.identity.remainder { Remainders::Kept } else { Remainders::Dropped };
    let mut source = KnownRows { ledger, rows, remainders };
    let mut restored = BTreeMap::new();
    let missing: Vec<_> = stored.lost_windows().map(|(window, shape)| (window, Arc::clone(shape))).collect();
    let gone = missing.len();
    for (window, shape) in missing {
        if let Some(rows) = source.window(window, &shape)? {
            restored.insert(window, (shape, rows));
        }
    }
    let found = restored.len();
    let accepted = if loss == Loss::Accepted { gone - found } else { 0 };
    let unverified: Vec<_> = stored.unverified_windows().cloned().collect();
    let (mut differing, mut unknown) = (0, 0);
    for stored in unverified {
        let mut rows = Vec::new();
        for row in dataset.stored().rows(Some(stored.window)) {
            rows.push(row.map_err(|error| Failure::failed(chain(&error)))?);
        }
        match source.compare(stored.window, &stored.shape, &rows)? {
            Comparison::Agrees => {}
            Comparison::Unknown => unknown += 1,
            Comparison::Differs(rows) => {
                differing += 1;
                restored.insert(stored.window, (Arc::clone(&stored.shape), rows));
            }
        }
    }
    if restored.is_empty() && accepted == 0 && !dataset.stored().is_harmed() {
        told.extend(left_alone(unknown));
        return Ok(told);
    }
    let publication = Publication {
        windows: Vec::new(),
        restored: restored.iter().map(|(window, (shape, rows))| restored_window(*window, shape, rows)).collect(),
        archived: Vec::new(),
        shape: MatrixShape::default(),
        run_id: manifest.run.run_id,
        as_of: manifest.run.as_of,
        now: UnixSeconds::from(now),
        reconciliation: manifest.reconciliation.clone(),
        interval: manifest.interval.clone(),
        formats: Vec::new(),
        partition: manifest.partition,
        compression: manifest.compression,
        rewrite: Rewrite::Changed,
        loss,
        history: if manifest.history.is_some() { ChangeLog::Kept } else { ChangeLog::Off },
    };
    let rows_of = |window: Window| restored.get(&window).map(|(_, rows)| rows.clone()).unwrap_or_default();
    let Published { set_aside, .. } =
        dataset.publish(&publication, rows_of).map_err(|error| Failure::failed(chain(&error)))?;
    told.extend(set_aside.iter().map(|path| format!("the file that was there is set aside as {}", shown(path))));
    if found > 0 {
        told.push(format!("the rows of {} were rebuilt from the ledger", windows(found)));
    }
    if differing > 0 {
        told.push(format!("the rows of {} differed from the ledger, and were rebuilt from it", windows(differing)));
    }
    told.extend(left_alone(unknown));
    if accepted > 0 {
        told.push(format!("the loss of {} is accepted: no run names them any more", windows(accepted)));
    }
    Ok(told)
}

/// `1 window`, `2 windows`
pub(super) fn windows(count: usize) -> String {
    if count == 1 { "1 window".to_owned() } else { format!("{count} windows") }
}

fn left_alone(unknown: usize) -> Option<String> {
    let told =
        || format!("the ledger does not know {} of changed files: their rows stay as they stand", windows(unknown));
    (unknown > 0).then(told)
}

/// More than so many files of a kind are counted, as a killed change of the partition leaves all of them otherwise.
const MOST_NAMED: usize = 5;

fn differing(dataset: &Dataset) -> Vec<String> {
    let files = dataset.stored().differing();
    let named = files.iter().take(MOST_NAMED).map(|file| format!("{}: {}", shown(&file.path), file.reason));
    let more = files.len().saturating_sub(MOST_NAMED);
    named.chain((more > 0).then(|| format!("{more} more files are not as the manifest says"))).collect()
}

fn foreign(dataset: &Dataset) -> Vec<String> {
    let files = dataset.stored().foreign_files();
    let named = files.iter().take(MOST_NAMED).map(|path| {
        format!("{} is none of this dataset's files, and readers of its folder count it: move it away", shown(path))
    });
    let more = files.len().saturating_sub(MOST_NAMED);
    named.chain((more > 0).then(|| format!("{more} more files are none of this dataset's"))).collect()
}

fn restored_window(window: Window, shape: &Arc<MatrixShape>, rows: &[Row]) -> RestoredWindow {
    RestoredWindow { window, shape: Arc::clone(shape), is_final: rows.iter().all(|row| row.is_final) }
}
