//! How a run ended: the status, what the ledger notes, and the summary that tells it.

use super::by_country::ByCountry;
use super::context::Context;
use super::failure::chain;
use super::message::PipelineMessage;
use super::order::Order;
use super::publish::{Offer, publish};
use super::report::{AfterRun, after_run};
use super::summary::{ReportRecord, Status, Summary, add_conclusion, add_published, add_tally, blank, window_record};
use crate::clock::{Clock, SystemClock};
use crate::fetch;
use crate::ledger::RunEnd;
use crate::message::{Message, tell};
use crate::model::{Matrix, Window};
use crate::planner::{Conclusion, Reconciled, Verdict};
use crate::run::{DriveFailure, Driven, Ending, GiveUp};
use crate::sink::dataset::Dataset;

/// How a run ended, for people, scripts and the ledger.
pub struct RunOutcome {
    /// For the ledger.
    pub(super) run_end: RunEnd,
    /// For the caller.
    pub ended: Ended,
    /// All that can be told of it.
    pub summary: Summary,
    /// Attempts and conversions of the published rows.
    pub by_country: ByCountry,
    /// Windows of the job that stand in the dataset as asked, in no order.
    pub(super) stands: Vec<Window>,
    /// Those of which rows were changed.
    pub(super) changed: Vec<Window>,
    /// What went wrong, if it failed; among the summary's warnings, too.
    pub failure: Option<String>,
}

/// What a run came to, as far as its caller must know to react.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every window is published.
    Complete,
    /// Some could not be, or published rows were lost.
    Partial,
    /// Nothing was, or not all that belongs to it.
    Failed,
    /// Another machine took the state directory, or another run published to the store meanwhile.
    Locked,
    /// A stop signal came first.
    Stopped,
}

impl RunOutcome {
    /// A run that ended before it could publish.
    pub(super) fn failed(context: &Context<'_>, message: String) -> Self {
        Self::ended(RunEnd::Failed, Ended::Failed, blank(context), Status::Failed, Some(message))
    }

    fn ended(run_end: RunEnd, ended: Ended, summary: Summary, status: Status, failure: Option<String>) -> Self {
        let mut summary = Summary { status, ..summary };
        summary.warnings.extend(failure.clone());
        let by_country = ByCountry::default();
        Self { run_end, ended, summary, by_country, stands: Vec::new(), changed: Vec::new(), failure }
    }

