//! Which windows of a dataset a report reads, and to which day and period each belongs.
//!
//! A window belongs to the period that holds its first local date, whole, as it does to the dataset's partitions: so
//! every attempt is counted in exactly one month, and months add up. Hours and days are gathered into days; longer
//! windows are units of their own. Refused is a window longer than the period that it overlaps: how much of it fell
//! into the period cannot be known.

mod asked;
mod cover;
mod partly;
mod published;
mod units;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;

use self::asked::Asked;
pub(super) use self::asked::Likeness;
use self::cover::Cover;
use self::partly::Lists;
pub use self::published::Published;
use self::units::Units;
pub(super) use self::units::{ByDay, Unit};
use super::key::Key;
use super::model::{Coverage, History, Period, TrendState};
use crate::job::local_date;
use crate::model::{Country, MatrixShape, RunId, UnixSeconds, Window};

/// Where a window's rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    /// Position in [`Scope::units`].
    pub unit: usize,
    /// Position among all windows that are read, ascending.
    pub window: usize,
    /// Hour of the local day and days since Monday at its start.
    pub hour: (usize, usize),
}

/// A window that is longer than the period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the window {window} is longer than the period {period}: how much of it fell into the period cannot be known")]
pub struct TooLong {
    window: String,
    period: String,
}

/// How many days of a period lie in windows that were over at an instant; `every` is how windows are cut.
pub(super) fn days_due(period: &Period, zone: Tz, every: &str, as_of: UnixSeconds) -> usize {
    Cover::new(period, zone, every).due(as_of)
}

/// The windows that a report reads.
#[derive(Debug)]
pub(super) struct Scope {
    /// Days or longer windows, ascending by first date, without those that are missing outside the period.
    pub units: Vec<Unit>,
    /// Positions of the period's units, the missing ones included.
    pub current: Vec<usize>,
    /// Positions of the compared period's units.
    pub compared: Vec<usize>,
    /// Positions of the units before the period that belong to a cell's history.
    pub before: Vec<usize>,
    /// What these cover.
    pub history: Option<History>,
    /// Which of the period's days are covered.
    pub coverage: Coverage,
    /// The windows that are read, ascending, with whether they are final.
    pub windows: Vec<(Window, bool)>,
    /// Runs that last changed the period's windows.
    pub runs: BTreeSet<RunId>,
    /// Whether windows are shorter than a day.
    pub has_hours: bool,
    placed: HashMap<Window, Placed>,
    asked: Asked,
    has_remainder: bool,
    /// The least set of countries that every window of the history asked for; `None` = countries are not split.
    asked_before: Option<BTreeSet<Country>>,
}

/// What a scope is made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The period.
    pub period: &'a Period,
    /// What it is compared with.
    pub compared: Option<&'a Period>,
    /// Days of history.
    pub history_days: u64,
    /// The zone.
    pub zone: Tz,
    /// How windows are cut.
    pub every: &'a str,
    /// Whether what lies outside the listed countries is in the table.
    pub has_remainder: bool,
    /// The instant of the report.
    pub as_of: UnixSeconds,
    /// The country that leads the report.
    pub lead: Option<Country>,
}

/// Clock changes make windows of one kind differ by this many seconds at most.
const CLOCK_CHANGE: i64 = 2 * 3600;

