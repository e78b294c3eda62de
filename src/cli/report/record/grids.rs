//! Country × channel, and hour × weekday, a value for each with attempts.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Channel, Country, Counts};
use crate::report::{HeatMap, HourGrid};
use crate::rollup::Rates;

#[derive(Serialize, JsonSchema)]
pub struct CellRecord {
    country: String,
    channel: String,
    #[serde(flatten)]
    counts: CountsRecord,
}

#[derive(Serialize, JsonSchema)]
pub struct HourRecord {
    /// 1 = Monday.
    weekday: usize,
    /// Of the local day.
    hour: usize,
    /// How many of these hours the dataset holds: the counts are their sum.
    times: u32,
    /// Attempts of such an hour on average; null where none is there.
    mean_attempts: Option<f64>,
    #[serde(flatten)]
    counts: CountsRecord,
}

#[derive(Serialize, JsonSchema)]
struct CountsRecord {
    total_attempts: i64,
    total_converted: i64,
    conversion_rate: Option<f64>,
    conversion_rate_low: Option<f64>,
    conversion_rate_high: Option<f64>,
    /// Whether there are enough attempts to judge it by its rate.
    ranked: bool,
}

fn record(counts: Counts, ranked_from: i64) -> CountsRecord {
    let rates = Rates::of(counts);
    CountsRecord {
        total_attempts: counts.attempts(),
        total_converted: counts.converted(),
        conversion_rate: rates.map(|rates| rates.rate),
        conversion_rate_low: rates.map(|rates| rates.low),
        conversion_rate_high: rates.map(|rates| rates.high),
        ranked: counts.attempts() >= ranked_from,
    }
}

/// Every country, the remainder as `ZZ`, by every channel that has attempts.
pub fn cells(map: &HeatMap) -> Vec<CellRecord> {
    let rows = map.rows.iter().map(|row| (row.country, &row.cells));
    let rest = map.remainder.iter().map(|cells| (Country::REMAINDER, cells));
    let cells = rows.chain(rest).flat_map(|(country, cells)| {
        let cell = move |(channel, counts): (&Channel, &Counts)| (country, *channel, *counts);
        map.channels.iter().zip(cells).map(cell)
    });
    let cells = cells.filter(|(_, _, counts)| *counts != Counts::ZERO);
    cells
        .map(|(country, channel, counts)| CellRecord {
            country: country.to_string(),
            channel: channel.to_string(),
            counts: record(counts, map.ranked_from),
        })
        .collect()
}

/// Every hour of the week.
pub fn hours(grid: &HourGrid) -> Vec<HourRecord> {
    let days = (1..).zip(&grid.cells);
    let hours =
        days.flat_map(|(weekday, hours)| hours.iter().enumerate().map(move |(hour, cell)| (weekday, hour, *cell)));
    hours
        .map(|(weekday, hour, cell)| HourRecord {
            weekday,
            hour,
            times: cell.times,
            mean_attempts: cell.mean(),
            counts: record(cell.counts, grid.ranked_from),
        })
        .collect()
}
