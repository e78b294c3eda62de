//! The report as Markdown, for chat and e-mail: tables, no pictures.

use std::fmt::Write;

use super::grids::{Grid, grids, service_name};
use super::terminal::{change, coverage};
use crate::model::{Counts, printable};
use crate::report::format::{
    ELSEWHERE, capitalised, channel_name, flag_name, grouped, more_countries, more_prefixes, percent, period_title,
    place_name, points, prefix_name, signed_percent, stretch,
};
use crate::report::priced::{self, amount, part_name, price, total, unpriced};
use crate::report::said::{TAKEN_OUT, against, everywhere, listed, looks, nothing, without_attacks};
use crate::report::{Change, Cost, Countries, Figure, Mover, Prefixes, Report, TrendState};
use crate::rollup::Rates;

/// The whole report, ended by a line feed.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = format!("# {} · {}\n\n", escaped(&report.job), period_title(&report.period));
    if !report.description.is_empty() {
        let _ = writeln!(out, "{}\n", escaped(&report.description));
    }
    headline(&mut out, report);
    attention(&mut out, report);
    let rows = report.channels.iter().map(|line| (channel_name(line.channel).to_owned(), line.figure));
    let place = report.part_place();
    table(&mut out, &format!("Channels{place}"), "channel", rows);
    if let Some(countries) = &report.countries {
        table(&mut out, "Countries", "country", country_rows(countries).into_iter());
    }
    let services = report.services.iter().map(|line| (escaped(&service_name(line)), line.figure));
    table(&mut out, &format!("Services{place}"), "service", services);
    for crossed in grids(report) {
        grid(&mut out, &crossed);
    }
    if let Some(prefixes) = &report.prefixes {
        table(&mut out, "Destination prefixes", "prefix", prefix_rows(prefixes).into_iter());
    }
    costs(&mut out, report);
    movers(&mut out, report);
    trend(&mut out, report);
    origin(&mut out, report);
    out
}

fn headline(out: &mut String, report: &Report) {
    if let Some(text) = report.counted_dates() {
        let _ = writeln!(out, "Dates: {text}.\n");
    }
    let total = report.head();
    let (counts, place) = (total.counts, report.head_place());
    let _ = match total.rates {
        Some(Rates { rate, low, high }) => writeln!(
            out,
            "**{}** attempts{place}, **{}** converted: **{}** (95 % interval {} – {}).",
            grouped(counts.attempts()),
            grouped(counts.converted()),
            percent(rate),
            percent(low),
            percent(high)
        ),
        None => writeln!(out, "No attempts{place}."),
    };
    if let Some(change) = change(report) {
        let _ = writeln!(out, "{}.", capitalised(&change));
    }
    if let Some(cleared) = &total.cleared {
        let _ = writeln!(out, "{}.", without_attacks(report, cleared));
    }
    if let Some(text) = everywhere(report) {
        let _ = writeln!(out, "{text}.");
    }
    let _ = writeln!(out, "Coverage: {}; dates in {}.\n", escaped(&coverage(report)), report.timezone);
}

fn attention(out: &mut String, report: &Report) {
    let _ = writeln!(out, "## What deserves attention\n");
    if !report.attention.is_needed() {
        let _ = writeln!(out, "{}.\n", capitalised(&nothing(report)));
    }
    for flag in &report.attention.flags {
        let provisional = if flag.is_provisional { " (provisional)" } else { "" };
        let _ = writeln!(out, "- **{}**{provisional}: {}", flag_name(flag.kind), escaped(&flag.sentence));
    }
    if report.attention.is_needed() {
        out.push('\n');
    }
    if !report.attention.taken_out.is_empty() {
        let _ = writeln!(out, "{TAKEN_OUT}\n");
        for flag in &report.attention.taken_out {
            let _ = writeln!(out, "- {}", escaped(&flag.sentence));
        }
        out.push('\n');
    }
    let _ = writeln!(out, "How was looked: {}\n", against(report));
    for look in looks(report) {
        let _ = writeln!(out, "- {look}");
    }
    out.push('\n');
    for flag in &report.attention.flags {
        if let Some(job) = &flag.job {
            let _ = writeln!(
                out,
                "A job that asks for {} by destination prefix:\n\n```toml\n{job}```\n",
                escaped(&place_name(&flag.place))
            );
        }
    }
}

