//! `report JOB`: what the published dataset says of a period. No lock, no network or secret but those of a
//! dataset in a store.

mod failed;
mod open;
mod record;

pub use record::schema;

use std::fmt::Write as _;

use super::args::{FailOn, ReportArgs};
use super::environment::Environment;
use super::exit::{CommandError, Exit};
use super::load::{dataset_name, load_job};
use super::log::style;
use super::message::CommandMessage;
use super::output::{print_json, say};
use super::signals::runtime;
use crate::clock::{Clock, SystemClock};
use crate::job::{Job, PeriodKind, ReportFormat};
use crate::message::tell;
use crate::model::{DatasetName, Location, UnixSeconds, shown};
use crate::pipeline::{Look, WriteError, write};
use crate::report::{PeriodChoice, PeriodName, ReportError, Request, read, render};
use crate::sink::DiskError;

/// Reads the dataset, writes the report's files, prints the summary.
pub fn report(arguments: &ReportArgs) -> Result<Exit, CommandError> {
    let mut job = load_job(&arguments.job, style())?;
    if let Some(directory) = &arguments.output {
        job.output.directory.clone_from(directory);
    }
    let name = dataset_name(&mut job, &arguments.account)?;
    let mut settings = job.report.clone().unwrap_or_default();
    if !arguments.formats.is_empty() {
        settings.formats.clone_from(&arguments.formats);
        settings.formats.sort_unstable();
        settings.formats.dedup();
    }
    if arguments.open && !settings.formats.contains(&ReportFormat::Html) {
        return Err(CommandError::usage("--open opens the page, which is not written; add html to --format"));
    }
    let as_of = UnixSeconds::from(arguments.as_of.unwrap_or_else(|| SystemClock.now()));
    let period = period(arguments, &job, settings.period, as_of)?;
    let request = Request { job: &job, settings: &settings, period, compared: arguments.compare, as_of };
    let look = look(&job, name, arguments)?;
    let layout = look.paths();
    let report = read(layout, &request).map_err(|error| refused(&error, arguments))?;
    for damage in &report.origin.damage {
        tell(&CommandMessage::ReportDamaged { damage: damage.clone() });
    }
    let mut written = match write(layout, &report, &settings) {
        Ok(written) => written,
        // Who may only read the dataset is told all the same, unless it was files that were asked for.
        Err(WriteError::Disk(error @ DiskError::Denied { .. })) => {
            let (folder, cause) = (shown(&layout.reports()).to_string(), cause(&error));
            if !arguments.formats.is_empty() || arguments.open {
                return Err(CommandError::failed(format!(
                    "the report's files may not be written to {folder} by this user; leave --format out to have it told \
                     on stdout: {cause}"
                )));
            }
            tell(&CommandMessage::ReportNotWritten { folder, cause });
            Vec::new()
        }
        Err(error) => return Err(CommandError::caused(&error)),
    };
    if matches!(job.output.directory, Location::Store(_)) {
        runtime()?.block_on(look.publish(&mut written))?;
    }
    let failed = failed::failed(&report, &arguments.fail_on);
    if arguments.json {
        print_json(&record::json(&report, &written))?;
    } else if arguments.log.quiet {
        say(&failed.concat())?;
    } else {
        let mut text = render::terminal(&report);
        for file in &written {
            let _ = writeln!(text, "  {:<12} {}", "file", shown(&file.path));
        }
        say(&text)?;
    }
    if let Some(page) = written.iter().find(|file| arguments.open && file.format == ReportFormat::Html) {
        open::open(&page.path);
    }
    Ok(if failed.is_empty() { Exit::Success } else { Exit::Attention })
}

/// Where the dataset can be read.
fn look(job: &Job, name: DatasetName, arguments: &ReportArgs) -> Result<Look, CommandError> {
    match &job.output.directory {
        Location::Folder(folder) => Ok(Look::at_folder(folder, name)),
        Location::Store(_) if arguments.open => {
            Err(CommandError::usage("--open opens a page of this machine, and the dataset is in a store; leave it out"))
        }
        Location::Store(url) => {
            let variables = Environment::load().store_variables(url.kind)?;
            Ok(runtime()?.block_on(Look::at_store(url, name, &variables))?)
        }
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

/// The system's own words.
fn cause(error: &DiskError) -> String {
    std::error::Error::source(error).map_or_else(String::new, ToString::to_string)
}

/// A period of which nothing is published although some of it is over is what `--fail-on missing` waits for.
fn refused(error: &ReportError, arguments: &ReportArgs) -> CommandError {
    if error.is_missing() && arguments.fail_on.contains(&FailOn::Missing) {
        return CommandError { exit: Exit::Attention, message: error.to_string() };
    }
    if error.is_usage() { CommandError::usage(error) } else { CommandError::caused(error) }
}
