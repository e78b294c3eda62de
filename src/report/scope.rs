//! Which windows of a dataset a report reads, and to which day and period each belongs.
//!
//! A window belongs to the period that holds its first local date, whole, as it does to the dataset's partitions: so
//! every attempt is counted in exactly one month, and months add up. Hours and days are gathered into days; longer
//! windows are units of their own. Refused is a window longer than the period that it overlaps: how much of it fell
//! into the period cannot be known.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use chrono_tz::Tz;

use super::model::{Coverage, History, Period, TrendState};
use crate::job::{day_start, local_date};
use crate::model::{Country, MatrixShape, RunId, UnixSeconds, Window};

/// A published window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The window.
    pub window: Window,
    /// Whether its numbers may no longer change.
    pub is_final: bool,
    /// The run that last changed it.
    pub run_id: RunId,
    /// The matrix that it was published with.
    pub shape: Arc<MatrixShape>,
}

/// A day, or a longer window: the finest part of time that cells are compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Its first date.
    pub first: NaiveDate,
    /// Its last date, inclusive.
    pub last: NaiveDate,
    /// Its length in days; of days cut short by their windows 1 all the same.
    pub days: u32,
    /// What is known of it.
    pub state: TrendState,
}

impl Unit {
    /// Whether its numbers are complete: comparisons rest on these alone.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.state, TrendState::Final | TrendState::Provisional)
    }

    /// Whether they are complete and will not change.
    pub(super) const fn is_final(&self) -> bool {
        matches!(self.state, TrendState::Final)
    }

    /// The weekday of a single day.
    pub(super) fn weekday(&self) -> Option<Weekday> {
        (self.first == self.last).then(|| self.first.weekday())
    }

    /// Whether it is a Saturday or Sunday.
    pub(super) fn is_weekend(&self) -> bool {
        matches!(self.weekday(), Some(Weekday::Sat | Weekday::Sun))
    }
}

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
    /// Whether windows are hours or days, of which days are made.
    pub by_day: ByDay,
    /// The instant of the report.
    pub as_of: UnixSeconds,
}

/// Whether windows are gathered into days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByDay {
    /// Windows are hours or days.
    Days,
    /// Windows are longer.
    Windows,
}

impl ByDay {
    /// Of a dataset's `every`.
    pub(super) fn of(every: &str) -> Self {
        if matches!(every, "hour" | "day") { Self::Days } else { Self::Windows }
    }
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
            asked_before: None,
        };
        let mut cover = Cover::new(period, zone);
        let mut units = Units { zone, by_day: wanted.by_day, found: Vec::new() };
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
                if window.end() > period.window.end() {
                    scope.coverage.beyond.push(window);
                }
            } else if is_history(date) {
                scope.narrow(stored);
            }
            let unit = units.add(window, date, stored.is_final);
            let hour = hour_and_weekday(window.start(), zone);
            scope.placed.insert(window, Placed { unit, window: scope.windows.len(), hour });
            scope.windows.push((window, stored.is_final));
            scope.has_hours |= window.end().0 - window.start().0 <= 3600 && wanted.by_day == ByDay::Days;
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
        scope.history = scope.before_period(period);
        cover.finish(&mut scope.coverage, period, wanted.as_of);
        Ok(scope)
    }

    /// Adds the period's days that no window holds, so that a trend shows its gaps. Positions of other units stay.
    fn add_missing(&mut self, cover: &Cover, wanted: Wanted<'_>) {
        if wanted.by_day == ByDay::Windows {
            return;
        }
        let known: BTreeSet<NaiveDate> = self.units.iter().map(|unit| unit.first).collect();
        for date in cover.dates().filter(|date| !known.contains(date)) {
            self.units.push(Unit { first: date, last: date, days: 1, state: TrendState::Missing });
        }
    }

    fn before_period(&self, period: &Period) -> Option<History> {
        let complete = || self.before.iter().map(|unit| &self.units[*unit]).filter(|unit| unit.is_complete());
        let first = complete().map(|unit| unit.first).min()?;
        let days = complete().map(|unit| unit.days as usize).sum();
        Some(History { first, last: period.first - Days::new(1), days })
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

    /// Where a row of a window is counted; `None` of a window that is not read.
    pub(super) fn place(&self, window: Window) -> Option<Placed> {
        self.placed.get(&window).copied()
    }

    /// The stretches of time to be read, ascending, without what lies between them.
    pub(super) fn ranges(&self) -> Vec<Window> {
        let mut ranges: Vec<Window> = Vec::new();
        for (window, _) in &self.windows {
            match ranges.last_mut() {
                Some(last) if last.end() == window.start() => *last = last.hull(*window),
                _ => ranges.push(*window),
            }
        }
        ranges
    }
}

/// Hour of the local day, and days since Monday.
fn hour_and_weekday(instant: UnixSeconds, zone: Tz) -> (usize, usize) {
    use chrono::{TimeZone, Timelike};
    let local = zone.from_utc_datetime(&instant.to_datetime().naive_utc());
    (local.hour() as usize, local.weekday().num_days_from_monday() as usize)
}

/// Seconds of a local date.
fn day_length(date: NaiveDate, zone: Tz) -> i64 {
    day_start(date + Days::new(1), zone).0 - day_start(date, zone).0
}

/// Units in the making.
struct Units {
    zone: Tz,
    by_day: ByDay,
    found: Vec<(Unit, i64)>,
}

impl Units {
    /// The unit of a window; windows come in ascending order.
    fn add(&mut self, window: Window, date: NaiveDate, is_final: bool) -> usize {
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
                self.found.push((Unit { first: date, last, days, state }, seconds));
            }
        }
        self.found.len() - 1
    }

    fn finish(self) -> Vec<Unit> {
        let Self { zone, by_day, found } = self;
        let judged = found.into_iter().map(|(unit, covered)| {
            let is_partial = by_day == ByDay::Days && covered < day_length(unit.first, zone);
            if is_partial { Unit { state: TrendState::Partial, ..unit } } else { unit }
        });
        judged.collect()
    }
}

/// How much of each of the period's days is covered.
struct Cover {
    days: Vec<CoveredDay>,
}

struct CoveredDay {
    date: NaiveDate,
    window: Option<Window>,
    covered: i64,
    covered_before: i64,
    is_provisional: bool,
}

impl Cover {
    fn new(period: &Period, zone: Tz) -> Self {
        let day = |date: NaiveDate| CoveredDay {
            date,
            window: Window::new(day_start(date, zone), day_start(date + Days::new(1), zone)),
            covered: 0,
            covered_before: 0,
            is_provisional: false,
        };
        // A date that the zone skipped has no second that could be covered.
        Self { days: period.dates().map(day).filter(|day| day.window.is_some()).collect() }
    }

    fn dates(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        self.days.iter().map(|day| day.date)
    }

    fn add(&mut self, stored: &Published, is_here: bool) {
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

    fn finish(&self, coverage: &mut Coverage, period: &Period, as_of: UnixSeconds) {
        coverage.days = self.days.len();
        coverage.is_over = period.window.end() <= as_of;
        for day in &self.days {
            let length = day.window.map_or(0, |whole| whole.end().0 - whole.start().0);
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
