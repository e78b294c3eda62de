//! The report of one dataset.

use super::told::{Reported, Told};
use super::{failed, record};
use crate::cli::args::{FailOn, ReportArgs};
use crate::cli::environment::Environment;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::message::CommandMessage;
use crate::cli::signals::runtime;
use crate::job::Job;
use crate::message::tell;
use crate::model::{AccountSid, DatasetName, Location};
use crate::pipeline::{Look, write};
use crate::report::{Compared, ReportError, Request, read, render};

/// Reads the dataset, of an account where the job has several, writes the files, prints the summary.
pub fn report(reported: &Reported<'_>, account: Option<AccountSid>) -> Result<Exit, CommandError> {
    let Reported { job, settings, period, as_of, arguments } = *reported;
    let compared = arguments.compare.map_or(Compared::Before, Compared::With);
    let request = Request { job, settings, period, compared, as_of };
    let look = look(job, DatasetName { job: job.name.to_string(), account })?;
    let layout = look.paths();
    let report = read(layout, &request).map_err(|error| refused(&error, arguments))?;
    for damage in &report.origin.damage {
        tell(&CommandMessage::ReportDamaged { damage: damage.clone() });
    }
    let written = reported.written(&look, write(layout, &report, settings))?;
    let failed = failed::failed(&report, &arguments.fail_on);
    let told = Told { json: &|| record::json(&report, &written), text: &|| render::terminal(&report) };
    reported.tell(&told, &written, &failed)
}

/// Where the dataset can be read.
fn look(job: &Job, name: DatasetName) -> Result<Look, CommandError> {
    match &job.output.directory {
        Location::Folder(folder) => Ok(Look::at_folder(folder, name)),
        Location::Store(url) => {
            let variables = Environment::load().store_variables(url.kind)?;
            Ok(runtime()?.block_on(Look::at_store(url, name, &variables))?)
        }
    }
}

/// A period of which nothing is published although some of it is over is what `--fail-on missing` waits for.
fn refused(error: &ReportError, arguments: &ReportArgs) -> CommandError {
    if error.is_missing() && arguments.fail_on.contains(&FailOn::Missing) {
        return CommandError { exit: Exit::Attention, message: error.to_string() };
    }
    if error.is_usage() { CommandError::usage(error) } else { CommandError::caused(error) }
}
