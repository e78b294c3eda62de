//! The forms of `DateCreatedAfter` and `DateCreatedBefore`.
//!
//! The documented form is `2022-03-02T21:02:33Z`. The vendor's clients also send it without `Z`, with an offset
//! (`+02:00`, `-0500`), with a fraction of a second, with `.` for `:`, or as a plain date; a `+` that nobody encoded arrives
//! as a space.
//! All of these are taken, anything else is refused. Without an offset, a time is UTC.

use chrono::NaiveDate;

/// Microseconds of a second.
pub(super) const SECOND: i64 = 1_000_000;

/// Microseconds since 1970-01-01T00:00:00Z; anything finer is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    pub(super) const fn of_second(second: i64) -> Self {
        Self(second * SECOND)
    }

    /// The whole second that holds it.
    pub(super) const fn second(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    pub(super) const fn has_fraction(self) -> bool {
        self.0.rem_euclid(SECOND) != 0
    }
}

/// `None` if the text has none of the forms, or names a time that does not exist.
pub(super) fn parse(text: &str) -> Option<Moment> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4)?;
    rest.expect(b"-")?;
    let month = rest.digits(2)?;
    rest.expect(b"-")?;
    let day = rest.digits(2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if rest.0.is_empty() {
        return Some(Moment::of_second(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp()));
    }
    rest.expect(b"Tt ")?;
    let hour = rest.digits(2)?;
    let separator = rest.expect(b":.")?;
    let minute = rest.digits(2)?;
    let second = if rest.expect(&[separator]).is_some() { rest.digits(2)? } else { 0 };
    let micros = if rest.expect(b".,").is_some() { rest.fraction()? } else { 0 };
    let offset = rest.offset()?;
    let local = date.and_hms_opt(hour, minute, second)?.and_utc().timestamp();
    rest.0.is_empty().then_some(Moment((local - offset) * SECOND + micros))
}

/// What has not been read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// One of some bytes; nothing is read if it is another.
    fn expect(&mut self, expected: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        expected.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// A number of exactly this many digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number = digits
            .iter()
            .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    /// At least one digit, as microseconds.
    fn fraction(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let first_six = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
        (length > 0).then(|| first_six.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')))
    }

    /// Seconds ahead of UTC: nothing, `Z`, `+02:00`, `+0200` or `+02`.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.expect(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.expect(b"+- ")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2)?;
        let colon = self.expect(b":").is_some();
        let minutes = if colon || !self.0.is_empty() { self.digits(2)? } else { 0 };
        (hours < 24 && minutes < 60).then_some(sign * i64::from(hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_790_856_000; // 2026-10-01T12:00:00Z

    #[test]
    fn every_form_that_clients_send_names_the_instant() {
        for (text, seconds, micros) in [
            ("2026-10-01T12:00:00Z", NOON, 0),
            ("2026-10-01T12:00:00", NOON, 0),
            ("2026-10-01T12:00Z", NOON, 0),
            ("2026-10-01T14:00:00+02:00", NOON, 0),
            ("2026-10-01T14:00:00 02:00", NOON, 0),
            ("2026-10-01T07:00:00-0500", NOON, 0),
            ("2026-10-01T07:00:00-05", NOON, 0),
            ("2026-10-01T17:30:00.000+05:30", NOON, 0),
            ("2026-10-01T12:00:00.000000Z", NOON, 0),
            ("2026-10-01T12:00:00.001Z", NOON, 1000),
            ("2026-10-01T12:00:00.5", NOON, 500_000),
            ("2026-10-01T12:00:00.123456789Z", NOON, 123_456),
            ("2026-10-01 12:00:00", NOON, 0),
            ("2026-10-01T12.00.00Z", NOON, 0),
            ("2026-10-01T12.00.00.5Z", NOON, 500_000),
            ("2026-10-01", NOON - 43_200, 0),
            ("1969-12-31T23:59:59Z", -1, 0),
        ] {
            assert_eq!(parse(text), Some(Moment(seconds * SECOND + micros)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-10",
            "2026-13-01",
            "2026-02-29",
            "2026-10-01T",
            "2026-10-01T12",
            "2026-10-01T24:00:00Z",
            "2026-10-01T12:60:00Z",
            "2026-10-01T12:00:60Z",
            "2026-10-01T12:00:00.Z",
            "2026-10-01T12.00:00Z",
            "2026-10-01T12:00:00ZZ",
            "2026-10-01T12:00:00+2:00",
            "2026-10-01T12:00:00+02:",
            "2026-10-01T12:00:00+24:00",
            "2026-10-01T12:00:00%2B02:00",
            "01.10.2026",
            "20261001",
            "+2026-10-01",
            "２026-10-01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
