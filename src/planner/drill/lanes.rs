//! How much each country has in each channel: from the countries' totals down, with both margins as bounds.

use super::block::{Block, Stage};
use super::target::Target;
use crate::model::Counts;
use crate::planner::store::Store;

/// Countries that are asked at once while the rest may turn out to be empty: few, as those asked in vain are lost.
const BATCH: usize = 8;

impl Block {
    fn lane(&self, country: usize, channel: usize) -> usize {
        country * self.channels + channel
    }

    /// Asks for countries in all channels, until what was found makes up everything.
    pub(super) fn ask_countries(&mut self) -> Vec<Target> {
        let busy = self.of_channel.iter().flatten().filter(|of| of.attempts() > 0).count();
        if busy < 2 {
            self.enter(Stage::Lanes);
            return Vec::new();
        }
        let found = self.of_country.iter().flatten().try_fold(Counts::ZERO, |sum, of| sum.checked_add(*of));
        if self.whole.is_some() && found == self.whole {
            for &country in &self.order[self.asked_countries..] {
                self.of_country[country] = Some(Counts::ZERO);
            }
            self.asked_countries = self.order.len();
        }
        let end = (self.asked_countries + BATCH).min(self.order.len());
        let targets: Vec<_> =
            self.order[self.asked_countries..end].iter().map(|&country| Target::Country(country)).collect();
        self.asked_countries = end;
        if targets.is_empty() {
            self.enter(Stage::Lanes);
        }
        targets
    }

    /// Asks each country for one more channel, the likeliest first.
    pub(super) fn ask_lanes(&mut self, store: &mut Store) -> Vec<Target> {
        let is_closed = self.is_closed();
        let mut targets = Vec::new();
        // Without countries' totals, those to be expected first come first, until the channel is used up.
        let has_totals = self.of_country.iter().any(Option::is_some);
        let order = self.order.clone();
        for country in order {
            if !has_totals && targets.len() >= BATCH {
                break;
            }
            let Some((channel, is_only)) = self.next_channel(country) else { continue };
            match self.of_country[country] {
                Some(rest) if is_only && is_closed && self.channels > 1 => {
                    if !self.learn_lane(country, channel, Some(rest)) {
                        self.abandon(store);
                        return Vec::new();
                    }
                }
                _ => targets.push(Target::Lane { country, channel }),
            }
        }
        if targets.is_empty() {
            self.enter(Stage::Columns);
        }
        targets
    }

    /// The channel to ask next of a country, and whether it is the only one left.
    fn next_channel(&mut self, country: usize) -> Option<(usize, bool)> {
        let rest = self.of_country[country];
        let can_hold = |room: Counts| match rest {
            None => room.attempts() > 0,
            Some(rest) => {
                (rest.converted() > 0 && room.converted() > 0) || (rest.unconverted() > 0 && room.unconverted() > 0)
            }
        };
        let mut open = Vec::new();
        for channel in 0..self.channels {
            let index = self.lane(country, channel);
            if self.lanes[index].is_some() || self.failed_lanes[index] {
                continue;
            }
            if can_hold(self.unplaced[channel]) {
                open.push(channel);
            } else {
                self.lanes[index] = Some(Counts::ZERO);
            }
        }
        let is_only =
            open.len() == 1 && (0..self.channels).all(|channel| !self.failed_lanes[self.lane(country, channel)]);
        let size = |channel: usize| self.of_channel[channel].map_or(0, Counts::attempts);
        let likeliest = open.into_iter().max_by_key(|&channel| (self.email != Some(channel), size(channel)))?;
        Some((likeliest, is_only))
    }

    /// `false` when it contradicts a margin.
    pub(super) fn learn_lane(&mut self, country: usize, channel: usize, counts: Option<Counts>) -> bool {
        let index = self.lane(country, channel);
        let Some(counts) = counts else {
            self.failed_lanes[index] = true;
            return true;
        };
        self.lanes[index] = Some(counts);
        let Some(unplaced) = counts.within(self.unplaced[channel]) else { return false };
        self.unplaced[channel] = unplaced;
        if let Some(rest) = self.of_country[country] {
            let Some(rest) = counts.within(rest) else { return false };
            self.of_country[country] = Some(rest);
        }
        true
    }
}
