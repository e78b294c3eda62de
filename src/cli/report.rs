//! `report JOB`: what the published dataset says of a period, or those of all of a job's accounts. No lock, no network or
//! secret but those of a dataset in a store.

mod accounts;
mod after_run;
mod datasets;
mod failed;
mod one;
mod open;
mod record;
mod told;

pub use after_run::{AfterAccounts, Ended, after_run};
pub use record::{schema, schema_of_accounts};

use super::args::ReportArgs;
use super::exit::{CommandError, Exit};
use super::load::{Whose, load_job, whose_datasets};
use super::log::style;
use crate::clock::{Clock, SystemClock};
use crate::job::{Job, PeriodKind, ReportFormat};
use crate::model::{Location, UnixSeconds};
use crate::report::{PeriodChoice, PeriodName};
use told::Reported;

/// Reads what is published, writes the report's files, prints the summary.
pub fn report(arguments: &ReportArgs) -> Result<Exit, CommandError> {
    let mut job = load_job(&arguments.job, style())?;
    if let Some(directory) = &arguments.output {
        job.output.directory.clone_from(directory);
    }
    let of = job.accounts.as_ref().map_or(1, |accounts| accounts.list().len());
    let whose = whose_datasets(&mut job, &arguments.account)?;
    let mut settings = job.report.clone().unwrap_or_default();
    if !arguments.formats.is_empty() {
        settings.formats.clone_from(&arguments.formats);
        settings.formats.sort_unstable();
        settings.formats.dedup();
    }
    if arguments.open && !settings.formats.contains(&ReportFormat::Html) {
        return Err(CommandError::usage("--open opens the page, which is not written; add html to --format"));
    }
    if arguments.open && matches!(job.output.directory, Location::Store(_)) {
        return Err(CommandError::usage(
            "--open opens a page of this machine, and the dataset is in a store; leave it out",
        ));
    }
    let as_of = UnixSeconds::from(arguments.as_of.unwrap_or_else(|| SystemClock.now()));
    let period = period(arguments, &job, settings.period, as_of)?;
    let reported = Reported { job: &job, settings: &settings, period, as_of, arguments };
    match whose {
        Whose::Environment => one::report(&reported, None),
        Whose::Named(named) if named.len() == 1 => one::report(&reported, named.first().map(|account| account.sid)),
        Whose::Named(named) => accounts::report(&reported, &named, of),
    }
}

/// The period that was asked for, or the last complete one.
fn period(
    arguments: &ReportArgs,
    job: &Job,
    usual: PeriodKind,
    as_of: UnixSeconds,
) -> Result<PeriodName, CommandError> {
    let named = arguments.month.or(arguments.week).or(arguments.day);
    if let (Some(named), Some(kind)) =
        (named, arguments.period.filter(|kind| Some(*kind) != named.map(PeriodChoice::kind)))
    {
        return Err(CommandError::usage(format!(
            "--period {kind} does not go with --{}; leave one of them out",
            named.kind()
        )));
    }
    let kind = arguments.period.unwrap_or(usual);
    let period = named.unwrap_or(PeriodChoice::Last(kind)).at(as_of, job.windows.timezone);
    match arguments.compare {
        Some(compared) if compared.kind != period.kind => Err(CommandError::usage(format!(
            "--compare names a {}, but a {} is reported; compare periods of one kind",
            compared.kind, period.kind
        ))),
        Some(compared) if compared == period => {
            Err(CommandError::usage("--compare names the period that is reported; name another one"))
        }
        _ => Ok(period),
    }
}
