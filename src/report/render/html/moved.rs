//! What rose and fell most against the compared period.

use maud::{Markup, html as template};

use super::figure::figure;
use super::section::section as titled;
use super::table::{head, points_interval, rate, scroll};
use crate::report::format::{about, grouped, percent, period_title, place_name, points};
use crate::report::render::chart;
use crate::report::said::listed;
use crate::report::{Figure, Mover, Report};

/// The movers; nothing without a compared period.
pub(super) fn section(report: &Report) -> Markup {
    let Some(compared) = report.compared else { return template! {} };
    let movers = &report.movers;
    let title = format!("What moved against {}", period_title(&compared));
    let parts = match movers.compared {
        0 => "no part had enough settled attempts in both periods to be compared.".to_owned(),
        1 => "one part had enough settled attempts in both periods to be compared.".to_owned(),
        parts => format!("{parts} parts had enough settled attempts in both periods to be compared."),
    };
    let Some(chart) = chart::movers(movers, &compared.to_string()) else {
        return titled("moved", &title, &format!("No rate surely moved; {parts}"), &template! {});
    };
    let lede = format!("{}; {parts} Attacks are taken out.", listed(movers));
    let caption = "Rates that moved";
    let (rate, attempts) = (format!("Rate {compared}"), format!("Attempts {compared}"));
    let columns = ["Part", "Change", "95 % interval", "Rate", "95 % interval", "Attempts", &rate, &attempts];
    let table = template! {
        table {
            caption { (caption) }
            (head(&columns))
            tbody { @for mover in movers.best.iter().chain(&movers.worst) { (row(mover)) } }
        }
    };
    let content = template! { (figure("moved-chart", &chart, &[])) (scroll(caption, &table)) };
    titled("moved", &title, &lede, &content)
}

fn row(mover: &Mover) -> Markup {
    let (figure, change_of_rate) = (&mover.figure, &mover.rate);
    // Without attacks, where there were any: the numbers that the move is of.
    let change = figure.cleared.map_or(figure.change, |cleared| cleared.change);
    let rates = figure.cleared.map_or(figure.rates, |cleared| cleared.rates);
    let attempts = figure.cleared.map_or_else(|| grouped(figure.counts.attempts()), |cleared| about(cleared.attempts));
    let before = change.and_then(|change| change.rate_before);
    template! {
        tr {
            th scope="row" { (place_name(&mover.place)) @if figure.cleared.is_some() { " (without attacks)" } }
            td { (points(change_of_rate.value)) }
            td.small { (points_interval(change_of_rate)) }
            (rate(&Figure { rates, ..*figure }))
            td { (attempts) }
            td { (before.map_or("–".to_owned(), percent)) }
            td { (change.map_or("–".to_owned(), |change| grouped(change.before.attempts()))) }
        }
    }
}
