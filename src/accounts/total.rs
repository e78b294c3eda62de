//! What the runs of all accounts add up to. Pure.

use std::collections::BTreeSet;

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
        unfinished: Vec::new(),
    };
    let over = summary.complete + summary.incomplete + summary.failed + summary.locked;
    summary.interrupted = accounts.saturating_sub(over);
    for record in &records {
        add(&mut blank, record);
    }
    let expired: BTreeSet<_> = records.iter().flat_map(|record| record.windows_expired.iter().cloned()).collect();
    blank.windows_expired = expired.into_iter().collect();
    blank.last_day = last_day(&records, accounts);
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
}

/// The sums of the last day, where it is the same one of every account: else they are a part that looks like a fall.
fn last_day(records: &[AccountRecord], accounts: u64) -> Option<DayRecord> {
    let mut days = records.iter().map(|record| record.last_day.as_ref());
    let mut total = days.next()??.clone();
    for day in days {
        let day = day.filter(|day| day.date == total.date)?;
        total.total_attempts += day.total_attempts;
        total.total_converted += day.total_converted;
    }
    (records.len() as u64 == accounts).then_some(total)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::UnixSeconds;
    use crate::pipeline::summary::WindowRecord;

    fn record(name: &str, status: AccountStatus, day: &str) -> AccountRecord {
        let expired = WindowRecord { window_start: "a".to_owned(), window_end: "b".to_owned() };
        AccountRecord {
            name: name.to_owned(),
            status,
            windows: 3,
            windows_published: 2,
            windows_expired: vec![expired],
            rows: 10,
            total_attempts: 5,
            reconciled: Some(status == AccountStatus::Complete),
            last_day: Some(DayRecord { date: day.to_owned(), total_attempts: 5, total_converted: 4 }),
            ..AccountRecord::default()
        }
    }

    fn sum(accounts: u64, records: Vec<AccountRecord>) -> (Summary, AccountsSummary) {
        total(Summary::blank("job", UnixSeconds(0), DateTime::default()), accounts, records)
    }

    #[test]
    fn what_every_account_came_to_is_added_and_the_worst_is_told() {
        use AccountStatus::{Complete, Failed, Incomplete, Unreconciled};
        let of = |statuses: &[AccountStatus], accounts| {
            let records = statuses.iter().map(|status| record("a", *status, "2026-10-01")).collect();
            sum(accounts, records)
        };
        let (summary, accounts) = of(&[Complete, Incomplete, Failed], 4);
        assert_eq!((accounts.complete, accounts.incomplete, accounts.failed, accounts.interrupted), (1, 1, 1, 1));
        assert_eq!((summary.windows, summary.windows_published, summary.rows), (9, 6, 30));
        assert_eq!((summary.windows_expired.len(), summary.reconciled), (1, Some(false)));
        assert_eq!(accounts.unfinished.len(), 2);
        for (statuses, count, status) in [
            (&[Complete, Complete][..], 2, Status::Complete),
            (&[Complete], 2, Status::Interrupted),
            (&[Failed, Failed], 2, Status::Failed),
            (&[Failed, Complete], 2, Status::Incomplete),
            (&[Failed, Unreconciled], 2, Status::Unreconciled),
            (&[], 0, Status::Complete),
        ] {
            assert_eq!(of(statuses, count).0.status, status, "{statuses:?}");
        }
    }

    #[test]
    fn a_days_sums_are_told_where_it_is_the_last_day_of_every_account() {
        let of = |days: &[&str]| {
            sum(2, days.iter().map(|day| record("a", AccountStatus::Complete, day)).collect()).0.last_day
        };
        assert_eq!(of(&["2026-10-01", "2026-10-01"]).map(|day| day.total_attempts), Some(10));
        assert_eq!(of(&["2026-10-01", "2026-10-02"]), None);
        assert_eq!(of(&["2026-10-01"]), None);
    }

    #[test]
    fn what_an_earlier_release_wrote_is_read() {
        let record: AccountRecord = serde_json::from_str(r#"{"name":"a","status":"complete","unknown":1}"#).unwrap();
        assert_eq!((record.status, record.rows), (AccountStatus::Complete, 0));
    }
}
