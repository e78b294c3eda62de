//! What the searches look at, and how it lies in time.

use chrono::{Days, NaiveDate, TimeZone};

use super::super::cube::Cube;
use super::super::model::{Period, Thresholds};
use super::super::scope::{Scope, Unit};
use super::super::series::AllSeries;
use super::prefix_job::Asked;
use crate::job::{Job, local_date};
use crate::model::{ServiceSid, UnixSeconds, Window};

/// The dataset of a period, as it was summed.
pub(in crate::report) struct View<'a> {
    pub job: &'a Job,
    /// For what a finding offers to ask next.
    pub asked: Asked<'a>,
    pub period: &'a Period,
    pub scope: &'a Scope,
    pub all_series: &'a AllSeries,
    pub cube: &'a Cube,
    pub thresholds: Thresholds,
    /// Days of history, before the period and before each of its days.
    pub history_days: u64,
}

impl View<'_> {
    /// Positions of all units that are read and known, ascending: history, period, and what the period is compared with.
    pub(super) fn known(&self) -> Vec<usize> {
        let units = &self.scope.units;
        let mut known: Vec<usize> = (0..units.len()).filter(|unit| units[*unit].covered > 0.0).collect();
        known.sort_by_key(|unit| units[*unit].first);
        known
    }

    pub(super) fn unit(&self, unit: usize) -> &Unit {
        &self.scope.units[unit]
    }

    pub(super) fn is_current(&self, unit: usize) -> bool {
        self.period.holds(self.unit(unit).first)
    }

    /// The name of a service in the job file.
    pub(super) fn service_name(&self, service: ServiceSid) -> Option<String> {
        self.job.service_names.get(&service).cloned()
    }

    /// The first and last date of some units, which are not empty, and whether one may still change.
    pub(super) fn span(&self, units: &[usize]) -> (NaiveDate, NaiveDate, bool) {
        let units = || units.iter().map(|unit| self.unit(*unit));
        let first = units().map(|unit| unit.first).min().unwrap_or(self.period.first);
        let last = units().map(|unit| unit.last).max().unwrap_or(self.period.last);
        (first, last, units().any(|unit| !unit.is_final()))
    }

    /// How many days or longer windows of history and period are known from end to end.
    pub(super) fn known_units(&self) -> usize {
        let read = self.scope.before.iter().chain(&self.scope.current);
        read.filter(|unit| self.unit(**unit).is_complete()).count()
    }

    /// How many of the period are.
    pub(super) fn complete_units(&self) -> usize {
        self.scope.current.iter().filter(|unit| self.unit(**unit).is_complete()).count()
    }

    /// `from 2026-10-12 14:00 to 19:00`, in the job's zone.
    pub(super) fn hours(&self, window: Window) -> String {
        let zone = self.job.windows.timezone;
        let local = |at: UnixSeconds| zone.from_utc_datetime(&at.to_datetime().naive_utc());
        let (start, end) = (local(window.start()), local(window.end()));
        let same_day = local_date(window.start(), zone) == local_date(window.end(), zone);
        let end = if same_day { end.format("%H:%M") } else { end.format("%Y-%m-%d %H:%M") };
        format!("from {} to {end}", start.format("%Y-%m-%d %H:%M"))
    }

    /// Whether one unit begins where another ends.
    pub(super) fn touch(&self, one: usize, next: usize) -> bool {
        self.unit(one).last + Days::new(1) == self.unit(next).first
    }
}
