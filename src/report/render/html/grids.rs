//! Country × channel, and hour × weekday.

use maud::{Markup, html as template};

use super::figure::{Sign, figure};
use super::section::section as titled;
use super::table::{Rest, folded, paired_head};
use crate::model::Counts;
use crate::report::format::{about, channel_name, grouped, percent};
use crate::report::render::chart::{self, Ink, MOST_LINES};
use crate::report::{HeatMap, Report};
use crate::rollup::Rates;

/// Country × channel; nothing unless both are split.
pub(super) fn heat_map(report: &Report) -> Markup {
    let Some(map) = &report.heat_map else { return template! {} };
    let mut drawn = rows(map, Rest::short);
    let left_out = map.shown.saturating_sub(MOST_LINES);
    drawn.drain(map.shown - left_out..map.shown);
    let Some(chart) = chart::heat_map(map, &drawn) else { return template! {} };
    let rows = rows(map, Rest::name);
    let small = rows.iter().flat_map(|(_, cells)| cells.iter());
    let has_small = small.into_iter().any(|counts| (1..map.ranked_from).contains(&counts.attempts()));
    let few = format!("fewer than {} attempts", grouped(map.ranked_from));
    let key = [(Sign::Framed(Ink::Page, Ink::Grid), few.as_str())];
    let channels: Vec<_> = map.channels.iter().map(|channel| channel_name(*channel)).collect();
    let caption = "Attempts, conversions and rate by country and channel";
    let table = template! {
        table.dense {
            caption { (caption) }
            (paired_head("Country", &channels, ["of attempts", "rate"]))
            tbody {
                @for (name, cells) in &rows {
                    tr {
                        th scope="row" { (name) }
                        @for counts in *cells { (cell(*counts, map.ranked_from)) }
                    }
                }
            }
        }
    };
    let content = template! {
        (figure("matrix-chart", &chart, if has_small { &key } else { &[] }))
        @if left_out > 0 {
            p.note { "The chart shows the first " (MOST_LINES) "; " (left_out) " more are in the table." }
        }
        (folded("Countries and channels as a table", &table))
    };
    titled("matrix", "Countries by channel", "", &content)
}

fn rows(map: &HeatMap, name: fn(Rest) -> String) -> Vec<(String, &[Counts])> {
    let listed = map.rows[..map.shown].iter().map(|row| (row.country.name().to_owned(), row.cells.as_slice()));
    let rests = [(Rest::Tail(map.rows.len() - map.shown), &map.tail), (Rest::Elsewhere, &map.remainder)];
    let rests = rests.into_iter().filter_map(|(rest, cells)| Some((name(rest), cells.as_deref()?)));
    listed.chain(rests).collect()
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
