//! The report over all accounts that `[report]` wants after a run of them.

use super::accounts::tell_unread;
use super::datasets::Datasets;
use crate::cli::environment::Environment;
use crate::cli::exit::CommandError;
use crate::cli::signals::runtime;
use crate::job::{Job, JobAccount};
use crate::model::{DatasetName, Location, UnixSeconds};
use crate::pipeline::summary::ReportRecord;
use crate::pipeline::{AccountsToReport, Failure, Written, report_accounts, write_accounts};
use crate::report::{Compared, PeriodName, Request};

/// What became of the report over all accounts that a job file wants after a run of them.
pub enum AfterAccounts {
    /// It was written: its files. Nothing, where a signal came.
    Written(Vec<ReportRecord>),
    /// It was not; the message says why.
    Failed(String),
}

/// Reports the last complete period of all accounts, as a run of theirs has just reported it of some.
pub fn after_run(job: &Job, environment: &Environment, accounts: &[JobAccount], ended: &Ended<'_>) -> AfterAccounts {
    // Of one account its own report is that of all.
    let Some(settings) = job.report.as_ref().filter(|_| accounts.len() > 1) else {
        return AfterAccounts::Written(Vec::new());
    };
    let zone = job.windows.timezone;
    let period = PeriodName::last_complete(settings.period, ended.as_of, zone);
    let request = Request { job, settings, period, compared: Compared::Before, as_of: ended.as_of };
    let write = || -> Result<Vec<Written>, CommandError> {
        let Some(in_zone) = period.in_zone(zone) else { return Ok(Vec::new()) };
        let datasets = Datasets::of(job, environment)?;
        let look = |name: DatasetName| {
            if (ended.is_stopped)() { Err(Failure::failed("stopped")) } else { datasets.look(name) }
        };
        let of = accounts.len();
        let together = AccountsToReport { accounts, of, period: in_zone, look: &look, at_once: datasets.at_once() };
        let report = report_accounts(&request, &together);
        if (ended.is_stopped)() {
            return Ok(Vec::new());
        }
        tell_unread(&report);
        if report.accounts.is_empty() {
            return Ok(Vec::new());
        }
        let place = datasets.place()?;
        let mut written =
            write_accounts(place.paths(), &report, settings).map_err(|error| CommandError::caused(&error))?;
        if matches!(job.output.directory, Location::Store(_)) {
            runtime()?.block_on(place.publish(&mut written))?;
        }
        Ok(written)
    };
    match write() {
        Ok(written) => AfterAccounts::Written(written.into_iter().map(ReportRecord::from).collect()),
        Err(error) => AfterAccounts::Failed(format!("the report over all accounts was not written: {}", error.message)),
    }
}

/// A run of accounts that came to its end.
pub struct Ended<'a> {
    /// Its instant.
    pub as_of: UnixSeconds,
    /// Whether a signal came.
    pub is_stopped: &'a (dyn Fn() -> bool + Sync),
}
