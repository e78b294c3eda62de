//! `report --json`: the numbers and the flags, for scripts and alerts. Rates are fractions; what is not known is null.

mod accounts;
mod attention;
mod costs;
mod grids;
mod numbers;
mod origin;

pub use self::accounts::{json as json_of_accounts, schema as schema_of_accounts};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use self::attention::{FlagRecord, HistoryRecord, LookRecord, ThresholdsRecord, UnjudgedRecord};
use self::costs::CostsRecord;
use self::grids::{CellRecord, HourRecord, cells, hours};
use self::numbers::{Names, Numbers};
use self::origin::{ComparisonRecord, CoverageRecord, OriginRecord, comparison};
use crate::pipeline::Written;
use crate::report::said::looks;
use crate::report::{Countries, Figure, FlagScope, Mover, Movers, Report};

/// A report. Rates, shares and their changes are fractions; dates are those of the job's zone; what is not known is null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What verify-rollup report --json prints")]
struct ReportRecord<'r> {
    job: &'r str,
    description: &'r str,
    account_sid: String,
    source: &'r str,
    timezone: String,
    /// How windows are cut.
    every: &'r str,
    period: String,
    first_date: String,
    last_date: String,
    compared: Option<String>,
    compared_days: usize,
    /// Of the windows that are compared; outside of the compared period where windows cross its ends.
    compared_first_date: Option<String>,
    compared_last_date: Option<String>,
    /// Null if the dataset holds nothing to compare with.
    comparison: Option<ComparisonRecord>,
    as_of: String,
    totals: Numbers,
    /// The one country that the job asks for, beside all the rest.
    lead_country: Option<String>,
    channels: Vec<Part>,
    countries: Vec<Part>,
    /// Countries that were asked for and had no attempts.
    silent_countries: usize,
    /// Country × channel, where both are split.
    cells: Vec<CellRecord>,
    services: Vec<Part>,
    /// Each service by channel, then each by country, where these are split.
    service_places: Vec<Part>,
    destination_prefixes: Vec<Part>,
    /// Prefixes that were asked for and had no attempts.
    silent_prefixes: usize,
    /// Hour × weekday, where windows are hours.
    hours: Vec<HourRecord>,
    /// Null if neither rows nor job give prices.
    costs: Option<CostsRecord>,
    days: Vec<Day>,
    /// The hours of a day that is reported by itself, where windows are hours.
    day_hours: Vec<DayHour>,
    movers: MoversRecord,
    attention: Vec<FlagRecord<'r>>,
    taken_out: Vec<FlagRecord<'r>>,
    looks: Vec<LookRecord>,
    /// Places that were not judged on some days, as the job asked for something else before.
    unjudged: Vec<UnjudgedRecord>,
    /// Null if the dataset holds nothing before the period.
    history: Option<HistoryRecord>,
    thresholds: ThresholdsRecord,
    coverage: CoverageRecord,
    origin: OriginRecord<'r>,
    /// What the numbers are not.
    notes: Vec<&'static str>,
    rows: u64,
    measured_rows: u64,
    implied_rows: u64,
    listed_rows: u64,
    provisional_rows: u64,
    reconciled: bool,
    outputs: Vec<Output>,
}

#[derive(Serialize, JsonSchema)]
struct Part {
    #[serde(flatten)]
    place: Names,
    #[serde(flatten)]
    numbers: Numbers,
}

#[derive(Serialize, JsonSchema)]
struct Day {
    first_date: String,
    last_date: String,
    state: &'static str,
    numbers: Option<Numbers>,
}

#[derive(Serialize, JsonSchema)]
struct DayHour {
    /// On the local clock; an hour that occurs twice is there twice.
    start: String,
    state: &'static str,
    numbers: Option<Numbers>,
}

#[derive(Serialize, JsonSchema)]
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
#[derive(Serialize, JsonSchema)]
struct MoverRecord {
    #[serde(flatten)]
    part: Part,
    moved: f64,
    moved_low: f64,
    moved_high: f64,
    p_value: f64,
    q_value: f64,
}

