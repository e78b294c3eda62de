//! How a job stands: what of its windows is published, how its last run ended, what the next one would ask, and how
//! long the API still holds what is not published. Nothing is asked, and nothing is left behind.
//!
//! A window that starts before the horizon of `[source] retention` and is not final counts as expired unless the
//! ledger knows all of it: the next run looks whether the API still holds it, but nobody may count on that.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::foresight::Foresight;
use super::lock::{identity, unopened};
use super::order::Order;
use super::repair::windows;
use crate::ledger::{FindAnswer, LastRun};
use crate::model::{Matrix, Question, Reuse, Round, Slice, UnixSeconds, Window, shown, words};
use crate::sink::dataset::{Holding, RunRecord, Stored};

words! {
    /// How a window of a job stands.
    WindowState {
        /// In the dataset, and final.
        Published = "published",
        /// In the dataset, and may still change.
        Provisional = "provisional",
        /// Over, and not in the dataset as the job asks for it.
        Missing = "missing",
        /// Not final in the dataset, and older than what the API surely holds.
        Expired = "expired",
        /// Published once; no file holds its rows any more.
        Lost = "lost",
    }
}

/// How a job stands.
pub struct Standing {
    /// The dataset's folder.
    pub dataset: PathBuf,
    /// The instant that all of it refers to: that of the next run.
    pub as_of: UnixSeconds,
    /// The windows of the job, ascending.
    pub windows: Vec<(Window, WindowState)>,
    /// All windows of the dataset whose rows were lost, the job's or not.
    pub lost: Vec<Window>,
    /// Files that are not as the manifest says, and foreign ones; for people.
    pub damage: Vec<String>,
    /// The job's last run, if the ledger knows one.
    pub last_run: Option<LastRun>,
    /// The last run that changed the dataset.
    pub published: Option<Publisher>,
    /// The oldest window that is not final and that the API still holds; `None` also where retention has no end.
    pub unread: Option<Unread>,
    /// What the next run would be.
    pub next: Foresight,
}

/// The last run that changed the dataset.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The run.
    pub run: RunRecord,
    /// Whether all sums held that it checked.
    pub reconciled: bool,
}

/// Data that was not read for good and will expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The window that expires first.
    pub window: Window,
    /// How it stands.
    pub state: WindowState,
    /// Until when the API surely holds all of it.
    pub expires_at: UnixSeconds,
}

impl Unread {
    /// Whole days until then.
    #[must_use]
    pub const fn days_left(&self, as_of: UnixSeconds) -> i64 {
        (self.expires_at.0 - as_of.0).div_euclid(86_400)
    }
}

impl Standing {
    /// Of an order.
    ///
    /// # Errors
    /// The dataset is of another identity, or dataset or ledger cannot be read.
    pub fn new(order: &Order, now: DateTime<Utc>) -> Result<Self, Failure> {
        let paths = order.dataset();
        let stored = Stored::load(&paths, &identity(order)).map_err(|error| unopened(order, error))?;
        let mut next = Foresight::new(order, now)?;
        let last_run = next.known.last_run(order.job.name.as_str())?;
        let retention = order.job.source.retention.map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let expires_at = |window: Window| retention.map(|seconds| window.start().plus_seconds(seconds));
        let is_old = |window: Window| expires_at(window).is_some_and(|at| at < next.as_of);
        let mut standing = Vec::with_capacity(next.matrix.windows().len());
        for window in next.matrix.windows().iter().copied() {
            let state = match stored.holding(window, next.matrix.shape()) {
                Holding::Final => WindowState::Published,
                Holding::Lost => WindowState::Lost,
                _ if is_old(window) && !is_known(window, &next.matrix, &mut next.known)? => WindowState::Expired,
                Holding::Provisional => WindowState::Provisional,
                Holding::Nothing => WindowState::Missing,
            };
            standing.push((window, state));
        }
        let is_unread = |(window, state): &&(Window, WindowState)| *state != WindowState::Published && !is_old(*window);
        let unread = standing.iter().find(is_unread);
        let unread =
            unread.and_then(|&(window, state)| Some(Unread { window, state, expires_at: expires_at(window)? }));
        let published = stored
            .manifest()
            .map(|manifest| Publisher { run: manifest.run.clone(), reconciled: manifest.reconciliation.reconciled });
        Ok(Self {
            dataset: paths.told(paths.root()),
            as_of: next.as_of,
            lost: stored.lost_windows().map(|(window, _)| window).collect(),
            damage: damage(&stored).into_iter().map(|text| paths.told_in(&text)).collect(),
            windows: standing,
            last_run,
            published,
            unread,
            next,
        })
    }

    /// How many of the job's windows stand so.
    #[must_use]
    pub fn count(&self, state: WindowState) -> usize {
        self.windows.iter().filter(|(_, found)| *found == state).count()
    }
}

/// Whether every cell of a window is known, and final.
fn is_known(window: Window, matrix: &Matrix, known: &mut impl FindAnswer) -> Result<bool, Failure> {
    for cell in 0..matrix.shape().cells_per_window() {
        let slice = Slice::from(&matrix.shape().cell(window, cell));
        let question = Question { slice, round: Round::First, reuse: Reuse::SettledOnly };
        if known.find(&question).map_err(|error| Failure::caused(&error))?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn damage(stored: &Stored) -> Vec<String> {
    let files = stored.differing().iter().map(|file| format!("{}: {}", shown(&file.path), file.reason));
    let foreign = stored.foreign_files().iter();
    let foreign = foreign.map(|path| format!("{} is none of this dataset's files", shown(path)));
    let mut told: Vec<_> = files.chain(foreign).collect();
    let lost = stored.lost_windows().count();
    if lost > 0 {
        told.push(format!("the rows of {} were lost with their file", windows(lost)));
    }
    told
}
