//! The summary for people.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::model::{Country, printable};
use crate::pipeline::summary::DifferenceRecord;
use crate::pipeline::{ByCountry, Status, Summary};
use crate::report::format::grouped;

/// A country needs this many attempts to be called best or worst: below it the 95 % interval of a rate is wider than
/// ±10 points.
const ENOUGH_ATTEMPTS: i64 = 100;

/// How many countries, differences or missing cells are listed before the rest is only counted.
const LISTED: usize = 5;

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn ratio(converted: i64, attempts: i64) -> f64 {
    converted as f64 / attempts as f64
}

fn countries(ranked: &[(Country, f64, i64)]) -> String {
    let shown: Vec<_> = ranked
        .iter()
        .map(|(country, rate, attempts)| format!("{} {:.1} % of {}", country.name(), rate * 100.0, grouped(*attempts)))
        .collect();
    shown.join(" · ")
}

/// Countries with enough attempts, best rate first.
fn ranked(by_country: &ByCountry) -> Vec<(Country, f64, i64)> {
    let enough = by_country.totals().filter(|(_, attempts, _)| *attempts >= ENOUGH_ATTEMPTS);
    let mut ranked: Vec<_> =
        enough.map(|(country, attempts, converted)| (country, ratio(converted, attempts), attempts)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

/// What a person wants to know after a run, in a dozen lines.
pub fn render(summary: &Summary, by_country: &ByCountry, resume: &str, open_with: Option<&str>) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    let windows = format!("{} of {} windows published", summary.windows_published, summary.windows);
    line("windows", &windows);
    if summary.rows > 0 {
        let provisional = match summary.provisional_rows {
            0 => String::new(),
            rows => format!(", {} still provisional", grouped(rows)),
        };
        line("rows", &format!("{}{provisional}", grouped(summary.rows)));
        line("attempts", &grouped(summary.total_attempts));
        let rate = match summary.total_attempts {
            0 => String::new(),
            attempts => format!("  ({:.2} %)", ratio(summary.total_converted, attempts) * 100.0),
        };
        line("converted", &format!("{}{rate}", grouped(summary.total_converted)));
        let ranked = ranked(by_country);
        if ranked.len() >= 2 {
            let shown = 3.min(ranked.len() / 2);
            line("best", &countries(&ranked[..shown]));
            let mut worst = ranked[ranked.len() - shown..].to_vec();
            worst.reverse();
            line("worst", &countries(&worst));
        }
    }
    if summary.measured_cells + summary.implied_cells + summary.listed_cells > 0 {
        line("cells", &cells(summary));
    }
    if let Some(implied) = summary.spot_checked_of {
        let (asked, differing) = (summary.spot_checked, summary.spot_check_differences.len());
        let (asked, implied, differing) = (grouped(asked), grouped(implied), grouped(differing as u64));
        line("spot check", &format!("{asked} of {implied} implied cells and totals asked, {differing} differ"));
    }
    line("requests", &requests(summary));
    if !matches!(summary.status, Status::Failed | Status::Interrupted) {
        line("reconciled", &reconciliation(summary));
    }
    for difference in summary.differences.iter().take(LISTED) {
        line(
            "",
            &format!(
                "{} {} – {} {}: {} should be {}, the parts say {}",
                difference.identity,
                difference.window_start,
                difference.window_end,
                difference.channel.as_deref().unwrap_or("all channels"),
                difference.metric,
                grouped(difference.expected),
                grouped(difference.actual)
            ),
        );
    }
    list(&mut line, "expired", &summary.windows_expired, |window| {
        format!("{} (the API shows nothing that old)", window.window_start)
    });
    list(&mut line, "attention", &summary.attention, Clone::clone);
    list(&mut line, "lost", &summary.windows_lost, |window| window.window_start.clone());
    if let Some(first) = summary.windows_without_cost.first() {
        let (windows, first) = (grouped(summary.windows_without_cost.len() as u64), &first.window_start);
        let told = format!("{windows} settled windows, the first of {first}: no page of the list told them");
        line("no cost", &format!("{told}; with --refresh --strategy list the run reads what it still has"));
    }
    list(&mut line, "missing", &summary.missing, |missing| {
        let cell = &missing.cell;
        let key = [&cell.service_sid, &cell.country, &cell.channel, &cell.destination_prefix];
        let key: Vec<_> = key.into_iter().flatten().map(String::as_str).collect();
        format!("{} {}: {}", cell.window_start, key.join(" "), missing.reason)
    });
    for warning in &summary.warnings {
        line("warning", warning);
    }
    for output in &summary.outputs {
        line("file", &format!("{}  {} rows, {} bytes", output.path, grouped(output.rows), grouped(output.bytes)));
    }
    for report in &summary.reports {
        line("report", &report.path);
    }
    if let Some(command) = open_with {
        line("open it", command);
    }
    let has_learnt = summary.answered + summary.answered_from_ledger > 0;
    let ending = match (summary.status, has_learnt) {
        (Status::Complete, _) => return out,
        (Status::Incomplete, _) => "some cells are unknown; their windows keep their former rows. To go on",
        (Status::Unreconciled, _) => "some sums differ; their windows keep their former rows. To go on",
        (Status::Interrupted, true) => "stopped; everything learnt is kept. To go on",
        (Status::Interrupted, false) => "stopped before anything was learnt. To try again",
        (Status::Failed, true) => "failed; everything learnt is kept. To go on",
        (Status::Failed, false) => "failed before anything was learnt. To try again",
    };
    line("ended", &format!("{ending}: {resume}"));
    out
}

/// What was sent for it.
fn requests(summary: &Summary) -> String {
    let requests = summary.requests;
    let mut asked = format!("{} sent in {:.2} s", grouped(requests.sent), summary.asking.as_secs_f64());
    for (count, what) in [
        (summary.pages, "pages of the list"),
        (requests.retries, "repeated"),
        (requests.throttled, "throttled"),
        (requests.failed, "given up"),
    ] {
        if count > 0 {
            let _ = write!(asked, ", {} {what}", grouped(count));
        }
    }
    if summary.answered_from_ledger > 0 {
        let _ = write!(asked, "; {} answered from the ledger", grouped(summary.answered_from_ledger));
    }
    asked
}

/// How many cells are known, and on what grounds.
fn cells(summary: &Summary) -> String {
    let kinds = [
        (summary.listed_cells, "listed and confirmed"),
        (summary.measured_cells, "asked"),
        (summary.implied_cells, "implied by totals"),
    ];
    let kinds = kinds.iter().filter(|(count, _)| *count > 0);
    let mut text = kinds.map(|(count, what)| format!("{} {what}", grouped(*count))).collect::<Vec<_>>().join(", ");
    if summary.remainder_rows > 0 {
        let _ = write!(text, "; {} remainders of totals", grouped(summary.remainder_rows));
    }
    text
}

fn reconciliation(summary: &Summary) -> String {
    let checked = grouped(summary.identities_checked);
    let differing = summary.differences.iter().map(|difference| {
        let DifferenceRecord { identity, window_start, service_sid, channel, destination_prefix, .. } = difference;
        (identity, window_start, service_sid, channel, destination_prefix)
    });
    match (summary.reconciled, differing.collect::<BTreeSet<_>>().len()) {
        (_, differing) if differing > 0 => format!("no: {} of {checked} identities differ", grouped(differing as u64)),
        (None, _) if summary.windows_published == 0 => "nothing is published".to_owned(),
        (None, _) if summary.identities_checked > 0 => {
            format!("not wholly: of {checked} identities checked none differs, others are open or drifted")
        }
        (None, _) => "nothing to check: no sum of this matrix is asked twice".to_owned(),
        (Some(true), _) => format!("yes, {checked} identities hold"),
        (Some(false), _) => "no: what differs is told as missing".to_owned(),
    }
}

fn list<T>(line: &mut impl FnMut(&str, &str), label: &str, items: &[T], text: impl Fn(&T) -> String) {
    for item in items.iter().take(LISTED) {
        line(label, &text(item));
    }
    if items.len() > LISTED {
        line("", &format!("and {} more (see --json)", grouped((items.len() - LISTED) as u64)));
    }
}

/// The line that opens the result in DuckDB.
pub fn open_command(summary: &Summary) -> Option<String> {
    let file = summary.outputs.iter().find(|file| file.format == "parquet").or_else(|| summary.outputs.first())?;
    let marker = format!("/{}/{}/", summary.job, file.format);
    let root = &file.path[..file.path.find(&marker)? + marker.len()];
    Some(format!(
        "duckdb -c \"SELECT country, sum(total_attempts) AS attempts, sum(total_converted) AS converted \
         FROM '{root}**/*.{}' GROUP BY ALL ORDER BY attempts DESC LIMIT 10\"",
        file.format
    ))
}
