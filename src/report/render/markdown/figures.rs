//! Tables of figures: attempts, rates and their changes.

use std::fmt::Write;

use crate::report::format::{
    ELSEWHERE, grouped, more_countries, more_prefixes, percent, points, prefix_name, signed_percent,
};
use crate::report::{Change, Countries, Figure, Prefixes};
use crate::rollup::Rates;

pub(super) fn country_rows(countries: &Countries) -> Vec<(String, Figure)> {
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

pub(super) fn prefix_rows(prefixes: &Prefixes) -> Vec<(String, Figure)> {
    let lines = prefixes.lines[..prefixes.shown].iter();
    let mut rows: Vec<_> = lines.map(|line| (prefix_name(line, prefixes), line.figure)).collect();
    if let Some(tail) = prefixes.tail {
        rows.push((more_prefixes(prefixes.lines.len() - prefixes.shown), tail));
    }
    rows
}

/// A section of a line for each part; nothing of none.
pub(super) fn figures(out: &mut String, title: &str, head: &str, rows: impl Iterator<Item = (String, Figure)>) {
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
