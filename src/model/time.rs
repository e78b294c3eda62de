//! Instants and windows. Instants are integers with a unit in their name; calendars belong to `job`.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// Whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixSeconds(pub i64);

impl UnixSeconds {
    /// The instant as a chrono time; instants beyond chrono's years (±262 000) become its limits.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// This instant moved by whole seconds, saturating.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The same instant in microseconds, saturating.
    #[must_use]
    pub const fn to_micros(self) -> UnixMicros {
        UnixMicros(self.0.saturating_mul(1_000_000))
    }
}

impl From<DateTime<Utc>> for UnixSeconds {
    /// Cuts fractions off towards the past.
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp())
    }
}

/// `2026-10-01T00:00:00Z`, the form of the API, the CSV and every message.
impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// Microseconds since 1970-01-01T00:00:00Z: when an answer was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMicros(pub i64);

impl UnixMicros {
    /// The whole second that holds this instant.
    #[must_use]
    pub const fn floor_seconds(self) -> UnixSeconds {
        UnixSeconds(self.0.div_euclid(1_000_000))
    }
}

impl From<DateTime<Utc>> for UnixMicros {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }
}

/// `2026-10-01T00:00:00.123456Z`, always with six decimals.
impl fmt::Display for UnixMicros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = DateTime::from_timestamp_micros(self.0).unwrap_or(DateTime::<Utc>::MAX_UTC);
        f.write_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// A half-open interval `[start, end)` of whole seconds; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    start: UnixSeconds,
    end: UnixSeconds,
}

impl Window {
    /// `None` unless start < end.
    #[must_use]
    pub fn new(start: UnixSeconds, end: UnixSeconds) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The first second inside.
    #[must_use]
    pub const fn start(self) -> UnixSeconds {
        self.start
    }

    /// The first second after it.
    #[must_use]
    pub const fn end(self) -> UnixSeconds {
        self.end
    }

    /// How long it lasts.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_secs(self.end.0.abs_diff(self.start.0))
    }

    /// Whether the two share a second.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether every second of `other` lies inside this window.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest window that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} – {}", self.start, self.end)
    }
}

/// When answers become final: `settle_after` past the end of what they cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settling {
    /// How long after its end a window's counts may still grow.
    pub settle_after: Duration,
}

impl Settling {
    /// Whether a range has settled at an instant: end + `settle_after` ≤ instant.
    #[must_use]
    pub fn is_settled(&self, range: Window, at: UnixSeconds) -> bool {
        let wait = i64::try_from(self.settle_after.as_secs()).unwrap_or(i64::MAX);
        range.end().0.saturating_add(wait) <= at.0
    }
}
