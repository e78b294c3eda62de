//! From findings to the fields of the summary.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use super::listed::add_listed;
use super::record::{
    CellRecord, DayRecord, DifferenceRecord, EvidenceRecord, MissingRecord, OutputRecord, RequestRecord,
    SpotCheckDifference, Status, Summary, UnprovenRecord, WindowRecord,
};
use crate::model::{Cell, Difference, Matrix, MissingCell, RestsOn, UnixSeconds, Window};
use crate::pipeline::context::Context;
use crate::planner::{Conclusion, Disagreement, Reconciled, SpotReport, Unproven, Verdict, list_reaches};
use crate::run::Tally;
use crate::sink::dataset::Published;

impl Summary {
    /// Of a run that has done nothing yet, at its instant, begun at another.
    #[must_use]
    pub fn blank(job: &str, as_of: UnixSeconds, started: DateTime<Utc>) -> Self {
        Self {
            job: job.to_owned(),
            run_id: None,
            as_of: as_of.to_string(),
            status: Status::Complete,
            windows: 0,
            windows_published: 0,
            windows_incomplete: vec![],
            windows_expired: vec![],
            windows_lost: vec![],
            cells: 0,
            rows: 0,
            requests: RequestRecord::default(),
            answered: 0,
            answered_from_ledger: 0,
            implied_cells: 0,
            provisional_rows: 0,
            total_attempts: 0,
            total_converted: 0,
            last_day: None,
            reconciled: None,
            unproven: vec![],
            evidence: EvidenceRecord::default(),
            identities_checked: 0,
            differences: vec![],
            missing: vec![],
            warnings: vec![],
            outputs: vec![],
            started_at: started.to_rfc3339_opts(SecondsFormat::Secs, true),
            elapsed_seconds: 0.0,
            measured_cells: 0,
            remainder_rows: 0,
            spot_checked: 0,
            spot_check_differences: vec![],
            spot_checked_of: None,
            pages: 0,
            listed_cells: 0,
            listed_attempts: 0,
            listed_differences: vec![],
            windows_without_cost: vec![],
            reports: vec![],
            attention: vec![],
            asking: Duration::ZERO,
        }
    }
}

/// A run that has done nothing yet.
pub fn blank(context: &Context<'_>) -> Summary {
    Summary {
        run_id: context.run_id.map(|run_id| run_id.to_string()),
        warnings: future_warning(context).into_iter().collect(),
        ..Summary::blank(context.order.job.name.as_str(), context.as_of, context.started)
    }
}

/// What was asked, and what it brought.
pub fn add_tally(summary: &mut Summary, tally: Tally) {
    summary.requests = tally.into();
    summary.answered = tally.answered;
    summary.answered_from_ledger = tally.from_ledger;
    summary.pages = tally.pages;
}

