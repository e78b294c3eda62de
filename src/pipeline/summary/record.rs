//! The fields of a summary: what `run --json` prints, and what the text summary is made of.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::run::Tally;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every window is published (or expired, and named).
    Complete,
    /// Some windows have unknown cells.
    Incomplete,
    /// Some windows have sums that differ.
    Unreconciled,
    /// Stopped by a signal.
    Interrupted,
    /// Refused credentials, no answer, disk, state.
    Failed,
}

/// Every HTTP request of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
pub struct RequestRecord {
    /// All of them.
    pub sent: u64,
    /// Those that repeated an earlier one.
    pub retries: u64,
    /// Those answered with 429.
    pub throttled: u64,
    /// Questions given up, and ranges of the list.
    pub failed: u64,
}

impl From<Tally> for RequestRecord {
    fn from(tally: Tally) -> Self {
        Self { sent: tally.sent, retries: tally.retries, throttled: tally.throttled, failed: tally.failed }
    }
}

/// A window by its bounds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct WindowRecord {
    /// RFC 3339, UTC.
    pub window_start: String,
    /// RFC 3339, UTC, exclusive.
    pub window_end: String,
}

/// A sum that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DifferenceRecord {
    /// `R1`, `R2` or `R3`.
    pub identity: String,
    /// RFC 3339, UTC.
    pub window_start: String,
    /// RFC 3339, UTC, exclusive.
    pub window_end: String,
    /// `null` = all.
    pub service_sid: Option<String>,
    /// `null` = all.
    pub channel: Option<String>,
    /// `null` = all.
    pub destination_prefix: Option<String>,
    /// The column that differs.
    pub metric: String,
    /// What the whole says.
    pub expected: i64,
    /// What the parts add up to.
    pub actual: i64,
}

/// A day's sums, by the windows that begin on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayRecord {
    /// In the job's time zone.
    pub date: String,
    /// Σ of its windows.
    pub total_attempts: i64,
    /// Σ of its windows.
    pub total_converted: i64,
}

/// A sum of listed attempts that Summary counts otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListedDifferenceRecord {
    /// Of what the sum is.
    pub kind: ListedDifferenceKind,
    /// RFC 3339, UTC.
    pub window_start: String,
    /// RFC 3339, UTC, exclusive.
    pub window_end: String,
    /// `null` = all.
    pub service_sid: Option<String>,
    /// `null` = all.
    pub country: Option<String>,
    /// `null` = all.
    pub channel: Option<String>,
    /// `null` = all.
    pub destination_prefix: Option<String>,
    /// The column that differs.
    pub metric: String,
    /// What the listed attempts add up to.
    pub listed: i64,
    /// What Summary counts.
    pub summary: i64,
}

/// Which margin a sum is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ListedDifferenceKind {
    /// A window, or a window of a channel.
    Window,
    /// A channel over all that was listed.
    Channel,
    /// A country likewise.
    Country,
    /// A service likewise.
    Service,
    /// A prefix likewise.
    Prefix,
    /// All that was listed.
    Whole,
}

/// The key columns that name a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CellRecord {
    /// RFC 3339, UTC.
    pub window_start: String,
    /// RFC 3339, UTC, exclusive.
    pub window_end: String,
    /// `null` = all.
    pub service_sid: Option<String>,
    /// `null` = all, `ZZ` = remainder.
    pub country: Option<String>,
    /// `null` = all.
    pub channel: Option<String>,
    /// `null` = all.
    pub destination_prefix: Option<String>,
}

/// A cell that could not be learnt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissingRecord {
    /// The account.
    pub account_sid: String,
    /// Which cell; a window alone when the reason holds for all of it.
    #[serde(flatten)]
    pub cell: CellRecord,
    /// Why it could not, for people.
    pub reason: String,
}

/// An implied cell or total that a direct question answered otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SpotCheckDifference {
    /// Which cell; without a country the total above.
    #[serde(flatten)]
    pub cell: CellRecord,
    /// What sums left for it.
    pub implied_attempts: i64,
    /// What sums left for it.
    pub implied_converted: i64,
    /// What the API says.
    pub measured_attempts: i64,
    /// What the API says.
    pub measured_converted: i64,
}

/// A parameter of the API, or a property of the account, that no answer proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnprovenRecord {
    /// The parameter's name, `history` or `bounds`.
    pub filter: String,
    /// Why none did, and what to do.
    pub reason: String,
}

