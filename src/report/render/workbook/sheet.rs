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
    /// A relative change as a fraction, shown as per cent with its sign.
    Change(f64),
    /// A difference of rates, a fraction as well; written and shown as percentage points, which are no per cent.
    Points(f64),
    /// A probability.
    Probability(f64),
    /// A date.
    Date(NaiveDate),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The weekday of a single day.
    pub(super) fn weekday(first: NaiveDate, last: NaiveDate) -> Self {
        if first == last { Self::text(first.format("%A").to_string()) } else { Self::Empty }
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
            Self::Change(_) => Some("+#,##0.0%;-#,##0.0%;0.0%"),
            Self::Points(_) => Some("+0.0\" pp\";-0.0\" pp\";0.0\" pp\""),
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
    let mut last = 0;
    let mut has_numbers = vec![false; columns.len()];
    for (row, cells) in (1..).zip(rows) {
        for ((column, cell), has_numbers) in (0..).zip(&cells).zip(&mut has_numbers) {
            write(sheet, row, column, cell, FormatAlign::General)?;
            *has_numbers |= !matches!(cell, Cell::Empty | Cell::Text(_));
        }
        last = row;
    }
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_background_color(Color::RGB(0x00E8_EEF4))
        .set_border_bottom(FormatBorder::Thin);
    for ((column, (text, width)), has_numbers) in (0..).zip(columns).zip(has_numbers) {
        let side = if has_numbers { FormatAlign::Right } else { FormatAlign::Left };
        let indent = u8::from(column > 0 && !has_numbers);
        sheet.write_string_with_format(0, column, *text, &head.clone().set_align(side).set_indent(indent))?;
        sheet.set_column_width(column, *width)?;
    }
    // Not every program makes a row as high as its text; one that doesn't would lay the head over the first line. The
    // last line of the head is the filters' buttons'.
    let lines = columns.iter().map(|(text, width)| wrapped_lines(text, *width)).max().unwrap_or(1);
    sheet.set_row_height(0, height(lines + 1))?;
    sheet.set_freeze_panes(1, 1)?;
    if let Some(end) = u16::try_from(columns.len()).ok().and_then(|count| count.checked_sub(1)) {
        sheet.autofilter(0, 0, last, end)?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// How many lines a text takes that is wrapped between words in a column so many letters wide.
pub(super) fn wrapped_lines(text: &str, width: f64) -> u32 {
    let of = |word: &str| word.chars().map(|_| 1.0).sum::<f64>();
    let wrapped = |line: &str| {
        let (mut lines, mut used) = (1, 0.0);
        for word in line.split(' ').map(of) {
            if used > 0.0 && used + 1.0 + word > width {
                (lines, used) = (lines + 1, word);
            } else {
                used += if used > 0.0 { 1.0 + word } else { word };
            }
            while used > width {
                (lines, used) = (lines + 1, used - width);
            }
        }
        lines
    };
    text.split('\n').map(wrapped).sum()
}

/// The height of a row of so many lines, in points; the file format ends at 409.
pub(super) fn height(lines: u32) -> f64 {
    (f64::from(lines) * 15.0 + 1.0).min(409.0)
}

/// Writes a cell; never a formula, whatever the text.
pub(super) fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    align: FormatAlign,
) -> Result<(), XlsxError> {
    let format = cell.format().map_or_else(Format::new, |format| Format::new().set_num_format(format));
    let format = format.set_align(align);
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            // A text beside a number would run into it.
            let indent = u8::from(column > 0);
            sheet.write_string_with_format(
                row,
                column,
                fitting(text),
                &format.set_align(FormatAlign::Left).set_align(FormatAlign::Top).set_indent(indent),
            )?;
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
        Cell::Points(difference) => {
            sheet.write_number_with_format(row, column, *difference * 100.0, &format)?;
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
pub(super) const FIGURE: [Column; 16] = [
    ("Attempts", 12.0),
    ("Converted", 12.0),
    ("Rate", 9.0),
    ("Rate, low end of 95 % interval", 16.0),
    ("Rate, high end of 95 % interval", 16.0),
    ("Share of attempts", 10.0),
    ("Expected from the compared period", 16.0),
    ("Change of attempts", 11.0),
    ("Rate before", 9.0),
    ("Change of rate, points", 11.0),
    ("Change of rate, low end of 95 % interval", 15.0),
    ("Change of rate, high end of 95 % interval", 15.0),
    ("Attempts taken out as attacks", 14.0),
    ("Change of attempts without attacks", 14.0),
    ("Change of rate without attacks", 14.0),
    ("Enough attempts to rank", 12.0),
];

/// A figure's cells. What the compared period lets expect, and all changes, are at the same weekday mix.
pub(super) fn figure(figure: &Figure) -> Vec<Cell> {
    let mut cells = counts(figure.counts);
    let rates = figure.rates;
    let change = figure.change;
    let rate = change.and_then(|change| change.rate);
    let cleared = figure.cleared;
    let left = cleared.and_then(|cleared| cleared.change);
    cells.extend([
        Cell::maybe(rates.map(|rates| rates.low), Cell::Rate),
        Cell::maybe(rates.map(|rates| rates.high), Cell::Rate),
        Cell::Rate(figure.share),
        Cell::maybe(change.map(|change| change.expected_attempts), Cell::Real),
        Cell::maybe(change.and_then(|change| change.attempts), Cell::Change),
        Cell::maybe(change.and_then(|change| change.rate_before), Cell::Rate),
        Cell::maybe(rate.map(|rate| rate.value), Cell::Points),
        Cell::maybe(rate.map(|rate| rate.low), Cell::Points),
        Cell::maybe(rate.map(|rate| rate.high), Cell::Points),
        Cell::maybe(cleared.map(|cleared| cleared.removed), Cell::Real),
        Cell::maybe(left.and_then(|change| change.attempts), Cell::Change),
        Cell::maybe(left.and_then(|change| change.rate).map(|rate| rate.value), Cell::Points),
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

    /// A rate that rose by 1.2 points rose by 1.6 per cent: the two must not look alike.
    #[test]
    fn points_and_relative_changes_are_told_apart() {
        let formats = [Cell::Rate(0.5), Cell::Change(0.5), Cell::Points(0.5)].map(|cell| cell.format().unwrap());
        assert!(formats[0].contains('%') && formats[1].contains("+#,##0.0%") && !formats[2].contains('%'));
        assert!(formats[2].matches(" pp").count() == 3);
        let figure: Vec<_> = FIGURE.iter().map(|(name, _)| *name).collect();
        assert_eq!(figure.iter().position(|name| name.contains("points")), Some(9));
    }

    #[test]
    fn a_head_is_as_high_as_its_text() {
        for (text, width, lines) in
            [("Rate", 9.0, 1), ("Rate, low end of 95 % interval", 14.0, 3), ("a\nb", 9.0, 2), ("abcdefghij", 5.0, 2)]
        {
            assert_eq!(wrapped_lines(text, width), lines, "{text}");
        }
        assert!(height(100_000) <= 409.0);
    }

    #[test]
    fn a_text_is_cut_where_a_cell_ends_and_never_within_a_letter() {
        assert_eq!(fitting("a\u{1b}\nb\u{202e}"), "a\\u{1b}\nb\\u{202e}");
        let text = "😀".repeat(20_000);
        assert_eq!(fitting(&text).encode_utf16().count(), LONGEST - 1);
        assert_eq!(fitting("=1+1"), "=1+1");
    }
}
