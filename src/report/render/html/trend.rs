//! Day by day.

use maud::{Markup, html as template};

use super::figure::{Sign, figure};
use super::section::section as titled;
use super::table::{folded, rate, scroll};
use crate::report::format::grouped;
use crate::report::render::chart::{self, Ink};
use crate::report::{Report, TrendPoint, TrendState};

/// The chart, and a table of every day.
pub(super) fn section(report: &Report) -> Markup {
    let Some(chart) = chart::trend(report) else { return template! {} };
    let has = |state: TrendState| report.trend.iter().any(|point| point.state == state);
    let mut key = vec![(Sign::Area(Ink::Attempts), "attempts"), (Sign::Whisker(Ink::Rate), "conversion rate")];
    key.push((Sign::Area(Ink::Band), "its 95 % interval"));
    if report.trend.iter().any(|point| point.is_weekend) {
        key.push((Sign::Area(Ink::Weekend), "Saturday, Sunday"));
    }
    match (has(TrendState::Provisional), has(TrendState::Partial)) {
        (true, true) => key.push((Sign::Framed(Ink::Provisional, Ink::Attempts), "may still change, or known in part")),
        (true, false) => key.push((Sign::Framed(Ink::Provisional, Ink::Attempts), "may still change")),
        (false, true) => key.push((Sign::Framed(Ink::Provisional, Ink::Attempts), "known in part")),
        (false, false) => {}
    }
    if chart.is_cut {
        key.push((Sign::Arrow(Ink::Rate), "goes beyond the axis"));
    }
    if has(TrendState::Missing) {
        key.push((Sign::Area(Ink::Missing), "no data"));
    }
    let days = report.trend.iter().all(|point| point.first == point.last);
    let (title, caption) = if days { ("Day by day", "Every day") } else { ("Window by window", "Every window") };
    let table = table(caption, &report.trend);
    let content = template! {
        (figure("trend-chart", &chart, &key))
        @if report.trend.len() > 10 { (folded(&format!("{caption} as a table"), &table)) }
        @else { (scroll(caption, &table)) }
    };
    titled("trend", &format!("{title}{}", report.part_place()), &chart.description, &content)
}

fn table(caption: &str, points: &[TrendPoint]) -> Markup {
    template! {
        table {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { "Date" }
                    th scope="col" { "Attempts" }
                    th scope="col" { "Converted" }
                    th scope="col" { "Rate" }
                    th scope="col" { "95 % interval" }
                    th.text scope="col" { "State" }
                }
            }
            tbody { @for point in points { (row(point)) } }
        }
    }
}

fn row(point: &TrendPoint) -> Markup {
    let name = if point.first == point.last {
        point.first.format("%Y-%m-%d %a").to_string()
    } else {
        format!("{} – {}", point.first, point.last)
    };
    template! {
        tr.rest[point.state == TrendState::Missing] {
            th scope="row" { (name) }
            @match &point.figure {
                Some(figure) => {
                    td { (grouped(figure.counts.attempts())) }
                    td { (grouped(figure.counts.converted())) }
                    (rate(figure))
                }
                None => { td { "–" } td { "–" } td { "–" } td { "–" } }
            }
            td.text { (state(point.state)) }
        }
    }
}

/// How sure the numbers of a day are.
const fn state(state: TrendState) -> &'static str {
    match state {
        TrendState::Final => "final",
        TrendState::Provisional => "may still change",
        TrendState::Partial => "in part",
        TrendState::Missing => "no data",
    }
}
