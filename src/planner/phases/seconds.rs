//! Spans of time, in seconds.

pub(super) const HOUR: i64 = 3600;
pub(super) const DAY: i64 = 86_400;
