//! The report over a job's accounts, from the datasets of all of them.
//!
//! A few datasets are read at once; of each only a digest is kept. An account whose dataset
//! cannot be reported is named with the reason, and keeps no other from it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::failure::{Cause, Failure, chain};
use super::mirror::Look;
use crate::job::JobAccount;
use crate::model::DatasetName;
use crate::report::accounts::{AccountsReport, Asked, Digest, Unreported, WhyUnreported, total};
use crate::report::{Period, ReportError, Request, read};

/// So many stores in a row that cannot be reached are no matter of single accounts.
const HOPELESS: usize = 3;

/// Which accounts are reported together, and where their datasets are.
pub struct Together<'a> {
    /// Those that are reported.
    pub accounts: &'a [JobAccount],
    /// How many the job has.
    pub of: usize,
    /// The period.
    pub period: Period,
    /// Finds the dataset of one.
    pub look: &'a (dyn Fn(DatasetName) -> Result<Look, Failure> + Sync),
    /// How many are read at once.
    pub at_once: NonZeroUsize,
}

/// Reports accounts together. Where three datasets in a row cannot be reached, the others are not tried.
pub fn report_accounts(request: &Request<'_>, together: &Together<'_>) -> AccountsReport {
    let Together { accounts, of, period, look, at_once } = *together;
    let (next, unreached) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new((Vec::new(), Vec::new()));
    let reached = |name: DatasetName| {
        if unreached.load(Ordering::Relaxed) >= HOPELESS {
            return Err(Failure::failed("not tried, as the datasets before could not be reached"));
        }
        let looked = look(name);
        match &looked {
            Ok(_) => unreached.store(0, Ordering::Relaxed),
            Err(_) => drop(unreached.fetch_add(1, Ordering::Relaxed)),
        }
        looked
    };
    let work = || {
        while let Some(account) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let digest = digest(request, account, &reached);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            match digest {
                Ok(digest) => found.0.push(digest),
                Err(unreported) => found.1.push(unreported),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..at_once.get().min(accounts.len()) {
            scope.spawn(work);
        }
    });
    let (digests, unreported) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let asked = Asked { job: request.job, settings: request.settings, period, as_of: request.as_of, of };
    total(asked, digests, unreported)
}

fn digest(
    request: &Request<'_>,
    account: &JobAccount,
    look: &impl Fn(DatasetName) -> Result<Look, Failure>,
) -> Result<Digest, Unreported> {
    let unreported = |reason: String, why| Unreported { name: account.name.clone(), account: account.sid, reason, why };
    let name = DatasetName { job: request.job.name.to_string(), account: Some(account.sid) };
    let look = look(name).map_err(|failure| {
        let why = if failure.cause == Cause::Usage { WhyUnreported::Refused } else { WhyUnreported::Unreadable };
        unreported(failure.message, why)
    })?;
    let report = read(look.paths(), request).map_err(|error| unreported(chain(&error), why(&error)))?;
    Ok(Digest::of(account.name.clone(), report))
}

const fn why(error: &ReportError) -> WhyUnreported {
    if error.is_missing() {
        WhyUnreported::Missing
    } else if error.is_absent() {
        WhyUnreported::NotYet
    } else if error.is_usage() {
        WhyUnreported::Refused
    } else {
        WhyUnreported::Unreadable
    }
}
