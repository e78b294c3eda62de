//! Which stretch of time a report is about.

use std::fmt;

use chrono::NaiveDate;

pub use crate::job::PeriodKind;
use crate::model::Window;

/// A month, week or day of the job's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// How long it is.
    pub kind: PeriodKind,
    /// Its first date.
    pub first: NaiveDate,
    /// Its last date, inclusive.
    pub last: NaiveDate,
    /// The same as instants of the job's zone.
    pub window: Window,
}

/// `2026-10`, `2026-W43` or `2026-10-27`: as the command line writes it, and the report's file is named.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PeriodKind::Month => write!(f, "{}", self.first.format("%Y-%m")),
            PeriodKind::Week => write!(f, "{}", self.first.format("%G-W%V")),
            PeriodKind::Day => write!(f, "{}", self.first),
        }
    }
}
