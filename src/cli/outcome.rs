//! How a run ended: the status, the exit code, what the ledger notes, and the summary that tells it.

use super::args::LogFormat;
use super::context::Context;
use super::exit::{CommandError, Exit, chain};
use super::output::{print, tell};
use super::publish::{Offer, publish};
use super::refused::hopeless;
use super::report::{AfterRun, Written, after_run};
use super::signals::Signals;
use super::summary::{add_conclusion, add_published, add_tally, blank, open_command, window_record};
use super::text::{ByCountry, render};
use crate::clock::{Clock, SystemClock};
use crate::ledger::RunEnd;
use crate::model::{Matrix, Window};
use crate::planner::{Conclusion, Verdict};
use crate::run::{DriveFailure, Driven, Ending, ReportRecord, Status, Summary};
use crate::sink::dataset::{Dataset, Rewrite};

/// How a run ended, for people, scripts and the ledger.
pub struct Outcome {
    /// For the ledger.
    pub run_end: RunEnd,
    exit: Exit,
    summary: Summary,
    by_country: ByCountry,
    /// What `main` prints of a failure.
    failure: Option<String>,
}

impl Outcome {
    /// A run that ended before it could publish.
    pub fn failed(context: &Context<'_>, message: String) -> Self {
        Self::ended(RunEnd::Failed, Exit::Failed, blank(context), Status::Failed, Some(message))
    }

    fn ended(run_end: RunEnd, exit: Exit, summary: Summary, status: Status, failure: Option<String>) -> Self {
        let mut summary = Summary { status, ..summary };
        summary.warnings.extend(failure.clone());
        Self { run_end, exit, summary, by_country: ByCountry::default(), failure }
    }

