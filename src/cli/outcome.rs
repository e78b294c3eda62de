//! A run's outcome on stdout and stderr, and as an exit code.

use std::fmt::Write as _;

use super::args::{LogFormat, RunArgs, RunFailOn};
use super::exit::{CommandError, Exit};
use super::message::CommandMessage;
use super::output::{print_json, tell};
use super::text::{open_command, render};
use crate::accounts::AccountsSummary;
use crate::pipeline::{ByCountry, Ended, RunOutcome, Summary};
use crate::report::format::grouped;
use serde::Serialize;

/// What a run came to, as far as it got.
#[derive(Default)]
pub struct CameTo {
    /// Its summary; of several accounts that of all.
    pub summary: Option<Summary>,
    /// Of several accounts how many came to what.
    pub accounts: Option<AccountsSummary>,
    /// Whether it was of some of the job's accounts alone.
    pub is_of_some: bool,
}

/// Prints the summary: an object to stdout, or a text to stderr. `stopped` is the code of a run that a signal ended.
pub fn report(mut outcome: RunOutcome, asked: &RunArgs, stopped: Exit) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    let comes_true = |what: &RunFailOn| asked.fail_on.contains(what) && has(&outcome.summary, *what);
    let fails_on: Vec<_> = RunFailOn::ALL.into_iter().filter(comes_true).collect();
    let ended = match outcome.ended {
        Ended::Complete if !fails_on.is_empty() => Exit::Attention,
        Ended::Complete => Exit::Success,
        Ended::Partial => Exit::Partial,
        Ended::Failed => Exit::Failed,
        Ended::Locked => Exit::Locked,
        Ended::Stopped => stopped,
    };
    let printed = if arguments.json { print_summary(&outcome.summary) } else { Ok(ended) };
    // A summary that nobody could read is in the log all the same.
    let exit = printed.as_ref().map_or_else(|error| error.exit, |_| ended);
    match arguments.log.log_format {
        LogFormat::Json => {
            let summary = Box::new(outcome.summary.clone());
            crate::message::tell(&CommandMessage::RunEnded { exit: exit as u8, accounts: None, summary });
        }
        LogFormat::Text if !arguments.json && (!arguments.log.quiet || exit != Exit::Success) => show(&mut outcome),
        LogFormat::Text => {}
    }
    if ended == Exit::Attention {
        crate::message::tell(&CommandMessage::RunFailsOn { what: fails_on });
    }
    match outcome.failure {
        Some(message) => Err(CommandError { exit, message }),
        None => printed.map(|_| exit),
    }
}

/// Accounts that are not complete and that a summary for people names.
const ACCOUNTS_TOLD: usize = 10;

/// What `run --json` prints of a job with several accounts: a run's summary of all of them, and what became of each.
#[derive(Serialize)]
struct OfAccounts<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    accounts: &'a AccountsSummary,
}

/// Prints the summary of many accounts, as [`report`] does that of one run. Beside the code of a run that a signal ended
/// stands what kept the report over all of them from being written.
pub fn report_accounts(
    mut summary: Summary,
    accounts: AccountsSummary,
    asked: &RunArgs,
    (stopped, problem): (Exit, Option<String>),
) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    // Of no accounts nothing is missing.
    let comes_true = |what: &RunFailOn| accounts.total > 0 && asked.fail_on.contains(what) && has(&summary, *what);
    let fails_on: Vec<_> = RunFailOn::ALL.into_iter().filter(comes_true).collect();
    let finished = accounts.complete + accounts.incomplete;
    let ended = match (accounts.complete == accounts.total, finished) {
        _ if accounts.interrupted > 0 => stopped,
        // All is published, and yet not all is done.
        (true, _) if problem.is_some() => Exit::Failed,
        (true, _) if !fails_on.is_empty() => Exit::Attention,
        (true, _) => Exit::Success,
        (false, 0) if accounts.locked == accounts.total => Exit::Locked,
        (false, 0) => Exit::Failed,
        (false, _) => Exit::Partial,
    };
    summary.warnings.splice(0..0, problem);
    let printed = if arguments.json {
        let text = serde_json::to_string_pretty(&OfAccounts { summary: &summary, accounts: &accounts });
        print_json(&format!("{}\n", text.map_err(CommandError::failed)?))
    } else {
        Ok(ended)
    };
    let exit = printed.as_ref().map_or_else(|error| error.exit, |_| ended);
    match arguments.log.log_format {
        LogFormat::Json => {
            let (summary, accounts) = (Box::new(summary), Some(Box::new(accounts)));
            crate::message::tell(&CommandMessage::RunEnded { exit: exit as u8, accounts, summary });
        }
        LogFormat::Text if !arguments.json && (!arguments.log.quiet || exit != Exit::Success) => {
            let mut summary = summary;
            let more = summary.warnings.len().saturating_sub(ACCOUNTS_TOLD);
            summary.warnings.truncate(ACCOUNTS_TOLD);
            if more > 0 {
                summary
                    .warnings
                    .push(format!("{more} more accounts are not complete: each was told when its turn ended"));
            }
            let told = render(&summary, &ByCountry::default(), &resume_command(), None);
            tell(&format!("  {:<12} {}\n{told}", "accounts", counted(&accounts)));
        }
        LogFormat::Text => {}
    }
    if ended == Exit::Attention {
        crate::message::tell(&CommandMessage::RunFailsOn { what: fails_on });
    }
    printed.map(|_| exit)
}

/// As in: 2,997 of 3,000 complete, 2 incomplete, 1 failed.
fn counted(accounts: &AccountsSummary) -> String {
    let AccountsSummary { total, complete, incomplete, failed, locked, interrupted, .. } = *accounts;
    let others = [(incomplete, "incomplete"), (failed, "failed"), (locked, "locked"), (interrupted, "not done")];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let mut text = format!("{} of {} complete", grouped(complete), grouped(total));
    for (count, what) in others {
        let _ = write!(text, ", {} {what}", grouped(count));
    }
    text
}

/// Whether a run that published all it could came to what somebody looks out for.
const fn has(summary: &Summary, what: RunFailOn) -> bool {
    match what {
        RunFailOn::Missing => summary.windows_published < summary.windows || summary.windows == 0,
        RunFailOn::Attention => !summary.attention.is_empty(),
        RunFailOn::Expired => !summary.windows_expired.is_empty(),
        RunFailOn::Provisional => summary.provisional_rows > 0,
    }
}

fn print_summary(summary: &Summary) -> Result<Exit, CommandError> {
    let text = serde_json::to_string_pretty(summary).map_err(CommandError::failed)?;
    print_json(&format!("{text}\n"))
}

/// The summary on stderr, for people.
fn show(outcome: &mut RunOutcome) {
    // The failure is the last line that people see; once is enough.
    outcome.summary.warnings.retain(|warning| Some(warning) != outcome.failure.as_ref());
    let open_with = open_command(&outcome.summary);
    tell(&render(&outcome.summary, &outcome.by_country, &resume_command(), open_with.as_deref()));
}

/// The command line that goes on with this run: its own, quoted for a shell.
fn resume_command() -> String {
    let quoted = std::env::args_os().enumerate().map(|(at, argument)| {
        let argument = argument.to_string_lossy().into_owned();
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,+@%".contains(letter);
        match at {
            0 => "verify-rollup".to_owned(),
            _ if !argument.is_empty() && argument.chars().all(plain) => argument,
            _ => format!("'{}'", argument.replace('\'', r"'\''")),
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}
