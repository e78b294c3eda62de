//! The summary on the terminal: what one wants to know before opening the report.

pub mod accounts;

use std::fmt::Write;

use crate::model::printable;
use crate::report::format::{
    channel_name, flag_name, grouped, percent, period_title, place_name, points, prefix_name, service_name,
};
use crate::report::priced::{by_service, known, money, part_name, total, unpriced};
use crate::report::said::{self, asked_in_part, everywhere, nothing, unlooked, without_attacks};
use crate::report::{Figure, Mover, Report};

/// How many countries, movers and dates are listed.
const LISTED: usize = 5;

/// About twenty lines, ended by a line feed.
#[must_use]
pub fn terminal(report: &Report) -> String {
    let mut out = String::new();
    let Report { period, timezone, .. } = report;
    let _ = writeln!(out, "{} · {} ({timezone})", report.job, period_title(period));
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    if let Some(text) = report.counted_dates() {
        line("dates", &text);
    }
    let total = report.head();
    line("attempts", &format!("{}{}", grouped(total.counts.attempts()), report.head_place()));
    let converted = grouped(total.counts.converted());
    let interval = |rates: crate::rollup::Rates| {
        format!("{converted}  {} ({} – {})", percent(rates.rate), percent(rates.low), percent(rates.high))
    };
    line("converted", &total.rates.map_or(converted.clone(), interval));
    if let Some(text) = change(report) {
        line("change", &text);
    }
    if let Some(cleared) = &total.cleared {
        line("attacks", &without_attacks(report, cleared));
    }
    if let Some(text) = everywhere(report) {
        line("in all", &text);
    }
    let channels = report.channels.iter().filter(|line| line.figure.counts.attempts() > 0);
    let channels: Vec<_> = channels.map(|line| (channel_name(line.channel).to_owned(), line.figure)).collect();
    list(&mut line, "channels", &channels);
    if let Some(countries) = &report.countries {
        let lines = countries.lines.iter().take(LISTED);
        let lines: Vec<_> = lines.map(|line| (line.country.name().to_owned(), line.figure)).collect();
        list(&mut line, "countries", &lines);
    }
    let services = report.services.iter().filter(|line| line.figure.counts.attempts() > 0).take(LISTED);
    let services: Vec<_> =
        services.map(|line| (service_name(line.service, line.name.as_deref()), line.figure)).collect();
    list(&mut line, "services", &services);
    if let Some(prefixes) = &report.prefixes {
        let lines = prefixes.lines.iter().take(LISTED);
        let lines: Vec<_> = lines.map(|line| (prefix_name(line, prefixes), line.figure)).collect();
        list(&mut line, "prefixes", &lines);
    }
    costs(&mut line, report);
    for (label, movers) in [("rose", &report.movers.best), ("fell", &report.movers.worst)] {
        if !movers.is_empty() {
            line(label, &moved(movers));
        }
    }
    line("coverage", &coverage(report));
    match report.attention.flags.as_slice() {
        [] => line("attention", &nothing(report)),
        flags => {
            for (at, flag) in flags.iter().enumerate() {
                let label = if at == 0 { "attention" } else { "" };
                line(label, &format!("{}: {}", flag_name(flag.kind), flag.sentence));
            }
            if let Some(unlooked) = unlooked(report) {
                line("", &unlooked);
            }
        }
    }
    for damage in &report.origin.damage {
        line("damage", damage);
    }
    out
}

/// What attempts cost, or that it can't be told.
fn costs(line: &mut impl FnMut(&str, &str), report: &Report) {
    let Some(costs) = &report.costs else {
        line("cost", "not known: the job gives no prices ([report.prices])");
        return;
    };
    let mut lines: Vec<String> = known(costs).into_iter().collect();
    for of in &costs.currencies {
        lines.push(total(of));
        let most = of.lines.iter().filter(|line| line.cost.counts.unconverted() > 0).take(LISTED);
        let most = most.map(|line| {
            let part = part_name((line.country, line.channel));
            format!("{part} {}", money(of.currency, line.cost.unconverted))
        });
        let most = most.collect::<Vec<_>>().join(" · ");
        if !most.is_empty() {
            lines.push(format!("not converted: {most}"));
        }
        lines.extend(by_service(costs, of.currency, LISTED).iter().map(|line| line.sentence(of)));
    }
    lines.extend(unpriced(costs, LISTED));
    for (at, text) in lines.iter().enumerate() {
        line(if at == 0 { "cost" } else { "" }, text);
    }
}

fn list(line: &mut impl FnMut(&str, &str), label: &str, parts: &[(String, Figure)]) {
    let text = |(name, figure): &(String, Figure)| match figure.rates {
        Some(rates) => format!("{name} {} of {}", percent(rates.rate), grouped(figure.counts.attempts())),
        None => format!("{name} none"),
    };
    if !parts.is_empty() {
        line(label, &parts.iter().map(text).collect::<Vec<_>>().join(" · "));
    }
}

fn moved(movers: &[Mover]) -> String {
    let text = |mover: &Mover| format!("{} {}", place_name(&mover.place), points(mover.rate.value));
    movers.iter().take(LISTED).map(text).collect::<Vec<_>>().join(" · ")
}

/// `attempts +3.2 %, rate +0.4 pp against 2026-09 at the same weekday mix`
pub(super) fn change(report: &Report) -> Option<String> {
    let (change, compared) = report.head().change.zip(report.compared)?;
    let mix = match change.basis {
        crate::report::MixBasis::Weekdays => "at the same weekday mix",
        crate::report::MixBasis::MeanDay => "by the mean day",
    };
    let days = compared.dates().count();
    let covered = match (report.compared_dates(), report.compared_days) {
        (Some(dates), _) => format!(" ({dates})"),
        (None, covered) if covered < days => format!(" ({covered} of {days} days)"),
        _ => String::new(),
    };
    Some(format!("{} against {compared}{covered} {mix}", said::change(Some(change))))
}

/// `29 of 31 days; missing 2026-10-04, 2026-10-05; provisional 2026-10-31`
pub(super) fn coverage(report: &Report) -> String {
    let coverage = &report.coverage;
    let mut text = format!("{} of {} days", coverage.covered, coverage.days);
    let dated = [
        ("missing", &coverage.missing),
        ("in part", &coverage.partial),
        ("provisional", &coverage.provisional),
        ("counted in the period before", &coverage.counted_before),
    ];
    for (what, dates) in dated.into_iter().filter(|(_, dates)| !dates.is_empty()) {
        let _ = write!(text, "; {what} {}", crate::report::format::dates(dates));
    }
    if let Some(places) = asked_in_part(coverage) {
        let _ = write!(text, "; asked for {places}");
    }
    if !coverage.is_over {
        text.push_str("; the period is not over yet");
    }
    text
}
