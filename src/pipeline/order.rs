//! What is to be done: a job with all that decides how it is run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::job::{Job, ReportSettings};
use crate::model::{AccountSid, Location, StoreUrl, UnixSeconds};
use crate::planner::Freshness;
use crate::postgres::Login;
use crate::sink::dataset::{DatasetPaths, Loss, Rewrite};
use crate::store::StoreVariables;

/// A job, whose account it asks, and how.
#[derive(Debug)]
pub struct Order {
    /// The job.
    pub job: Job,
    /// The account that keys ledger and bucket.
    pub account: AccountSid,
    /// The API's origin, or `simulator`.
    pub origin: String,
    /// Where ledger and buckets are.
    pub state_dir: PathBuf,
    /// The rest.
    pub options: Options,
    /// A copy of what a store holds, for looking; a run keeps its own in the state directory.
    pub(super) copy: Option<TempDir>,
}

impl Order {
    /// Of a job, with what was said in its place.
    #[must_use]
    pub fn new(job: Job, account: AccountSid, state_dir: PathBuf, options: Options) -> Self {
        let origin = job.source.endpoint.origin();
        Self { job, account, origin, state_dir, options, copy: None }
    }

    /// Where the dataset is worked on: its folder, or that of the copy of what a store holds.
    #[must_use]
    pub fn dataset(&self) -> DatasetPaths {
        let name = self.job.name.as_str();
        match (&self.job.output.directory, &self.copy) {
            (Location::Folder(folder), _) => DatasetPaths::new(folder, name),
            (Location::Store(url), Some(copy)) => DatasetPaths::copy_of(url, copy.path(), name),
            (Location::Store(url), None) => DatasetPaths::copy_of(url, &copies(&self.state_dir, url), name),
        }
    }
}

/// The folder of a run's copies of what is below a URL.
fn copies(state_dir: &Path, url: &StoreUrl) -> PathBuf {
    let hash = format!("{:x}", Sha256::digest(url.to_string()));
    state_dir.join("stores").join(hash.get(..16).unwrap_or_default())
}

/// How a job is run. The default is what `run JOB` does.
#[derive(Debug, Clone)]
pub struct Options {
    /// The instant to which relative ranges and settling refer; `None`: now, or that of the run that is taken up.
    pub as_of: Option<UnixSeconds>,
    /// Whether settled slices are asked afresh, too.
    pub freshness: Freshness,
    /// How long to wait for another run's lock, or another machine's hold on the state directory.
    pub wait: Duration,
    /// The share of implied cells that is asked, in percent.
    pub spot_check: Option<u8>,
    /// What becomes of windows whose published rows were lost.
    pub loss: Loss,
    /// Which files are written anew.
    pub rewrite: Rewrite,
    /// What the lock's holder is called, for those who find it held.
    pub name: String,
    /// What to check when the API refuses the credentials, for people.
    pub credentials_hint: Option<String>,
    /// By which settings what deserves attention is looked for where the job file has no `[report]`; `None`: it is not.
    pub attention: Option<ReportSettings>,
    /// By which password a database is asked, where the job names one.
    pub postgres_login: Login,
    /// How a store is reached, where the job names one.
    pub store_variables: StoreVariables,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            as_of: None,
            freshness: Freshness::Reuse,
            wait: Duration::ZERO,
            spot_check: None,
            loss: Loss::Told,
            rewrite: Rewrite::Changed,
            name: "run".to_owned(),
            credentials_hint: None,
            attention: None,
            postgres_login: Login::default(),
            store_variables: StoreVariables::default(),
        }
    }
}
