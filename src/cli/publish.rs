//! From what the planner concluded to published windows, the summary, and the exit code.

use std::cell::RefCell;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::args::{JobArgs, LogFormat};
use super::exit::{CommandError, Exit};
use super::load::Loaded;
use super::run::resume_command;
use super::schema::print;
use super::text::{ByCountry, render};
use crate::clock::{Clock, SystemClock};
use crate::fetch::RunEnd as GivenUp;
use crate::job;
use crate::ledger::RunEnd;
use crate::model::{Difference, Matrix, MissingCell, RunId, UnixSeconds, Window};
use crate::planner::{Conclusion, Verdict};
use crate::rollup::RowContext;
use crate::run::{
    DifferenceRecord, Driven, Ending, GiveUp, MissingRecord, OutputRecord, Status, Summary, WindowRecord,
};
use crate::sink::dataset::{self, Dataset, Publication, Published, PublishedWindow, Reconciliation};
use crate::sink::{Compression, Format};

/// What a run knows about itself.
pub struct Context<'a> {
    /// The command line.
    pub arguments: &'a JobArgs,
    /// The job.
    pub loaded: &'a Loaded,
    /// The run.
    pub run_id: RunId,
    /// Its instant.
    pub as_of: UnixSeconds,
    /// When this process began.
    pub started: DateTime<Utc>,
}

/// How a run ended, for people, scripts and the ledger.
pub struct Outcome {
    /// For the ledger.
    pub run_end: RunEnd,
    exit: Exit,
    summary: Summary,
    by_country: ByCountry,
    /// What `main` would print of a failure.
    failure: Option<String>,
}

impl Outcome {
    /// A run that ended before it could publish.
    pub fn failed(context: &Context<'_>, matrix: &Matrix, message: String) -> Self {
        let mut summary = blank(context, matrix);
        summary.status = Status::Failed;
        Self {
            run_end: RunEnd::Failed,
            exit: Exit::Failed,
            summary,
            by_country: ByCountry::default(),
            failure: Some(message),
        }
    }

    /// Prints the summary: an object to stdout, or text to stderr.
    pub fn print(mut self, context: &Context<'_>) -> Result<Exit, CommandError> {
        let elapsed = SystemClock.now().signed_duration_since(context.started);
        self.summary.elapsed_seconds = elapsed.as_seconds_f64();
        if context.arguments.json {
            let text = serde_json::to_string_pretty(&self.summary).map_err(CommandError::failed)?;
            print(format!("{text}\n").as_bytes())?;
        } else if !context.arguments.log.quiet || self.exit != Exit::Success {
            self.tell(context);
        }
        match self.failure {
            Some(message) => Err(CommandError { exit: self.exit, message }),
            None => Ok(self.exit),
        }
    }
}

impl Outcome {
    /// The summary on stderr, in the form of its other messages.
    fn tell(&self, context: &Context<'_>) {
        let summary = &self.summary;
        match context.arguments.log.log_format {
            LogFormat::Text => {
                let resume = resume_command(&context.arguments.job);
                let open_with = open_command(summary);
                eprint!("{}", render(summary, &self.by_country, &resume, open_with.as_deref()));
            }
            LogFormat::Json => tracing::info!(
                job = summary.job,
                run_id = summary.run_id,
                status = ?summary.status,
                windows = summary.windows,
                windows_published = summary.windows_published,
                rows = summary.rows,
                requests = summary.requests.sent,
                total_attempts = summary.total_attempts,
                total_converted = summary.total_converted,
                reconciled = summary.reconciled,
                warnings = summary.warnings.join("; "),
                "run ended"
            ),
        }
    }
}

