//! A probe's findings as one JSON object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::exit::CommandError;
use super::advice::written;
use super::report::Report;
use super::text::{ends_evidence, filter_evidence, history_evidence};
use crate::model::Interval;
use crate::probe::{FilterFinding, FilterVerdict, Fractions, History, LONGEST_HISTORY, Stamps};

#[derive(Serialize)]
struct ProbeRecord<'a> {
    job: &'a str,
    base_url: &'a str,
    as_of: String,
    requests: u64,
    interval: IntervalRecord,
    stamps: &'static str,
    fractions: Vec<&'static str>,
    horizon: HorizonRecord,
    filters: BTreeMap<String, &'static str>,
    combinations: BTreeMap<String, &'static str>,
    evidence: Vec<String>,
    source: SourceRecord,
    job_agrees: bool,
    suggestions: &'a [String],
    failures: Vec<String>,
}

#[derive(Serialize)]
struct IntervalRecord {
    value: Option<&'static str>,
    candidates: Vec<&'static str>,
}

#[derive(Serialize)]
struct HorizonRecord {
    /// No attempt is older; null when it is not known, or longer ago than is searched.
    oldest: Option<String>,
    /// Data reaches back so many days at least; null when it is not known.
    days: Option<u32>,
}

/// What `[source]` should say.
#[derive(Serialize)]
struct SourceRecord {
    interval: &'static str,
    retention: String,
}

/// The object, with a line feed.
pub fn render(report: &Report<'_>) -> Result<String, CommandError> {
    let Report { order, findings, advice, .. } = report;
    let ends = &findings.ends;
    let horizon = match &findings.history {
        History::Since { from, days, .. } => HorizonRecord { oldest: Some(from.to_string()), days: Some(*days) },
        History::Longer => HorizonRecord { oldest: None, days: Some(LONGEST_HISTORY) },
        History::Unknown(_) => HorizonRecord { oldest: None, days: None },
    };
    let verdicts = |found: &[FilterFinding]| found.iter().map(|it| (it.name(), verdict_word(&it.verdict))).collect();
    let filter_lines = findings
        .filters
        .iter()
        .chain(&findings.combinations)
        .map(|finding| format!("{}: {}", finding.name(), filter_evidence(finding)));
    let mut failures = findings.failures.clone();
    failures.extend(report.ended.as_ref().map(ToString::to_string));
    let record = ProbeRecord {
        job: order.job.name.as_str(),
        base_url: &order.origin,
        as_of: report.as_of.to_string(),
        requests: report.tally.sent,
        interval: IntervalRecord {
            value: ends.value().map(Interval::symbol),
            candidates: ends.candidates().into_iter().map(Interval::symbol).collect(),
        },
        stamps: match ends.stamps() {
            Some(Stamps::Whole) => "whole",
            Some(Stamps::Fractional) => "fractional",
            None => "unknown",
        },
        fractions: ends.fractions().into_iter().map(fraction_word).collect(),
        horizon,
        filters: verdicts(&findings.filters),
        combinations: verdicts(&findings.combinations),
        evidence: filter_lines
            .chain([format!("history: {}", history_evidence(report)), format!("interval: {}", ends_evidence(ends))])
            .collect(),
        source: SourceRecord { interval: advice.interval.value.symbol(), retention: written(advice.retention.value) },
        job_agrees: advice.job_agrees(),
        suggestions: &advice.suggestions,
        failures,
    };
    let text = serde_json::to_string_pretty(&record).map_err(CommandError::failed)?;
    Ok(format!("{text}\n"))
}

const fn verdict_word(verdict: &FilterVerdict) -> &'static str {
    match verdict {
        FilterVerdict::Heeded(_) => "heeded",
        FilterVerdict::Ignored(_) => "ignored",
        FilterVerdict::Dead(_) => "dead",
        FilterVerdict::Unproven(_) => "unproven",
        FilterVerdict::Unknown(_) => "unknown",
    }
}

const fn fraction_word(fractions: Fractions) -> &'static str {
    match fractions {
        Fractions::Heeded => "heeded",
        Fractions::CutOff => "cut off",
        Fractions::Rounded => "rounded",
        Fractions::Refused => "refused",
    }
}
