//! The page as text; `make interop` looks at it in a browser.

use std::collections::BTreeSet;

use super::*;
use crate::report::render::chart::Ink;
use crate::report::render::sample;
use crate::report::{Movers, TrendState};

/// What stands between each `open` and the next `close`.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).map(|rest| rest.split_once(close).map_or(rest, |(inside, _)| inside)).collect()
}

#[test]
fn the_page_has_every_section_with_headings_in_order_and_unique_ids() {
    let page = html(&sample::report(12, 31, "Login"));
    let ids: Vec<_> = between(&page, "<section id=\"", "\"");
    let wanted = [
        "summary",
        "attention",
        "trend",
        "channel",
        "country",
        "service",
        "matrix",
        "service-channel",
        "service-country",
        "moved",
        "hours",
        "notes",
        "origin",
    ];
    assert_eq!(ids, wanted);
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
    assert_eq!(page.matches("<h1").count(), 1);
    let levels: Vec<u32> =
        page.match_indices("<h").filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10)).collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let all: Vec<_> = between(&page, " id=\"", "\"");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    for referred in between(&page, "aria-labelledby=\"", "\"").iter().flat_map(|ids| ids.split(' ')) {
        assert!(all.contains(&referred), "{referred}");
    }
}

#[test]
fn every_chart_is_named_and_described_and_has_its_table() {
    let page = html(&sample::report(12, 31, "Login"));
    let charts: Vec<_> = between(&page, "<svg class=\"chart ", "</svg>");
    assert_eq!(charts.len(), 2 * 10, "ten charts in two widths");
    for chart in charts {
        assert!(chart.contains("role=\"img\"") && chart.contains("aria-labelledby"), "{chart}");
        for part in ["title", "desc"] {
            let text = between(chart, &format!("<{part} id="), &format!("</{part}>"));
            assert!(text.len() == 1 && text[0].len() > 30, "{text:?}");
        }
    }
    for section in between(&page, "<section ", "</section>").iter().filter(|section| section.contains("<figure>")) {
        let (_, after) = section.rsplit_once("</figure>").unwrap();
        assert!(after.contains("<caption>"), "{section}");
    }
}

/// A rate without the attempts that it is of says nothing.
#[test]
fn every_table_of_rates_says_of_how_many_attempts() {
    let page = html(&sample::report(12, 31, "Login"));
    let tables: Vec<_> = between(&page, "<table", "</table>");
    assert_eq!(tables.len(), 9);
    for table in tables {
        let head = between(table, "<thead>", "</thead>")[0].to_lowercase();
        assert!(head.contains("rate") && head.contains("attempts"), "{head}");
    }
}

