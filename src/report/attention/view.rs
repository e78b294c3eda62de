//! What the searches look at, and how it lies in time.

use chrono::NaiveDate;

use super::super::model::{Period, Thresholds};
use super::super::scope::Scope;
use super::super::sections::ByValue;
use super::super::series::AllSeries;
use crate::job::Job;
use crate::model::{Channel, Country, ServiceSid};

/// The dataset of a period, as it was summed.
pub(in crate::report) struct View<'a> {
    pub job: &'a Job,
    pub period: &'a Period,
    pub scope: &'a Scope,
    pub all_series: &'a AllSeries,
    pub by_country: &'a ByValue<Country>,
    pub by_channel: &'a ByValue<Channel>,
    pub thresholds: Thresholds,
}

impl View<'_> {
    /// Positions of the history's and the period's units whose numbers are complete, ascending.
    pub(super) fn timeline(&self) -> Vec<usize> {
        let mut units: Vec<usize> = self.scope.before.iter().chain(&self.scope.current).copied().collect();
        units.retain(|unit| self.scope.units[*unit].is_complete());
        units.sort_by_key(|unit| self.scope.units[*unit].first);
        units
    }

    pub(super) fn is_current(&self, unit: usize) -> bool {
        self.period.holds(self.scope.units[unit].first)
    }

    /// The name of a service in the job file.
    pub(super) fn service_name(&self, service: ServiceSid) -> Option<String> {
        self.job.service_names.get(&service).cloned()
    }

    /// The first and last date of some units of the period, which are not empty, and whether one may still change.
    pub(super) fn span(&self, units: &[usize]) -> (NaiveDate, NaiveDate, bool) {
        let units = || units.iter().map(|unit| &self.scope.units[*unit]);
        let first = units().map(|unit| unit.first).min().unwrap_or(self.period.first);
        let last = units().map(|unit| unit.last).max().unwrap_or(self.period.last);
        (first, last, units().any(|unit| !unit.is_final()))
    }
}
