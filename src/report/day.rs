//! A single day, hour by hour.

use chrono::{NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::compare::Figures;
use super::model::{HourPoint, TrendState};
use super::series::{AllSeries, Tally};
use crate::model::{UnixSeconds, Window};

const HOUR: i64 = 3600;

/// Each window of the period's day, and an hour for each that is missing between them, or before and after; so a day on
/// which clocks are put back has 25.
pub(super) fn hours(figures: &Figures<'_>, all_series: &AllSeries, zone: Tz, day: Window) -> Vec<HourPoint> {
    let scope = figures.scope;
    let start = |at: i64| zone.from_utc_datetime(&UnixSeconds(at).to_datetime().naive_utc()).time();
    let missing = |from: i64, to: i64| {
        let starts = (0..).map(move |index| from + index * HOUR).take_while(move |at| *at < to);
        starts.map(move |at| HourPoint { start: start(at), figure: None, state: TrendState::Missing })
    };
    let mut points = Vec::new();
    let mut at = day.start().0;
    for (window, is_final) in scope.windows.iter().filter(|(window, _)| window.overlaps(day)) {
        let Some(placed) = scope.place(*window) else { continue };
        points.extend(missing(at, window.start().0));
        let cells = all_series.cells.iter().filter_map(|(_, series)| series.hours.get(placed.window));
        let counts = Tally::sum(cells.map(|hour| hour.tally())).counts();
        let state = if *is_final { TrendState::Final } else { TrendState::Provisional };
        let start: NaiveTime = start(window.start().0);
        points.push(HourPoint { start, figure: Some(figures.plain(counts)), state });
        at = window.end().0;
    }
    points.extend(missing(at, day.end().0));
    points
}
