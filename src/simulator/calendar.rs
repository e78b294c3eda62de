//! The world's days, counted from 1970-01-01.

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// 2024-01-01, in days since 1970-01-01.
pub(super) const FIRST_DAY: i64 = 19_723;

pub(super) const fn is_weekend(day: i64) -> bool {
    // Day 0 was a Thursday.
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

pub(super) fn growth(day: i64) -> f64 {
    let age = i32::try_from(day - FIRST_DAY).unwrap_or(0).clamp(0, 1460);
    0.8 + 0.4 * f64::from(age) / 1460.0
}