    /// Publishes what is complete, and sums up.
    pub(super) fn of(
        context: &Context<'_>,
        matrix: &Matrix,
        driven: Result<Driven, DriveFailure>,
        conclusion: &Conclusion,
        dataset: &mut Dataset,
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
                return Self::ended(RunEnd::Failed, Ended::Failed, summary, Status::Failed, Some(message));
            }
        };
        add_tally(&mut summary, driven.tally);
        summary.asking = driven.elapsed;
        summary.warnings.extend(driven.crowded.map(|crowded| crowded.to_string()));
        summary.warnings.extend(driven.odd_prices.told());
        match &driven.ending {
            Ending::Stopped => {
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Interrupted, Ended::Stopped, summary, Status::Interrupted, None);
            }
            Ending::GaveUp(give_up) if give_up.end.is_hopeless() => {
                let message = Some(hopeless(give_up, context.order));
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Failed, Ended::Failed, summary, Status::Failed, message);
            }
            Ending::GaveUp(give_up) => summary.warnings.push(format!("the run ended early: {give_up}")),
            Ending::Finished => {}
        }
        add_conclusion(&mut summary, context, matrix, conclusion);
        let mut by_country = ByCountry::default();
        let offer = Offer { context, matrix, conclusion, rewrite: context.order.options.rewrite };
        let published = match publish(&offer, dataset, &mut by_country, &mut summary.evidence.rests_on) {
            Ok(published) => published,
            Err(error) => {
                summary.windows_incomplete = unpublished();
                return Self::ended(RunEnd::Failed, Ended::Failed, summary, Status::Failed, Some(chain(&error)));
            }
        };
        add_published(&mut summary, context, &published);
        let has = |wanted| conclusion.verdicts.contains(&wanted);
        let refused = !published.windows_refused.is_empty() || !conclusion.held_values.is_empty();
        let (mut run_end, ended, status) = match (conclusion.reconciled, has(Verdict::Incomplete)) {
            (Reconciled::No, _) => (RunEnd::Unreconciled, Ended::Partial, Status::Unreconciled),
            (_, true) => (RunEnd::Incomplete, Ended::Partial, Status::Incomplete),
            // Asking again would not make room for a window inside a longer one.
            (_, false) if refused => (RunEnd::Published, Ended::Partial, Status::Incomplete),
            (_, false) => (RunEnd::Published, Ended::Complete, Status::Complete),
        };
        if conclusion.ignored.is_some() {
            run_end = RunEnd::Untrusted;
        } else if conclusion.withheld.is_some() {
            // Taken up again it would come to the same from the same answers.
            run_end = RunEnd::Unreconciled;
        }
        let summary = Summary { status, ..summary };
        let stands = [published.windows_published, published.windows_kept, published.windows_archived].concat();
        let changed = published.windows_changed;
        let outcome = Self { run_end, ended, summary, by_country, stands: stands.clone(), changed, failure: None };
        outcome.with_report(after_run(context.order, context.as_of, stands.iter().copied()))
    }

    /// Adds the report. A run whose report could not be written published all the same, but must not end as if all were
    /// done.
    fn with_report(mut self, report: AfterRun) -> Self {
        match report {
            AfterRun::Nothing => {}
            AfterRun::Written(files) => {
                self.summary.reports = files.into_iter().map(ReportRecord::from).collect();
            }
            AfterRun::Failed(message) => self.add_report_failure(message),
        }
        self
    }

    /// Notes that the report could not be written.
    pub(super) fn add_report_failure(&mut self, message: String) {
        self.summary.warnings.push(message);
        if self.ended == Ended::Complete {
            self.ended = Ended::Failed;
        }
    }

    /// Adds what was amiss with the dataset when the run began, and the windows whose rows are still lost.
    pub(super) fn add_damage(&mut self, damage: Vec<String>, lost: impl Iterator<Item = Window>) {
        self.summary.warnings.splice(0..0, damage);
        self.summary.windows_lost = lost.map(window_record).collect();
        let windows = self.summary.windows_lost.len() as u64;
        if windows == 0 {
            return;
        }
        let lost = PipelineMessage::RowsLost { windows };
        tell(&lost);
        self.summary.warnings.extend(lost.words());
        if self.ended == Ended::Complete {
            self.ended = Ended::Partial;
            self.summary.status = Status::Incomplete;
        }
    }

    /// Notes that something failed after the files were published, which stand.
    pub(super) fn add_failure(&mut self, message: String) {
        self.ended = Ended::Failed;
        self.summary.status = Status::Failed;
        self.failure.get_or_insert(message);
    }

    /// Notes that another run was quicker.
    pub(super) const fn add_lock(&mut self) {
        self.ended = Ended::Locked;
    }

    /// A run that was stopped before it asked anything.
    pub(super) fn stopped(context: &Context<'_>) -> Self {
        Self::ended(RunEnd::Interrupted, Ended::Stopped, blank(context), Status::Interrupted, None)
    }

    /// Notes that a stop signal came before all was done.
    pub(super) fn add_stop(&mut self) {
        self.ended = Ended::Stopped;
        self.summary.status = Status::Interrupted;
    }

    /// A failure as the consequence of another machine's having taken the state directory.
    pub(super) fn or_locked(mut self, message: String) -> Self {
        if let Some(failure) = self.failure.take() {
            self.summary.warnings.retain(|warning| *warning != failure);
            self.summary.warnings.push(message.clone());
            self.ended = Ended::Locked;
            self.failure = Some(message);
        }
        self
    }

    /// Adds how long it all took.
    pub(super) fn timed(mut self, context: &Context<'_>) -> Self {
        let elapsed = SystemClock.monotonic().saturating_sub(context.started_monotonic);
        self.summary.elapsed_seconds = elapsed.as_secs_f64();
        self
    }
}

/// An end that somebody has to mend first, and how.
pub fn hopeless(give_up: &GiveUp, order: &Order) -> String {
    match &order.options.credentials_hint {
        Some(hint) if give_up.end == fetch::GiveUpReason::Unauthorized => format!("{give_up}; {hint}"),
        _ => give_up.to_string(),
    }
}
