//! The report over accounts as a page: a ranking, who stands out, and what deserves attention in any of them.

use maud::{Markup, html as template};

use super::breakdown::{countries, section as breakdown};
use super::headline::{numbers, title};
use super::section::section as titled;
use super::table::{Line, head, points_interval, scroll};
use super::{origin, page, trend};
use crate::report::accounts::said::{
    LEAST_MOVE, MOST_FLAGS, MOST_LISTED, against, basis, covered, found, listed, looks, name_of, number, peers,
    without_attacks,
};
use crate::report::accounts::{AccountFlag, AccountLine, AccountsReport, Peers};
use crate::report::format::{
    about, capitalised, channel_name, flag_name, grouped, percent, period_title, place_name, points, probability,
    stretch,
};
use crate::report::priced::money;
use crate::report::{Figure, Mover, Note, TrendPoint};
use crate::rollup::Rates;

/// The page, the same bytes for the same report.
#[must_use]
pub fn html(report: &AccountsReport) -> String {
    let heading = format!("{} · {}", period_title(&report.period), report.job);
    let points: Vec<TrendPoint> = report.trend.iter().map(|day| day.point).collect();
    let channels: Vec<Line> = report
        .channels
        .iter()
        .map(|line| Line { name: channel_name(line.channel).to_owned(), short: None, figure: line.figure })
        .collect();
    let main = template! {
        (summary(report))
        (attention(report))
        (outliers(report))
        (ranking(report))
        (trend::points(&points, &[], ""))
        (breakdown("channel", "Channels", "", &channels, None))
        (countries(report.countries.as_ref(), None))
        (costs(report))
        (moved(report))
        (origin::notes(&report.notes))
        (unreported(report))
        (facts(report))
    };
    page(&heading, &header(report), &main, &origin::made_by(&report.job, &report.period))
}

fn header(report: &AccountsReport) -> Markup {
    template! {
        header {
            p.over { "Verification attempts of " (number(report.accounts.len())) " accounts · " (report.job) }
            h1 { (title(&period_title(&report.period))) }
            @if !report.description.is_empty() { p.lede { (report.description) } }
            @if report.notes.contains(&Note::Simulated) { p.banner { (Note::Simulated.text()) } }
        }
    }
}

fn summary(report: &AccountsReport) -> Markup {
    let since = report.compared.map(|compared| compared.to_string());
    let content = template! {
        dl.tiles {
            (numbers(&report.totals.figure, "", since.as_deref()))
            div.tile {
                dt { "Accounts" }
                dd.number {
                    (number(report.accounts.len()))
                    @if report.of > report.accounts.len() { " of " (number(report.of)) }
                }
                dd { (capitalised(&covered(report))) }
            }
        }
        @if let Some(basis) = basis(report) { p.note { (basis) } }
        @if let Some(text) = without_attacks(report) { p.note { b { (text) "." } } }
    };
    let lede = if report.totals.figure.rates.is_none() { "No attempts." } else { "" };
    titled("summary", "In short", lede, &content)
}

fn attention(report: &AccountsReport) -> Markup {
    let flags = &report.attention.flags;
    let content = template! {
        @if !flags.is_empty() {
            ol.flags { @for found in flags.iter().take(MOST_FLAGS) { li { (card(report, found)) } } }
        }
        @if flags.len() > MOST_FLAGS {
            p.note { "These are the gravest " (MOST_FLAGS) " of " (number(flags.len())) "; the workbook has all." }
        }
        p.note { (against(report)) }
        ul.note { @for look in looks(report) { li { (capitalised(&look)) } } }
    };
    titled("attention", "What deserves attention", &format!("{}.", capitalised(&found(&report.attention))), &content)
}

fn card(report: &AccountsReport, found: &AccountFlag) -> Markup {
    let flag = &found.flag;
    template! {
        h3 {
            (name_of(report, found)) ": " (flag_name(flag.kind)) ": " (place_name(&flag.place)) " "
            span.when { (stretch(flag.first, flag.last)) @if flag.is_provisional { ", may still change" } }
        }
        p { (flag.sentence) }
        @if let Some(job) = &flag.job {
            details {
                summary { "A job that asks for it by destination prefix, with this account's credentials" }
                pre tabindex="0" { code { (job) } }
            }
        }
    }
}

fn outliers(report: &AccountsReport) -> Markup {
    let outliers = report.outliers();
    let caption = "Accounts that convert as no other does";
    let columns = ["Account", "Difference", "Rate", "Of the others", "Attempts", "Probability"];
    let row = |line: &AccountLine, peers: &Peers| {
        template! {
            tr {
                th scope="row" { (line.name) }
                td { (points(peers.difference())) }
                td { (percent(peers.rate)) }
                td { (percent(peers.expected)) }
                td { (about(peers.attempts)) }
                td.small { (probability(peers.p_value)) }
            }
        }
    };
    let table = template! {
        table {
            caption { (caption) }
            (head(&columns))
            tbody { @for (line, peers) in outliers.iter().take(MOST_LISTED) { (row(line, peers)) } }
        }
    };
    let content = template! {
        @if !outliers.is_empty() { (scroll(caption, &table)) }
        p.note { (peers(report)) }
    };
    let lede = match (report.peers.spread, outliers.len()) {
        (None, _) => String::new(),
        (Some(_), 0) => "No account converts otherwise than the others do.".to_owned(),
        (Some(_), 1) => "One account converts otherwise than the others do.".to_owned(),
        (Some(_), some) => format!("{} accounts convert otherwise than the others do.", number(some)),
    };
    titled("outliers", "Outliers", &lede, &content)
}

