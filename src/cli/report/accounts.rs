//! The report over a job's accounts.

use super::datasets::Datasets;
use super::told::{Reported, Told};
use super::{failed, record};
use crate::cli::args::FailOn;
use crate::cli::environment::Environment;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::message::CommandMessage;
use crate::job::JobAccount;
use crate::message::tell;
use crate::pipeline::{report_accounts, write_accounts};
use crate::report::accounts::{AccountsReport, WhyUnreported};
use crate::report::{Compared, ReportError, Request, render};

/// Reads the datasets of accounts, writes the files of the report over them beside their folders, prints the summary. An
/// account that cannot be read makes the command fail, after the others were reported.
pub fn report(reported: &Reported<'_>, accounts: &[JobAccount]) -> Result<Exit, CommandError> {
    let Reported { job, settings, period: name, as_of, arguments } = *reported;
    let zone = job.windows.timezone;
    let skipped = || ReportError::NoSuchDay { period: name.first.to_string(), zone: zone.to_string() };
    let period = name.in_zone(zone).ok_or_else(|| CommandError::usage(skipped()))?;
    let compared = arguments.compare.map_or(Compared::Before, Compared::WithIfThere);
    let request = Request { job, settings, period: name, compared, as_of };
    let datasets = Datasets::of(job, &Environment::load())?;
    let report = report_accounts(&request, period, accounts, &|name| datasets.look(name));
    if report.accounts.is_empty() {
        return Err(nothing(&report, &arguments.fail_on));
    }
    for line in &report.accounts {
        for damage in &line.damage {
            tell(&CommandMessage::ReportDamaged { damage: format!("{}: {damage}", line.name) });
        }
    }
    let unreadable = || report.unreported.iter().filter(|it| it.why == WhyUnreported::Unreadable);
    for it in unreadable() {
        tell(&CommandMessage::AccountNotReported { account: it.name.clone(), reason: it.reason.clone() });
    }
    let place = datasets.place()?;
    let written = reported.written(&place, write_accounts(place.paths(), &report, settings))?;
    let failed = failed::of_accounts(&report, &arguments.fail_on);
    let told =
        Told { json: &|| record::json_of_accounts(&report, &written), text: &|| render::accounts::terminal(&report) };
    let exit = reported.tell(&told, &written, &failed)?;
    Ok(if unreadable().next().is_some() { Exit::Failed } else { exit })
}

/// No account has numbers.
fn nothing(report: &AccountsReport, wanted: &[FailOn]) -> CommandError {
    let any = |why| report.unreported.iter().any(|it| it.why == why);
    let first = report.unreported.first().map_or_else(String::new, |it| format!("; of {}: {}", it.name, it.reason));
    let message = format!("none of the {} accounts has numbers of {}{first}", report.all(), report.period);
    let exit = if any(WhyUnreported::Unreadable) {
        Exit::Failed
    } else if wanted.contains(&FailOn::Missing) && any(WhyUnreported::Missing) {
        Exit::Attention
    } else {
        Exit::Usage
    };
    CommandError { exit, message }
}
