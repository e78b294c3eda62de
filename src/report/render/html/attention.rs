//! What deserves attention, or how it was looked for.

use maud::{Markup, html as template};

use super::section::section as titled;
use crate::report::format::{capitalised, flag_name, place_name, stretch};
use crate::report::said::{TAKEN_OUT, against, looks, nothing};
use crate::report::{Flag, Report};

/// The flags, gravest first, each with its evidence; and how was looked.
pub(super) fn section(report: &Report) -> Markup {
    let attention = &report.attention;
    let content = template! {
        @if !attention.flags.is_empty() {
            ol.flags { @for flag in &attention.flags { li { (card(flag)) } } }
        }
        @if !attention.taken_out.is_empty() {
            p.note { (TAKEN_OUT) }
            ul.note { @for flag in &attention.taken_out { li { (flag.sentence) } } }
        }
        p.note { (against(report)) }
        ul.note { @for look in looks(report) { li { (capitalised(&look)) } } }
    };
    let lede = if attention.is_needed() { String::new() } else { format!("{}.", capitalised(&nothing(report))) };
    titled("attention", "What deserves attention", &lede, &content)
}

fn card(flag: &Flag) -> Markup {
    let when = stretch(flag.first, flag.last);
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
