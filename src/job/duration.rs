//! Lengths of time as a job file and the command line write them: `24h`, `30d`, `90s`, `10m`, `500ms`, `2w`.

use std::time::Duration;

/// The longest length that is understood: a hundred years of 365 days.
const LONGEST: Duration = Duration::from_hours(36_500 * 24);

/// Why a text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a whole number and a unit.
    #[error("not a length of time; write a whole number and ms, s, m, h, d or w, such as 90s or 24h")]
    Malformed,
    /// More than a hundred years of 365 days.
    #[error("longer than a hundred years")]
    TooLong,
}

/// The form, as a regular expression.
pub(super) const PATTERN: &str = "^[0-9]+(ms|s|m|h|d|w)$";

/// Reads a whole number and one unit: `ms`, `s`, `m` (minutes), `h`, `d` (24 hours) or `w`, without a space.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(DurationError::Malformed)?;
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 604_800_000,
        _ => return Err(DurationError::Malformed),
    };
    if number.is_empty() {
        return Err(DurationError::Malformed);
    }
    // Only digits remain, so the number fails to parse only where it is too great.
    let number: u64 = number.parse().map_err(|_| DurationError::TooLong)?;
    let length = number.checked_mul(milliseconds).map(Duration::from_millis).ok_or(DurationError::TooLong)?;
    if length > LONGEST { Err(DurationError::TooLong) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        for (text, milliseconds) in
            [("500ms", 500), ("90s", 90_000), ("10m", 600_000), ("24h", 86_400_000), ("30d", 2_592_000_000), ("0s", 0)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_duration("1w"), parse_duration("7d"));
        assert_eq!(parse_duration("36500d"), Ok(LONGEST));
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in ["", "h", "24", "24 h", " 24h", "24h ", "-1h", "+1h", "1.5h", "1h30m", "24H", "1y", "１h", "1µs"] {
            assert_eq!(parse_duration(bad), Err(DurationError::Malformed), "{bad}");
        }
        for long in ["36501d", "99999999999999999999h", "18446744073709551615w"] {
            assert_eq!(parse_duration(long), Err(DurationError::TooLong), "{long}");
        }
    }
}
