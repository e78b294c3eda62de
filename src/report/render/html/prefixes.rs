//! By destination prefix: the busiest one by one, the others together.

use maud::{Markup, html as template};

use super::breakdown::section as titled;
use super::table::Line;
use crate::report::Report;
use crate::report::format::{more_prefixes, prefix_name, silent_prefixes};

/// The ranking; nothing where prefixes are not split.
pub(super) fn section(report: &Report) -> Markup {
    let Some(prefixes) = &report.prefixes else { return template! {} };
    let listed = prefixes.lines[..prefixes.shown].iter();
    let mut lines: Vec<Line> =
        listed.map(|line| Line { name: prefix_name(line, prefixes), short: None, figure: line.figure }).collect();
    if let Some(figure) = prefixes.tail {
        let count = prefixes.lines.len() - prefixes.shown;
        lines.push(Line { name: more_prefixes(count), short: Some(format!("{count} others")), figure });
    }
    titled("prefix", "Destination prefixes", &silent_prefixes(prefixes), &lines, report.compared.as_ref())
}
