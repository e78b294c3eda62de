//! What was seen, for people: on a terminal, or as Markdown that can be forwarded.

use std::fmt::Write;

use super::sections::{Seen, rate};
use crate::report::format::grouped;

/// For a terminal.
pub(super) fn plain(seen: &Seen<'_>) -> String {
    let mut out = format!("{}\n\n", seen.title());
    for (label, text) in seen.sentences() {
        let _ = writeln!(out, "  {label:<11} {text}");
    }
    for table in seen.tables() {
        let names = table.rows.iter().map(|(name, _)| name).chain([&table.title]);
        let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let _ = writeln!(out, "\n  {:<width$}    {:>9}  converted", table.title, "attempts");
        for (name, counts) in &table.rows {
            let _ = writeln!(out, "  {name:<width$}    {:>9}  {:>9}", grouped(counts.attempts()), rate(*counts));
        }
    }
    out.push('\n');
    for note in &seen.notes {
        let _ = writeln!(out, "  {note}");
    }
    let _ = writeln!(out, "  {}", seen.method());
    out
}

/// As Markdown.
pub(super) fn markdown(seen: &Seen<'_>) -> String {
    let mut out = format!("## {}\n\n", escaped(&seen.title()));
    for (label, text) in seen.sentences() {
        let _ = writeln!(out, "- **{label}**: {}", escaped(&text));
    }
    for table in seen.tables() {
        let _ = writeln!(
            out,
            "\n| {} | Attempts | Converted | Rate |\n| --- | ---: | ---: | ---: |",
            escaped(&table.title)
        );
        for (name, counts) in &table.rows {
            let (attempts, converted) = (grouped(counts.attempts()), grouped(counts.converted()));
            let _ = writeln!(out, "| {} | {attempts} | {converted} | {} |", escaped(name), rate(*counts));
        }
    }
    out.push('\n');
    for note in &seen.notes {
        let _ = writeln!(out, "{}  ", escaped(note));
    }
    let _ = writeln!(out, "{}", seen.method());
    out
}

/// Names of carriers come from outside: none of their letters may mean something here.
fn escaped(text: &str) -> String {
    let is_special =
        |letter| matches!(letter, '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '#' | '!' | '&' | '~');
    let text = crate::model::printable(text);
    text.chars().fold(String::with_capacity(text.len()), |mut out, letter| {
        if is_special(letter) {
            out.push('\\');
        }
        out.push(letter);
        out
    })
}
