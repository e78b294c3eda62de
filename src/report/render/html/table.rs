//! Tables: every rate with its attempts, wide ones in a box of their own that scrolls.

use maud::{Markup, html as template};

use crate::report::format::{grouped, percent, points, signed_percent};
use crate::report::{Change, Figure, Interval, Period};
use crate::rollup::Rates;

/// A box that scrolls sideways on its own where a table is wider than the page; reached by keyboard, so it has a name.
/// A phone shows the hint, as there no table fits.
pub(super) fn scroll(label: &str, table: &Markup) -> Markup {
    template! {
        p.hint { "The table scrolls sideways →" }
        div.scroll role="region" aria-label=(label) tabindex="0" { (table) }
    }
}

/// The same, folded away below a line that says what is in it.
pub(super) fn folded(label: &str, table: &Markup) -> Markup {
    template! { details { summary { (label) } (scroll(label, table)) } }
}

/// The head of a table, column by column; a date at a column's end is not broken at its hyphens.
pub(super) fn head(columns: &[&str]) -> Markup {
    let column = |column: &str| {
        let (words, last) = column.rsplit_once(' ').unwrap_or(("", column));
        template! { (words) " " span.whole { (last) } }
    };
    template! { thead { tr { @for name in columns { th scope="col" { (column(name)) } } } } }
}

/// The head of a table with two columns below each of some names.
pub(super) fn paired_head(first: &str, names: &[&str], pair: [&str; 2]) -> Markup {
    template! {
        thead {
            tr {
                th scope="col" rowspan="2" { (first) }
                @for name in names { th scope="colgroup" colspan="2" { (name) } }
            }
            tr { @for _ in names { @for column in pair { th scope="col" { (column) } } } }
        }
    }
}

/// A line of a table of figures.
pub(super) struct Line {
    /// What it is.
    pub name: String,
    /// Of what is left of a long list: a name for where there is little room.
    pub short: Option<String>,
    /// Its numbers.
    pub figure: Figure,
}

/// Attempts, share, conversions, rate with interval, and the changes against a compared period.
pub(super) fn figures(caption: &str, head: &str, lines: &[Line], compared: Option<&Period>) -> Markup {
    let table = template! {
        table {
            caption { (caption) }
            thead {
                tr {
                    th scope="col" { (head) }
                    th scope="col" { "Attempts" }
                    th scope="col" { "Share" }
                    th scope="col" { "Converted" }
                    th scope="col" { "Rate" }
                    th.whole scope="col" { "95 % interval" }
                    @if let Some(compared) = compared {
                        th scope="col" { "Attempts against " span.whole { (compared) } }
                        th scope="col" { "Rate against " span.whole { (compared) } }
                    }
                }
            }
            tbody {
                @for line in lines {
                    tr.rest[line.short.is_some()] {
                        th scope="row" { (line.name) }
                        td { (grouped(line.figure.counts.attempts())) }
                        td { (percent(line.figure.share)) }
                        td { (grouped(line.figure.counts.converted())) }
                        (rate(&line.figure))
                        @if compared.is_some() { (changes(&line.figure)) }
                    }
                }
            }
        }
    };
    scroll(caption, &table)
}

/// The cells of a rate and its interval; grey where it is of too few attempts to be ranked.
pub(super) fn rate(figure: &Figure) -> Markup {
    template! {
        @match figure.rates {
            Some(rates) => {
                td.small[!figure.is_ranked] { (percent(rates.rate)) }
                td.small { (interval(&rates)) }
            }
            None => { td.small { "–" } td.small { "–" } }
        }
    }
}

/// `70.1 – 72.4 %`
pub(super) fn interval(rates: &Rates) -> String {
    format!("{:.1} – {}", rates.low * 100.0, percent(rates.high))
}

/// `+0.8 to +1.3 pp`
pub(super) fn points_interval(rate: &Interval) -> String {
    format!("{} to {}", points(rate.low).trim_end_matches(" pp"), points(rate.high))
}

fn changes(figure: &Figure) -> Markup {
    let attempts = |change: Option<Change>, _| change.and_then(|change| change.attempts).map(signed_percent);
    // A difference of two rates that are hardly known is noise.
    let rate = |change: Option<Change>, is_ranked: bool| {
        change.and_then(|change| change.rate).filter(|_| is_ranked).map(|rate| points(rate.value))
    };
    let cleared = figure.cleared.filter(|_| figure.change.is_some());
    let cell = |of: &dyn Fn(Option<Change>, bool) -> Option<String>| {
        let text = of(figure.change, figure.is_ranked);
        template! {
            td.small[text.is_none()] {
                (text.unwrap_or_else(|| "–".to_owned()))
                @if let Some(left) = cleared {
                    span.without { "without attacks " span.whole {
                        (of(left.change, left.is_ranked).unwrap_or_else(|| "–".to_owned()))
                    } }
                }
            }
        }
    };
    template! { (cell(&attempts)) (cell(&rate)) }
}
