//! What crosses two dimensions: countries by channel, services by channel, countries by service. A picture, a table and
//! Markdown show the same grids.

use std::collections::BTreeMap;

use crate::model::{Channel, Country, Counts, ServiceSid};
use crate::report::format::{ELSEWHERE, channel_name, more_countries, service_name};
use crate::report::{HeatMap, Report, ServiceLine};

/// More services than these stand in one column.
const MOST_SERVICES: usize = 6;

/// Counts by rows and columns.
pub(super) struct Grid {
    /// Names it on the page.
    pub id: &'static str,
    /// `Countries by channel`
    pub title: &'static str,
    /// `country and channel`
    pub what: &'static str,
    /// `Country`
    pub head: &'static str,
    /// Between the names of a row and a column, in a sentence.
    pub joint: &'static str,
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
    /// Cells with fewer attempts are too small to be judged by their rate.
    pub ranked_from: i64,
}

/// A row.
pub(super) struct GridRow {
    pub name: String,
    /// Of what is left of a long list: a name for where there is little room.
    pub short: Option<String>,
    /// A value for each column.
    pub cells: Vec<Counts>,
}

/// All that the job's split gives.
pub(super) fn grids(report: &Report) -> Vec<Grid> {
    let countries = report.heat_map.as_ref().map(by_channel);
    [countries, services_by_channel(report), countries_by_service(report)].into_iter().flatten().collect()
}

/// What is left of the list of countries, by its long and its short name.
pub(super) fn tail(count: usize) -> (String, String) {
    (more_countries(count), format!("{count} others"))
}

/// What belongs to none of the job's countries, by its long and its short name.
pub(super) fn elsewhere() -> (String, String) {
    (ELSEWHERE.to_owned(), "Elsewhere".to_owned())
}

fn rest((name, short): (String, String), cells: Vec<Counts>) -> GridRow {
    GridRow { name, short: Some(short), cells }
}

fn by_channel(map: &HeatMap) -> Grid {
    let row = |row: &crate::report::model::HeatRow| GridRow {
        name: row.country.name().to_owned(),
        short: None,
        cells: row.cells.clone(),
    };
    let mut rows: Vec<GridRow> = map.rows[..map.shown].iter().map(row).collect();
    rows.extend(map.tail.clone().map(|cells| rest(tail(map.rows.len() - map.shown), cells)));
    rows.extend(map.remainder.clone().map(|cells| rest(elsewhere(), cells)));
    Grid {
        id: "matrix",
        title: "Countries by channel",
        what: "country and channel",
        head: "Country",
        joint: " by ",
        columns: map.channels.iter().map(|channel| channel_name(*channel).to_owned()).collect(),
        rows,
        ranked_from: map.ranked_from,
    }
}

/// `None` unless there are several channels to tell services apart by.
fn services_by_channel(report: &Report) -> Option<Grid> {
    let places = report.service_places.iter().filter_map(|place| Some(((place.service, place.channel?), place)));
    let cells: BTreeMap<(ServiceSid, Channel), Counts> =
        places.map(|(key, place)| (key, place.figure.counts)).collect();
    let channels = report.channels.iter().filter(|line| line.figure.counts.attempts() > 0).map(|line| line.channel);
    let channels: Vec<Channel> = channels.collect();
    let row = |line: &ServiceLine| GridRow {
        name: service_name(line.service, line.name.as_deref()),
        short: None,
        cells: channels.iter().map(|channel| get(&cells, &(line.service, *channel))).collect(),
    };
    (channels.len() > 1 && !cells.is_empty()).then(|| Grid {
        id: "service-channel",
        title: "Services by channel",
        what: "service and channel",
        head: "Service",
        joint: " by ",
        columns: channels.iter().map(|channel| channel_name(*channel).to_owned()).collect(),
        rows: report.services.iter().map(row).collect(),
        ranked_from: report.ranked_from,
    })
}

/// `None` unless there are several services to tell countries apart by.
fn countries_by_service(report: &Report) -> Option<Grid> {
    let countries = report.countries.as_ref()?;
    let places = report.service_places.iter().filter_map(|place| Some(((place.country?, place.service), place)));
    let cells: BTreeMap<(Country, ServiceSid), Counts> =
        places.map(|(key, place)| (key, place.figure.counts)).collect();
    let services: Vec<&ServiceLine> = report.services.iter().filter(|line| line.figure.counts.attempts() > 0).collect();
    if services.len() < 2 || cells.is_empty() {
        return None;
    }
    let listed = if services.len() > MOST_SERVICES { MOST_SERVICES - 1 } else { services.len() };
    let mut groups: Vec<&[&ServiceLine]> = services[..listed].chunks(1).collect();
    let mut columns: Vec<String> =
        services[..listed].iter().map(|line| service_name(line.service, line.name.as_deref())).collect();
    if listed < services.len() {
        groups.push(&services[listed..]);
        columns.push(format!("{} others", services.len() - listed));
    }
    let sum = |of: &[Country]| -> Vec<Counts> {
        let cell = |group: &&[&ServiceLine]| {
            let each = of.iter().flat_map(|country| group.iter().map(|line| get(&cells, &(*country, line.service))));
            each.fold(Counts::ZERO, |sum, counts| sum.checked_add(counts).unwrap_or(sum))
        };
        groups.iter().map(cell).collect()
    };
    let all: Vec<Country> = countries.lines.iter().map(|line| line.country).collect();
    let (shown, others) = all.split_at(countries.shown);
    let row = |country: &Country| GridRow { name: country.name().to_owned(), short: None, cells: sum(&[*country]) };
    let mut rows: Vec<GridRow> = shown.iter().map(row).collect();
    if !others.is_empty() {
        rows.push(rest(tail(others.len()), sum(others)));
    }
    if countries.remainder.is_some() {
        rows.push(rest(elsewhere(), sum(&[Country::REMAINDER])));
    }
    Some(Grid {
        id: "service-country",
        title: "Countries by service",
        what: "country and service",
        head: "Country",
        joint: " for ",
        columns,
        rows,
        ranked_from: report.ranked_from,
    })
}

fn get<K: Ord>(cells: &BTreeMap<K, Counts>, key: &K) -> Counts {
    cells.get(key).copied().unwrap_or_default()
}
