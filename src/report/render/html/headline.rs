//! What the report is of, and its four numbers.

use maud::{Markup, html as template};

use super::section::section as titled;
use super::table::{interval, points_interval};
use crate::report::format::{dates, grouped, percent, period_title, points, signed_percent};
use crate::report::said::{asked_in_part, everywhere, without_attacks};
use crate::report::{Change, Figure, MixBasis, Note, Period, Report};

/// The page's heading.
pub(super) fn header(report: &Report) -> Markup {
    let simulated = report.notes.iter().find(|note| **note == Note::Simulated);
    template! {
        header {
            p.over { "Verification attempts · " (report.job) }
            h1 { (title(&period_title(&report.period))) }
            @if !report.description.is_empty() { p.lede { (report.description) } }
            @if let Some(dates) = report.counted_dates() { p.lede { "Dates: " (dates) } }
            @if let Some(note) = simulated { p.banner { (note.text()) } }
        }
    }
}

/// Dates are not broken at their hyphens.
pub(super) fn title(text: &str) -> Markup {
    let Some((name, dates)) = text.split_once(", ") else { return template! { (text) } };
    let dates: Vec<&str> = dates.split(" – ").collect();
    template! {
        (name) ", "
        @for (at, date) in dates.iter().enumerate() { @if at > 0 { " – " } span.whole { (date) } }
    }
}

/// Attempts, conversions, rate, coverage.
pub(super) fn section(report: &Report) -> Markup {
    let (totals, place) = (report.head(), report.head_place());
    let change = totals.change;
    let since = report.compared.map(|compared| compared.to_string());
    let content = template! {
        dl.tiles {
            (numbers(totals, &place, since.as_deref()))
            div.tile {
                dt { "Days covered" }
                dd.number { (report.coverage.covered) " of " (report.coverage.days) }
                @for line in gaps(report) { dd { (line) } }
            }
        }
        @if let (Some(change), Some(compared)) = (change, report.compared) {
            p.note { (basis(report, &change, &compared)) }
        }
        @if let Some(cleared) = &totals.cleared { p.note { b { (without_attacks(report, cleared)) "." } } }
        @if let Some(text) = everywhere(report) { p.note { (text) "." } }
    };
    let lede = if totals.rates.is_none() { "No attempts." } else { "" };
    titled("summary", "In short", lede, &content)
}

/// The tiles of attempts, conversions and rate; `since` names what they are compared with.
pub(super) fn numbers(totals: &Figure, place: &str, since: Option<&str>) -> Markup {
    let Figure { rates, change, .. } = *totals;
    template! {
        div.tile {
            dt { "Attempts" (place) }
            dd.number { (grouped(totals.counts.attempts())) }
            @if let (Some(part), Some(since)) = (change.and_then(|change| change.attempts), since) {
                dd { b { (signed_percent(part)) } " " span.whole { "against " (since) } }
            }
        }
        div.tile {
            dt { "Converted" (place) }
            dd.number { (grouped(totals.counts.converted())) }
            dd { (grouped(totals.counts.unconverted())) " were not" }
        }
        div.tile {
            dt { "Conversion rate" (place) }
            dd.number { (rates.map_or("–".to_owned(), |rates| percent(rates.rate))) }
            @if let Some(rates) = rates { dd { "95 % interval " span.whole { (interval(&rates)) } } }
            @if let (Some(rate), Some(since)) = (change.and_then(|change| change.rate), since) {
                dd { b { (points(rate.value)) } " " span.whole { "against " (since) } }
                dd { "95 % interval " span.whole { (points_interval(&rate)) } }
            }
        }
    }
}

/// What the coverage lacks, and what may still change.
fn gaps(report: &Report) -> Vec<String> {
    let coverage = &report.coverage;
    let said = [
        ("missing", &coverage.missing),
        ("in part", &coverage.partial),
        ("may still change", &coverage.provisional),
        ("counted in the period before", &coverage.counted_before),
    ];
    let mut lines: Vec<String> = said
        .into_iter()
        .filter(|(_, days)| !days.is_empty())
        .map(
            |(what, days)| {
                if days.len() == 1 { format!("{} {what}", dates(days)) } else { format!("{} {what}", days.len()) }
            },
        )
        .collect();
    if let Some(places) = asked_in_part(coverage) {
        lines.push(format!("asked for {places}"));
    }
    if !coverage.is_over {
        lines.push("the period is not over".to_owned());
    }
    if lines.is_empty() && coverage.is_whole() {
        lines.push("all final".to_owned());
    }
    lines
}

fn basis(report: &Report, change: &Change, compared: &Period) -> String {
    let how = match change.basis {
        MixBasis::Weekdays => "brought to the same weekdays",
        MixBasis::MeanDay => "by the mean day",
    };
    let days = compared.dates().count();
    let covered = match (report.compared_dates(), report.compared_days) {
        (Some(dates), _) => format!(", counted over {dates}"),
        (None, covered) if covered < days => format!(", of which {covered} of {days} days are covered"),
        _ => String::new(),
    };
    let before = grouped(change.before.attempts());
    let rate = change.rate_before.map_or(String::new(), |rate| format!(", {} converted", percent(rate)));
    format!("Changes are against {}{covered} ({before} attempts{rate}), {how}.", period_title(compared))
}