    /// Publishes what is complete, and sums up.
    pub fn of(
        context: &Context<'_>,
        matrix: &Matrix,
        driven: Result<Driven, DriveFailure>,
        conclusion: &Conclusion,
        dataset: &mut Dataset,
        rewrite: Rewrite,
        signals: &Signals,
    ) -> Self {
        let mut summary = blank(context);
        summary.windows = matrix.windows().len();
        summary.cells = matrix.cells();
        if conclusion.verdicts.is_empty() {
            summary.warnings.push(format!("no window of the job has ended by {}: nothing to do", context.as_of));
        }
        let unpublished = || matrix.windows().iter().copied().map(window_record).collect();
        let driven = match driven {
            Ok(driven) => driven,
            Err(failure) => {
                add_tally(&mut summary, failure.tally);
                let message = chain(&failure.error);
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Failed, Exit::Failed, summary, Status::Failed, Some(message));
            }
        };
        add_tally(&mut summary, driven.tally);
        summary.asking = driven.elapsed;
        match &driven.ending {
            Ending::Stopped => {
                let exit = signals.received().unwrap_or(Exit::Interrupted);
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Interrupted, exit, summary, Status::Interrupted, None);
            }
            Ending::GaveUp(give_up) if give_up.end.is_hopeless() => {
                let message = Some(hopeless(give_up, context.loaded));
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Failed, Exit::Failed, summary, Status::Failed, message);
            }
            Ending::GaveUp(give_up) => summary.warnings.push(format!("the run ended early: {give_up}")),
            Ending::Finished => {}
        }
        add_conclusion(&mut summary, context, matrix, conclusion);
        let mut by_country = ByCountry::default();
        let offer = Offer { context, matrix, conclusion, rewrite };
        let published = match publish(&offer, dataset, &mut by_country, &mut summary.evidence.rests_on) {
            Ok(published) => published,
            Err(error) => {
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Failed, Exit::Failed, summary, Status::Failed, Some(chain(&error)));
            }
        };
        add_published(&mut summary, &published);
        let has = |wanted| conclusion.verdicts.contains(&wanted);
        let refused = !published.windows_refused.is_empty() || !conclusion.held_values.is_empty();
        let (mut run_end, exit, status) = match (has(Verdict::Differs), has(Verdict::Incomplete)) {
            (true, _) => (RunEnd::Unreconciled, Exit::Partial, Status::Unreconciled),
            (false, true) => (RunEnd::Incomplete, Exit::Partial, Status::Incomplete),
            // Asking again would not make room for a window inside a longer one.
            (false, false) if refused => (RunEnd::Published, Exit::Partial, Status::Incomplete),
            (false, false) => (RunEnd::Published, Exit::Success, Status::Complete),
        };
        if conclusion.ignored.is_some() {
            run_end = RunEnd::Untrusted;
        } else if conclusion.withheld.is_some() {
            // Taken up again it would come to the same from the same answers.
            run_end = RunEnd::Unreconciled;
        }
        let summary = Summary { status, ..summary };
        let outcome = Self { run_end, exit, summary, by_country, failure: None };
        let stands = [published.windows_published, published.windows_kept, published.windows_archived].concat();
        outcome.with_report(after_run(&context.loaded.job, context.as_of, stands.into_iter()))
    }

    /// Adds the report. A run whose report could not be written published all the same, but must not end as if all were
    /// done.
    fn with_report(mut self, report: AfterRun) -> Self {
        match report {
            AfterRun::Nothing => {}
            AfterRun::Written(files) => {
                let record = |file: Written| ReportRecord {
                    path: file.path.display().to_string(),
                    format: file.format.to_string(),
                    bytes: file.bytes as u64,
                };
                self.summary.reports = files.into_iter().map(record).collect();
            }
            AfterRun::Failed(message) => {
                self.summary.warnings.push(message);
                if self.exit == Exit::Success {
                    self.exit = Exit::Failed;
                }
            }
        }
        self
    }

    /// Adds what was amiss with the dataset when the run began, and the windows whose rows are still lost.
    pub fn add_damage(&mut self, damage: Vec<String>, lost: impl Iterator<Item = Window>) {
        self.summary.warnings.splice(0..0, damage);
        self.summary.windows_lost = lost.map(window_record).collect();
        let count = self.summary.windows_lost.len();
        if count == 0 {
            return;
        }
        let message = format!(
            "the published rows of {count} windows are lost with their file, and the ledger does not know them: restore the \
             file, or let `--accept-loss` forget them"
        );
        tracing::error!("{message}");
        self.summary.warnings.push(message);
        if self.exit == Exit::Success {
            self.exit = Exit::Partial;
            self.summary.status = Status::Incomplete;
        }
    }

    /// Notes that the ledger could not note the run's end: everything else stands.
    pub fn add_failure(&mut self, message: String) {
        self.exit = Exit::Failed;
        self.summary.status = Status::Failed;
        self.failure.get_or_insert(message);
    }

    /// A failure as the consequence of another machine's having taken the state directory.
    pub fn or_locked(mut self, message: String) -> Self {
        if let Some(failure) = self.failure.take() {
            self.summary.warnings.retain(|warning| *warning != failure);
            self.summary.warnings.push(message.clone());
            self.exit = Exit::Locked;
            self.failure = Some(message);
        }
        self
    }

    /// Prints the summary: an object to stdout, or a text to stderr.
    pub fn print(mut self, context: &Context<'_>) -> Result<Exit, CommandError> {
        let elapsed = SystemClock.monotonic().saturating_sub(context.started_monotonic);
        self.summary.elapsed_seconds = elapsed.as_secs_f64();
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

    /// The summary on stderr, in the form of its other messages.
    fn tell(&mut self, context: &Context<'_>) {
        if context.arguments.log.log_format == LogFormat::Text {
            // The failure is the last line that people see; once is enough.
            self.summary.warnings.retain(|warning| Some(warning) != self.failure.as_ref());
            let open_with = open_command(&self.summary);
            tell(&render(&self.summary, &self.by_country, &resume_command(), open_with.as_deref()));
            return;
        }
        let text = serde_json::to_string(&self.summary).unwrap_or_default();
        if self.exit == Exit::Success {
            tracing::info!(summary = text, "run ended");
        } else {
            tracing::error!(summary = text, "run ended");
        }
    }
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
