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
use crate::pipeline::{AccountsToReport, report_accounts, write_accounts};
use crate::report::accounts::{AccountsReport, WhyUnreported};
use crate::report::{Compared, ReportError, Request, render};

/// Reads the datasets of accounts, of `of` that the job has, writes the files of the report over all of them beside their
/// folders, prints the summary. Some of them are told alone: their files would take the place of those of all. An account
/// that cannot be read makes the command fail, after the others were reported.
pub fn report(reported: &Reported<'_>, accounts: &[JobAccount], of: usize) -> Result<Exit, CommandError> {
    let Reported { job, settings, period: name, as_of, arguments } = *reported;
    let is_of_all = accounts.len() == of;
    if !is_of_all && (arguments.open || !arguments.formats.is_empty()) {
        return Err(CommandError::usage(
            "a page is of all accounts, or of one; leave --format and --open out, or name one account",
        ));
    }
    let zone = job.windows.timezone;
    let skipped = || ReportError::NoSuchDay { period: name.first.to_string(), zone: zone.to_string() };
    let period = name.in_zone(zone).ok_or_else(|| CommandError::usage(skipped()))?;
    let compared = arguments.compare.map_or(Compared::Before, Compared::WithIfThere);
    let request = Request { job, settings, period: name, compared, as_of };
    let datasets = Datasets::of(job, &Environment::load())?;
    let look = |name| datasets.look(name);
    let together = AccountsToReport { accounts, of, period, look: &look, at_once: datasets.at_once() };
    let report = report_accounts(&request, &together);
    if report.accounts.is_empty() {
        return Err(nothing(&report, &arguments.fail_on));
    }
    for line in &report.accounts {
        for damage in &line.damage {
            tell(&CommandMessage::ReportDamaged { damage: format!("{}: {damage}", line.name) });
        }
    }
    let is_any_unread = tell_unread(&report);
    if let (Some(name), None) = (arguments.compare, report.compared) {
        let compared = name.in_zone(zone).map_or_else(|| name.first.to_string(), |period| period.to_string());
        let exit = if is_any_unread { Exit::Failed } else { Exit::Usage };
        let message = format!("no account's dataset holds anything of {compared}; compare another period");
        return Err(CommandError { exit, message });
    }
    let written = if is_of_all {
        let place = datasets.place()?;
        reported.written(&place, write_accounts(place.paths(), &report, settings))?
    } else {
        Vec::new()
    };
    let failed = failed::of_accounts(&report, &arguments.fail_on);
    let told =
        Told { json: &|| record::json_of_accounts(&report, &written), text: &|| render::accounts::terminal(&report) };
    let exit = reported.tell(&told, &written, &failed)?;
    Ok(if is_any_unread { Exit::Failed } else { exit })
}

/// Tells of accounts whose datasets are there and could not be reported; whether there are any.
pub fn tell_unread(report: &AccountsReport) -> bool {
    let is_unread = |why| matches!(why, WhyUnreported::Unreadable | WhyUnreported::Refused);
    let mut is_any = false;
    for it in report.unreported.iter().filter(|it| is_unread(it.why)) {
        is_any = true;
        tell(&CommandMessage::AccountNotReported { account: it.name.clone(), reason: it.reason.clone() });
    }
    is_any
}

/// No account has numbers.
fn nothing(report: &AccountsReport, wanted: &[FailOn]) -> CommandError {
    let any = |why| report.unreported.iter().any(|it| it.why == why);
    let first = report.unreported.first().map_or_else(String::new, |it| format!("; of {}: {}", it.name, it.reason));
    let message = format!("none of the {} accounts has numbers of {}{first}", report.unreported.len(), report.period);
    let exit = if any(WhyUnreported::Unreadable) {
        Exit::Failed
    } else if wanted.contains(&FailOn::Missing) && any(WhyUnreported::Missing) {
        Exit::Attention
    } else {
        Exit::Usage
    };
    CommandError { exit, message }
}
