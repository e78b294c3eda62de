//! Tables of costs, of what crosses two dimensions, and over time.

use std::fmt::Write;

use super::text::escaped;
use crate::model::Counts;
use crate::report::format::{grouped, percent, stretch};
use crate::report::priced::{NAMED, known, total, unpriced};
use crate::report::render::costs::{CostTable, tables};
use crate::report::render::grids::Grid;
use crate::report::{Figure, Report, TrendState};
use crate::rollup::Rates;

/// What attempts cost; nothing where nobody gives prices.
pub(super) fn costs(out: &mut String, report: &Report) {
    let Some(costs) = &report.costs else { return };
    let _ = writeln!(out, "## What attempts cost\n");
    for line in known(costs).map(|known| format!("cost {known}")).into_iter().chain(unpriced(costs, NAMED)) {
        let _ = writeln!(out, "- {line}");
    }
    if !costs.unpriced.is_empty() {
        out.push('\n');
    }
    for of in &costs.currencies {
        let _ = writeln!(out, "{}.\n", total(of));
        for CostTable { columns, rows, .. } in tables(costs, of) {
            let _ = writeln!(out, "| {} |\n| --- |{}", columns.join(" | "), " ---: |".repeat(columns.len() - 1));
            for (name, cells) in rows {
                let _ = writeln!(out, "| {} | {} |", escaped(&name), cells.join(" | "));
            }
            out.push('\n');
        }
    }
}

/// Conversion by two dimensions.
pub(super) fn grid(out: &mut String, grid: &Grid) {
    let names: Vec<_> = grid.columns.iter().map(|name| escaped(name)).collect();
    let head = grid.head.to_lowercase();
    let _ = writeln!(out, "## Conversion by {}\n\n| {head} | {} |", grid.what, names.join(" | "));
    let _ = writeln!(out, "| --- |{}", " ---: |".repeat(names.len()));
    let cell = |counts: &Counts| match Rates::of(*counts) {
        None => "–".to_owned(),
        Some(rates) if counts.attempts() >= grid.ranked_from => {
            format!("{} of {}", percent(rates.rate), grouped(counts.attempts()))
        }
        Some(_) => format!("({} of {})", grouped(counts.converted()), grouped(counts.attempts())),
    };
    for row in &grid.rows {
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        let _ = writeln!(out, "| {} | {} |", escaped(&row.name), cells.join(" | "));
    }
    out.push('\n');
}

/// Day by day, and a single day hour by hour.
pub(super) fn trend(out: &mut String, report: &Report) {
    let place = report.part_place();
    if report.trend.len() > 1 {
        let _ =
            writeln!(out, "## Day by day{place}\n\n| date | attempts | conversion | |\n| --- | ---: | ---: | --- |");
        for point in &report.trend {
            let is_day = point.first == point.last;
            let date =
                if is_day { point.first.format("%a %Y-%m-%d").to_string() } else { stretch(point.first, point.last) };
            moment(out, &date, point.figure.as_ref(), point.state);
        }
        out.push('\n');
    }
    if !report.day.is_empty() {
        let _ =
            writeln!(out, "## Hour by hour{place}\n\n| from | attempts | conversion | |\n| --- | ---: | ---: | --- |");
        for point in &report.day {
            moment(out, &point.start.format("%H:%M").to_string(), point.figure.as_ref(), point.state);
        }
        out.push('\n');
    }
}

fn moment(out: &mut String, name: &str, figure: Option<&Figure>, state: TrendState) {
    let state = match state {
        TrendState::Final => "",
        TrendState::Provisional => "provisional",
        TrendState::Partial => "in part",
        TrendState::Missing => "missing",
    };
    let attempts = figure.map_or("–".to_owned(), |figure| grouped(figure.counts.attempts()));
    let rate = figure.and_then(|figure| figure.rates).map_or("–".to_owned(), |rates| percent(rates.rate));
    let _ = writeln!(out, "| {name} | {attempts} | {rate} | {state} |");
}