fn ranking(report: &AccountsReport) -> Markup {
    let listed = report.accounts.len().min(MOST_LISTED);
    let line = |line: &AccountLine| Line { name: line.name.clone(), short: None, figure: line.figure };
    let mut lines: Vec<Line> = report.accounts[..listed].iter().map(line).collect();
    let rest = &report.accounts[listed..];
    if !rest.is_empty() {
        let name = format!("{} more accounts", number(rest.len()));
        lines.push(Line { short: Some(name.clone()), name, figure: tail(report, rest) });
    }
    let lede = match rest.len() {
        0 => String::new(),
        _ => format!("The {listed} with the most attempts; the workbook has all {}.", number(report.accounts.len())),
    };
    breakdown("account", "Accounts", &lede, &lines, report.compared.as_ref())
}

/// What accounts that are not listed have together; compared with nothing.
fn tail(report: &AccountsReport, rest: &[AccountLine]) -> Figure {
    let sum = rest.iter().map(|line| line.figure.counts);
    let counts = sum.reduce(|sum, one| sum.checked_add(one).unwrap_or(sum)).unwrap_or_default();
    Figure {
        counts,
        rates: Rates::of(counts),
        share: rest.iter().map(|line| line.figure.share).sum(),
        is_ranked: counts.attempts() >= report.ranked_from,
        change: None,
        cleared: None,
    }
}

fn moved(report: &AccountsReport) -> Markup {
    let Some(compared) = report.compared else { return template! {} };
    let title = format!("Accounts that moved against {}", period_title(&compared));
    let moved = report.moved(LEAST_MOVE);
    if moved.is_empty() {
        return titled("moved", &title, "No account's rate surely moved.", &template! {});
    }
    let caption = "Accounts whose rates moved";
    let before = format!("Rate {compared}");
    let row = |line: &AccountLine, mover: &Mover| {
        let change = line.figure.cleared.map_or(line.figure.change, |cleared| cleared.change);
        template! {
            tr {
                th scope="row" { (line.name) @if line.figure.cleared.is_some() { " (without attacks)" } }
                td { (points(mover.rate.value)) }
                td.small { (points_interval(&mover.rate)) }
                td { (change.and_then(|change| change.rate_before).map_or("–".to_owned(), percent)) }
                td { (grouped(line.figure.counts.attempts())) }
            }
        }
    };
    let table = template! {
        table {
            caption { (caption) }
            (head(&["Account", "Change", "95 % interval", &before, "Attempts"]))
            tbody { @for (line, mover) in moved.iter().take(MOST_LISTED) { (row(line, mover)) } }
        }
    };
    titled("moved", &title, &format!("{}.", listed(report)), &scroll(caption, &table))
}

fn costs(report: &AccountsReport) -> Markup {
    let Some(costs) = &report.costs else { return template! {} };
    let caption = "Costs of all accounts";
    let table = template! {
        table {
            caption { (caption) }
            (head(&["Currency", "Attempts", "Cost", "Of unconverted ones", "A conversion"]))
            tbody {
                @for (currency, cost) in &costs.currencies {
                    tr {
                        th scope="row" { (currency) }
                        td { (grouped(cost.counts.attempts())) }
                        td { (money(*currency, cost.attempts)) }
                        td { (money(*currency, cost.unconverted)) }
                        td { (cost.per_conversion().map_or("–".to_owned(), |each| money(*currency, each))) }
                    }
                }
            }
        }
    };
    let lede = match costs.unpriced {
        0 => String::new(),
        unpriced => format!("{} attempts have no price, and are in no sum.", grouped(unpriced)),
    };
    titled("costs", "What attempts cost", &lede, &scroll(caption, &table))
}

fn unreported(report: &AccountsReport) -> Markup {
    if report.unreported.is_empty() {
        return template! {};
    }
    let content = template! {
        ul.says {
            @for it in report.unreported.iter().take(MOST_LISTED) { li { b { (it.name) } " (" (it.account) "): " (it.reason) } }
        }
        @if report.unreported.len() > MOST_LISTED {
            p.note { "These are " (MOST_LISTED) " of " (number(report.unreported.len())) "; the workbook has all." }
        }
    };
    titled("unreported", "Accounts without numbers", "They are in no sum.", &content)
}

fn facts(report: &AccountsReport) -> Markup {
    let damaged: Vec<&AccountLine> = report.accounts.iter().filter(|line| !line.damage.is_empty()).collect();
    let content = template! {
        dl.facts {
            dt { "Coverage" }
            dd { (capitalised(&covered(report))) }
            dt { "Source" }
            dd { "asked of " (report.source) "; each account's own report says what its numbers rest on" }
            dt { "Calendar" }
            dd { "dates of " (report.timezone) ", a window per " (report.every) }
            dt { "Report as of" }
            dd { (report.as_of) }
            @if !damaged.is_empty() {
                dt { "Damage" }
                dd {
                    ul {
                        @for line in damaged.iter().take(MOST_LISTED) {
                            @for damage in &line.damage { li { b { (line.name) } ": " (damage) } }
                        }
                    }
                }
            }
        }
    };
    titled("origin", "Where these numbers come from", "", &content)
}
