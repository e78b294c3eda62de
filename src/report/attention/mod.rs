//! What deserves attention: pumping, failed channels, conversion drops, new countries.
//!
//! Each search takes out what an earlier one has explained: the days of an attack don't count as a failed channel, and
//! neither counts as a drop. A window that may still change never raises a drop or a failed channel, for conversions
//! come hours late; it may raise pumping and a new country, which rest on attempts.

mod drops;
mod explained;
mod newcomers;
mod outages;
mod prefix_job;
mod spikes;
mod view;

pub(super) use view::View;

use explained::Explained;

use super::model::{Attention, Thresholds};
use crate::job::AttentionSettings;

/// Searches for everything.
pub(super) fn look(look: &View<'_>) -> Attention {
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

impl Attention {
    /// Whether anything deserves attention.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.flags.is_empty()
    }
}
