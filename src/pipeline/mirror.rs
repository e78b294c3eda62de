//! A dataset in an object store: copied before a run, published after it, or copied only to be looked at.
//!
//! A run keeps its copy in the state directory, where the dataset's lock is, too: runs of one machine wait for each
//! other, and of two machines that publish at once the later is refused. Where the state is in a database, the copy lasts
//! no longer than the run, and so of any two runs that publish at once the later is refused.

use std::path::Path;

use tempfile::TempDir;
use tokio::sync::watch;

use super::by_country::ByCountry;
use super::failure::{Cause, Failure, chain};
use super::hold::refused;
use super::message::PipelineMessage;
use super::order::Order;
use super::outcome::RunOutcome;
use super::report::Written;
use super::summary::window_record;
use crate::ledger::RunEnd;
use crate::message::{Message, tell};
use crate::model::{DatasetName, Location, StatePlace, StoreUrl, Window};
use crate::run::Stop;
use crate::sink::dataset::DatasetPaths;
use crate::sink::dataset::mirror::{self, Base, MirrorError, Pushed};
use crate::state::State;
use crate::store::{Store, StoreError, StoreVariables};

fn failed(error: &MirrorError) -> Failure {
    match error {
        MirrorError::Store(error @ StoreError::Settings { .. }) => Failure::usage(error),
        MirrorError::Store(StoreError::Changed { .. }) => Failure { cause: Cause::Locked, message: chain(error) },
        error => Failure::caused(error),
    }
}

/// A store's dataset that a run works on.
pub struct Mirror {
    store: Store,
    base: Base,
}

/// Brings the run's copy to what the store holds, if the dataset is in one; `None` when a signal came first. The
/// dataset's lock must be held.
pub(super) async fn pull(order: &Order, mut stop: watch::Receiver<Stop>) -> Result<Option<Option<Mirror>>, Failure> {
    let Location::Store(url) = &order.job.output.directory else { return Ok(Some(None)) };
    let store = Store::open(url, &order.options.store_variables).map_err(|error| failed(&error.into()))?;
    let paths = order.dataset();
    tell(&PipelineMessage::DatasetFetched { url: told(&paths, paths.root()) });
    let pulled = async {
        let base = mirror::pull(&store, &paths).await?;
        // Before an hour of questions, not after it.
        store.prove_conditions(&paths.name().to_string()).await?;
        Ok(base)
    };
    let base = tokio::select! {
        pulled = pulled => pulled.map_err(|error| failed(&error))?,
        Ok(_) = stop.wait_for(|stop| *stop != Stop::Go) => return Ok(None),
    };
    Ok(Some(Some(Mirror { store, base })))
}

impl Mirror {
    /// Publishes what the run left in the copy, unless it failed or was stopped or the state is another's, and lets the summary tell of files by
    /// where they are in the store.
    pub async fn push(
        self,
        (order, state): (&Order, &State),
        windows: &[Window],
        outcome: &mut RunOutcome,
        mut stop: watch::Receiver<Stop>,
    ) {
        let Self { store, base } = self;
        let paths = order.dataset();
        if !matches!(outcome.run_end, RunEnd::Failed | RunEnd::Interrupted) {
            let publication = async {
                state.stands().map_err(|error| refused(&error))?;
                publish(&store, base, &paths, outcome).await.map_err(|error| failed(&error))
            };
            let pushed = tokio::select! {
                pushed = publication => pushed,
                Ok(_) = stop.wait_for(|stop| *stop != Stop::Go) => {
                    take_back(outcome, windows);
                    outcome.run_end = RunEnd::Interrupted;
                    return outcome.add_stop();
                }
            };
            match pushed {
                Ok(()) => publish_reports(&store, &paths, outcome).await,
                Err(error) => {
                    let message = format!(
                        "nothing of this run is published; run again once that is mended, what it learnt is kept: {}",
                        error.message
                    );
                    take_back(outcome, windows);
                    outcome.run_end = RunEnd::Failed;
                    outcome.summary.warnings.push(message.clone());
                    outcome.add_failure(message);
                    if error.cause == Cause::Locked {
                        outcome.add_lock();
                    }
                }
            }
        }
        for warning in &mut outcome.summary.warnings {
            *warning = paths.told_in(warning);
        }
        outcome.failure = outcome.failure.take().map(|failure| paths.told_in(&failure));
    }
}

/// Publishes the dataset, and names its files by where they are in the store.
async fn publish(store: &Store, base: Base, paths: &DatasetPaths, outcome: &mut RunOutcome) -> Result<(), MirrorError> {
    let uploading = |file: &str, bytes| {
        tell(&PipelineMessage::FileUploaded { file: told(paths, &paths.root().join(file)), bytes });
    };
    let Pushed { names, left, .. } = mirror::push(store, paths, base, uploading).await?;
    for output in &mut outcome.summary.outputs {
        let inside = Path::new(&output.path).strip_prefix(paths.root()).ok().and_then(Path::to_str);
        if let Some(name) = inside.and_then(|inside| names.get(inside)) {
            output.path = told(paths, &paths.root().join(name));
        }
    }
    if let Some(error) = left {
        let left = PipelineMessage::FilesLeft { cause: chain(&error) };
        tell(&left);
        outcome.summary.warnings.extend(left.words());
    }
    Ok(())
}

