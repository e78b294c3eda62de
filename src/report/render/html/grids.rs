//! Two dimensions of the table, and hour × weekday.

use maud::{Markup, html as template};

use super::figure::{Sign, figure};
use super::section::section as titled;
use super::table::{folded, paired_head};
use crate::model::Counts;
use crate::report::Report;
use crate::report::format::{about, grouped, percent};
use crate::report::render::chart::{self, Ink, MOST_LINES};
use crate::report::render::grids::{Grid, GridRow, grids};
use crate::rollup::Rates;

/// Two dimensions each; nothing where they are not split.
pub(super) fn crossed(report: &Report) -> Markup {
    template! { @for grid in grids(report) { (section(&grid)) } }
}

fn section(grid: &Grid) -> Markup {
    let is_listed = |row: &&GridRow| row.short.is_none();
    let listed = grid.rows.iter().filter(is_listed);
    let left_out = listed.clone().count().saturating_sub(MOST_LINES);
    let drawn: Vec<&GridRow> = listed.take(MOST_LINES).chain(grid.rows.iter().filter(|row| !is_listed(row))).collect();
    let Some(chart) = chart::heat_map(grid, &drawn) else { return template! {} };
    let mut cells = grid.rows.iter().flat_map(|row| &row.cells);
    let has_small = cells.any(|counts| (1..grid.ranked_from).contains(&counts.attempts()));
    let few = format!("fewer than {} attempts", grouped(grid.ranked_from));
    let key = [(Sign::Framed(Ink::Page, Ink::Grid), few.as_str())];
    let caption = format!("Attempts, conversions and rate by {}", grid.what);
    let columns: Vec<&str> = grid.columns.iter().map(String::as_str).collect();
    let table = template! {
        table.dense {
            caption { (caption) }
            (paired_head(grid.head, &columns, ["of attempts", "rate"]))
            tbody {
                @for row in &grid.rows {
                    tr {
                        th scope="row" { (row.name) }
                        @for counts in &row.cells { (cell(*counts, grid.ranked_from)) }
                    }
                }
            }
        }
    };
    let content = template! {
        (figure(&format!("{}-chart", grid.id), &chart, if has_small { &key } else { &[] }))
        @if left_out > 0 {
            p.note { "The chart shows the first " (MOST_LINES) "; " (left_out) " more are in the table." }
        }
        (folded(&format!("{} as a table", grid.title), &table))
    };
    titled(grid.id, grid.title, "", &content)
}

fn cell(counts: Counts, ranked_from: i64) -> Markup {
    let is_small = counts.attempts() < ranked_from;
    if counts == Counts::ZERO {
        return template! { td.small { "–" } td.small { "–" } };
    }
    template! {
        td.small[is_small] { (grouped(counts.converted())) " of " (grouped(counts.attempts())) }
        td.small[is_small] { (Rates::of(counts).map_or("–".to_owned(), |rates| percent(rates.rate))) }
    }
}

/// Small numbers with a decimal, as a mean of four days has one.
fn mean(mean: f64) -> String {
    if mean < 100.0 { format!("{mean:.1}") } else { about(mean) }
}

/// Hour × weekday; nothing unless windows are hours.
pub(super) fn hours(report: &Report) -> Markup {
    let Some(grid) = &report.hours else { return template! {} };
    let caption = "Attempts in a mean hour, and rate, by hour and weekday";
    let table = template! {
        table.dense {
            caption { (caption) }
            (paired_head("From", &chart::WEEKDAYS, ["attempts", "rate"]))
            tbody {
                @for hour in 0..24 {
                    tr {
                        th scope="row" { (format!("{hour:02}:00")) }
                        @for day in &grid.cells {
                            @let cell = day[hour];
                            td { (cell.mean().map_or("–".to_owned(), mean)) }
                            td.small[cell.counts.attempts() < grid.ranked_from] {
                                (Rates::of(cell.counts).map_or("–".to_owned(), |rates| percent(rates.rate)))
                            }
                        }
                    }
                }
            }
        }
    };
    let cells = || grid.cells.iter().flatten();
    let small = cells().any(|cell| (1..grid.ranked_from).contains(&cell.counts.attempts()));
    let absent = [(Sign::Area(Ink::Missing), "no data")];
    let key: &[_] = if cells().any(|cell| cell.times == 0) { &absent } else { &[] };
    let content = template! {
        (figure("hours-attempts-chart", &chart::attempts_by_hour(grid), key))
        (figure("hours-rate-chart", &chart::rate_by_hour(grid), &[]))
        @if small {
            p.note {
                "Hours without colour have fewer than " (grouped(grid.ranked_from)) " attempts: too few to judge by "
                "their rate."
            }
        }
        (folded("Hours and weekdays as a table", &table))
    };
    let lede = format!(
        "Hours are those of {}; attempts are those of a mean hour of the days that are there.",
        report.timezone
    );
    titled("hours", "Hours and weekdays", &lede, &content)
}