#[test]
fn texts_of_users_stay_texts() {
    let hostile = "<script>alert(1)</script>\"'&<i>";
    let mut report = sample::report(3, 31, hostile);
    report.job = "</title><script>".to_owned();
    report.description = "<img src=x onerror=alert(1)>".to_owned();
    report.attention.flags[0].job = Some("</code></pre><script>".to_owned());
    report.origin.damage = vec!["<script>".to_owned()];
    let page = html(&report);
    for forbidden in ["<script", "<img", "<i>"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    // In the tables and in the drawings of both widths.
    assert!(page.matches("&lt;script&gt;").count() > 5);
    let drawn = between(&page, "<svg class=\"chart ", "</svg>");
    assert!(drawn.iter().filter(|chart| chart.contains("<text") && chart.contains("&lt;script")).count() >= 2);
}

#[test]
fn the_page_refers_to_nothing_outside_and_runs_nothing() {
    let page = html(&sample::report(12, 31, "Login"));
    for forbidden in ["src=", "http:", "https:", "@import", "<script", "javascript:", " on", "<iframe", "<object"] {
        let at = page.find(forbidden).map(|at| &page[at.saturating_sub(40)..(at + 40).min(page.len())]);
        let is_prose = at.is_some_and(|found| !found.contains('='));
        assert!(at.is_none() || (forbidden == " on" && is_prose), "{forbidden}: {at:?}");
    }
    for target in between(&page, "url(", ")") {
        assert!(page.contains(&format!("id=\"{}\"", target.trim_start_matches('#'))), "{target}");
    }
    assert_eq!(between(&page, "href=\"", "\""), ["data:,"]);
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let page = html(&sample::report(12, 31, "Login"));
    assert_eq!(page, html(&sample::report(12, 31, "Login")));
    assert_ne!(page, html(&sample::report(12, 31, "Checkout")));
}

/// Every country of the world listed, a year of days.
#[test]
fn the_largest_page_is_below_a_megabyte() {
    let page = html(&sample::report(250, 366, "Login"));
    assert!(page.contains("Zimbabwe") && page.contains("2027-10-01"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
}

#[test]
fn what_a_job_does_not_split_is_left_out() {
    let mut report = sample::report(3, 1, "Login");
    report.channels.clear();
    report.services.clear();
    (report.countries, report.heat_map, report.hours, report.compared) = (None, None, None, None);
    report.movers = Movers::default();
    report.attention.flags.clear();
    report.attention.history = None;
    report.totals.rates = None;
    let page = html(&report);
    assert_eq!(between(&page, "<section id=\"", "\""), ["summary", "attention", "notes", "origin"]);
    assert!(page.contains("No attempts."));
    assert!(page.contains("Nothing stands out in what was looked for; not looked for: new countries (6 of 14 days"));
    assert!(page.contains("The dataset holds nothing before this period"));
    assert!(!page.contains("NaN") && !page.contains("<figure>"));
}

/// A day of which one hour is known had "fewest attempts", and an unsettled one the "lowest conversion".
#[test]
fn days_that_are_known_in_part_or_may_change_are_no_extremes() {
    let mut report = sample::report(3, 31, "Login");
    let few = crate::model::Counts::new(100, 1).unwrap();
    for (state, date) in [(TrendState::Partial, "Mon 5 October"), (TrendState::Provisional, "Sat 31 October")] {
        let point = report.trend.iter_mut().rfind(|point| point.state == state).unwrap();
        let figure = point.figure.as_mut().unwrap();
        figure.rates = crate::rollup::Rates::of(few);
        if state == TrendState::Partial {
            figure.counts = few;
        }
        let description =
            crate::report::render::chart::trend(&report.trend, &report.attention.flags).unwrap().description;
        assert!(!description.contains(date), "{description}");
    }
}

/// Nothing to draw is drawn as nothing, and never divides by it.
#[test]
fn a_month_without_attempts_is_a_page_all_the_same() {
    let mut report = sample::report(0, 31, "Login");
    for point in &mut report.trend {
        point.figure = None;
        point.state = TrendState::Missing;
    }
    report.hours.as_mut().unwrap().cells = Default::default();
    let page = html(&report);
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    assert!(page.contains("no data"));
}

#[test]
fn drawings_follow_the_scheme() {
    let page = html(&sample::report(12, 31, "Login"));
    for chart in between(&page, "<svg class=\"chart ", "</svg>") {
        assert!(!chart.contains("#FE") && !chart.contains("=\"#"), "a fixed colour in {chart}");
        assert!(chart.contains("var(--"));
    }
}

/// The custom properties of a scheme.
fn tokens(style: &str) -> std::collections::BTreeMap<&str, &str> {
    let lines = style.lines().map(|line| line.trim().trim_end_matches(';'));
    lines.filter_map(|line| line.strip_prefix("--")?.split_once(": ")).collect()
}

fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn both_schemes_have_every_colour_and_enough_contrast() {
    let (light, dark) = STYLE.split_once("@media screen and (prefers-color-scheme: dark)").unwrap();
    let (light, dark) = (tokens(light), tokens(dark));
    assert_eq!(light.keys().collect::<Vec<_>>(), dark.keys().collect::<Vec<_>>());
    for ink in Ink::ALL.iter().filter_map(|ink| ink.css().strip_prefix("var(--")?.strip_suffix(')')) {
        assert!(light.contains_key(ink), "{ink}");
    }
    for scheme in [light, dark] {
        let mut texts = vec![("ink", "page"), ("muted", "page"), ("ink", "card"), ("muted", "card"), ("ink", "alert")];
        texts.extend([("muted", "alert"), ("rise", "page"), ("fall", "page"), ("ink", "weekend")]);
        let steps: Vec<_> = (0..7).map(|step| (format!("on-{step}"), format!("step-{step}"))).collect();
        texts.extend(steps.iter().map(|(text, step)| (text.as_str(), step.as_str())));
        for (text, ground) in texts {
            let found = contrast(scheme[text], scheme[ground]);
            assert!(found >= 4.5, "{text} on {ground}: {found:.2}");
        }
        for (mark, ground) in [("attempts", "page"), ("attempts", "weekend"), ("rate", "page"), ("rate", "band")] {
            let found = contrast(scheme[mark], scheme[ground]);
            assert!(found >= 3.0, "{mark} on {ground}: {found:.2}");
        }
    }
}
