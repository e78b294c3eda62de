//! What the numbers rest on, and what they are not.

use maud::{Markup, html as template};

use super::section::section as titled;
use crate::model::UnixMicros;
use crate::report::format::{dates, grouped};
use crate::report::said::asked_in_part;
use crate::report::{Coverage, Note, Period, Report, RunFacts};

/// What the numbers are not; that an account is simulated stands at the top.
pub(super) fn notes(notes: &[Note]) -> Markup {
    let notes = notes.iter().filter(|note| **note != Note::Simulated);
    let content = template! { ul.says { @for note in notes { li { (note.text()) } } } };
    titled("notes", "What these numbers are not", "", &content)
}

/// Coverage, reconciliation, provenance.
pub(super) fn section(report: &Report) -> Markup {
    let origin = &report.origin;
    let content = template! {
        dl.facts {
            dt { "Coverage" }
            dd { ul { @for line in coverage(&report.coverage) { li { (line) } } } }
            dt { "Reconciliation" }
            dd {
                p { (sums(&origin.last_run)) }
                @if !origin.last_run.differences.is_empty() {
                    ul { @for difference in &origin.last_run.differences { li { (difference) } } }
                }
            }
            dt { "Rows" }
            dd {
                (grouped(origin.rows)) " of " (origin.windows) " windows: " (grouped(origin.measured_rows))
                " asked, " (grouped(origin.implied_rows)) " implied by other answers, "
                (grouped(origin.listed_rows)) " listed attempt by attempt, "
                (grouped(origin.provisional_rows)) " may still change"
            }
            @if let (Some(first), Some(last)) = (origin.first_asked_at, origin.last_asked_at) {
                dt { "Asked" }
                dd { span.whole { (instant(first)) } " – " span.whole { (instant(last)) } }
            }
            dt { "Account" }
            dd { (report.account) ", asked of " (report.source) }
            dt { "Calendar" }
            dd { "dates of " (report.timezone) ", a window per " (report.every) }
            dt { "Report as of" }
            dd { (report.as_of) }
            dt { "Runs" }
            dd {
                "last published by " span.whole { (origin.last_run.run_id) } " at "
                span.whole { (origin.last_run.published_at) } " (as of " span.whole { (origin.last_run.as_of) } ")"
                @if origin.runs.len() > 1 {
                    details {
                        summary { "All " (origin.runs.len()) " runs that wrote windows of this period" }
                        ul { @for run in &origin.runs { li { (run) } } }
                    }
                }
            }
            @if !origin.damage.is_empty() {
                dt { "Damage" }
                dd { ul { @for damage in &origin.damage { li { (damage) } } } }
            }
        }
    };
    titled("origin", "Where these numbers come from", "", &content)
}

/// What made the page, for its foot.
pub(super) fn made_by(job: &str, period: &Period) -> Markup {
    template! {
        (concat!("verify-rollup ", env!("CARGO_PKG_VERSION"))) " · job " (job) " · " (period)
        " · rates with " span.whole { "95 % Wilson intervals" }
    }
}

fn coverage(coverage: &Coverage) -> Vec<String> {
    let mut lines = vec![format!("{} of {} days are covered from end to end", coverage.covered, coverage.days)];
    let dated = [
        ("missing", &coverage.missing),
        ("known in part", &coverage.partial),
        ("may still change", &coverage.provisional),
        ("counted in the period before", &coverage.counted_before),
    ];
    lines.extend(
        dated.into_iter().filter(|(_, days)| !days.is_empty()).map(|(what, days)| format!("{what}: {}", dates(days))),
    );
    lines.extend(
        coverage.beyond.iter().map(|window| format!("ends after the period and is counted here whole: {window}")),
    );
    if let Some(places) = asked_in_part(coverage) {
        lines.push(format!("asked for {places}"));
    }
    if !coverage.is_over {
        lines.push("the period is not over yet".to_owned());
    }
    lines
}

fn sums(run: &RunFacts) -> String {
    let checked = grouped(run.identities_checked);
    match (run.reconciled, run.differences.len()) {
        (true, _) => format!("The last run's {checked} sums hold."),
        (false, 0) => format!("Of the last run's sums {checked} were checked and none differs; others are open."),
        (false, differing) => format!("{differing} of the last run's {checked} sums differ:"),
    }
}

fn instant(at: UnixMicros) -> String {
    at.floor_seconds().to_string()
}
