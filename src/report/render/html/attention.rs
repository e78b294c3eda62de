//! What deserves attention, or how it was looked for.

use maud::{Markup, html as template};

use super::section::section as titled;
use crate::report::format::{dates, flag_name, percent, place_name};
use crate::report::{Flag, Report};

/// The flags, gravest first, each with its evidence.
pub(super) fn section(report: &Report) -> Markup {
    let attention = &report.attention;
    let looked = looked(report);
    let content = template! {
        @if !attention.flags.is_empty() {
            ol.flags { @for flag in &attention.flags { li { (card(flag)) } } }
            p.note { (looked) }
        }
    };
    let lede = if attention.flags.is_empty() { format!("Nothing stands out. {looked}") } else { String::new() };
    titled("attention", "What deserves attention", &lede, &content)
}

fn card(flag: &Flag) -> Markup {
    let when = if flag.first == flag.last { dates(&[flag.first]) } else { format!("{} – {}", flag.first, flag.last) };
    template! {
        h3 {
            (flag_name(flag.kind)) ": " (place_name(&flag.place)) " "
            span.when { (when) @if flag.is_provisional { ", may still change" } }
        }
        p { (flag.sentence) }
        @if let Some(job) = &flag.job {
            details {
                summary { "A job that asks for it by destination prefix" }
                pre tabindex="0" { code { (job) } }
            }
        }
    }
}

fn looked(report: &Report) -> String {
    let attention = &report.attention;
    let cells = attention.cells_tested;
    let Some(history) = attention.history else {
        return "The dataset holds nothing before this period, so only what stands out within it could be found."
            .to_owned();
    };
    format!(
        "{cells} {} compared with the {} days before ({} – {}); at most {} of the drops that are reported are expected \
         to be chance.",
        if cells == 1 { "cell was" } else { "cells were" },
        history.days,
        history.first,
        history.last,
        percent(attention.thresholds.false_discovery),
    )
}
