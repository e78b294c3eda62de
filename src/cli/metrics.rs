//! How the last run ended, as `OpenMetrics` in a file for a collector, such as the node exporter's.
//!
//! Every value is a gauge: of the run that ended last, or of the table. A run that was stopped or failed before it could
//! look at the table changed nothing of it, and takes over what the file before tells of it, as one that did not succeed
//! takes over when the last one did. The file appears whole, and others may read it: it names the job and holds sums, no
//! account.
//!
//! Refused, before anything is asked: a file that cannot be written or is no regular one, and a place in the dataset's
//! folder, where the next run would take it for damage.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tempfile::NamedTempFile;

use super::exit::{CommandError, Exit};
use super::outcome::CameTo;
use super::staged::{folder_of, staged};
use crate::accounts::AccountsSummary;
use crate::job::Job;
use crate::model::{Location, shown};
use crate::pipeline::{Status, Summary};

/// What every name begins with.
const PREFIX: &str = "verify_rollup";
const LAST_SUCCESS: &str = "last_success_timestamp_seconds";
const EXIT_CODE: &str = "exit_code";
const OF_THE_TABLE: [&str; 6] =
    ["windows", "missing_cells", "rows", "last_day_timestamp_seconds", "last_day_attempts", "last_day_converted"];

/// The file of a job's metrics.
pub struct MetricsFile {
    path: PathBuf,
    job: String,
}

impl MetricsFile {
    /// Checks that the file can be written.
    pub fn new(path: &Path, job: &Job) -> Result<Self, CommandError> {
        let file = Self { path: path.to_owned(), job: job.name.as_str().to_owned() };
        let checked = if is_in_dataset(path, job) {
            Err(std::io::Error::other("it would lie in the dataset's folder; choose another"))
        } else {
            file.staged().map(drop)
        };
        checked.map_err(|error| CommandError::usage(file.refused(&error)))?;
        Ok(file)
    }

    /// Replaces the file by what a run came to; a run that failed early has no summary.
    pub fn write(&self, exit: Exit, came_to: &CameTo, now: DateTime<Utc>) -> Result<(), CommandError> {
        let write = || {
            let mut staged = self.staged()?;
            let before = std::fs::read_to_string(&self.path).unwrap_or_default();
            let text = render(&self.job, exit, came_to, now, &before);
            staged.write_all(text.as_bytes())?;
            staged.persist(&self.path).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| CommandError::failed(self.refused(&error)))
    }

    fn staged(&self) -> std::io::Result<NamedTempFile> {
        // A collector takes files by their ending; the staged one has none.
        staged(&self.path, ".metrics-")
    }

    fn refused(&self, error: &std::io::Error) -> String {
        format!("cannot write the metrics file {}: {error}", shown(&self.path))
    }
}

/// Whether a file would be one of those that the job's runs look after, or take their folder's name.
fn is_in_dataset(path: &Path, job: &Job) -> bool {
    let Location::Folder(output) = &job.output.directory else { return false };
    let dataset = real(&output.join(job.name.as_str()));
    matches!((real(path), dataset), (Ok(path), Ok(dataset)) if path.starts_with(&dataset))
}

/// Where a path is, or would be in a folder that is there, whatever links lead to it.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    path.canonicalize().or_else(|_| Ok(folder_of(path).canonicalize()?.join(path.file_name().unwrap_or_default())))
}

/// The text of a file, as it grows.
struct Page<'a> {
    job: &'a str,
    text: String,
}

