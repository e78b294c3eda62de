//! What is to be done: a job with all that decides how it is run.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::shared::Shared;
use crate::job::{Job, ReportSettings};
use crate::model::{AccountSid, DatasetName, Location, StatePlace, StoreUrl, UnixSeconds};
use crate::planner::Freshness;
use crate::postgres::Login;
use crate::sink::dataset::{DatasetPaths, Loss, Rewrite};
use crate::store::StoreVariables;

/// How many accounts a job asks. Of several, each has a dataset of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountsOfJob {
    /// The environment's.
    One,
    /// Those that it names, be it one.
    Several,
}

/// A job, whose account it asks, and how.
#[derive(Debug)]
pub struct Order {
    /// The job.
    pub job: Job,
    /// The account that keys ledger and bucket.
    pub account: AccountSid,
    /// Whether the job has others.
    pub accounts: AccountsOfJob,
    /// The API's origin, or `simulator`.
    pub origin: String,
    /// Where ledger and buckets are.
    pub state: StatePlace,
    /// The rest.
    pub options: Options,
    /// What it has in common with other runs of this process.
    pub shared: Shared,
    /// A copy of what a store holds that lasts no longer than this: for looking, and for runs without a state directory to
    /// keep one in.
    pub(super) copy: OnceLock<TempDir>,
}

impl Order {
    /// Of a job, with what was said in its place.
    #[must_use]
    pub fn new(job: Job, account: AccountSid, state: impl Into<StatePlace>, options: Options) -> Self {
        let origin = job.source.endpoint.origin();
        let accounts = AccountsOfJob::One;
        let (state, shared) = (state.into(), Shared::default());
        Self { job, account, accounts, origin, state, options, shared, copy: OnceLock::new() }
    }

    /// The same of one of a job's accounts.
    #[must_use]
    pub fn of_account(&self, account: AccountSid) -> Self {
        Self {
            job: self.job.clone(),
            account,
            accounts: AccountsOfJob::Several,
            origin: self.origin.clone(),
            state: self.state.clone(),
            options: self.options.clone(),
            shared: self.shared.clone(),
            copy: OnceLock::new(),
        }
    }

    /// What the dataset is called.
    #[must_use]
    pub fn dataset_name(&self) -> DatasetName {
        let account = (self.accounts == AccountsOfJob::Several).then_some(self.account);
        DatasetName { job: self.job.name.to_string(), account }
    }

    /// Where the dataset is worked on: its folder, or that of the copy of what a store holds.
    ///
    /// # Panics
    /// The dataset is in a store, the state in a database, and neither a run nor a look has begun.
    #[must_use]
    pub fn dataset(&self) -> DatasetPaths {
        let name = self.dataset_name();
        let url = match &self.job.output.directory {
            Location::Folder(folder) => return DatasetPaths::new(folder, name),
            Location::Store(url) => url,
        };
        match (self.copy.get(), &self.state) {
            (None, StatePlace::Directory(state)) => DatasetPaths::copy_of(url, &copies(state, url), name),
            (copy, _) => {
                let copy = copy.expect("runs and looks make it before they ask for the dataset");
                DatasetPaths::copy_of(url, copy.path(), name)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PostgresUrl;

    fn order(output: &str, state: impl Into<StatePlace>) -> Order {
        let text = format!("name = \"a\"\n[windows]\nrange = \"today\"\n[output]\ndirectory = \"{output}\"\n");
        let job = Job::parse(&text, "a.toml").unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        Order::new(job, AccountSid::ZEROS, state, Options::default())
    }

    #[test]
    fn a_copy_is_in_the_state_directory_or_lasts_as_long_as_its_order() {
        let database = || StatePlace::Database(PostgresUrl::parse("postgres://u@h/d").unwrap());
        let kept = order("s3://bucket/a", PathBuf::from("state"));
        kept.make_room().unwrap();
        assert!(kept.dataset().root().starts_with("state/stores"));
        let plain = order("output", database());
        plain.make_room().unwrap();
        assert!(plain.dataset().root().starts_with("output") && plain.copy.get().is_none());

        let passing = order("s3://bucket/a", database());
        passing.make_room().unwrap();
        let folder = passing.copy.get().unwrap().path().to_owned();
        passing.make_room().unwrap();
        assert!(passing.dataset().root().starts_with(&folder) && folder.is_dir());
        drop(passing);
        assert!(!folder.exists());
    }
}
