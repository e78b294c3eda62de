//! The first sheet: what the report is of, its numbers, and what they rest on.

use rust_xlsxwriter::{Format, FormatAlign, Worksheet, XlsxError};

use super::sheet::{Cell, fitting, height, wrapped_lines, write};
use crate::report::format::{capitalised, channel_name, dates, period_title};
use crate::report::said::{asked_in_part, looks};
use crate::report::{CountryLine, Note, Report};

/// A line: what it is, and its value.
pub(super) type Line = (&'static str, Cell);

/// The columns' widths in letters.
const NAMES: f64 = 48.0;
const VALUES: f64 = 80.0;

/// What the report is of, and its numbers.
pub(super) fn summary(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    write_lines(sheet, &format!("{} · {}", period_title(&report.period), report.job), lines(report))
}

/// Names on the left, values on the right; a line without a value is left out.
pub(super) fn write_lines(sheet: &mut Worksheet, heading: &str, mut lines: Vec<Line>) -> Result<(), XlsxError> {
    lines.retain(|(_, cell)| *cell != Cell::Text(String::new()));
    sheet.set_name("summary")?;
    sheet.set_column_width(0, NAMES)?.set_column_width(1, VALUES)?;
    let title = Format::new().set_bold().set_font_size(15);
    sheet.write_string_with_format(0, 0, heading, &title)?;
    let bold = Format::new().set_bold().set_align(FormatAlign::Top);
    for (row, (name, cell)) in (2..).zip(lines) {
        sheet.write_string_with_format(row, 0, name, &bold)?;
        match &cell {
            Cell::Text(text) => {
                let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Left).set_align(FormatAlign::Top);
                sheet.write_string_with_format(row, 1, fitting(text), &wrapped)?;
                sheet.set_row_height(row, height(wrapped_lines(text, VALUES * 0.9)))?;
            }
            // On the left, where texts are, too.
            cell => write(sheet, row, 1, cell, FormatAlign::Left)?,
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn lines(report: &Report) -> Vec<Line> {
    let totals = &report.totals;
    let change = totals.change;
    let rates = totals.rates;
    let coverage = &report.coverage;
    let origin = &report.origin;
    let mut lines = vec![
        ("Job", Cell::text(&report.job)),
        ("Description", Cell::text(&report.description)),
        ("First date", Cell::Date(report.period.first)),
        ("Last date", Cell::Date(report.period.last)),
        ("Dates of the numbers", Cell::text(report.counted_dates().unwrap_or_default())),
        ("Time zone", Cell::text(report.timezone.to_string())),
        ("Attempts", Cell::Count(totals.counts.attempts())),
        ("Converted", Cell::Count(totals.counts.converted())),
        ("Conversion rate", Cell::maybe(rates.map(|rates| rates.rate), Cell::Rate)),
        ("Conversion rate, low end of 95 % interval", Cell::maybe(rates.map(|rates| rates.low), Cell::Rate)),
        ("Conversion rate, high end of 95 % interval", Cell::maybe(rates.map(|rates| rates.high), Cell::Rate)),
    ];
    if let Some(CountryLine { country, figure }) = report.lead {
        let at = lines.iter().position(|(name, _)| *name == "Attempts").unwrap_or(lines.len());
        lines.splice(
            at..at,
            [
                ("Country", Cell::text(country.name())),
                ("Attempts there", Cell::Count(figure.counts.attempts())),
                ("Converted there", Cell::Count(figure.counts.converted())),
                ("Conversion rate there", Cell::maybe(figure.rates.map(|rates| rates.rate), Cell::Rate)),
            ],
        );
    }
    if let (Some(change), Some(compared)) = (change, report.compared) {
        lines.extend([
            ("Compared with", Cell::text(compared.to_string())),
            ("Compared days covered", Cell::Count(count(report.compared_days))),
            ("Attempts of the compared days", Cell::Count(change.before.attempts())),
            ("Expected at the same weekday mix", Cell::Real(change.expected_attempts)),
            ("Change of attempts", Cell::maybe(change.attempts, Cell::Change)),
            ("Conversion rate before", Cell::maybe(change.rate_before, Cell::Rate)),
            ("Change of the conversion rate", Cell::maybe(change.rate.map(|rate| rate.value), Cell::Points)),
        ]);
    }
    if let Some(cleared) = totals.cleared {
        let change = cleared.change;
        lines.extend([
            ("Attempts that look like pumping", Cell::Real(cleared.removed)),
            ("The same of the compared days", Cell::Real(cleared.removed_before)),
            ("Attempts without them", Cell::Real(cleared.attempts)),
            ("Conversion rate without them", Cell::maybe(cleared.rates.map(|rates| rates.rate), Cell::Rate)),
            ("Change of attempts without them", Cell::maybe(change.and_then(|change| change.attempts), Cell::Change)),
            (
                "Change of the conversion rate without them",
                Cell::maybe(change.and_then(|change| change.rate).map(|rate| rate.value), Cell::Points),
            ),
        ]);
    }
    lines.extend([
        ("Days", Cell::Count(count(coverage.days))),
        ("Days covered", Cell::Count(count(coverage.covered))),
        ("Missing days", Cell::text(dates(&coverage.missing))),
        ("Days known in part", Cell::text(dates(&coverage.partial))),
        ("Days that may still change", Cell::text(dates(&coverage.provisional))),
        ("Asked for in part", Cell::text(asked_in_part(coverage).unwrap_or_default())),
        ("Things that deserve attention", Cell::Count(count(report.attention.flags.len()))),
        ("Rows", Cell::Count(i64::try_from(origin.rows).unwrap_or(i64::MAX))),
        ("Sums", Cell::text(if origin.last_run.reconciled { "all hold" } else { "not all hold" })),
        ("Account", Cell::text(report.account.to_string())),
        ("Asked of", Cell::text(&report.source)),
        ("Report as of", Cell::text(report.as_of.to_string())),
        ("Last run", Cell::text(origin.last_run.run_id.to_string())),
    ]);
    lines.extend(looks(report).iter().map(|look| ("How was looked", Cell::text(capitalised(look)))));
    // What is invented must be seen first.
    let (first, others): (Vec<Note>, Vec<Note>) = report.notes.iter().partition(|note| **note == Note::Simulated);
    for note in first {
        lines.insert(0, ("Note", Cell::text(note.text())));
    }
    lines.extend(others.into_iter().map(|note| ("Note", Cell::text(note.text()))));
    lines.extend(origin.damage.iter().map(|damage| ("Damage", Cell::text(damage))));
    let channels = report.channels.iter().map(|line| channel_name(line.channel)).collect::<Vec<_>>();
    if !channels.is_empty() {
        lines.push(("Channels", Cell::text(channels.join(", "))));
    }
    lines
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
