//! The summary over accounts: about twenty lines.

use std::fmt::Write;

use super::{LISTED, list};
use crate::model::printable;
use crate::report::accounts::said::{
    LEAST_MOVE, change, covered, flag_line, found, moved, number, outlier, peers, without_attacks,
};
use crate::report::accounts::{AccountLine, AccountsReport};
use crate::report::format::{channel_name, grouped, percent, period_title};
use crate::report::priced::money;

/// The summary, ended by a line feed.
#[must_use]
pub fn terminal(report: &AccountsReport) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} · {} ({})", report.job, period_title(&report.period), report.timezone);
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    line("accounts", &covered(report));
    let figure = &report.totals.figure;
    line("attempts", &grouped(figure.counts.attempts()));
    let converted = grouped(figure.counts.converted());
    line(
        "converted",
        &match figure.rates {
            Some(rates) => {
                format!("{converted}  {} ({} – {})", percent(rates.rate), percent(rates.low), percent(rates.high))
            }
            None => converted,
        },
    );
    for (label, text) in [("change", change(report)), ("attacks", without_attacks(report))] {
        if let Some(text) = text {
            line(label, &text);
        }
    }
    let top: Vec<_> = report.accounts.iter().take(LISTED).map(|line| (line.name.clone(), line.figure)).collect();
    list(&mut line, "most", &top);
    let channels = report.channels.iter().map(|line| (channel_name(line.channel).to_owned(), line.figure));
    list(&mut line, "channels", &channels.collect::<Vec<_>>());
    let countries = report.countries.iter().flat_map(|countries| countries.lines.iter().take(LISTED));
    let countries = countries.map(|line| (line.country.name().to_owned(), line.figure));
    list(&mut line, "countries", &countries.collect::<Vec<_>>());
    for (currency, cost) in report.costs.iter().flat_map(|costs| &costs.currencies) {
        let cost =
            format!("{}, {} for unconverted ones", money(*currency, cost.attempts), money(*currency, cost.unconverted));
        line("cost", &cost);
    }
    if let Some(costs) = report.costs.as_ref().filter(|costs| costs.unpriced > 0) {
        line("", &format!("{} attempts have no price, and are in no sum", grouped(costs.unpriced)));
    }
    let moves = report.moved(LEAST_MOVE);
    several(&mut line, "moved", &moves.iter().map(|(line, mover)| moved(line, mover)).collect::<Vec<_>>());
    let outliers = report.outliers();
    match report.peers.spread {
        None => line("outliers", &peers(report)),
        Some(_) if outliers.is_empty() => line("outliers", "no account converts otherwise than the others do"),
        Some(_) => {
            let told: Vec<String> = outliers.iter().map(|(line, peers)| outlier(line, peers)).collect();
            several(&mut line, "outliers", &told);
        }
    }
    line("attention", &found(&report.attention));
    let flags: Vec<String> = report.attention.flags.iter().map(|found| flag_line(report, found)).collect();
    several(&mut line, "", &flags);
    let without = report.unreported.iter().map(|it| format!("{}: {}", it.name, it.reason));
    several(&mut line, "no numbers", &without.collect::<Vec<_>>());
    let damage =
        |line: &AccountLine| line.damage.iter().map(|damage| format!("{}: {damage}", line.name)).collect::<Vec<_>>();
    several(&mut line, "damage", &report.accounts.iter().flat_map(damage).collect::<Vec<_>>());
    out
}

/// The first of many, a line each, and how many more there are.
fn several(line: &mut impl FnMut(&str, &str), label: &str, texts: &[String]) {
    let more = texts.len().saturating_sub(2 * LISTED);
    for (at, text) in texts.iter().take(2 * LISTED).enumerate() {
        line(if at == 0 { label } else { "" }, text);
    }
    if more > 0 {
        line("", &format!("and {} more", number(more)));
    }
}
