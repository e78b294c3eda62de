//! What the runs of all accounts add up to. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::message::told;
use super::record::{AccountRecord, AccountStatus};
use crate::pipeline::summary::{DayRecord, RequestRecord};
use crate::pipeline::{Status, Summary};

/// Accounts that are told of one by one; the others are counted, and every one is in the log.
const MOST_TOLD: usize = 1000;

/// How many accounts came to what.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AccountsSummary {
    /// Accounts that the command was about.
    pub total: u64,
    /// Those of which every window is published.
    pub complete: u64,
    /// Those of which some windows could not be published.
    pub incomplete: u64,
    /// Those that failed: refused credentials, no answer, and the like.
    pub failed: u64,
    /// Those that another run was at work on.
    pub locked: u64,
    /// Those that were not begun, or not ended, when a signal came.
    pub interrupted: u64,
    /// Windows of which the API holds nothing any more, of all accounts.
    pub windows_expired: u64,
    /// Every account that is not complete, at most a thousand.
    pub unfinished: Vec<AccountRecord>,
}

/// Adds the records of a command's accounts to its blank summary.
#[must_use]
pub fn total(mut blank: Summary, accounts: u64, mut records: Vec<AccountRecord>) -> (Summary, AccountsSummary) {
    records.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let count = |is: fn(AccountStatus) -> bool| records.iter().filter(|record| is(record.status)).count() as u64;
    let mut summary = AccountsSummary {
        total: accounts,
        complete: count(|status| status == AccountStatus::Complete),
        incomplete: count(|status| matches!(status, AccountStatus::Incomplete | AccountStatus::Unreconciled)),
        failed: count(|status| status == AccountStatus::Failed),
        locked: count(|status| status == AccountStatus::Locked),
        interrupted: 0,
        windows_expired: records.iter().map(|record| record.windows_expired).sum(),
        unfinished: Vec::new(),
    };
    summary.interrupted = accounts - summary.complete - summary.incomplete - summary.failed - summary.locked;
    for record in &records {
        add(&mut blank, record);
    }
    blank.status = status(&records, &summary);
    let unfinished = records.into_iter().filter(|record| record.status != AccountStatus::Complete);
    summary.unfinished = unfinished.take(MOST_TOLD).collect();
    blank.warnings.extend(summary.unfinished.iter().filter(|it| it.status != AccountStatus::Interrupted).map(told));
    (blank, summary)
}

/// The worst that happened.
fn status(records: &[AccountRecord], summary: &AccountsSummary) -> Status {
    let finished = summary.complete + summary.incomplete;
    if summary.interrupted > 0 {
        Status::Interrupted
    } else if summary.complete == summary.total {
        Status::Complete
    } else if finished == 0 {
        Status::Failed
    } else if records.iter().any(|record| record.status == AccountStatus::Unreconciled) {
        Status::Unreconciled
    } else {
        Status::Incomplete
    }
}

fn add(total: &mut Summary, record: &AccountRecord) {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    total.windows += count(record.windows);
    total.windows_published += count(record.windows_published);
    total.cells += count(record.cells);
    total.rows += record.rows;
    total.provisional_rows += record.provisional_rows;
    total.total_attempts += record.total_attempts;
    total.total_converted += record.total_converted;
    total.answered_from_ledger += record.answered_from_ledger;
    total.identities_checked += record.identities_checked;
    let RequestRecord { sent, retries, throttled, failed } = record.requests;
    total.requests.sent += sent;
    total.requests.retries += retries;
    total.requests.throttled += throttled;
    total.requests.failed += failed;
    total.reconciled = match (total.reconciled, record.reconciled) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (before, now) => before.or(now),
    };
    total.attention.extend(record.attention.iter().map(|line| format!("{}: {line}", record.name)));
    if let Some(day) = &record.last_day {
        add_day(&mut total.last_day, day);
    }
}

/// Only the latest day of any account counts: the others' are not over yet, or theirs failed.
fn add_day(total: &mut Option<DayRecord>, day: &DayRecord) {
    match total {
        Some(latest) if latest.date > day.date => {}
        Some(latest) if latest.date == day.date => {
            latest.total_attempts += day.total_attempts;
            latest.total_converted += day.total_converted;
        }
        latest => *latest = Some(day.clone()),
    }
}
