//! The report over a job's accounts, from the datasets of all of them.
//!
//! As many datasets are read at once as there are processors; of each only a digest is kept. An account whose dataset
//! cannot be reported is named with the reason, and keeps no other from it.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::failure::{Failure, chain};
use super::mirror::Look;
use crate::job::JobAccount;
use crate::model::DatasetName;
use crate::report::accounts::{AccountsReport, Asked, Digest, Unreported, WhyUnreported, total};
use crate::report::{Period, ReportError, Request, read};

/// Reports accounts together; `look` finds the dataset of each.
pub fn report_accounts(
    request: &Request<'_>,
    period: Period,
    accounts: &[JobAccount],
    look: &(dyn Fn(DatasetName) -> Result<Look, Failure> + Sync),
) -> AccountsReport {
    let next = AtomicUsize::new(0);
    let found = Mutex::new((Vec::new(), Vec::new()));
    let work = || {
        while let Some(account) = accounts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let digest = digest(request, account, look);
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            match digest {
                Ok(digest) => found.0.push(digest),
                Err(unreported) => found.1.push(unreported),
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        for _ in 0..threads.min(accounts.len()) {
            scope.spawn(work);
        }
    });
    let (digests, unreported) = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let asked = Asked { job: request.job, settings: request.settings, period, as_of: request.as_of };
    total(asked, digests, unreported)
}

fn digest(
    request: &Request<'_>,
    account: &JobAccount,
    look: &(dyn Fn(DatasetName) -> Result<Look, Failure> + Sync),
) -> Result<Digest, Unreported> {
    let unreported = |reason: String, why| Unreported { name: account.name.clone(), account: account.sid, reason, why };
    let name = DatasetName { job: request.job.name.to_string(), account: Some(account.sid) };
    let look = look(name).map_err(|failure| unreported(failure.message, WhyUnreported::Unreadable))?;
    let report = read(look.paths(), request).map_err(|error| unreported(chain(&error), why(&error)))?;
    Ok(Digest::of(account.name.clone(), report))
}

const fn why(error: &ReportError) -> WhyUnreported {
    if error.is_missing() {
        WhyUnreported::Missing
    } else if error.is_absent() {
        WhyUnreported::NotYet
    } else {
        WhyUnreported::Unreadable
    }
}
