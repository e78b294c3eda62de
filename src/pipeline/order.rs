//! What is to be done: a job with all that decides how it is run.

use std::path::PathBuf;
use std::time::Duration;

use crate::job::Job;
use crate::model::{AccountSid, UnixSeconds};
use crate::planner::Freshness;
use crate::postgres::Login;
use crate::sink::dataset::{Loss, Rewrite};

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
}

impl Order {
    /// Of a job, with what was said in its place.
    #[must_use]
    pub fn new(job: Job, account: AccountSid, state_dir: PathBuf, options: Options) -> Self {
        let origin = job.source.endpoint.origin();
        Self { job, account, origin, state_dir, options }
    }
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
    /// By which password a database is asked, where the job names one.
    pub postgres_login: Login,
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
            postgres_login: Login::default(),
        }
    }
}