/// Publishes what is complete and says what is not.
pub fn outcome(
    context: &Context<'_>,
    matrix: &Matrix,
    conclusion: &Conclusion,
    driven: &Driven,
    dataset: &mut Dataset,
    signal: Option<Exit>,
) -> Outcome {
    let mut summary = blank(context, matrix);
    summary.requests = driven.tally.into();
    summary.asking = driven.elapsed;
    summary.answered_from_ledger = driven.tally.from_ledger;
    let ended = |run_end, exit, mut summary: Summary, status, failure| {
        summary.status = status;
        Outcome { run_end, exit, summary, by_country: ByCountry::default(), failure }
    };
    match &driven.ending {
        Ending::Stopped => {
            let exit = signal.unwrap_or(Exit::Interrupted);
            return ended(RunEnd::Interrupted, exit, summary, Status::Interrupted, None);
        }
        Ending::GaveUp(give_up @ GiveUp { end: GivenUp::Unauthorized | GivenUp::NoHttpAnswer, .. }) => {
            let message = give_up.to_string();
            return ended(RunEnd::Failed, Exit::Failed, summary, Status::Failed, Some(message));
        }
        Ending::GaveUp(give_up) => summary.warnings.push(format!("the run ended early: {give_up}")),
        Ending::Finished => {}
    }
    describe(&mut summary, context, matrix, conclusion);
    let by_country = RefCell::new(ByCountry::default());
    let published = match publish(context, matrix, conclusion, dataset, &by_country) {
        Ok(published) => published,
        Err(error) => return ended(RunEnd::Failed, Exit::Failed, summary, Status::Failed, Some(error.to_string())),
    };
    add_published(&mut summary, &published, conclusion);
    let has = |wanted| conclusion.verdicts.contains(&wanted);
    let (mut run_end, exit, status) = match (has(Verdict::Differs), has(Verdict::Incomplete)) {
        (true, _) => (RunEnd::Unreconciled, Exit::Partial, Status::Unreconciled),
        (false, true) => (RunEnd::Incomplete, Exit::Partial, Status::Incomplete),
        (false, false) => (RunEnd::Published, Exit::Success, Status::Complete),
    };
    if !conclusion.untrusted.is_empty() {
        run_end = RunEnd::Untrusted;
    }
    summary.status = status;
    Outcome { run_end, exit, summary, by_country: by_country.into_inner(), failure: None }
}

fn publish(
    context: &Context<'_>,
    matrix: &Matrix,
    conclusion: &Conclusion,
    dataset: &mut Dataset,
    by_country: &RefCell<ByCountry>,
) -> Result<Published, dataset::PublishError> {
    let job = &context.loaded.job;
    let rows = RowContext { account: context.loaded.account, run_id: context.run_id, timezone: job.windows.timezone };
    let complete = matrix.windows().iter().enumerate().filter(|(at, _)| conclusion.verdicts[*at] == Verdict::Complete);
    let windows: Vec<_> = complete
        .map(|(at, window)| PublishedWindow {
            window: *window,
            is_final: conclusion.findings(at).all(|finding| finding.is_final),
        })
        .collect();
    for offer in &windows {
        let mut totals = by_country.borrow_mut();
        window_findings(matrix, conclusion, offer.window).for_each(|finding| totals.add(&rows.row(&finding)));
    }
    let publication = Publication {
        windows,
        shape: matrix.shape().clone(),
        run_id: context.run_id,
        as_of: context.as_of,
        now: UnixSeconds::from(SystemClock.now()),
        reconciliation: Reconciliation {
            reconciled: conclusion.reconciled,
            identities_checked: conclusion.identities_checked,
            differences: conclusion.differences.iter().map(Into::into).collect(),
        },
        formats: job.output.formats.iter().map(|format| sink_format(*format)).collect(),
        partition: match job.output.partition {
            job::Partition::Day => dataset::Partition::Day,
            job::Partition::Month => dataset::Partition::Month,
            job::Partition::None => dataset::Partition::None,
        },
        compression: match job.output.compression {
            job::Compression::Zstd => Compression::Zstd,
            job::Compression::Snappy => Compression::Snappy,
            job::Compression::None => Compression::None,
        },
    };
    dataset.publish(&publication, |window| {
        window_findings(matrix, conclusion, window).map(|finding| rows.row(&finding)).collect::<Vec<_>>()
    })
}

fn window_findings<'a>(
    matrix: &Matrix,
    conclusion: &'a Conclusion,
    window: Window,
) -> impl Iterator<Item = crate::model::Finding> + 'a {
    let at = matrix.windows().binary_search(&window);
    at.into_iter().flat_map(|at| conclusion.findings(at))
}

const fn sink_format(format: job::Format) -> Format {
    match format {
        job::Format::Parquet => Format::Parquet,
        job::Format::Csv => Format::Csv,
    }
}