/// How much was looked at besides the cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema, Default)]
pub struct EvidenceRecord {
    /// Questions whose true answer is known, or that only show that a filter works.
    pub controls: u64,
    /// Sums held against an answer that was not used to infer their parts.
    pub sums_checked: u64,
    /// Totals that were asked once more at the end.
    pub totals_repeated: u64,
    /// Rows of the published windows by what shows that they are so ([`crate::model::RestsOn`]).
    pub rests_on: BTreeMap<&'static str, u64>,
}

/// A file of the dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutputRecord {
    /// Relative to the working directory, as the job names it.
    pub path: String,
    /// `parquet` or `csv`.
    pub format: String,
    /// Rows in the file.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportRecord {
    /// Relative to the working directory, as the job names it.
    pub path: String,
    /// `md`, …
    pub format: String,
    /// Its size.
    pub bytes: u64,
}

/// The object that `run --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Summary {
    /// The job's name.
    pub job: String,
    /// The run's identifier; `null` when there was nothing to do.
    pub run_id: Option<String>,
    /// RFC 3339, UTC.
    pub as_of: String,
    /// How it ended.
    pub status: Status,
    /// Windows of the matrix.
    pub windows: usize,
    /// Windows that the dataset now holds as asked.
    pub windows_published: usize,
    /// Windows with unknown cells or sums that differ.
    pub windows_incomplete: Vec<WindowRecord>,
    /// Windows of which the API holds nothing any more.
    pub windows_expired: Vec<WindowRecord>,
    /// Windows whose published rows no file holds any more, and that the ledger does not know.
    pub windows_lost: Vec<WindowRecord>,
    /// Cells of the matrix, remainders not counted.
    pub cells: usize,
    /// Rows of the published windows, remainders included.
    pub rows: u64,
    /// Every HTTP request.
    pub requests: RequestRecord,
    /// Requests that brought an answer; for the text summary only.
    #[serde(skip)]
    pub answered: u64,
    /// Questions that the ledger answered.
    pub answered_from_ledger: u64,
    /// Cells that were inferred, remainders not counted.
    pub implied_cells: u64,
    /// Published rows that may still change.
    pub provisional_rows: u64,
    /// Σ of the published windows.
    pub total_attempts: i64,
    /// Σ of the published windows.
    pub total_converted: i64,
    /// The latest day of the published windows; null where none is.
    pub last_day: Option<DayRecord>,
    /// `true`: every identity that is due was checked and holds. `false`: some windows' sums differ, and are held back
    /// (status `unreconciled`). `null`: nothing was published or checked, or none differs and others could not be checked.
    pub reconciled: Option<bool>,
    /// What is published although no answer proved it.
    pub unproven: Vec<UnprovenRecord>,
    /// What the published numbers rest on.
    pub evidence: EvidenceRecord,
    /// How many identities were checked.
    pub identities_checked: u64,
    /// Those that do not hold.
    pub differences: Vec<DifferenceRecord>,
    /// Cells that could not be learnt.
    pub missing: Vec<MissingRecord>,
    /// For people.
    pub warnings: Vec<String>,
    /// The dataset's files that hold the run's windows.
    pub outputs: Vec<OutputRecord>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Wall time of this process's part of the run.
    pub elapsed_seconds: f64,
    /// Cells that were asked, in this run or an earlier one.
    pub measured_cells: u64,
    /// Rows of complete windows for what is outside the listed countries.
    pub remainder_rows: u64,
    /// Implied cells and totals that `--spot-check` asked directly.
    pub spot_checked: u64,
    /// Those that were answered otherwise than implied.
    pub spot_check_differences: Vec<SpotCheckDifference>,
    /// How many implied cells and totals the sample was drawn from; `None`: none was drawn. For the text summary only.
    #[serde(skip)]
    pub spot_checked_of: Option<u64>,
    /// Pages of the list that were read.
    pub pages: u64,
    /// Cells that were counted from the list, in this run or an earlier one, remainders not counted.
    pub listed_cells: u64,
    /// Attempts on the pages of the list that this run read.
    pub listed_attempts: u64,
    /// Sums of listed attempts that Summary counts otherwise: what is at fault was asked instead.
    pub listed_differences: Vec<ListedDifferenceRecord>,
    /// Settled windows whose attempts have no cost, though the job may read the list and that still reaches them.
    pub windows_without_cost: Vec<WindowRecord>,
    /// Files of the report, where the job file has `[report]`.
    pub reports: Vec<ReportRecord>,
    /// What the report flags in the periods of which this run changed rows, one line each, and no run told before.
    pub attention: Vec<String>,
    /// How much of it passed while asking; for the text summary only.
    #[serde(skip)]
    pub asking: Duration,
}
