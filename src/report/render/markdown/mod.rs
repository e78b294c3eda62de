//! The report as Markdown, for chat and e-mail: tables, no pictures.

mod accounts;
mod figures;
mod tables;
mod text;

pub use accounts::markdown as accounts;
use std::fmt::Write;

use self::figures::{country_rows, figures, prefix_rows};
use self::tables::{costs, grid, trend};
use self::text::escaped;
use super::grids::grids;
use super::terminal::{change, coverage};
use crate::report::format::{
    capitalised, channel_name, flag_name, grouped, percent, period_title, place_name, points, service_name,
};
use crate::report::said::{TAKEN_OUT, against, everywhere, listed, looks, nothing, without_attacks};
use crate::report::{Mover, Report, ServiceLine};
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
    figures(&mut out, &format!("Channels{place}"), "channel", rows);
    if let Some(countries) = &report.countries {
        figures(&mut out, "Countries", "country", country_rows(countries).into_iter());
    }
    let service = |line: &ServiceLine| (escaped(&service_name(line.service, line.name.as_deref())), line.figure);
    let services = report.services.iter().map(service);
    figures(&mut out, &format!("Services{place}"), "service", services);
    for crossed in grids(report) {
        grid(&mut out, &crossed);
    }
    if let Some(prefixes) = &report.prefixes {
        figures(&mut out, "Destination prefixes", "prefix", prefix_rows(prefixes).into_iter());
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