/// What the planner says of windows, sums and cells.
fn describe(summary: &mut Summary, context: &Context<'_>, matrix: &Matrix, conclusion: &Conclusion) {
    for (window, verdict) in matrix.windows().iter().zip(&conclusion.verdicts) {
        match verdict {
            Verdict::Incomplete | Verdict::Differs => summary.windows_incomplete.push(window_record(*window)),
            Verdict::Expired => summary.windows_expired.push(window_record(*window)),
            Verdict::Complete | Verdict::Archived => {}
        }
    }
    summary.implied_cells = conclusion.implied_cells;
    summary.reconciled = conclusion.reconciled;
    summary.identities_checked = conclusion.identities_checked;
    summary.differences = conclusion.differences.iter().map(difference_record).collect();
    summary.missing = conclusion.missing.iter().map(|cell| missing_record(context, cell)).collect();
    let expired = summary.windows_expired.len();
    if expired > 0 {
        summary.warnings.push(format!(
            "{expired} windows have expired: the API shows nothing that old, and no earlier run learnt it"
        ));
    }
    if matrix.windows().is_empty() {
        summary.warnings.push(format!("no window of the job has ended by {}: nothing to do", context.as_of));
    }
    for (country, reason) in &conclusion.refused_countries {
        summary.warnings.push(format!("the API refuses country {country} ({reason}): its attempts count in ZZ"));
    }
    for filter in &conclusion.untrusted {
        summary.warnings.push(format!("the API seems to ignore {}: nothing is published", filter.parameter()));
    }
    for drift in &conclusion.drift {
        summary.warnings.push(format!(
            "drift: {} of {} {}: {} was {} and its parts add up to {}, while the range still grows",
            drift.identity,
            drift.window,
            drift.channel.map_or("all channels", |channel| channel.name()),
            drift.metric.name(),
            drift.expected,
            drift.actual
        ));
    }
}

fn add_published(summary: &mut Summary, published: &Published, conclusion: &Conclusion) {
    let archived = conclusion.verdicts.iter().filter(|verdict| **verdict == Verdict::Archived).count();
    summary.windows_published = published.windows_published.len() + published.windows_kept.len() + archived;
    summary.rows = published.rows;
    summary.provisional_rows = published.provisional_rows;
    summary.total_attempts = published.total_attempts;
    summary.total_converted = published.total_converted;
    for refused in &published.windows_refused {
        summary.warnings.push(format!("{} lies inside {}, which stays as it is", refused.window, refused.stored));
    }
    summary.outputs = published
        .files
        .iter()
        .map(|file| OutputRecord {
            path: file.path.display().to_string(),
            format: file.format.to_string(),
            rows: file.rows,
            bytes: file.bytes,
        })
        .collect();
}

fn blank(context: &Context<'_>, matrix: &Matrix) -> Summary {
    Summary {
        job: context.loaded.job.name.to_string(),
        run_id: Some(context.run_id.to_string()),
        as_of: context.as_of.to_string(),
        status: Status::Complete,
        windows: matrix.windows().len(),
        windows_published: 0,
        windows_incomplete: vec![],
        windows_expired: vec![],
        cells: matrix.cells(),
        rows: 0,
        requests: crate::run::RequestRecord::default(),
        answered_from_ledger: 0,
        implied_cells: 0,
        provisional_rows: 0,
        total_attempts: 0,
        total_converted: 0,
        reconciled: false,
        identities_checked: 0,
        differences: vec![],
        missing: vec![],
        warnings: vec![],
        outputs: vec![],
        started_at: context.started.to_rfc3339_opts(SecondsFormat::Secs, true),
        elapsed_seconds: 0.0,
        asking: Duration::ZERO,
    }
}

fn window_record(window: Window) -> WindowRecord {
    WindowRecord { window_start: window.start().to_string(), window_end: window.end().to_string() }
}

fn difference_record(difference: &Difference) -> DifferenceRecord {
    DifferenceRecord {
        identity: difference.identity.to_string(),
        window_start: difference.window.start().to_string(),
        window_end: difference.window.end().to_string(),
        service_sid: difference.service.map(|service| service.to_string()),
        channel: difference.channel.map(|channel| channel.to_string()),
        destination_prefix: difference.prefix.map(|prefix| prefix.to_string()),
        metric: difference.metric.name().to_owned(),
        expected: difference.expected,
        actual: difference.actual,
    }
}

fn missing_record(context: &Context<'_>, missing: &MissingCell) -> MissingRecord {
    let cell = &missing.cell;
    MissingRecord {
        account_sid: context.loaded.account.to_string(),
        window_start: cell.window.start().to_string(),
        window_end: cell.window.end().to_string(),
        service_sid: cell.service.map(|service| service.to_string()),
        country: cell.country.map(|country| country.to_string()),
        channel: cell.channel.map(|channel| channel.to_string()),
        destination_prefix: cell.prefix.map(|prefix| prefix.to_string()),
        reason: missing.reason.clone(),
    }
}

/// The line that opens the result in DuckDB.
fn open_command(summary: &Summary) -> Option<String> {
    let file = summary.outputs.iter().find(|file| file.format == "parquet").or_else(|| summary.outputs.first())?;
    let marker = format!("/{}/{}/", summary.job, file.format);
    let root = &file.path[..file.path.find(&marker)? + marker.len()];
    Some(format!(
        "duckdb -c \"SELECT country, sum(total_attempts) AS attempts, sum(total_converted) AS converted FROM '{root}**/*.{}' GROUP BY ALL ORDER BY attempts DESC LIMIT 10\"",
        file.format
    ))
}
