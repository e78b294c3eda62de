//! A table on a sheet: a frozen header with filters, typed cells below it.

use chrono::NaiveDate;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::model::{Counts, Money, printable_lines};
use crate::report::Figure;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// What is not known.
    Empty,
    /// A text, whatever it begins with.
    Text(String),
    /// A number of attempts.
    Count(i64),
    /// A number with decimals.
    Real(f64),
    /// An amount of some currency.
    Money(Money),
    /// A fraction, shown as per cent.
    Rate(f64),
    /// A change as a fraction, shown as per cent with its sign.
    Change(f64),
    /// A probability.
    Probability(f64),
    /// A date.
    Date(NaiveDate),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Empty, cell)
    }

    /// How its column is shown; `None` = as the program likes.
    const fn format(&self) -> Option<&'static str> {
        match self {
            Self::Empty | Self::Text(_) => None,
            Self::Count(_) => Some("#,##0"),
            Self::Real(_) => Some("#,##0.0"),
            Self::Money(_) => Some("#,##0.00####"),
            Self::Rate(_) => Some("0.0%"),
            Self::Change(_) => Some("+0.0%;-0.0%;0.0%"),
            Self::Probability(_) => Some("0.00E+00"),
            Self::Date(_) => Some("yyyy-mm-dd"),
        }
    }
}

/// The longest text that a cell holds, in UTF-16 units, by the file format.
const LONGEST: usize = 32_767;

/// A column: its head, and its width in letters.
pub(super) type Column = (&'static str, f64);

/// Writes a named sheet.
pub(super) fn table(
    sheet: &mut Worksheet,
    name: &str,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(Color::RGB(0x00E8_EEF4))
        .set_border_bottom(FormatBorder::Thin);
    for (column, (text, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *text, &head)?;
        sheet.set_column_width(column, *width)?;
    }
    let mut last = 0;
    for (row, cells) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(&cells) {
            write(sheet, row, column, cell)?;
        }
        last = row;
    }
    sheet.set_freeze_panes(1, 1)?;
    if let Some(end) = u16::try_from(columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, last, end)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Writes a cell; never a formula, whatever the text.
pub(super) fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    let format = cell.format().map_or_else(Format::new, |format| Format::new().set_num_format(format));
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, fitting(text), &format.set_align(FormatAlign::Top))?;
        }
        #[expect(clippy::cast_precision_loss, reason = "spreadsheets know only doubles")]
        Cell::Count(count) => {
            sheet.write_number_with_format(row, column, *count as f64, &format)?;
        }
        Cell::Money(money) => {
            sheet.write_number_with_format(row, column, money.to_f64(), &format)?;
        }
        Cell::Real(number) | Cell::Rate(number) | Cell::Change(number) | Cell::Probability(number) => {
            sheet.write_number_with_format(row, column, *number, &format)?;
        }
        Cell::Date(date) => {
            sheet.write_date_with_format(row, column, date, &format)?;
        }
    }
    Ok(())
}

/// As much of a text as a cell holds, without what a program would obey instead of showing.
pub(super) fn fitting(text: &str) -> String {
    let mut units = 0;
    printable_lines(text)
        .chars()
        .take_while(|letter| {
            units += letter.len_utf16();
            units <= LONGEST
        })
        .collect()
}

/// The heads of [`figure`].
pub(super) const FIGURE: [Column; 11] = [
    ("Attempts", 12.0),
    ("Converted", 12.0),
    ("Rate", 9.0),
    ("Rate, low end of 95 % interval", 14.0),
    ("Rate, high end of 95 % interval", 14.0),
    ("Share of attempts", 10.0),
    ("Expected from the compared period", 16.0),
    ("Change of attempts", 11.0),
    ("Rate before", 9.0),
    ("Change of rate", 10.0),
    ("Enough attempts to rank", 12.0),
];

/// A figure's cells. What the compared period lets expect, and all changes, are at the same weekday mix.
pub(super) fn figure(figure: &Figure) -> Vec<Cell> {
    let mut cells = counts(figure.counts);
    let rates = figure.rates;
    let change = figure.change;
    cells.extend([
        Cell::maybe(rates.map(|rates| rates.low), Cell::Rate),
        Cell::maybe(rates.map(|rates| rates.high), Cell::Rate),
        Cell::Rate(figure.share),
        Cell::maybe(change.map(|change| change.expected_attempts), Cell::Real),
        Cell::maybe(change.and_then(|change| change.attempts), Cell::Change),
        Cell::maybe(change.and_then(|change| change.rate_before), Cell::Rate),
        Cell::maybe(change.and_then(|change| change.rate).map(|rate| rate.value), Cell::Change),
        Cell::text(if figure.is_ranked { "yes" } else { "no" }),
    ]);
    cells
}

/// Attempts, conversions and rate.
pub(super) fn counts(counts: Counts) -> Vec<Cell> {
    vec![
        Cell::Count(counts.attempts()),
        Cell::Count(counts.converted()),
        Cell::maybe(crate::rollup::Rates::of(counts), |rates| Cell::Rate(rates.rate)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_a_cell_ends_and_never_within_a_letter() {
        assert_eq!(fitting("a\u{1b}\nb\u{202e}"), "a\\u{1b}\nb\\u{202e}");
        let text = "😀".repeat(20_000);
        assert_eq!(fitting(&text).encode_utf16().count(), LONGEST - 1);
        assert_eq!(fitting("=1+1"), "=1+1");
    }
}
