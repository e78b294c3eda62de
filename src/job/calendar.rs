//! Hours, days, weeks and months of a time zone, as boundaries between instants.
//!
//! Units of one kind tile all time: each begins where the one before ends. A day begins at the first instant that its
//! midnight names, or, where clocks skip it, at the first instant after it; so a date that a zone skipped altogether
//! is no day. An hour begins where the local clock shows a full hour, or skips past one, and wherever clocks are set
//! back: an hour that occurs twice is two.

use chrono::{
    Datelike, Days, MappedLocalTime, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Timelike,
};
use chrono_tz::Tz;

use crate::model::{UnixSeconds, words};

words! {
    /// A unit of the calendar.
    Unit {
        /// From one full hour of the local clock to the next.
        Hour = "hour",
        /// From midnight to midnight: 23, 24 or 25 hours in most zones.
        Day = "day",
        /// From Monday to Monday.
        Week = "week",
        /// From the 1st to the 1st.
        Month = "month",
    }
}

/// Instants beyond 1800 and 2500 are treated as these limits: no calendar is known there, and arithmetic stays safe.
const EARLIEST: UnixSeconds = UnixSeconds(-5_364_662_400);
const LATEST: UnixSeconds = UnixSeconds(16_725_225_600);

/// The instant, or the nearest one whose calendar is known.
pub(super) fn known(instant: UnixSeconds) -> UnixSeconds {
    instant.clamp(EARLIEST, LATEST)
}

/// The local date that the clocks of a zone show at an instant: of a window's start it is `window_date` and the
/// partition.
#[must_use]
pub fn local_date(instant: UnixSeconds, zone: Tz) -> NaiveDate {
    local(instant, zone).date()
}

/// The first instant of a date in a zone; of a date that the zone skipped, the first instant after it.
#[must_use]
pub fn day_start(date: NaiveDate, zone: Tz) -> UnixSeconds {
    let midnight = date.and_time(NaiveTime::MIN);
    match zone.from_local_datetime(&midnight) {
        MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => UnixSeconds(time.timestamp()),
        MappedLocalTime::None => {
            // No zone is further than 16 hours from UTC, so clocks show the midnight, or skip it, in between.
            let middle = midnight.and_utc().timestamp();
            first_instant(middle - 16 * 3600, middle + 16 * 3600, |at| local(at, zone) >= midnight)
        }
    }
}

/// The start of the unit that holds an instant.
#[must_use]
pub fn unit_start(unit: Unit, instant: UnixSeconds, zone: Tz) -> UnixSeconds {
    let instant = known(instant);
    let first_date = |date: NaiveDate| match unit {
        Unit::Week => date - Days::new(u64::from(date.weekday().num_days_from_monday())),
        Unit::Month => date.with_day(1).expect("every month has a first day"),
        Unit::Hour | Unit::Day => date,
    };
    match unit {
        Unit::Hour => hour_start(instant, zone),
        Unit::Day | Unit::Week | Unit::Month => day_start(first_date(day_of(instant, zone)), zone),
    }
}

/// The start of the unit after the one that holds an instant.
#[must_use]
pub fn next_start(unit: Unit, instant: UnixSeconds, zone: Tz) -> UnixSeconds {
    let instant = known(instant);
    if unit == Unit::Hour {
        return next_hour(instant, zone);
    }
    let today = day_of(instant, zone);
    let next = match unit {
        Unit::Week => today + Days::new(7 - u64::from(today.weekday().num_days_from_monday())),
        Unit::Month => today.with_day(1).expect("every month has a first day") + Months::new(1),
        Unit::Hour | Unit::Day => today + Days::new(1),
    };
    // Later than the instant even of a skipped date: that begins where the date after it does.
    day_start(next, zone)
}

/// What the clocks of a zone show at an instant.
fn local(instant: UnixSeconds, zone: Tz) -> NaiveDateTime {
    zone.from_utc_datetime(&known(instant).to_datetime().naive_utc()).naive_local()
}

/// Seconds that the clocks of a zone are ahead of UTC.
fn ahead(instant: UnixSeconds, zone: Tz) -> i64 {
    let utc = instant.to_datetime().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

/// The date whose day holds an instant. It differs from what clocks show only where they are set back over midnight.
fn day_of(instant: UnixSeconds, zone: Tz) -> NaiveDate {
    let date = local_date(instant, zone);
    let tomorrow = date + Days::new(1);
    if day_start(tomorrow, zone) <= instant { tomorrow } else { date }
}

fn hour_start(instant: UnixSeconds, zone: Tz) -> UnixSeconds {
    let clock = local(instant, zone).time();
    let full_hour = instant.plus_seconds(-i64::from(clock.num_seconds_from_midnight() % 3600));
    if ahead(full_hour, zone) == ahead(instant, zone) {
        return full_hour;
    }
    // Clocks changed within this hour, so its start is found from a boundary that is sure: the day's.
    let mut start = day_start(day_of(full_hour.plus_seconds(-1), zone), zone);
    loop {
        let next = next_hour(start, zone);
        if next > instant {
            return start;
        }
        start = next;
    }
}

fn next_hour(instant: UnixSeconds, zone: Tz) -> UnixSeconds {
    let clock = local(instant, zone);
    let full_hour = instant.plus_seconds(i64::from(3600 - clock.time().num_seconds_from_midnight() % 3600));
    let before = ahead(instant, zone);
    if ahead(full_hour, zone) == before {
        return full_hour;
    }
    let change = first_instant(instant.0, full_hour.0, |at| ahead(at, zone) != before);
    let set_back = ahead(change, zone) < before;
    let after = local(change, zone);
    if set_back || (clock.date(), clock.hour()) != (after.date(), after.hour()) {
        change
    } else {
        next_hour(change, zone)
    }
}

/// The first instant in `(from, to]` of which `holds` is true, where it is false at `from`, true at `to` and changes
/// once.
fn first_instant(from: i64, to: i64, holds: impl Fn(UnixSeconds) -> bool) -> UnixSeconds {
    let (mut no, mut yes) = (from, to);
    while yes - no > 1 {
        let middle = no + (yes - no) / 2;
        if holds(UnixSeconds(middle)) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    UnixSeconds(yes)
}

#[cfg(test)]
mod tests;
