//! `report --json`: the numbers and the flags, for scripts and alerts. Rates are fractions; what is not known is null.

use serde::Serialize;

use crate::pipeline::Written;
use crate::report::{Countries, Figure, Flag, FlagKind, FlagScope, Report};

#[derive(Serialize)]
struct ReportRecord<'r> {
    job: &'r str,
    account_sid: String,
    source: &'r str,
    timezone: String,
    period: String,
    first_date: String,
    last_date: String,
    compared: Option<String>,
    compared_days: usize,
    as_of: String,
    totals: Numbers,
    channels: Vec<Part>,
    countries: Vec<Part>,
    services: Vec<Part>,
    days: Vec<Day>,
    attention: Vec<FlagRecord<'r>>,
    coverage: CoverageRecord,
    rows: u64,
    measured_rows: u64,
    implied_rows: u64,
    provisional_rows: u64,
    reconciled: bool,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
struct Numbers {
    total_attempts: i64,
    total_converted: i64,
    conversion_rate: Option<f64>,
    conversion_rate_low: Option<f64>,
    conversion_rate_high: Option<f64>,
    share: f64,
    attempts_change: Option<f64>,
    rate_change: Option<f64>,
    rate_change_low: Option<f64>,
    rate_change_high: Option<f64>,
}

#[derive(Serialize)]
struct Part {
    #[serde(flatten)]
    place: Names,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize)]
struct Names {
    service_sid: Option<String>,
    service_name: Option<String>,
    country: Option<String>,
    channel: Option<String>,
}

#[derive(Serialize)]
struct Day {
    first_date: String,
    last_date: String,
    state: &'static str,
    numbers: Option<Numbers>,
}

#[derive(Serialize)]
struct FlagRecord<'r> {
    kind: &'static str,
    #[serde(flatten)]
    place: Names,
    first_date: String,
    last_date: String,
    window_start: Option<String>,
    window_end: Option<String>,
    provisional: bool,
    total_attempts: i64,
    total_converted: i64,
    usual_attempts: f64,
    usual_rate: Option<f64>,
    p_value: Option<f64>,
    sentence: &'r str,
    job: Option<&'r str>,
}

#[derive(Serialize)]
struct CoverageRecord {
    days: usize,
    covered: usize,
    missing: Vec<String>,
    partial: Vec<String>,
    provisional: Vec<String>,
    counted_before: Vec<String>,
    over: bool,
}

#[derive(Serialize)]
struct Output {
    path: String,
    format: &'static str,
    bytes: usize,
}

impl From<&Figure> for Numbers {
    fn from(figure: &Figure) -> Self {
        let rate = figure.change.and_then(|change| change.rate);
        Self {
            total_attempts: figure.counts.attempts(),
            total_converted: figure.counts.converted(),
            conversion_rate: figure.rates.map(|rates| rates.rate),
            conversion_rate_low: figure.rates.map(|rates| rates.low),
            conversion_rate_high: figure.rates.map(|rates| rates.high),
            share: figure.share,
            attempts_change: figure.change.and_then(|change| change.attempts),
            rate_change: rate.map(|rate| rate.value),
            rate_change_low: rate.map(|rate| rate.low),
            rate_change_high: rate.map(|rate| rate.high),
        }
    }
}

impl From<&FlagScope> for Names {
    fn from(place: &FlagScope) -> Self {
        Self {
            service_sid: place.service.map(|service| service.to_string()),
            service_name: place.service_name.clone(),
            country: place.country.map(|country| country.to_string()),
            channel: place.channel.map(|channel| channel.to_string()),
        }
    }
}

fn part(place: &FlagScope, figure: &Figure) -> Part {
    Part { place: place.into(), numbers: figure.into() }
}

const fn kind(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Pumping => "pumping",
        FlagKind::Outage => "outage",
        FlagKind::Drop => "drop",
        FlagKind::NewCountry => "new-country",
    }
}

fn flag(flag: &Flag) -> FlagRecord<'_> {
    FlagRecord {
        kind: kind(flag.kind),
        place: (&flag.place).into(),
        first_date: flag.first.to_string(),
        last_date: flag.last.to_string(),
        window_start: flag.window.map(|window| window.start().to_string()),
        window_end: flag.window.map(|window| window.end().to_string()),
        provisional: flag.is_provisional,
        total_attempts: flag.evidence.counts.attempts(),
        total_converted: flag.evidence.counts.converted(),
        usual_attempts: flag.evidence.usual_attempts,
        usual_rate: flag.evidence.usual_rate,
        p_value: flag.evidence.p_value,
        sentence: &flag.sentence,
        job: flag.job.as_deref(),
    }
}

/// One object, ended by a line feed.
pub fn json(report: &Report, written: &[Written]) -> String {
    let texts = |dates: &[chrono::NaiveDate]| dates.iter().map(ToString::to_string).collect();
    let coverage = &report.coverage;
    let countries = report.countries.iter().flat_map(Countries::all);
    let record = ReportRecord {
        job: &report.job,
        account_sid: report.account.to_string(),
        source: &report.source,
        timezone: report.timezone.to_string(),
        period: report.period.to_string(),
        first_date: report.period.first.to_string(),
        last_date: report.period.last.to_string(),
        compared: report.compared.map(|period| period.to_string()),
        compared_days: report.compared_days,
        as_of: report.as_of.to_string(),
        totals: (&report.totals).into(),
        channels: report
            .channels
            .iter()
            .map(|line| part(&FlagScope { channel: Some(line.channel), ..FlagScope::default() }, &line.figure))
            .collect(),
        countries: countries
            .map(|(country, figure)| part(&FlagScope { country: Some(country), ..FlagScope::default() }, figure))
            .collect(),
        services: report
            .services
            .iter()
            .map(|line| {
                let place =
                    FlagScope { service: Some(line.service), service_name: line.name.clone(), ..FlagScope::default() };
                part(&place, &line.figure)
            })
            .collect(),
        days: report
            .trend
            .iter()
            .map(|point| Day {
                first_date: point.first.to_string(),
                last_date: point.last.to_string(),
                state: point.state.word(),
                numbers: point.figure.as_ref().map(Into::into),
            })
            .collect(),
        attention: report.attention.flags.iter().map(flag).collect(),
        coverage: CoverageRecord {
            days: coverage.days,
            covered: coverage.covered,
            missing: texts(&coverage.missing),
            partial: texts(&coverage.partial),
            provisional: texts(&coverage.provisional),
            counted_before: texts(&coverage.counted_before),
            over: coverage.is_over,
        },
        rows: report.origin.rows,
        measured_rows: report.origin.measured_rows,
        implied_rows: report.origin.implied_rows,
        provisional_rows: report.origin.provisional_rows,
        reconciled: report.origin.last_run.reconciled,
        outputs: written
            .iter()
            .map(|file| Output {
                path: file.path.to_string_lossy().into_owned(),
                format: file.format.word(),
                bytes: file.bytes,
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&record).expect("texts and finite numbers are JSON");
    text.push('\n');
    text
}