#[derive(Serialize, JsonSchema)]
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

fn service_places(report: &Report) -> Vec<Part> {
    report
        .service_places
        .iter()
        .map(|line| {
            let service_name = report.services.iter().find(|known| known.service == line.service);
            let place = FlagScope {
                service: Some(line.service),
                service_name: service_name.and_then(|known| known.name.clone()),
                country: line.country,
                channel: line.channel,
                ..FlagScope::default()
            };
            part(&place, &line.figure)
        })
        .collect()
}

fn days(report: &Report) -> Vec<Day> {
    report
        .trend
        .iter()
        .map(|point| Day {
            first_date: point.first.to_string(),
            last_date: point.last.to_string(),
            state: point.state.word(),
            numbers: point.figure.as_ref().map(Into::into),
        })
        .collect()
}

fn day_hours(report: &Report) -> Vec<DayHour> {
    report
        .day
        .iter()
        .map(|point| DayHour {
            start: point.start.format("%H:%M").to_string(),
            state: point.state.word(),
            numbers: point.figure.as_ref().map(Into::into),
        })
        .collect()
}

/// The JSON Schema of the object. `docs/report.schema.json` is this text.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<ReportRecord<'_>>().to_value();
    crate::cli::log::close(&mut schema);
    schema
}

/// One object, ended by a line feed.
pub fn json(report: &Report, written: &[Written]) -> String {
    let countries = report.countries.iter().flat_map(Countries::all);
    let looked = report.attention.looks.iter().zip(looks(report));
    let record = ReportRecord {
        job: &report.job,
        description: &report.description,
        account_sid: report.account.to_string(),
        source: &report.source,
        timezone: report.timezone.to_string(),
        every: &report.every,
        period: report.period.to_string(),
        first_date: report.period.first.to_string(),
        last_date: report.period.last.to_string(),
        compared: report.compared.map(|period| period.to_string()),
        compared_days: report.compared_days,
        compared_first_date: report.compared_dates.first().map(ToString::to_string),
        compared_last_date: report.compared_dates.last().map(ToString::to_string),
        comparison: comparison(report),
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
        silent_countries: report.countries.as_ref().map_or(0, |countries| countries.silent),
        cells: report.heat_map.as_ref().map_or_else(Vec::new, cells),
        services: report
            .services
            .iter()
            .map(|line| {
                let place =
                    FlagScope { service: Some(line.service), service_name: line.name.clone(), ..FlagScope::default() };
                part(&place, &line.figure)
            })
            .collect(),
        service_places: service_places(report),
        silent_prefixes: report.prefixes.as_ref().map_or(0, |prefixes| prefixes.silent),
        hours: report.hours.as_ref().map_or_else(Vec::new, hours),
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
        days: days(report),
        day_hours: day_hours(report),
        movers: movers(&report.movers),
        attention: report.attention.flags.iter().map(Into::into).collect(),
        taken_out: report.attention.taken_out.iter().map(Into::into).collect(),
        looks: looked.map(|(look, sentence)| LookRecord::new(look, sentence)).collect(),
        unjudged: report.attention.fresh.iter().map(Into::into).collect(),
        history: report.attention.history.map(Into::into),
        thresholds: report.attention.thresholds.into(),
        coverage: report.into(),
        origin: report.into(),
        notes: report.notes.iter().map(|note| note.text()).collect(),
        rows: report.origin.rows,
        measured_rows: report.origin.measured_rows,
        implied_rows: report.origin.implied_rows,
        listed_rows: report.origin.listed_rows,
        provisional_rows: report.origin.provisional_rows,
        reconciled: report.origin.last_run.reconciled,
        outputs: outputs(written),
    };
    text(&record)
}

fn outputs(written: &[Written]) -> Vec<Output> {
    let output = |file: &Written| Output {
        path: file.path.to_string_lossy().into_owned(),
        format: file.format.word(),
        bytes: file.bytes,
    };
    written.iter().map(output).collect()
}

fn text(record: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("texts and finite numbers are JSON");
    text.push('\n');
    text
}
