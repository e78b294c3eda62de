//! How the last run ended, as `OpenMetrics` in a file for a collector, such as the node exporter's.
//!
//! Every value is a gauge of the run that ended last, so that a file which is written anew loses nothing; the time of the
//! last success is taken over from the file before. The file appears whole, and others may read it: it names the job and
//! holds sums, no account.
//!
//! Refused: a file that cannot be written, before anything is asked.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tempfile::NamedTempFile;

use super::exit::{CommandError, Exit};
use super::staged::staged;
use crate::model::shown;
use crate::pipeline::Summary;

/// What every name begins with.
const PREFIX: &str = "verify_rollup";
const LAST_SUCCESS: &str = "last_success_timestamp_seconds";

/// The file of a job's metrics.
pub struct MetricsFile {
    path: PathBuf,
    job: String,
}

impl MetricsFile {
    /// Checks that the file can be written.
    pub fn new(path: &Path, job: &str) -> Result<Self, CommandError> {
        let file = Self { path: path.to_owned(), job: job.to_owned() };
        file.staged().map_err(|error| CommandError::usage(file.refused(&error)))?;
        Ok(file)
    }

    /// Replaces the file by what a run came to; a run that failed early has no summary.
    pub fn write(&self, exit: Exit, summary: Option<&Summary>, now: DateTime<Utc>) -> Result<(), CommandError> {
        let before = std::fs::read_to_string(&self.path).unwrap_or_default();
        let last_success = if exit == Exit::Success { Some(now.timestamp()) } else { self.last_success(&before) };
        let text = render(&self.job, exit, summary, now, last_success);
        let write = || {
            let mut staged = self.staged()?;
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

    /// The last success of the job that a file tells.
    fn last_success(&self, before: &str) -> Option<i64> {
        let name = format!("{PREFIX}_{LAST_SUCCESS}{} ", labels(&self.job, None));
        before.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok())
    }
}

fn render(job: &str, exit: Exit, summary: Option<&Summary>, now: DateTime<Utc>, last_success: Option<i64>) -> String {
    let mut text = String::new();
    let mut family = |name: &str, help: &str, values: &[(Option<(&str, &str)>, f64)]| {
        let _ = writeln!(text, "# HELP {PREFIX}_{name} {help}\n# TYPE {PREFIX}_{name} gauge");
        for (label, value) in values {
            let _ = writeln!(text, "{PREFIX}_{name}{} {value}", labels(job, *label));
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
    let seconds = |time: i64| [(None, time as f64)];
    family("last_run_timestamp_seconds", "When the last run ended.", &seconds(now.timestamp()));
    if let Some(time) = last_success {
        family(LAST_SUCCESS, "When a run last ended with exit code 0.", &seconds(time));
    }
    family("exit_code", "The exit code of the last run.", &[(None, f64::from(exit as u8))]);
    if let Some(summary) = summary {
        of_summary(summary, &mut family);
    }
    text.push_str("# EOF\n");
    text
}

/// Writes a family of metrics: its name, what it is, and its values by a label.
type Family<'a> = dyn FnMut(&str, &str, &[(Option<(&str, &str)>, f64)]) + 'a;

#[expect(clippy::cast_precision_loss, reason = "metrics are floating-point numbers")]
fn of_summary(summary: &Summary, family: &mut Family<'_>) {
    let by = |label, values: &[(&'static str, u64)]| {
        values.iter().map(|&(value, number)| (Some((label, value)), number as f64)).collect::<Vec<_>>()
    };
    let windows = [
        ("published", summary.windows_published),
        ("incomplete", summary.windows_incomplete.len()),
        ("expired", summary.windows_expired.len()),
        ("lost", summary.windows_lost.len()),
    ];
    let windows = windows.map(|(state, number)| (state, number as u64));
    family("windows", "The job's windows, by what became of them.", &by("state", &windows));
    family("missing_cells", "Cells that could not be learnt.", &[(None, summary.missing.len() as f64)]);
    let rows = [("final", summary.rows - summary.provisional_rows), ("provisional", summary.provisional_rows)];
    family("rows", "Rows of the published windows.", &by("state", &rows));
    let sent = summary.requests;
    let requests =
        [("sent", sent.sent), ("repeated", sent.retries), ("throttled", sent.throttled), ("given_up", sent.failed)];
    family("requests", "Requests of the last run.", &by("kind", &requests));
    family("run_seconds", "How long the last run took.", &[(None, summary.elapsed_seconds)]);
    if let Some(day) = &summary.last_day {
        let midnight = day
            .date
            .parse::<chrono::NaiveDate>()
            .map_or(0, |date| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp());
        family("last_day_timestamp_seconds", "The latest published day, as midnight UTC.", &[(None, midnight as f64)]);
        family("last_day_attempts", "Attempts of that day.", &[(None, day.total_attempts as f64)]);
        family("last_day_converted", "Attempts of that day that converted.", &[(None, day.total_converted as f64)]);
    }
}

fn labels(job: &str, label: Option<(&str, &str)>) -> String {
    let job = job.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    match label {
        None => format!("{{job=\"{job}\"}}"),
        Some((name, value)) => format!("{{job=\"{job}\",{name}=\"{value}\"}}"),
    }
}
