//! The windows of a job: which range of time it covers, and how the range is cut.

use chrono_tz::Tz;

use super::calendar::{Unit, known, next_start, unit_start};
use crate::model::{UnixSeconds, Window, nearest, words};

words! {
    /// How a range is cut.
    Every {
        /// At full hours of the local clock.
        Hour = "hour",
        /// At midnights.
        Day = "day",
        /// At the midnights of Mondays.
        Week = "week",
        /// At the midnights of 1sts.
        Month = "month",
        /// Not at all: one window.
        Whole = "whole",
    }
}

impl Every {
    /// The unit between two cuts; `None` for none.
    #[must_use]
    pub const fn unit(self) -> Option<Unit> {
        match self {
            Self::Hour => Some(Unit::Hour),
            Self::Day => Some(Unit::Day),
            Self::Week => Some(Unit::Week),
            Self::Month => Some(Unit::Month),
            Self::Whole => None,
        }
    }
}

/// The range of time that a job covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The unit that holds `as_of`, up to `as_of`: `today`, `this-week`, `this-month`.
    Current(Unit),
    /// The `count` complete units before the one that holds `as_of`: `yesterday`, `last-week`, `last-28-days`.
    Last {
        /// How many; at least 1, at most [`Range::most`].
        count: u32,
        /// Of what.
        unit: Unit,
    },
    /// From `start` to before `end`; `start` is earlier.
    Between {
        /// The first second.
        start: UnixSeconds,
        /// The first second after it.
        end: UnixSeconds,
    },
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// None of the forms.
    #[error("`{given}` is no range: {remedy}")]
    Unknown {
        /// The text.
        given: String,
        /// The nearest one, and all of them.
        remedy: String,
    },
    /// Zero units, or more than ten years.
    #[error("`{given}` is no range: write a number from 1 to {most}")]
    Count {
        /// The text.
        given: String,
        /// The greatest number of the unit.
        most: u32,
    },
}

/// The ranges that are one word.
const NAMED: [(&str, Range); 6] = [
    ("today", Range::Current(Unit::Day)),
    ("yesterday", Range::Last { count: 1, unit: Unit::Day }),
    ("this-week", Range::Current(Unit::Week)),
    ("last-week", Range::Last { count: 1, unit: Unit::Week }),
    ("this-month", Range::Current(Unit::Month)),
    ("last-month", Range::Last { count: 1, unit: Unit::Month }),
];

/// What `last-N-` may be followed by.
const COUNTED: [(&str, Unit); 4] =
    [("hours", Unit::Hour), ("days", Unit::Day), ("weeks", Unit::Week), ("months", Unit::Month)];

impl Range {
    /// The form of a relative range, as a regular expression.
    pub(super) const PATTERN: &str =
        "^(today|yesterday|(this|last)-(week|month)|last-[1-9][0-9]*-(hours|days|weeks|months))$";

    /// The greatest N of `last-N-units`: ten years.
    #[must_use]
    pub const fn most(unit: Unit) -> u32 {
        match unit {
            Unit::Hour => 87_672,
            Unit::Day => 3_653,
            Unit::Week => 522,
            Unit::Month => 120,
        }
    }

    /// Reads a relative range: `today` `yesterday` `this-week` `last-week` `this-month` `last-month` `last-N-hours`
    /// `last-N-days` `last-N-weeks` `last-N-months`.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        if let Some((_, range)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*range);
        }
        let counted = text
            .strip_prefix("last-")
            .and_then(|rest| rest.split_once('-'))
            .filter(|(count, _)| !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()));
        let Some((count, units)) = counted else {
            return Err(RangeError::unknown(text, nearest(text, NAMED.iter().map(|(name, _)| *name))));
        };
        let Some((_, unit)) = COUNTED.iter().find(|(name, _)| *name == units) else {
            let near = nearest(units, COUNTED.iter().map(|(name, _)| *name));
            return Err(RangeError::unknown(text, near.map(|units| format!("last-{count}-{units}")).as_deref()));
        };
        let most = Self::most(*unit);
        match count.parse() {
            Ok(number @ 1..) if number <= most && !count.starts_with('0') => {
                Ok(Self::Last { count: number, unit: *unit })
            }
            _ => Err(RangeError::Count { given: text.to_owned(), most }),
        }
    }
}

impl RangeError {
    fn unknown(given: &str, near: Option<&str>) -> Self {
        let guess = near.map_or(String::new(), |near| format!("did you mean {near}? "));
        let forms = "today, yesterday, this-week, last-week, this-month, last-month, last-N-hours, last-N-days, \
                     last-N-weeks or last-N-months";
        Self::Unknown { given: given.to_owned(), remedy: format!("{guess}write {forms}") }
    }

    /// What would be right.
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::Unknown { remedy, .. } => remedy.clone(),
            Self::Count { most, .. } => format!("write a number from 1 to {most} without leading zeros"),
        }
    }
}

/// Which windows a job has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowPlan {
    /// What is covered.
    pub what: Range,
    /// How it is cut.
    pub every: Every,
    /// The zone whose calendar cuts it.
    pub timezone: Tz,
}

impl WindowPlan {
    /// The range at an instant, from its first second to the one after its last; empty where both are equal.
    #[must_use]
    pub fn bounds(&self, as_of: UnixSeconds) -> (UnixSeconds, UnixSeconds) {
        let as_of = known(as_of);
        match self.what {
            Range::Between { start, end } => (start, end),
            Range::Current(unit) => (unit_start(unit, as_of, self.timezone), as_of),
            Range::Last { count, unit } => {
                let end = unit_start(unit, as_of, self.timezone);
                let start = (0..count).fold(end, |start, _| unit_start(unit, start.plus_seconds(-1), self.timezone));
                (start, end)
            }
        }
    }

    /// The windows at an instant, ascending and without gaps, those that end after it left out.
    pub fn windows(&self, as_of: UnixSeconds) -> impl Iterator<Item = Window> + use<> {
        let Self { every, timezone, .. } = *self;
        let (start, end) = self.bounds(as_of);
        let cut = move |from: UnixSeconds| {
            let next = every.unit().map_or(end, |unit| next_start(unit, from, timezone));
            Window::new(from, next.min(end))
        };
        std::iter::successors(cut(start), move |window| cut(window.end()))
            .take_while(move |window| window.end() <= as_of)
    }

    /// The most windows that the plan can have at any instant, clock changes aside; of an explicit range, all of them.
    #[must_use]
    pub fn most_windows(&self) -> usize {
        let (count, unit) = match self.what {
            Range::Between { end, .. } => return self.windows(end).count(),
            Range::Current(unit) => (1, unit),
            Range::Last { count, unit } => (count, unit),
        };
        let hours = most_hours(count, unit);
        let windows = match self.every {
            Every::Whole => 1,
            every if every.unit() == Some(unit) => count,
            Every::Hour => hours,
            Every::Day if unit != Unit::Hour => hours / 24,
            // A range that isn't made of whole units begins and ends with a part of one.
            Every::Day => hours / 24 + 2,
            Every::Week => hours / (7 * 24) + 2,
            Every::Month => hours / (28 * 24) + 2,
        };
        windows as usize
    }
}

/// Hours in so many consecutive units, at most, clock changes aside.
const fn most_hours(count: u32, unit: Unit) -> u32 {
    match unit {
        Unit::Hour => count,
        Unit::Day => count * 24,
        Unit::Week => count * 7 * 24,
        Unit::Month => (count / 12 * 366 + count % 12 * 31) * 24,
    }
}

#[cfg(test)]
mod tests;
