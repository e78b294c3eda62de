//! Whether a block has anything at all, and how much of it each channel has.

use super::block::{Block, Kind, Stage};
use super::target::Target;
use crate::model::Counts;
use crate::planner::layout::Layout;
use crate::planner::store::Store;

/// What the plan has learnt of a slice before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Counts(Counts),
    Failed,
    Nothing,
}

impl Block {
    pub(super) fn ask_whole(&mut self, layout: &Layout, store: &Store) -> Vec<Target> {
        if self.whole == Some(Counts::ZERO) {
            self.enter(Stage::Channels);
            return Vec::new();
        }
        let told = self.told_of_range(layout, store, None);
        if let Told::Counts(counts) = told {
            self.whole = Some(counts);
        }
        let is_worth_asking = self.kind == Kind::Settled && self.channels > 1 && layout.has_all_channels();
        if told == Told::Nothing && is_worth_asking && !self.has_asked {
            self.has_asked = true;
            return vec![Target::Whole];
        }
        self.enter(Stage::Channels);
        Vec::new()
    }

    /// The answer that the plan has for a channel, or all, of the whole block, if that is a slice of its own.
    fn told_of_range(&mut self, layout: &Layout, store: &Store, channel: Option<usize>) -> Told {
        let is_range = layout.range_windows() == self.windows;
        let node = match channel {
            None if is_range && layout.has_all_channels() => layout.all_channels(self.group),
            Some(channel) if self.windows.len() == 1 => self.cell(layout, None, channel, self.windows.start),
            Some(channel) if is_range && layout.has_range_totals() => {
                layout.range_total(layout.lane_of(self.group, channel))
            }
            _ => return Told::Nothing,
        };
        if store.is_failed(node) {
            return Told::Failed;
        }
        let Some(known) = store.known(node) else { return Told::Nothing };
        self.basis.add_known(&known);
        Told::Counts(self.seen(known.counts))
    }

    pub(super) fn ask_channels(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        if self.whole == Some(Counts::ZERO) {
            self.of_channel.fill(Some(Counts::ZERO));
        }
        let mut targets = Vec::new();
        for channel in 0..self.channels {
            if self.of_channel[channel].is_none() {
                match self.told_of_range(layout, store, Some(channel)) {
                    Told::Counts(counts) => self.of_channel[channel] = Some(counts),
                    Told::Failed => {}
                    Told::Nothing => targets.push(Target::Channel(channel)),
                }
            }
        }
        if targets.is_empty() || self.has_asked {
            self.begin_countries(layout, store);
            return Vec::new();
        }
        self.has_asked = true;
        targets
    }

    /// Whether the channels make up everything, so that what they leave over is nothing.
    pub(super) fn is_closed(&self) -> bool {
        let all = self.of_channel.iter().try_fold(Counts::ZERO, |sum, of| sum.checked_add((*of)?));
        self.channels == 1 || (self.whole.is_some() && all == self.whole)
    }

    fn begin_countries(&mut self, layout: &Layout, store: &mut Store) {
        for channel in 0..self.channels {
            self.unplaced[channel] = self.of_channel[channel].unwrap_or(Counts::ZERO);
        }
        // A channel that nobody could tell is left to be asked cell by cell.
        for (channel, of) in self.of_channel.clone().into_iter().enumerate() {
            match of {
                None => (0..self.countries).for_each(|country| self.fail_lane(country, channel)),
                Some(Counts::ZERO) => self.imply_empty_channel(layout, store, channel),
                Some(_) => {}
            }
        }
        self.enter(match (self.kind, layout.splits_countries()) {
            (Kind::Growing, true) if !self.is_thin() => Stage::Over,
            (_, true) => Stage::Countries,
            (_, false) => Stage::Columns,
        });
    }

    /// Whether so few attempts are spread over so many lanes that asking for countries first saves questions.
    fn is_thin(&self) -> bool {
        let attempts = self.of_channel.iter().flatten().fold(0_i64, |sum, of| sum.saturating_add(of.attempts()));
        let lanes = self.countries * self.of_channel.iter().flatten().filter(|of| of.attempts() > 0).count();
        attempts < i64::try_from(2 * lanes).unwrap_or(i64::MAX)
    }

    fn imply_empty_channel(&mut self, layout: &Layout, store: &mut Store, channel: usize) {
        for country in 0..self.countries {
            self.lanes[country * self.channels + channel] = Some(Counts::ZERO);
        }
        for window in self.windows.clone() {
            self.imply(store, self.cell(layout, None, channel, window), Counts::ZERO);
            for country in 0..self.countries {
                self.imply(store, self.cell(layout, Some(country), channel, window), Counts::ZERO);
            }
        }
    }
}
