//! The report over accounts as Markdown.

use std::fmt::Write;

use super::figures::{country_rows, figures};
use super::text::escaped;
use crate::report::accounts::AccountsReport;
use crate::report::accounts::said::{
    LEAST_MOVE, MOST_LISTED, against, basis, covered, flag_line, found, listed, looks, moved, number, outlier, peers,
    without_attacks,
};
use crate::report::format::{capitalised, channel_name, grouped, percent, period_title};
use crate::report::priced::money;

/// The whole report, ended by a line feed.
#[must_use]
pub fn markdown(report: &AccountsReport) -> String {
    let mut out = format!("# {} · {}\n\n", escaped(&report.job), period_title(&report.period));
    if !report.description.is_empty() {
        let _ = writeln!(out, "{}\n", escaped(&report.description));
    }
    headline(&mut out, report);
    let flags: Vec<String> = report.attention.flags.iter().map(|found| flag_line(report, found)).collect();
    list(&mut out, "What deserves attention", &format!("{}.", capitalised(&found(&report.attention))), &flags);
    let _ = writeln!(out, "{}\n", against(report));
    for look in looks(report) {
        let _ = writeln!(out, "- {look}");
    }
    out.push('\n');
    let outliers: Vec<String> = report.outliers().iter().map(|(line, peers)| outlier(line, peers)).collect();
    list(&mut out, "Outliers", &peers(report), &outliers);
    let accounts = report.accounts.iter().take(MOST_LISTED).map(|line| (escaped(&line.name), line.figure));
    figures(&mut out, "Accounts", "account", accounts);
    if report.accounts.len() > MOST_LISTED {
        let _ = writeln!(out, "These are {MOST_LISTED} of {}.\n", number(report.accounts.len()));
    }
    let channels = report.channels.iter().map(|line| (channel_name(line.channel).to_owned(), line.figure));
    figures(&mut out, "Channels", "channel", channels);
    if let Some(countries) = &report.countries {
        figures(&mut out, "Countries", "country", country_rows(countries).into_iter());
    }
    costs(&mut out, report);
    if report.compared.is_some() {
        let lines: Vec<String> = report.moved(LEAST_MOVE).iter().map(|(line, mover)| moved(line, mover)).collect();
        list(&mut out, "Accounts that moved", &format!("{}.", listed(report)), &lines);
    }
    origin(&mut out, report);
    out
}

fn headline(out: &mut String, report: &AccountsReport) {
    let figure = &report.totals.figure;
    let counts = figure.counts;
    let _ = match figure.rates {
        Some(rates) => writeln!(
            out,
            "**{}** attempts, **{}** converted: **{}** (95 % interval {} – {}).",
            grouped(counts.attempts()),
            grouped(counts.converted()),
            percent(rates.rate),
            percent(rates.low),
            percent(rates.high)
        ),
        None => writeln!(out, "No attempts."),
    };
    if let Some(change) = crate::report::accounts::said::change(report) {
        let _ = writeln!(out, "{}.", capitalised(&change));
    }
    if let Some(basis) = basis(report) {
        let _ = writeln!(out, "{basis}");
    }
    if let Some(attacks) = without_attacks(report) {
        let _ = writeln!(out, "{attacks}.");
    }
    let _ = writeln!(out, "Coverage: {}; dates in {}.\n", covered(report), report.timezone);
}

/// A section of a list; `lede` is what is said above it.
fn list(out: &mut String, title: &str, lede: &str, lines: &[String]) {
    let _ = writeln!(out, "## {title}\n\n{}\n", escaped(lede));
    for line in lines.iter().take(MOST_LISTED) {
        let _ = writeln!(out, "- {}", escaped(line));
    }
    match lines.len() {
        0 => {}
        all if all > MOST_LISTED => {
            let _ = writeln!(out, "\nThese are {MOST_LISTED} of {}.\n", number(all));
        }
        _ => out.push('\n'),
    }
}

fn costs(out: &mut String, report: &AccountsReport) {
    let Some(costs) = &report.costs else { return };
    let _ = writeln!(out, "## What attempts cost\n");
    for (currency, cost) in &costs.currencies {
        let _ = writeln!(
            out,
            "- {} for {} attempts, of which {} for unconverted ones",
            money(*currency, cost.attempts),
            grouped(cost.counts.attempts()),
            money(*currency, cost.unconverted)
        );
    }
    if costs.unpriced > 0 {
        let _ = writeln!(out, "- {} attempts have no price", grouped(costs.unpriced));
    }
    out.push('\n');
}

fn origin(out: &mut String, report: &AccountsReport) {
    let _ = writeln!(out, "## Where the numbers come from\n");
    for it in report.unreported.iter().take(MOST_LISTED) {
        let _ = writeln!(out, "- {} ({}) has no numbers: {}", escaped(&it.name), it.account, escaped(&it.reason));
    }
    if report.unreported.len() > MOST_LISTED {
        let _ = writeln!(out, "- {} more accounts have none", number(report.unreported.len() - MOST_LISTED));
    }
    let damaged = report.accounts.iter().flat_map(|line| line.damage.iter().map(move |damage| (&line.name, damage)));
    for (name, damage) in damaged.take(MOST_LISTED) {
        let _ = writeln!(out, "- {}: {}", escaped(name), escaped(damage));
    }
    let _ = writeln!(out, "- asked of {}", escaped(&report.source));
    for note in &report.notes {
        let _ = writeln!(out, "- {}", note.text());
    }
}
