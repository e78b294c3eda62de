//! Months, weeks and days of a job's zone: their names, their ends, and which of them came before.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use chrono_tz::Tz;

use super::model::{Period, PeriodKind};
use crate::job::{day_start, local_date};
use crate::model::{UnixSeconds, Window};

/// A period by its name, before a zone says when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodName {
    /// How long it is.
    pub kind: PeriodKind,
    /// Its first date.
    pub first: NaiveDate,
}

/// A period as the command line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodChoice {
    /// By its name.
    Named(PeriodName),
    /// The last one that was over: `yesterday`, `last`.
    Last(PeriodKind),
}

impl PeriodChoice {
    /// Reads a period of a kind by its name, or by the word for the last one; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str, kind: PeriodKind) -> Option<Self> {
        match (text, kind) {
            ("last", _) | ("yesterday", PeriodKind::Day) => Some(Self::Last(kind)),
            _ => PeriodName::parse(text).filter(|name| name.kind == kind).map(Self::Named),
        }
    }

    /// How long it is.
    #[must_use]
    pub const fn kind(self) -> PeriodKind {
        match self {
            Self::Named(name) => name.kind,
            Self::Last(kind) => kind,
        }
    }

    /// Its name at an instant, in a zone.
    #[must_use]
    pub fn at(self, as_of: UnixSeconds, zone: Tz) -> PeriodName {
        match self {
            Self::Named(name) => name,
            Self::Last(kind) => PeriodName::last_complete(kind, as_of, zone),
        }
    }
}

impl PeriodName {
    /// Reads `2026-10`, `2026-W43` or `2026-10-27`, from 1970 to 2499; `None` of anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |text: &str, digits: usize| {
            (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse::<u32>().ok())?
        };
        let mut parts = text.split('-');
        let year = plain(parts.next()?, 4).filter(|year| (1970..2500).contains(year))?.cast_signed();
        let second = parts.next()?;
        let (kind, first) = match (second.strip_prefix('W'), parts.next()) {
            (Some(week), None) => (PeriodKind::Week, NaiveDate::from_isoywd_opt(year, plain(week, 2)?, Weekday::Mon)?),
            (None, None) => (PeriodKind::Month, NaiveDate::from_ymd_opt(year, plain(second, 2)?, 1)?),
            (None, Some(day)) => (PeriodKind::Day, NaiveDate::from_ymd_opt(year, plain(second, 2)?, plain(day, 2)?)?),
            (Some(_), Some(_)) => return None,
        };
        parts.next().is_none().then_some(Self { kind, first })
    }

    /// The period that holds a date.
    #[must_use]
    pub fn holding(kind: PeriodKind, date: NaiveDate) -> Self {
        let first = match kind {
            PeriodKind::Month => date.with_day(1).unwrap_or(date),
            PeriodKind::Week => date - Days::new(u64::from(date.weekday().num_days_from_monday())),
            PeriodKind::Day => date,
        };
        Self { kind, first }
    }

    /// The last one that was over at an instant.
    #[must_use]
    pub fn last_complete(kind: PeriodKind, as_of: UnixSeconds, zone: Tz) -> Self {
        let current = Self::holding(kind, local_date(as_of, zone));
        Self::holding(kind, current.first - Days::new(1))
    }

    /// What it is compared with unless something else is asked for: the month before, the week before, or the same
    /// weekday of the week before.
    #[must_use]
    pub fn before(self) -> Self {
        let first = match self.kind {
            PeriodKind::Month => self.first - Months::new(1),
            PeriodKind::Week | PeriodKind::Day => self.first - Days::new(7),
        };
        Self { first, ..self }
    }

    /// The first date after it.
    pub(super) fn next(self) -> NaiveDate {
        match self.kind {
            PeriodKind::Month => self.first + Months::new(1),
            PeriodKind::Week => self.first + Days::new(7),
            PeriodKind::Day => self.first + Days::new(1),
        }
    }

    /// The period in a zone; `None` of a date that the zone skipped.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Option<Period> {
        let next = self.next();
        let window = Window::new(day_start(self.first, zone), day_start(next, zone))?;
        Some(Period { kind: self.kind, first: self.first, last: next - Days::new(1), window })
    }
}

impl Period {
    /// Whether a local date lies in it.
    #[must_use]
    pub fn holds(&self, date: NaiveDate) -> bool {
        self.first <= date && date <= self.last
    }

    /// Its dates, ascending.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        self.first.iter_days().take_while(move |date| *date <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(name: PeriodName) -> Period {
        name.in_zone(Tz::UTC).unwrap()
    }

    #[test]
    fn names_read_back_as_they_are_written() {
        for name in ["2026-10", "2026-W43", "2026-W01", "2020-W53", "2026-10-27", "2024-02-29"] {
            let period = utc(PeriodName::parse(name).unwrap());
            assert_eq!(period.to_string(), name);
        }
        for name in [
            "2026",
            "2026-13",
            "2026-00",
            "2026-1",
            "26-10",
            "2026-W54",
            "2026-W00",
            "2026-W1",
            "2026-10-32",
            "2026-02-29",
            "2026-W43-1",
            "2026-10-27-1",
            "+026-10",
            "2026-+1",
            "october",
            "",
            "2026-10-",
            "1969-12",
            "9999-01",
        ] {
            assert_eq!(PeriodName::parse(name), None, "{name}");
        }
        // The first ISO week of 2026 begins in 2025.
        assert_eq!(PeriodName::parse("2026-W01").unwrap().first.to_string(), "2025-12-29");
    }

    #[test]
    fn the_last_complete_period_is_over_in_the_zone() {
        let zone = chrono_tz::America::Bogota;
        let at = |text: &str| UnixSeconds(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp());
        for (as_of, kind, name) in [
            ("2026-11-01T04:59:59Z", PeriodKind::Month, "2026-09"),
            ("2026-11-01T05:00:00Z", PeriodKind::Month, "2026-10"),
            ("2026-11-02T04:59:59Z", PeriodKind::Week, "2026-W43"),
            ("2026-11-02T05:00:00Z", PeriodKind::Week, "2026-W44"),
            ("2026-11-02T05:00:00Z", PeriodKind::Day, "2026-11-01"),
        ] {
            let period = PeriodName::last_complete(kind, at(as_of), zone).in_zone(zone).unwrap();
            let word = if kind == PeriodKind::Day { "yesterday" } else { "last" };
            let choice = PeriodChoice::parse(word, kind).unwrap();
            assert_eq!(choice.at(at(as_of), zone).in_zone(zone), Some(period));
            assert_eq!(period.to_string(), name, "{as_of}");
            assert!(period.window.end() <= at(as_of));
        }
    }

    #[test]
    fn the_period_before_has_the_same_weekdays_where_that_can_be() {
        for (name, before) in [("2026-01", "2025-12"), ("2026-W01", "2025-W52"), ("2026-10-27", "2026-10-20")] {
            assert_eq!(utc(PeriodName::parse(name).unwrap().before()).to_string(), before);
        }
    }

    #[test]
    fn a_month_has_its_days_and_its_hours() {
        let month = PeriodName::parse("2026-10").unwrap().in_zone(chrono_tz::Europe::Paris).unwrap();
        assert_eq!(month.dates().count(), 31);
        assert_eq!(month.window.end().0 - month.window.start().0, 31 * 86_400 + 3600);
        assert!(month.holds(month.last) && !month.holds(month.last + Days::new(1)));
        // Samoa went from 29 to 31 December 2011.
        assert_eq!(PeriodName::parse("2011-12-30").unwrap().in_zone(chrono_tz::Pacific::Apia), None);
    }
}
