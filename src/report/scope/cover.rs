//! Which of the period's days are covered, and by windows of which period.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::super::calendar::PeriodName;
use super::super::model::{Coverage, Period, PeriodKind};
use super::published::Published;
use crate::job::day_start;
use crate::model::{UnixSeconds, Window};

/// The first date after the window that holds a date.
fn after(date: NaiveDate, every: &str) -> NaiveDate {
    let kind = match every {
        "week" => PeriodKind::Week,
        "month" => PeriodKind::Month,
        _ => PeriodKind::Day,
    };
    PeriodName::holding(kind, date).next()
}

/// How much of each of the period's days is covered.
pub(super) struct Cover {
    days: Vec<CoveredDay>,
}

struct CoveredDay {
    date: NaiveDate,
    window: Option<Window>,
    /// When the window that holds it is over, and may be published.
    due: UnixSeconds,
    covered: i64,
    covered_before: i64,
    is_provisional: bool,
}

impl Cover {
    /// `every` is how windows are cut.
    pub(super) fn new(period: &Period, zone: Tz, every: &str) -> Self {
        let day = |date: NaiveDate| CoveredDay {
            date,
            window: Window::new(day_start(date, zone), day_start(date + Days::new(1), zone)),
            due: day_start(after(date, every), zone),
            covered: 0,
            covered_before: 0,
            is_provisional: false,
        };
        // A date that the zone skipped has no second that could be covered.
        Self { days: period.dates().map(day).filter(|day| day.window.is_some()).collect() }
    }

    /// How many days could be covered at an instant.
    pub(super) fn due(&self, as_of: UnixSeconds) -> usize {
        self.days.iter().filter(|day| day.due <= as_of).count()
    }

    pub(super) fn dates(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days.iter().map(|day| day.date)
    }

    pub(super) fn add(&mut self, stored: &Published, is_here: bool) {
        for day in &mut self.days {
            let Some(whole) = day.window.filter(|whole| whole.overlaps(stored.window)) else { continue };
            let seconds = whole.end().min(stored.window.end()).0 - whole.start().max(stored.window.start()).0;
            if is_here {
                day.covered += seconds;
                day.is_provisional |= !stored.is_final;
            } else {
                day.covered_before += seconds;
            }
        }
    }

    pub(super) fn finish(&self, coverage: &mut Coverage, period: &Period, as_of: UnixSeconds) {
        coverage.days = self.days.len();
        coverage.is_over = period.window.end() <= as_of;
        for day in &self.days {
            let length = day.window.map_or(0, |whole| whole.end().0 - whole.start().0);
            if day.due <= as_of && day.covered + day.covered_before < length {
                coverage.absent.push(day.date);
            }
            match (day.covered, day.covered_before) {
                (0, 0) => coverage.missing.push(day.date),
                (0, _) => coverage.counted_before.push(day.date),
                (covered, before) if covered + before < length => coverage.partial.push(day.date),
                _ => coverage.covered += 1,
            }
            if day.is_provisional {
                coverage.provisional.push(day.date);
            }
        }
    }
}