fn country_rows(countries: &Countries) -> Vec<(String, Figure)> {
    let lines = countries.lines[..countries.shown].iter();
    let mut rows: Vec<_> = lines.map(|line| (line.country.name().to_owned(), line.figure)).collect();
    if let Some(tail) = countries.tail {
        rows.push((more_countries(countries.lines.len() - countries.shown), tail));
    }
    if let Some(rest) = countries.remainder {
        rows.push((ELSEWHERE.to_owned(), rest));
    }
    rows
}

fn prefix_rows(prefixes: &Prefixes) -> Vec<(String, Figure)> {
    let lines = prefixes.lines[..prefixes.shown].iter();
    let mut rows: Vec<_> = lines.map(|line| (prefix_name(line, prefixes), line.figure)).collect();
    if let Some(tail) = prefixes.tail {
        rows.push((more_prefixes(prefixes.lines.len() - prefixes.shown), tail));
    }
    rows
}

fn table(out: &mut String, title: &str, head: &str, rows: impl Iterator<Item = (String, Figure)>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "## {title}\n\n| {head} | attempts | share | conversion | 95 % interval | change |");
    let _ = writeln!(out, "| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, figure) in rows {
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} | {} |",
            grouped(figure.counts.attempts()),
            percent(figure.share),
            figure.rates.map_or("–".to_owned(), |rates| percent(rates.rate)),
            figure.rates.map_or("–".to_owned(), |Rates { low, high, .. }| format!(
                "{} – {}",
                percent(low),
                percent(high)
            )),
            changed(&figure),
        );
    }
    out.push('\n');
}

/// `+3.2 %, +0.4 pp`, and the same without attacks.
fn changed(figure: &Figure) -> String {
    let text = |change: Option<Change>, is_ranked: bool| {
        let attempts = change.and_then(|change| change.attempts).map(signed_percent);
        // A difference of two rates that are hardly known is noise.
        let rate = change.and_then(|change| change.rate).filter(|_| is_ranked).map(|rate| points(rate.value));
        let parts: Vec<String> = [attempts, rate].into_iter().flatten().collect();
        if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
    };
    match figure.cleared {
        Some(cleared) if figure.change.is_some() => {
            let all = text(figure.change, figure.is_ranked);
            format!("{all} (without attacks {})", text(cleared.change, cleared.is_ranked))
        }
        _ => text(figure.change, figure.is_ranked),
    }
}

fn costs(out: &mut String, report: &Report) {
    let Some(costs) = &report.costs else { return };
    let _ = writeln!(out, "## What attempts cost\n");
    for line in unpriced(costs) {
        let _ = writeln!(out, "- {line}");
    }
    if !costs.unpriced.is_empty() {
        out.push('\n');
    }
    for of in &costs.currencies {
        let _ = writeln!(out, "{}.\n", total(of));
        let _ = writeln!(
            out,
            "| part | price | attempts | cost in {} | not converted | cost of these | of each conversion |\n\
             | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
            of.currency
        );
        let (lines, rest) = priced::listed(of);
        let mut row = |name: &str, price: &str, cost: &Cost| {
            let _ = writeln!(
                out,
                "| {name} | {price} | {} | {} | {} | {} | {} |",
                grouped(cost.counts.attempts()),
                amount(cost.attempts),
                grouped(cost.counts.unconverted()),
                amount(cost.unconverted),
                cost.per_conversion().map_or("–".to_owned(), amount),
            );
        };
        for line in lines {
            row(&part_name((line.country, line.channel)), &price(line), &line.cost);
        }
        if let Some((count, cost)) = rest {
            row(&format!("{count} more parts"), "", &cost);
        }
        out.push('\n');
    }
}