/// What the planner says of windows, sums and cells.
pub fn add_conclusion(summary: &mut Summary, context: &Context<'_>, matrix: &Matrix, conclusion: &Conclusion) {
    for (window, verdict) in matrix.windows().iter().zip(&conclusion.verdicts) {
        match verdict {
            Verdict::Incomplete | Verdict::Differs => summary.windows_incomplete.push(window_record(*window)),
            Verdict::Expired => summary.windows_expired.push(window_record(*window)),
            Verdict::Complete | Verdict::Archived | Verdict::Future => {}
        }
    }
    summary.implied_cells = conclusion.implied_cells;
    summary.measured_cells = conclusion.measured_cells;
    summary.remainder_rows = conclusion.remainder_rows;
    let is_checked = conclusion.identities_checked > 0 && conclusion.verdicts.contains(&Verdict::Complete);
    summary.reconciled = match conclusion.reconciled {
        Reconciled::No => Some(false),
        Reconciled::Wholly if is_checked => Some(true),
        Reconciled::Wholly | Reconciled::Partly => None,
    };
    summary.identities_checked = conclusion.identities_checked;
    summary.differences = conclusion.differences.iter().map(difference_record).collect();
    summary.missing = conclusion.missing.iter().map(|cell| missing_record(context, cell)).collect();
    let expired = summary.windows_expired.len();
    if expired > 0 {
        summary.warnings.push(format!(
            "{expired} windows have expired: the API shows nothing that old, and no earlier run learnt it"
        ));
    }
    for (country, reason) in &conclusion.refused_countries {
        summary.warnings.push(format!("the API refuses country {country} ({reason}): its attempts count in ZZ"));
    }
    for window in &conclusion.moved {
        summary.warnings.push(format!(
            "the attempts of {window} changed although it had closed before: all of it was asked again; a longer \
             attempts_settle keeps such windows from being taken as they were"
        ));
    }
    if let Some(reason) = &conclusion.withheld {
        summary.warnings.push(format!("{reason}: nothing is published"));
    }
    for (value, reason) in &conclusion.held_values {
        summary.warnings.push(format!("{value} is held back ({reason}): it has no rows, the rest is published"));
    }
    for Unproven { filter, reason } in &conclusion.unproven {
        summary.warnings.push(format!("not proved: {filter}: {reason}"));
        summary.unproven.push(UnprovenRecord { filter: filter.clone(), reason: reason.clone() });
    }
    summary.warnings.extend(conclusion.warnings.iter().cloned());
    let future = conclusion.verdicts.iter().filter(|verdict| **verdict == Verdict::Future).count();
    if future > 0 {
        summary.warnings.push(format!("{future} windows have not ended by the server's clock: they are left out"));
    }
    summary.evidence = EvidenceRecord {
        controls: conclusion.evidence.controls,
        sums_checked: conclusion.evidence.sums_checked,
        totals_repeated: conclusion.evidence.totals_repeated,
        rests_on: RestsOn::ALL.iter().map(|it| (it.name(), 0)).collect(),
    };
    if conclusion.capped_remainders > 0 {
        summary.warnings.push(format!(
            "{} ZZ rows of provisional windows hold fewer conversions than the totals: attempts converted while they were \
             asked",
            conclusion.capped_remainders
        ));
    }
    add_listed(summary, conclusion);
    if let Some(report) = &conclusion.spot_check {
        add_spot_check(summary, report);
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

fn add_spot_check(summary: &mut Summary, report: &SpotReport) {
    summary.spot_checked = report.asked;
    summary.spot_checked_of = report.has_begun.then_some(report.implied);
    if !report.has_begun {
        summary.warnings.push("the run ended before the spot check: what was implied is unchecked".to_owned());
    }
    if report.unanswered > 0 {
        summary
            .warnings
            .push(format!("{} cells of the spot check were not answered: they stand as implied", report.unanswered));
    }
    for Disagreement { cell, implied, measured } in &report.disagreements {
        summary.warnings.push(format!(
            "spot check: {} was implied to hold {} attempts, {} converted; asked directly it holds {}, {} converted",
            cell_name(cell),
            implied.attempts(),
            implied.converted(),
            measured.attempts(),
            measured.converted()
        ));
        summary.spot_check_differences.push(SpotCheckDifference {
            cell: cell_record(cell),
            implied_attempts: implied.attempts(),
            implied_converted: implied.converted(),
            measured_attempts: measured.attempts(),
            measured_converted: measured.converted(),
        });
    }
}

/// A cell for people: its window, and the values that it is narrowed to.
fn cell_name(cell: &Cell) -> String {
    let values = [
        cell.service.map(|service| service.to_string()),
        cell.country.map(|country| country.to_string()),
        cell.channel.map(|channel| channel.to_string()),
        cell.prefix.map(|prefix| prefix.to_string()),
    ];
    values.into_iter().flatten().fold(cell.window.to_string(), |name, value| format!("{name} {value}"))
}

/// What the dataset says of the publication.
pub fn add_published(summary: &mut Summary, context: &Context<'_>, published: &Published) {
    summary.windows_published =
        published.windows_published.len() + published.windows_kept.len() + published.windows_archived.len();
    summary.rows = published.rows;
    summary.provisional_rows = published.provisional_rows;
    summary.total_attempts = published.total_attempts;
    summary.total_converted = published.total_converted;
    summary.last_day = published.last_day.map(|day| DayRecord {
        date: day.date.to_string(),
        total_attempts: day.attempts,
        total_converted: day.converted,
    });
    for refused in &published.windows_refused {
        summary.windows_incomplete.push(window_record(refused.window));
        summary.warnings.push(format!("{} lies inside {}, which stays as it is", refused.window, refused.stored));
    }
    let now = context.started.into();
    let is_readable = |window: &&Window| context.order.job.source.may_list && list_reaches(**window, now);
    summary.windows_without_cost =
        published.windows_without_cost.iter().filter(is_readable).copied().map(window_record).collect();
    summary.outputs = published
        .files
        .iter()
        .map(|file| OutputRecord {
            path: file.path.to_string_lossy().into_owned(),
            format: file.format.to_string(),
            rows: file.rows,
            bytes: file.bytes,
        })
        .collect();
}

/// `as_of` may lie in the future only by the user's wish, and then nothing that ends after now is final.
fn future_warning(context: &Context<'_>) -> Option<String> {
    let is_future = context.as_of > UnixSeconds::from(context.started);
    is_future.then(|| "as_of lies in the future: nothing that ends after now becomes final".to_owned())
}

/// A window by its bounds.
pub fn window_record(window: Window) -> WindowRecord {
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

fn cell_record(cell: &Cell) -> CellRecord {
    CellRecord {
        window_start: cell.window.start().to_string(),
        window_end: cell.window.end().to_string(),
        service_sid: cell.service.map(|service| service.to_string()),
        country: cell.country.map(|country| country.to_string()),
        channel: cell.channel.map(|channel| channel.to_string()),
        destination_prefix: cell.prefix.map(|prefix| prefix.to_string()),
    }
}

fn missing_record(context: &Context<'_>, missing: &MissingCell) -> MissingRecord {
    MissingRecord {
        account_sid: context.order.account.to_string(),
        cell: cell_record(&missing.cell),
        reason: missing.reason.clone(),
    }
}
