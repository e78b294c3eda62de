//! `report --json`: the numbers and the flags, for scripts and alerts. Rates are fractions; what is not known is null.

mod attention;
mod costs;
mod numbers;

use serde::Serialize;

use self::attention::{FlagRecord, LookRecord};
use self::costs::CostsRecord;
use self::numbers::{Names, Numbers};
use crate::pipeline::Written;
use crate::report::{Countries, Figure, FlagScope, Mover, Movers, Report, TrendState};

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
    /// Of the windows that are compared; outside of the compared period where windows cross its ends.
    compared_first_date: Option<String>,
    compared_last_date: Option<String>,
    as_of: String,
    totals: Numbers,
    /// The one country that the job asks for, beside all the rest.
    lead_country: Option<String>,
    channels: Vec<Part>,
    countries: Vec<Part>,
    services: Vec<Part>,
    destination_prefixes: Vec<Part>,
    /// Null if the job gives no prices.
    costs: Option<CostsRecord>,
    days: Vec<Day>,
    movers: MoversRecord,
    attention: Vec<FlagRecord<'r>>,
    taken_out: Vec<FlagRecord<'r>>,
    looks: Vec<LookRecord>,
    coverage: CoverageRecord,
    rows: u64,
    measured_rows: u64,
    implied_rows: u64,
    provisional_rows: u64,
    reconciled: bool,
    outputs: Vec<Output>,
}

#[derive(Serialize)]
struct Part {
    #[serde(flatten)]
    place: Names,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize)]
struct Day {
    first_date: String,
    last_date: String,
    state: &'static str,
    numbers: Option<Numbers>,
}

#[derive(Serialize)]
struct MoversRecord {
    /// Parts that could be compared.
    compared: usize,
    /// The share of those listed that is expected to be chance, at most.
    false_discovery: f64,
    least_change: f64,
    rose: Vec<MoverRecord>,
    fell: Vec<MoverRecord>,
}

/// The change is without attacks.
#[derive(Serialize)]
struct MoverRecord {
    #[serde(flatten)]
    part: Part,
    moved: f64,
    moved_low: f64,
    moved_high: f64,
    p_value: f64,
    q_value: f64,
}

#[derive(Serialize)]
struct CoverageRecord {
    days: usize,
    covered: usize,
    missing: Vec<String>,
    partial: Vec<String>,
    absent: Vec<String>,
    provisional: Vec<String>,
    counted_before: Vec<String>,
    /// Of the windows that are counted, which may end after the period.
    first_date: Option<String>,
    last_date: Option<String>,
    over: bool,
}

#[derive(Serialize)]
struct Output {
    path: String,
    format: &'static str,
    bytes: usize,
}

fn part(place: &FlagScope, figure: &Figure) -> Part {
    Part { place: place.into(), numbers: figure.into() }
}

fn movers(movers: &Movers) -> MoversRecord {
    let list = |movers: &[Mover]| movers.iter().map(mover).collect();
    MoversRecord {
        compared: movers.compared,
        false_discovery: movers.false_discovery,
        least_change: movers.least,
        rose: list(&movers.best),
        fell: list(&movers.worst),
    }
}

fn mover(mover: &Mover) -> MoverRecord {
    MoverRecord {
        part: part(&mover.place, &mover.figure),
        moved: mover.rate.value,
        moved_low: mover.rate.low,
        moved_high: mover.rate.high,
        p_value: mover.p_value,
        q_value: mover.q_value,
    }
}

/// One object, ended by a line feed.
pub fn json(report: &Report, written: &[Written]) -> String {
    let texts = |dates: &[chrono::NaiveDate]| dates.iter().map(ToString::to_string).collect();
    let coverage = &report.coverage;
    let counted = || report.trend.iter().filter(|point| point.state != TrendState::Missing);
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
        compared_first_date: report.compared_dates.first().map(ToString::to_string),
        compared_last_date: report.compared_dates.last().map(ToString::to_string),
        as_of: report.as_of.to_string(),
        totals: (&report.totals).into(),
        lead_country: report.lead.map(|lead| lead.country.to_string()),
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
        destination_prefixes: report
            .prefixes
            .iter()
            .flat_map(|prefixes| &prefixes.lines)
            .map(|line| {
                let place = FlagScope { country: line.country, prefix: Some(line.prefix), ..FlagScope::default() };
                part(&place, &line.figure)
            })
            .collect(),
        costs: report.costs.as_ref().map(Into::into),
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
        movers: movers(&report.movers),
        attention: report.attention.flags.iter().map(Into::into).collect(),
        taken_out: report.attention.taken_out.iter().map(Into::into).collect(),
        looks: report.attention.looks.iter().map(Into::into).collect(),
        coverage: CoverageRecord {
            days: coverage.days,
            covered: coverage.covered,
            missing: texts(&coverage.missing),
            partial: texts(&coverage.partial),
            absent: texts(&coverage.absent),
            provisional: texts(&coverage.provisional),
            counted_before: texts(&coverage.counted_before),
            first_date: counted().map(|point| point.first).min().as_ref().map(ToString::to_string),
            last_date: counted().map(|point| point.last).max().as_ref().map(ToString::to_string),
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
