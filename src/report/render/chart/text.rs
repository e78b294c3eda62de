//! Numbers and names where there is little room.

use chrono::NaiveDate;

use crate::model::Counts;

/// `987`, `9.9k`, `12k`, `3.4M`: at most four letters up to a billion. The tables hold the exact number.
pub(super) fn compact(number: i64) -> String {
    let Ok(count) = u64::try_from(number) else { return number.to_string() };
    let scaled = |unit: u64, letter: char| {
        // In tenths, rounded half up.
        let tenths = (u128::from(count) * 10 + u128::from(unit) / 2) / u128::from(unit);
        if tenths < 100 {
            format!("{}.{}{letter}", tenths / 10, tenths % 10)
        } else {
            format!("{}{letter}", (count + unit / 2) / unit)
        }
    };
    match count {
        0..1_000 => count.to_string(),
        1_000..999_500 => scaled(1_000, 'k'),
        999_500..999_500_000 => scaled(1_000_000, 'M'),
        _ => scaled(1_000_000_000, 'G'),
    }
}

/// `8k`, `2.5k`, `150`: a value of an axis.
pub(super) fn round_count(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a round number of attempts")]
    let count = value.round() as i64;
    compact(count).replace(".0", "")
}

/// `71 %`
pub(super) fn whole_percent(fraction: f64) -> String {
    format!("{:.0} %", fraction * 100.0)
}

/// `Fri 2 October`
pub(super) fn day(date: NaiveDate) -> String {
    date.format("%a %-d %B").to_string()
}

/// The number of attempts as a length; beyond 2⁵³ rounded.
#[expect(clippy::cast_precision_loss, reason = "a length on paper")]
pub(super) fn length(count: i64) -> f64 {
    count as f64
}

/// The attempts as a length.
pub(super) fn attempts(counts: Counts) -> f64 {
    length(counts.attempts())
}

/// A position in a list as a length.
#[expect(clippy::cast_precision_loss, reason = "lists are short")]
pub(super) fn position(index: usize) -> f64 {
    index as f64
}

/// A text that takes at most so many pixels at a size, its end replaced by an ellipsis.
///
/// The page's font is the reader's own, so widths are estimated, on the safe side: letters of the East are as wide as
/// high, and so are the widest of ours; capitals eight tenths of that, digits seven, others six.
pub(super) fn fitted(text: &str, pixels: f64, size: f64) -> String {
    let width = |letter: char| {
        size * match letter {
            '\u{1100}'.. | 'M' | 'W' | 'm' | 'w' | '@' | '%' => 1.0,
            'A'..='Z' | '+' | '<' | '=' | '>' | '~' | '\u{370}'..'\u{1100}' => 0.8,
            '0'..='9' => 0.68,
            _ => 0.56,
        }
    };
    if text.chars().map(width).sum::<f64>() <= pixels {
        return text.to_owned();
    }
    let mut room = pixels - width('…');
    let kept: String = text
        .chars()
        .take_while(|letter| {
            room -= width(*letter);
            room >= 0.0
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shortened_by_rounding() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1_000, "1.0k"),
            (1_949, "1.9k"),
            (9_949, "9.9k"),
            (9_950, "10k"),
            (12_499, "12k"),
            (999_499, "999k"),
            (999_500, "1.0M"),
            (3_449_999, "3.4M"),
            (99_500_000, "100M"),
            (999_500_000, "1.0G"),
            (i64::MAX, "9223372037G"),
        ];
        for (count, text) in table {
            assert_eq!(compact(count), text);
        }
    }

    #[test]
    fn long_names_end_in_an_ellipsis() {
        assert_eq!(fitted("Chile", 60.0, 13.0), "Chile");
        assert_eq!(fitted("South Georgia and the South Sandwich Islands", 100.0, 13.0), "South Georg…");
        // A service without a name: nearly all digits.
        assert_eq!(fitted("VA00ae47ac1a7fdba50aaf35dcc755e1b9", 150.0, 13.0), "VA00ae47ac1a7fdb…");
        assert_eq!(fitted("WWWMMMWWWMMM", 124.0, 13.0), "WWWMMMWW…");
        assert_eq!(fitted("日本語の長い名前です", 60.0, 13.0), "日本語…");
    }
}
