//! Days and longer windows, gathered from the windows of a dataset.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;

use super::super::model::TrendState;
use crate::job::{day_start, local_date};
use crate::model::Window;

/// A day, or a longer window: the finest part of time that cells are compared by.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Unit {
    /// Its first date.
    pub first: NaiveDate,
    /// Its last date, inclusive.
    pub last: NaiveDate,
    /// Its length in days; of days cut short by their windows 1 all the same.
    pub days: u32,
    /// What is known of it.
    pub state: TrendState,
    /// How much of it the windows cover: 1 but for a day that is known in part.
    pub covered: f64,
}

impl Unit {
    /// Whether its numbers are complete: comparisons rest on these alone.
    pub(in crate::report) const fn is_complete(&self) -> bool {
        matches!(self.state, TrendState::Final | TrendState::Provisional)
    }

    /// Whether they are complete and will not change.
    pub(in crate::report) const fn is_final(&self) -> bool {
        matches!(self.state, TrendState::Final)
    }

    /// Its dates, ascending.
    pub(in crate::report) fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        self.first.iter_days().take_while(move |date| *date <= last)
    }

    /// The weekday of a single day.
    pub(in crate::report) fn weekday(&self) -> Option<Weekday> {
        (self.first == self.last).then(|| self.first.weekday())
    }

    /// Whether it is a Saturday or Sunday.
    pub(in crate::report) fn is_weekend(&self) -> bool {
        matches!(self.weekday(), Some(Weekday::Sat | Weekday::Sun))
    }
}

/// Whether windows are gathered into days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum ByDay {
    /// Windows are hours or days.
    Days,
    /// Windows are longer.
    Windows,
}

impl ByDay {
    /// Of a dataset's `every`.
    pub(in crate::report) fn of(every: &str) -> Self {
        if matches!(every, "hour" | "day") { Self::Days } else { Self::Windows }
    }
}

/// Seconds of a local date.
fn day_length(date: NaiveDate, zone: Tz) -> i64 {
    day_start(date + Days::new(1), zone).0 - day_start(date, zone).0
}

/// Units in the making.
pub(super) struct Units {
    pub zone: Tz,
    pub by_day: ByDay,
    pub found: Vec<(Unit, i64)>,
}

impl Units {
    /// The unit of a window; windows come in ascending order.
    pub(super) fn add(&mut self, window: Window, date: NaiveDate, is_final: bool) -> usize {
        let seconds = window.end().0 - window.start().0;
        let state = if is_final { TrendState::Final } else { TrendState::Provisional };
        match self.found.last_mut() {
            Some((unit, covered)) if self.by_day == ByDay::Days && unit.first == date => {
                *covered += seconds;
                if !is_final {
                    unit.state = TrendState::Provisional;
                }
            }
            _ => {
                let last = match self.by_day {
                    ByDay::Days => date,
                    ByDay::Windows => local_date(window.end().plus_seconds(-1), self.zone).max(date),
                };
                let days = u32::try_from((last - date).num_days() + 1).unwrap_or(1);
                self.found.push((Unit { first: date, last, days, state, covered: 1.0 }, seconds));
            }
        }
        self.found.len() - 1
    }

    pub(super) fn finish(self) -> Vec<Unit> {
        let Self { zone, by_day, found } = self;
        let judged = found.into_iter().map(|(unit, covered)| {
            let length = day_length(unit.first, zone);
            if by_day == ByDay::Windows || covered >= length {
                return unit;
            }
            #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
            let covered = covered as f64 / length as f64;
            Unit { state: TrendState::Partial, covered, ..unit }
        });
        judged.collect()
    }
}