/// Puts the run's reports beside the dataset, which is published whatever becomes of them.
async fn publish_reports(store: &Store, paths: &DatasetPaths, outcome: &mut RunOutcome) {
    for mut report in std::mem::take(&mut outcome.summary.reports) {
        match upload_report(store, paths, Path::new(&report.path)).await {
            Ok(()) => {
                report.path = told(paths, Path::new(&report.path));
                outcome.summary.reports.push(report);
            }
            Err(error) => return outcome.add_report_failure(format!("the report was not written: {}", chain(&error))),
        }
    }
}

/// What a run that could not publish has no right to say.
fn take_back(outcome: &mut RunOutcome, windows: &[Window]) {
    outcome.by_country = ByCountry::default();
    let summary = &mut outcome.summary;
    let windows = windows.iter().copied().map(window_record);
    summary.windows_incomplete = windows.filter(|window| !summary.windows_expired.contains(window)).collect();
    (summary.windows_published, summary.rows, summary.provisional_rows) = (0, 0, 0);
    (summary.total_attempts, summary.total_converted) = (0, 0);
    summary.outputs.clear();
    summary.reports.clear();
}

fn told(paths: &DatasetPaths, path: &Path) -> String {
    paths.told(path).to_string_lossy().into_owned()
}

async fn upload_report(store: &Store, paths: &DatasetPaths, path: &Path) -> Result<(), MirrorError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let key = format!("{}/reports/{name}", paths.name());
    let opened = std::fs::File::open(path);
    let mut file = opened.map_err(|source| StoreError::Local { url: store.url_of(&key), source })?;
    Ok(store.upload(&key, &mut file).await?)
}

/// A dataset to look at: in its folder, or in a copy of what a store holds, which is gone when this is dropped.
pub struct Look {
    paths: DatasetPaths,
    copy: Option<(TempDir, Store)>,
}

impl Look {
    /// Of a dataset below a folder.
    #[must_use]
    pub fn at_folder(folder: &Path, name: DatasetName) -> Self {
        Self { paths: DatasetPaths::new(folder, name), copy: None }
    }

    /// Of a dataset below a URL.
    ///
    /// # Errors
    /// The environment does not say how to reach the store, or store or disk refuses.
    pub async fn at_store(url: &StoreUrl, name: DatasetName, variables: &StoreVariables) -> Result<Self, Failure> {
        let store = Store::open(url, variables).map_err(|error| failed(&error.into()))?;
        let folder = temporary(url)?;
        let paths = DatasetPaths::copy_of(url, folder.path(), name);
        mirror::pull(&store, &paths).await.map_err(|error| failed(&error))?;
        Ok(Self { paths, copy: Some((folder, store)) })
    }

    /// Where files are to be put below a URL, of what is there nothing is needed.
    ///
    /// # Errors
    /// The environment does not say how to reach the store, or the disk refuses.
    pub fn at_store_to_put(url: &StoreUrl, name: DatasetName, variables: &StoreVariables) -> Result<Self, Failure> {
        let store = Store::open(url, variables).map_err(|error| failed(&error.into()))?;
        let folder = temporary(url)?;
        Ok(Self { paths: DatasetPaths::copy_of(url, folder.path(), name), copy: Some((folder, store)) })
    }

    /// Where it is.
    #[must_use]
    pub const fn paths(&self) -> &DatasetPaths {
        &self.paths
    }

    /// Puts a report's files into the dataset's store, and names them by that.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn publish(&self, written: &mut [Written]) -> Result<(), Failure> {
        let Some((_, store)) = &self.copy else { return Ok(()) };
        for file in written {
            upload_report(store, &self.paths, &file.path).await.map_err(|error| failed(&error))?;
            file.path = self.paths.told(&file.path);
        }
        Ok(())
    }
}

impl Order {
    /// Copies the dataset to a temporary folder if it is in a store, to be looked at from now on.
    ///
    /// # Errors
    /// As [`Look::at_store`].
    pub async fn look(&mut self) -> Result<(), Failure> {
        if let Location::Store(url) = &self.job.output.directory {
            let look = Look::at_store(url, self.dataset_name(), &self.options.store_variables).await?;
            self.copy = look.copy.map(|(folder, _)| folder.into()).unwrap_or_default();
        }
        Ok(())
    }

    /// Makes a temporary folder for the copy of a dataset in a store, where there is no state directory to keep it in.
    pub(super) fn make_room(&self) -> Result<(), Failure> {
        if let (Location::Store(url), StatePlace::Database(_), None) =
            (&self.job.output.directory, &self.state, self.copy.get())
        {
            let folder = temporary(url)?;
            // Who comes second finds a folder, too.
            let _ = self.copy.set(folder);
        }
        Ok(())
    }
}

fn temporary(url: &StoreUrl) -> Result<TempDir, Failure> {
    tempfile::tempdir()
        .map_err(|error| Failure::failed(format!("cannot make a temporary folder for the copy of {url}: {error}")))
}
