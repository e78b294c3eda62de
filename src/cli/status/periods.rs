//! The windows of a job by day, or one by one where they are a day or longer, and how to name many of them.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::job::{Every, Job, local_date};
use crate::model::Window;
use crate::pipeline::{Standing, WindowState};
use crate::report::format::stretch;

/// A day's windows, or one longer window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its first local date.
    pub first: NaiveDate,
    /// Its last one.
    pub last: NaiveDate,
    /// How its windows stand.
    pub states: Vec<WindowState>,
}

/// The periods of a job's windows, ascending.
pub fn periods(job: &Job, standing: &Standing) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    for (window, state) in &standing.windows {
        let (first, last) = dates(*window, job.windows.timezone);
        match periods.last_mut() {
            Some(period) if job.windows.every == Every::Hour && period.first == first => period.states.push(*state),
            _ => periods.push(Period { first, last, states: vec![*state] }),
        }
    }
    periods
}

/// The local dates that a window lies on.
pub fn dates(window: Window, zone: Tz) -> (NaiveDate, NaiveDate) {
    (local_date(window.start(), zone), local_date(window.end().plus_seconds(-1), zone))
}

/// More stretches than this are only counted.
const STRETCHES: usize = 5;

/// `2026-10-01 – 2026-10-28, 2026-10-30`: stretches of dates, ascending, with neighbours joined.
pub fn joined(spans: impl Iterator<Item = (NaiveDate, NaiveDate)>) -> String {
    let mut stretches: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for (first, last) in spans {
        match stretches.last_mut() {
            Some(before) if before.1 >= first || before.1.succ_opt() == Some(first) => before.1 = before.1.max(last),
            _ => stretches.push((first, last)),
        }
    }
    let more = match stretches.len().saturating_sub(STRETCHES) {
        0 => String::new(),
        more => format!(" and {more} more stretches"),
    };
    let shown: Vec<_> = stretches.iter().take(STRETCHES).map(|(first, last)| stretch(*first, *last)).collect();
    format!("{}{more}", shown.join(", "))
}

/// The dates of the windows that stand so.
pub fn dates_of(job: &Job, standing: &Standing, state: WindowState) -> String {
    let windows = standing.windows.iter().filter(|(_, found)| *found == state);
    joined(windows.map(|(window, _)| dates(*window, job.windows.timezone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_and_many_stretches_counted() {
        let date = |day: u32| NaiveDate::from_ymd_opt(2026, 10, day).unwrap();
        let days = |days: &[u32]| joined(days.iter().map(|day| (date(*day), date(*day))));
        assert_eq!(days(&[]), "");
        assert_eq!(days(&[1, 1, 2, 4]), "2026-10-01 – 2026-10-02, 2026-10-04");
        assert!(days(&[1, 3, 5, 7, 9, 11, 13]).ends_with("2026-10-09 and 2 more stretches"));
    }
}
