//! Day by day; a single day hour by hour.

use maud::{Markup, html as template};

use super::figure::{Sign, figure};
use super::section::section as titled;
use super::table::{folded, rate, scroll};
use crate::report::format::{grouped, stretch};
use crate::report::model::HourPoint;
use crate::report::render::chart::{self, Chart, Ink};
use crate::report::{Figure, Flag, Report, TrendPoint, TrendState};

/// The chart, and a table of every day.
pub(super) fn section(report: &Report) -> Markup {
    points(&report.trend, &report.attention.flags, report.part_place())
}

/// The same of any points; `place` is what the title says of whose they are.
pub(super) fn points(trend: &[TrendPoint], flags: &[Flag], place: &str) -> Markup {
    let Some(chart) = chart::trend(trend, flags) else { return template! {} };
    let days = trend.iter().all(|point| point.first == point.last);
    let (title, caption) = if days { ("Day by day", "Every day") } else { ("Window by window", "Every window") };
    let name = |point: &TrendPoint| {
        let is_day = point.first == point.last;
        if is_day { point.first.format("%Y-%m-%d %a").to_string() } else { stretch(point.first, point.last) }
    };
    let lines: Vec<Line> =
        trend.iter().map(|point| Line { name: name(point), figure: point.figure, state: point.state }).collect();
    let has_weekend = trend.iter().any(|point| point.is_weekend);
    let weekend = (Sign::Area(Ink::Weekend), "Saturday, Sunday");
    let key = key(&chart, &lines, has_weekend.then_some(weekend));
    let table = table(caption, "Date", &lines);
    let content = template! {
        (figure("trend-chart", &chart, &key))
        @if lines.len() > 10 { (folded(&format!("{caption} as a table"), &table)) }
        @else { (scroll(caption, &table)) }
    };
    titled("trend", &format!("{title}{place}"), &chart.description, &content)
}

/// The same of a single day's hours; nothing unless windows are hours.
pub(super) fn day(report: &Report) -> Markup {
    let Some(chart) = chart::day_chart(report) else { return template! {} };
    let line = |point: &HourPoint| Line {
        name: point.start.format("%H:%M").to_string(),
        figure: point.figure,
        state: point.state,
    };
    let lines: Vec<Line> = report.day.iter().map(line).collect();
    let content = template! {
        (figure("day-chart", &chart, &key(&chart, &lines, None)))
        (folded("Every hour as a table", &table("Every hour", "From", &lines)))
    };
    let lede = format!("{} Hours are those of {}.", chart.description, report.timezone);
    titled("day", &format!("Hour by hour{}", report.part_place()), lede.trim_start(), &content)
}

/// A line of the table.
struct Line {
    name: String,
    figure: Option<Figure>,
    state: TrendState,
}

fn key(chart: &Chart, lines: &[Line], weekend: Option<(Sign, &'static str)>) -> Vec<(Sign, &'static str)> {
    let has = |state: TrendState| lines.iter().any(|line| line.state == state);
    let mut key = vec![(Sign::Area(Ink::Attempts), "attempts"), (Sign::Whisker(Ink::Rate), "conversion rate")];
    key.push((Sign::Area(Ink::Band), "its 95 % interval"));
    key.extend(weekend);
    let hatched = Sign::Framed(Ink::Provisional, Ink::Attempts);
    match (has(TrendState::Provisional), has(TrendState::Partial)) {
        (true, true) => key.push((hatched, "may still change, or known in part")),
        (true, false) => key.push((hatched, "may still change")),
        (false, true) => key.push((hatched, "known in part")),
        (false, false) => {}
    }
    if chart.is_cut {
        key.push((Sign::Arrow(Ink::Rate), "goes beyond the axis"));
    }
    if has(TrendState::Missing) {
        key.push((Sign::Area(Ink::Missing), "no data"));
    }
    key
}

fn table(caption: &str, head: &str, lines: &[Line]) -> Markup {
    template! {
        table {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { (head) }
                    th scope="col" { "Attempts" }
                    th scope="col" { "Converted" }
                    th scope="col" { "Rate" }
                    th.whole scope="col" { "95 % interval" }
                    th.text scope="col" { "State" }
                }
            }
            tbody { @for line in lines { (row(line)) } }
        }
    }
}

fn row(line: &Line) -> Markup {
    template! {
        tr.rest[line.state == TrendState::Missing] {
            th scope="row" { (line.name) }
            @match &line.figure {
                Some(figure) => {
                    td { (grouped(figure.counts.attempts())) }
                    td { (grouped(figure.counts.converted())) }
                    (rate(figure))
                }
                None => { td { "–" } td { "–" } td { "–" } td { "–" } }
            }
            td.text { (state(line.state)) }
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
