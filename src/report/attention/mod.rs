//! What deserves attention: pumping, failed channels, conversion drops, new countries.
//!
//! Each search takes out what an earlier one has explained: the days of an attack don't count as a failed channel, and
//! neither counts as a drop. A window that may still change never raises a drop or a failed channel, for conversions
//! come hours late; it may raise pumping and a new country, which rest on attempts.

mod calling_codes;
mod drops;
mod newcomers;
mod outages;
mod prefix_job;
mod spikes;

use std::collections::BTreeSet;

pub(super) use spikes::is_phone;

use super::cube::Cube;
use super::model::{Attention, Period, Thresholds};
use super::scope::Scope;
use super::sections::ByValue;
use crate::job::{AttentionSettings, Job};
use crate::model::{Channel, Country, ServiceSid};

/// What the searches look at.
pub(super) struct Look<'a> {
    pub job: &'a Job,
    pub period: &'a Period,
    pub scope: &'a Scope,
    pub cube: &'a Cube,
    pub by_country: &'a ByValue<Country>,
    pub by_channel: &'a ByValue<Channel>,
    pub thresholds: Thresholds,
}

/// Units of a cell that an earlier search has explained; `None` = every country, every channel.
#[derive(Debug, Default)]
struct Explained(BTreeSet<(Option<Country>, Option<Channel>, usize)>);

impl Explained {
    fn mark(&mut self, country: Option<Country>, channel: Option<Channel>, unit: usize) {
        self.0.insert((country, channel, unit));
    }

    /// Whether a cell's unit is explained, by itself, or by its whole country or channel.
    fn holds(&self, country: Option<Country>, channel: Option<Channel>, unit: usize) -> bool {
        !self.0.is_empty()
            && [(country, channel), (country, None), (None, channel), (None, None)]
                .iter()
                .any(|(country, channel)| self.0.contains(&(*country, *channel, unit)))
    }

    /// Whether anything at all of a channel is explained in a unit.
    fn touches(&self, channel: Option<Channel>, unit: usize) -> bool {
        self.0
            .iter()
            .any(|(_, marked, at)| *at == unit && (marked.is_none() || channel.is_none() || *marked == channel))
    }
}

/// Searches for everything.
pub(super) fn look(look: &Look<'_>) -> Attention {
    let mut explained = Explained::default();
    let mut flags = spikes::find(look, &mut explained);
    flags.extend(newcomers::find(look, &flags));
    flags.extend(outages::find(look, &mut explained));
    let (drops, cells_tested) = drops::find(look, &explained);
    flags.extend(drops);
    flags.sort_by(|a, b| b.evidence.weight.total_cmp(&a.evidence.weight).then_with(|| a.place.cmp(&b.place)));
    Attention { flags, cells_tested, history: look.scope.history, thresholds: look.thresholds }
}

impl From<&AttentionSettings> for Thresholds {
    fn from(settings: &AttentionSettings) -> Self {
        Self {
            false_discovery: settings.false_discovery.fraction(),
            drop: settings.drop.fraction(),
            drop_attempts: settings.drop_attempts.into(),
            spike_factor: settings.spike_factor.into(),
            spike_attempts: settings.spike_attempts.into(),
            spike_rate: settings.spike_rate.fraction(),
            failed_below: settings.failed_below.fraction(),
            new_country_attempts: settings.new_country_attempts.into(),
        }
    }
}

impl Look<'_> {
    /// Positions of the history's and the period's units whose numbers are complete, ascending.
    fn timeline(&self) -> Vec<usize> {
        let mut units: Vec<usize> = self.scope.before.iter().chain(&self.scope.current).copied().collect();
        units.retain(|unit| self.scope.units[*unit].is_complete());
        units.sort_by_key(|unit| self.scope.units[*unit].first);
        units
    }

    fn is_current(&self, unit: usize) -> bool {
        self.period.holds(self.scope.units[unit].first)
    }

    /// The name of a service in the job file.
    fn service_name(&self, service: ServiceSid) -> Option<String> {
        self.job.service_names.get(&service).cloned()
    }

    /// The first and last date of some units of the period, which are not empty, and whether one may still change.
    fn span(&self, units: &[usize]) -> (chrono::NaiveDate, chrono::NaiveDate, bool) {
        let units = || units.iter().map(|unit| &self.scope.units[*unit]);
        let first = units().map(|unit| unit.first).min().unwrap_or(self.period.first);
        let last = units().map(|unit| unit.last).max().unwrap_or(self.period.last);
        (first, last, units().any(|unit| !unit.is_final()))
    }
}

/// `on 2026-10-14`, `from 2026-10-14 to 2026-10-16`
fn when(first: chrono::NaiveDate, last: chrono::NaiveDate) -> String {
    if first == last { format!("on {first}") } else { format!("from {first} to {last}") }
}

impl Attention {
    /// Whether anything deserves attention.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.flags.is_empty()
    }
}
