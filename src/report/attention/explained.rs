//! What an earlier search has explained, so that no later one counts it again.

use std::collections::BTreeSet;

use crate::model::{Channel, Country};

/// Units of a cell that an earlier search has explained; `None` = every country, every channel.
#[derive(Debug, Default)]
pub(super) struct Explained(BTreeSet<(Option<Country>, Option<Channel>, usize)>);

impl Explained {
    pub(super) fn mark(&mut self, country: Option<Country>, channel: Option<Channel>, unit: usize) {
        self.0.insert((country, channel, unit));
    }

    /// Whether a cell's unit is explained, by itself, or by its whole country or channel.
    pub(super) fn holds(&self, country: Option<Country>, channel: Option<Channel>, unit: usize) -> bool {
        !self.0.is_empty()
            && [(country, channel), (country, None), (None, channel), (None, None)]
                .iter()
                .any(|(country, channel)| self.0.contains(&(*country, *channel, unit)))
    }

    /// Whether anything at all of a channel is explained in a unit.
    pub(super) fn touches(&self, channel: Option<Channel>, unit: usize) -> bool {
        self.0
            .iter()
            .any(|(_, marked, at)| *at == unit && (marked.is_none() || channel.is_none() || *marked == channel))
    }
}