impl Scope {
    /// Sorts a dataset's windows, which ascend without overlap.
    pub(super) fn new<'w>(windows: impl Iterator<Item = &'w Published>, wanted: Wanted<'_>) -> Result<Self, TooLong> {
        let Wanted { period, compared, zone, .. } = wanted;
        let history_first = period.first - Days::new(wanted.history_days);
        let is_history = |date: NaiveDate| history_first <= date && date < period.first;
        let is_read = |date: NaiveDate| {
            period.holds(date) || is_history(date) || compared.is_some_and(|compared| compared.holds(date))
        };
        let mut scope = Self {
            units: Vec::new(),
            current: Vec::new(),
            compared: Vec::new(),
            before: Vec::new(),
            history: None,
            coverage: Coverage::default(),
            windows: Vec::new(),
            runs: BTreeSet::new(),
            has_hours: false,
            placed: HashMap::new(),
            asked: Asked::default(),
            has_remainder: wanted.has_remainder,
            asked_before: None,
        };
        let by_day = ByDay::of(wanted.every);
        let mut lists = Lists::default();
        let mut cover = Cover::new(period, zone, wanted.every);
        let mut last_shape: Option<&Arc<MatrixShape>> = None;
        let mut units = Units { zone, by_day, found: Vec::new() };
        for stored in windows {
            let window = stored.window;
            let date = local_date(window.start(), zone);
            if window.overlaps(period.window) {
                let length = |window: Window| window.end().0 - window.start().0;
                if length(window) > length(period.window) + CLOCK_CHANGE {
                    return Err(TooLong { window: window.to_string(), period: period.to_string() });
                }
                cover.add(stored, period.holds(date));
            }
            if !is_read(date) {
                continue;
            }
            if period.holds(date) {
                scope.runs.insert(stored.run_id);
                let last = local_date(window.end().plus_seconds(-1), zone);
                lists.add(&stored.shape, date.iter_days().take_while(|day| *day <= last.max(date)));
                if window.end() > period.window.end() {
                    scope.coverage.beyond.push(window);
                }
            } else if is_history(date) {
                // Windows of one run share their matrix.
                if last_shape.is_none_or(|shape| !Arc::ptr_eq(shape, &stored.shape)) {
                    scope.narrow(stored);
                }
                last_shape = Some(&stored.shape);
            }
            let unit = units.add(window, date, stored.is_final);
            scope.asked.add(unit, &stored.shape);
            let hour = hour_and_weekday(window.start(), zone);
            scope.placed.insert(window, Placed { unit, window: scope.windows.len(), hour });
            scope.windows.push((window, stored.is_final));
            scope.has_hours |= window.end().0 - window.start().0 <= 3600 && by_day == ByDay::Days;
        }
        scope.units = units.finish();
        scope.add_missing(&cover, wanted);
        for (position, unit) in scope.units.iter().enumerate() {
            if period.holds(unit.first) {
                scope.current.push(position);
            }
            if compared.is_some_and(|compared| compared.holds(unit.first)) {
                scope.compared.push(position);
            }
            if is_history(unit.first) {
                scope.before.push(position);
            }
        }
        let Self { units, current, .. } = &mut scope;
        current.sort_by_key(|position| units[*position].first);
        scope.history = scope.before_period();
        cover.finish(&mut scope.coverage, period, wanted.as_of);
        scope.coverage.asked_in_part = lists.in_part(wanted.lead);
        Ok(scope)
    }

    /// Adds the period's days that no window holds, so that a trend shows its gaps. Positions of other units stay.
    fn add_missing(&mut self, cover: &Cover, wanted: Wanted<'_>) {
        if ByDay::of(wanted.every) == ByDay::Windows {
            return;
        }
        let known: BTreeSet<NaiveDate> = self.units.iter().map(|unit| unit.first).collect();
        for date in cover.dates().filter(|date| !known.contains(date)) {
            self.units.push(Unit { first: date, last: date, days: 1, state: TrendState::Missing, covered: 0.0 });
        }
    }

    fn before_period(&self) -> Option<History> {
        let complete = || self.before.iter().map(|unit| &self.units[*unit]).filter(|unit| unit.is_complete());
        let first = complete().map(|unit| unit.first).min()?;
        let last = complete().map(|unit| unit.last).max()?;
        let days = complete().map(|unit| unit.days as usize).sum();
        Some(History { first, last, days })
    }

    fn narrow(&mut self, stored: &Published) {
        let Some(countries) = &stored.shape.countries else { return };
        let asked = countries.iter().copied();
        self.asked_before = Some(match self.asked_before.take() {
            None => asked.collect(),
            Some(known) => asked.filter(|country| known.contains(country)).collect(),
        });
    }

    /// Whether every window of the history asked for a country, so that its absence there says something.
    pub(super) fn was_asked_before(&self, country: Country) -> bool {
        self.asked_before.as_ref().is_some_and(|asked| asked.contains(&country))
    }

    /// For each unit what makes its number of a part comparable with others; `None` where it was not asked for.
    pub(super) fn likeness(&self, part: Key) -> Vec<Option<Likeness>> {
        self.asked.likeness(part, self.units.len(), self.has_remainder)
    }

    /// The same of a sum over some of the listed countries.
    pub(super) fn likeness_of_sum(&self, part: Key) -> Vec<Option<Likeness>> {
        self.asked.likeness(part, self.units.len(), false)
    }

    /// Where a row of a window is counted; `None` of a window that is not read.
    pub(super) fn place(&self, window: Window) -> Option<Placed> {
        self.placed.get(&window).copied()
    }

    /// The stretches of time to be read, ascending, without what lies between them.
    pub(super) fn ranges(&self) -> Vec<Window> {
        stretches(self.windows.iter().map(|(window, _)| *window))
    }
}

/// Ascending windows, those that touch as one.
pub(super) fn stretches(windows: impl Iterator<Item = Window>) -> Vec<Window> {
    let mut stretches: Vec<Window> = Vec::new();
    for window in windows {
        match stretches.last_mut() {
            Some(last) if last.end() == window.start() => *last = last.hull(window),
            _ => stretches.push(window),
        }
    }
    stretches
}

/// Hour of the local day, and days since Monday.
fn hour_and_weekday(instant: UnixSeconds, zone: Tz) -> (usize, usize) {
    use chrono::{TimeZone, Timelike};
    let local = zone.from_utc_datetime(&instant.to_datetime().naive_utc());
    (local.hour() as usize, local.weekday().num_days_from_monday() as usize)
}
