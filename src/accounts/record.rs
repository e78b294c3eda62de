//! What is kept of an account whose turn is over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::JobAccount;
use crate::pipeline::summary::{DayRecord, RequestRecord, WindowRecord};
use crate::pipeline::{Cause, Ended, Failure, RunOutcome, Status};

/// How an account's run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// Every window is published (or expired, and named).
    Complete,
    /// Some windows have unknown cells.
    Incomplete,
    /// Some windows have sums that differ.
    Unreconciled,
    /// Another run holds its dataset.
    Locked,
    /// Refused credentials, no answer, disk, state.
    Failed,
    /// Stopped by a signal before it was done.
    #[default]
    Interrupted,
}

impl AccountStatus {
    /// Whether it was worked through, be it that not all could be published.
    #[must_use]
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Complete | Self::Incomplete | Self::Unreconciled)
    }
}

/// An account's run in short; the numbers are those of a run's summary. Another release may have written it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AccountRecord {
    /// As the job names it.
    pub name: String,
    /// The account.
    pub account_sid: String,
    /// How its run ended.
    pub status: AccountStatus,
    /// What went wrong, for people; `null`: nothing.
    pub problem: Option<String>,
    /// The run's identifier; `null` when it did not begin.
    pub run_id: Option<String>,
    /// Windows of the matrix.
    pub windows: u64,
    /// Windows that the dataset now holds as asked.
    pub windows_published: u64,
    /// Windows of which the API holds nothing any more, each once in the sum of all accounts.
    pub windows_expired: Vec<WindowRecord>,
    /// Cells of the matrix, remainders not counted.
    pub cells: u64,
    /// Rows of the published windows, remainders included.
    pub rows: u64,
    /// Published rows that may still change.
    pub provisional_rows: u64,
    /// Σ of the published windows.
    pub total_attempts: i64,
    /// Σ of the published windows.
    pub total_converted: i64,
    /// The latest day of the published windows; null where none is.
    pub last_day: Option<DayRecord>,
    /// As in a run's summary.
    pub reconciled: Option<bool>,
    /// How many identities were checked.
    pub identities_checked: u64,
    /// Every HTTP request.
    pub requests: RequestRecord,
    /// Questions that the ledger answered.
    pub answered_from_ledger: u64,
    /// What the report flags, one line each.
    pub attention: Vec<String>,
    /// Files of its report that its run wrote.
    pub reports: u64,
    /// Wall time of its run.
    pub elapsed_seconds: f64,
}

impl AccountRecord {
    fn new(account: &JobAccount, status: AccountStatus, problem: Option<String>) -> Self {
        Self { name: account.name.clone(), account_sid: account.sid.to_string(), status, problem, ..Self::default() }
    }

    /// Of a run that came to its end.
    #[must_use]
    pub fn of(account: &JobAccount, outcome: RunOutcome) -> Self {
        let RunOutcome { ended, summary, failure, .. } = outcome;
        let status = match (ended, summary.status) {
            (Ended::Stopped, _) => AccountStatus::Interrupted,
            (Ended::Locked, _) => AccountStatus::Locked,
            (Ended::Failed, _) => AccountStatus::Failed,
            (Ended::Partial, Status::Unreconciled) => AccountStatus::Unreconciled,
            (Ended::Partial, _) => AccountStatus::Incomplete,
            (Ended::Complete, _) => AccountStatus::Complete,
        };
        let told = || summary.missing.first().map(|missing| missing.reason.clone());
        let problem = failure.or_else(|| match status {
            AccountStatus::Complete => None,
            _ => summary.warnings.first().cloned().or_else(told),
        });
        Self {
            run_id: summary.run_id,
            windows: summary.windows as u64,
            windows_published: summary.windows_published as u64,
            windows_expired: summary.windows_expired,
            cells: summary.cells as u64,
            rows: summary.rows,
            provisional_rows: summary.provisional_rows,
            total_attempts: summary.total_attempts,
            total_converted: summary.total_converted,
            last_day: summary.last_day,
            reconciled: summary.reconciled,
            identities_checked: summary.identities_checked,
            requests: summary.requests,
            answered_from_ledger: summary.answered_from_ledger,
            attention: summary.attention,
            reports: summary.reports.len() as u64,
            elapsed_seconds: summary.elapsed_seconds,
            ..Self::new(account, status, problem)
        }
    }

    /// Of a run that could not begin.
    #[must_use]
    pub fn failed(account: &JobAccount, failure: &Failure) -> Self {
        let status = match failure.cause {
            Cause::Locked => AccountStatus::Locked,
            Cause::Usage | Cause::Failed => AccountStatus::Failed,
        };
        Self::new(account, status, Some(failure.message.clone()))
    }

    /// Of a run that a signal kept from beginning.
    #[must_use]
    pub fn stopped(account: &JobAccount) -> Self {
        Self::new(account, AccountStatus::Interrupted, None)
    }
}
