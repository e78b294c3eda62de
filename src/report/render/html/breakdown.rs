//! By channel, by country, by service: the same chart and table each.

use maud::{Markup, html as template};

use super::figure::{Sign, figure};
use super::section::section as titled;
use super::table::{Line, figures};
use crate::report::format::{capitalised, channel_name, service_name};
use crate::report::render::chart::{Ink, MOST_LINES, RankedLine, ranking};
use crate::report::render::grids::{elsewhere, tail};
use crate::report::{Countries, Period, Report, ServiceLine};

/// By channel; nothing where channels are not split.
pub(super) fn channels(report: &Report) -> Markup {
    let lines = report.channels.iter().map(|line| Line {
        name: channel_name(line.channel).to_owned(),
        short: None,
        figure: line.figure,
    });
    let title = format!("Channels{}", report.part_place());
    section("channel", &title, "", &lines.collect::<Vec<_>>(), report.compared.as_ref())
}

/// By country; nothing where countries are not split.
pub(super) fn countries(countries: Option<&Countries>, compared: Option<&Period>) -> Markup {
    let Some(countries) = countries else { return template! {} };
    let lines = countries.lines[..countries.shown].iter().map(|line| Line {
        name: line.country.name().to_owned(),
        short: None,
        figure: line.figure,
    });
    let left = tail(countries.lines.len() - countries.shown);
    let rests = [(left, countries.tail), (elsewhere(), countries.remainder)].into_iter();
    let rests = rests.filter_map(|((name, short), figure)| Some(Line { name, short: Some(short), figure: figure? }));
    let lede = match countries.silent {
        0 => String::new(),
        1 => "One more country was asked for and had no attempt.".to_owned(),
        silent => format!("{silent} more countries were asked for and had no attempts."),
    };
    section("country", "Countries", &lede, &lines.chain(rests).collect::<Vec<_>>(), compared)
}

/// By service; nothing where services are not split.
pub(super) fn services(report: &Report) -> Markup {
    let name = |line: &ServiceLine| service_name(line.service, line.name.as_deref());
    let lines = report.services.iter().map(|line| Line { name: name(line), short: None, figure: line.figure });
    let title = format!("Services{}", report.part_place());
    section("service", &title, "", &lines.collect::<Vec<_>>(), report.compared.as_ref())
}

/// A chart and a table of some lines, whose rests have a short name; nothing of none.
pub(super) fn section(what: &str, title: &str, lede: &str, lines: &[Line], compared: Option<&Period>) -> Markup {
    if lines.is_empty() {
        return template! {};
    }
    let listed = lines.iter().filter(|line| line.short.is_none());
    let left_out = listed.clone().count().saturating_sub(MOST_LINES);
    let drawn: Vec<RankedLine> = listed
        .take(MOST_LINES)
        .chain(lines.iter().filter(|line| line.short.is_some()))
        .map(|line| RankedLine {
            name: line.short.as_ref().unwrap_or(&line.name).clone(),
            figure: line.figure,
            is_rest: line.short.is_some(),
        })
        .collect();
    let chart = ranking(what, &drawn);
    let mut key = vec![(Sign::Whisker(Ink::Rate), "rate with its 95 % interval".to_owned())];
    let is_compared = |line: &Line| line.figure.is_ranked && line.figure.change.is_some_and(|it| it.rate.is_some());
    if let Some(compared) = compared.filter(|_| lines.iter().any(is_compared)) {
        key.push((Sign::Stroke(Ink::Muted), format!("rate in {compared}")));
    }
    if lines.iter().any(|line| !line.figure.is_ranked && line.figure.rates.is_some()) {
        key.push((Sign::Ring(Ink::Muted), "too few attempts to rank".to_owned()));
    }
    if chart.as_ref().is_some_and(|chart| chart.is_cut) {
        key.push((Sign::Arrow(Ink::Muted), "goes beyond the axis".to_owned()));
    }
    if lines.iter().any(|line| line.short.is_some()) {
        key.push((Sign::Area(Ink::Axis), "not listed one by one".to_owned()));
    }
    let key: Vec<_> = key.iter().map(|(sign, text)| (*sign, text.as_str())).collect();
    let content = template! {
        @if let Some(chart) = &chart { (figure(&format!("{what}-chart"), chart, &key)) }
        @if left_out > 0 {
            p.note { "The chart shows the first " (MOST_LINES) "; " (left_out) " more are in the table." }
        }
        (figures(&format!("Attempts and conversion by {what}"), &capitalised(what), lines, compared))
    };
    titled(what, title, lede, &content)
}