impl Page<'_> {
    /// Adds a family of metrics: its name, what it is, and its values by a label.
    fn family(&mut self, name: &str, help: &str, values: &[(Option<(&str, &str)>, f64)]) {
        let _ = writeln!(self.text, "# HELP {PREFIX}_{name} {help}\n# TYPE {PREFIX}_{name} gauge");
        for (label, value) in values {
            let _ = writeln!(self.text, "{PREFIX}_{name}{} {value}", labels(self.job, *label));
        }
    }

    /// Adds families as a file of the same job has them.
    fn keep(&mut self, names: &[&str], before: &str) {
        let is_ours = before.contains(&format!("\n{PREFIX}_{EXIT_CODE}{} ", labels(self.job, None)));
        let is_kept = |line: &&str| {
            let line = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
            let name = line.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix('_'));
            name.and_then(|name| name.split(['{', ' ']).next()).is_some_and(|name| names.contains(&name))
        };
        self.text.extend(before.lines().filter(|line| is_ours && is_kept(line)).flat_map(|line| [line, "\n"]));
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn render(job: &str, exit: Exit, came_to: &CameTo, now: DateTime<Utc>, before: &str) -> String {
    let mut page = Page { job, text: String::new() };
    let now = [(None, now.timestamp() as f64)];
    page.family("last_run_timestamp_seconds", "When the last run ended.", &now);
    if exit == Exit::Success {
        page.family(LAST_SUCCESS, "When a run last ended with exit code 0.", &now);
    } else {
        page.keep(&[LAST_SUCCESS], before);
    }
    page.family(EXIT_CODE, "The exit code of the last run.", &[(None, f64::from(exit as u8))]);
    if let Some(accounts) = &came_to.accounts {
        of_accounts(accounts, &mut page);
    }
    if let Some(summary) = &came_to.summary {
        of_run(summary, &mut page);
    }
    match came_to.summary.as_ref().filter(|summary| has_looked(summary, came_to)) {
        Some(summary) => of_table(summary, &mut page),
        None => page.keep(&OF_THE_TABLE, before),
    }
    page.text.push_str("# EOF\n");
    page.text
}

/// Whether a run came to where it publishes; what went wrong later changed nothing of that. Of several accounts the sums
/// of some look like a fall of them all.
fn has_looked(summary: &Summary, came_to: &CameTo) -> bool {
    if came_to.accounts.is_some() {
        return summary.status == Status::Complete && !came_to.is_of_some;
    }
    !matches!(summary.status, Status::Interrupted | Status::Failed) || summary.windows_published > 0
}

/// Values by a label.
#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn by<'a>(label: &'a str, values: &[(&'a str, u64)]) -> Vec<(Option<(&'a str, &'a str)>, f64)> {
    values.iter().map(|&(value, number)| (Some((label, value)), number as f64)).collect()
}

fn of_accounts(accounts: &AccountsSummary, page: &mut Page<'_>) {
    let AccountsSummary { complete, incomplete, failed, locked, interrupted, .. } = *accounts;
    let states = [
        ("complete", complete),
        ("incomplete", incomplete),
        ("failed", failed),
        ("locked", locked),
        ("interrupted", interrupted),
    ];
    page.family("accounts", "The job's accounts, by what became of them in the last run.", &by("state", &states));
}

fn of_run(summary: &Summary, page: &mut Page<'_>) {
    let sent = summary.requests;
    let requests =
        [("sent", sent.sent), ("repeated", sent.retries), ("throttled", sent.throttled), ("given_up", sent.failed)];
    page.family("requests", "Requests of the last run.", &by("kind", &requests));
    page.family("run_seconds", "How long the last run took.", &[(None, summary.elapsed_seconds)]);
}

/// The families of [`OF_THE_TABLE`].
#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn of_table(summary: &Summary, page: &mut Page<'_>) {
    let windows = [
        ("published", summary.windows_published),
        ("incomplete", summary.windows_incomplete.len()),
        ("expired", summary.windows_expired.len()),
        ("lost", summary.windows_lost.len()),
    ];
    let windows = windows.map(|(state, number)| (state, number as u64));
    let [of_windows, of_cells, of_rows, of_day, of_attempts, of_converted] = OF_THE_TABLE;
    page.family(of_windows, "The job's windows, by what became of them.", &by("state", &windows));
    page.family(of_cells, "Cells that could not be learnt.", &[(None, summary.missing.len() as f64)]);
    let rows = [("final", summary.rows - summary.provisional_rows), ("provisional", summary.provisional_rows)];
    page.family(of_rows, "Rows of the published windows.", &by("state", &rows));
    if let Some(day) = &summary.last_day {
        let midnight = day
            .date
            .parse::<chrono::NaiveDate>()
            .map_or(0, |date| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp());
        page.family(of_day, "The latest published day, as midnight UTC.", &[(None, midnight as f64)]);
        page.family(of_attempts, "Attempts of that day.", &[(None, day.total_attempts as f64)]);
        page.family(of_converted, "Attempts of that day that converted.", &[(None, day.total_converted as f64)]);
    }
}

fn labels(job: &str, label: Option<(&str, &str)>) -> String {
    let job = job.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    match label {
        None => format!("{{job=\"{job}\"}}"),
        Some((name, value)) => format!("{{job=\"{job}\",{name}=\"{value}\"}}"),
    }
}