fn grid(out: &mut String, grid: &Grid) {
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

fn movers(out: &mut String, report: &Report) {
    let Some(compared) = report.compared else { return };
    let list = |out: &mut String, what: &str, movers: &[Mover]| {
        for mover in movers {
            let rate = mover.rate;
            let without = if mover.figure.cleared.is_some() { ", without attacks" } else { "" };
            let _ = writeln!(
                out,
                "- {what}: {} {} ({} to {}) over {} attempts{without}",
                escaped(&place_name(&mover.place)),
                points(rate.value),
                points(rate.low),
                points(rate.high),
                grouped(mover.figure.counts.attempts())
            );
        }
    };
    let _ = writeln!(out, "## What moved against {compared}\n");
    if report.movers.best.is_empty() && report.movers.worst.is_empty() {
        let _ = writeln!(out, "No rate surely moved, of {} that could be compared.", report.movers.compared);
    } else {
        let _ = writeln!(out, "{}, {}.\n", listed(&report.movers), report.movers.compared);
    }
    list(out, "rose", &report.movers.best);
    list(out, "fell", &report.movers.worst);
    out.push('\n');
}

/// Day by day, and a single day hour by hour.
fn trend(out: &mut String, report: &Report) {
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

fn origin(out: &mut String, report: &Report) {
    let origin = &report.origin;
    let run = &origin.last_run;
    let _ = writeln!(out, "## Where the numbers come from\n");
    let _ = writeln!(
        out,
        "- {} rows of {} windows: {} asked, {} implied by other answers, {} listed attempt by attempt, {} provisional",
        grouped(origin.rows),
        origin.windows,
        origin.measured_rows,
        origin.implied_rows,
        origin.listed_rows,
        origin.provisional_rows
    );
    let sums = match (run.reconciled, run.differences.len()) {
        (true, _) => format!("reconciled, {} sums hold", run.identities_checked),
        (false, 0) => format!("{} sums checked, none differs, others are open", run.identities_checked),
        (false, differing) => format!("{differing} of {} sums differ", run.identities_checked),
    };
    let _ = writeln!(out, "- last change by run {} (as of {}): {sums}", run.run_id, run.as_of);
    for difference in &run.differences {
        let _ = writeln!(out, "  - {difference}");
    }
    let _ = writeln!(out, "- account {}, asked of {}", report.account, escaped(&report.source));
    for damage in &origin.damage {
        let _ = writeln!(out, "- {}", escaped(damage));
    }
    for note in &report.notes {
        let _ = writeln!(out, "- {}", note.text());
    }
}

/// Texts of users on one line: no table cell, emphasis, link or entity begins or ends in them, and none is a list.
fn escaped(text: &str) -> String {
    let spaced = text.replace(['\n', '\r', '\t'], " ");
    let mut out = String::with_capacity(text.len());
    for letter in printable(spaced.trim()).chars() {
        let is_special = match letter {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '&' | '~' | '$' => true,
            '-' | '+' | '=' => out.is_empty(),
            '.' | ')' => !out.is_empty() && out.bytes().all(|digit| digit.is_ascii_digit()),
            _ => false,
        };
        if is_special {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_users_stay_texts() {
        for (text, expected) in [
            ("a|b *c* <d>\n`e`", "a\\|b \\*c\\* \\<d\\> \\`e\\`"),
            ("[a](https://b) &lt; ~~c~~ $d$", "\\[a\\](https://b) \\&lt; \\~\\~c\\~\\~ \\$d\\$"),
            ("- a - b", "\\- a - b"),
            (" \n1. a. b", "1\\. a. b"),
            ("1) a", "1\\) a"),
            ("=\n---", "\\= ---"),
            ("a\u{1b}[31m\u{202e}\r\nb", "a\\\\u{1b}\\[31m\\\\u{202e}  b"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }
}
