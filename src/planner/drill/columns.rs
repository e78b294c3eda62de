//! Where in time the attempts of each channel lie, all countries together.

use super::block::{Block, Stage};
use super::rows::Rows;
use super::target::Target;
use crate::model::Counts;
use crate::planner::layout::Layout;
use crate::planner::store::Store;

/// A channel with fewer attempts than this many windows each is searched; a busier one is asked window by window, so
/// that the sum of its windows is a test of their edges.
const SPARSE: i64 = 2;

impl Block {
    /// Where the channels' attempts lie.
    pub(super) fn ask_columns(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        let mut targets = Vec::new();
        if !self.has_asked && self.windows.len() > 1 {
            self.has_asked = true;
            let windows = i64::try_from(self.windows.len()).unwrap_or(i64::MAX);
            for channel in 0..self.channels {
                match self.of_channel[channel].map_or(0, Counts::attempts) {
                    0 => {}
                    attempts if attempts * SPARSE < windows => {
                        let total = self.of_channel[channel].unwrap_or_default();
                        self.open_lines(layout, store, None, &[(channel, total)]);
                    }
                    _ => targets.extend(
                        self.windows
                            .clone()
                            .filter(|&window| !store.is_known(self.cell(layout, None, channel, window)))
                            .map(|window| Target::Column { channel, windows: window..window + 1 }),
                    ),
                }
            }
        }
        targets.extend(self.cut_open(layout, store));
        if self.is_over() {
            return Vec::new();
        }
        let unproved = std::mem::take(&mut self.rows.unproved).into_iter();
        targets.extend(unproved.map(|(channel, window)| Target::Column { channel, windows: window..window + 1 }));
        if targets.is_empty() {
            self.finish_columns(layout, store);
        }
        targets
    }

    fn finish_columns(&mut self, layout: &Layout, store: &mut Store) {
        self.rows = Rows::default();
        for channel in 0..self.channels {
            // What was found adds up to the range: there is nothing in the other windows.
            if self.found_columns(layout, store, channel) == self.of_channel[channel] {
                for window in self.windows.clone() {
                    self.imply(store, self.cell(layout, None, channel, window), Counts::ZERO);
                }
            }
            let mut room = Vec::new();
            for window in self.windows.clone() {
                let Some(mut left) = self.known(layout, store, None, channel, window) else { break };
                for country in (0..self.countries).filter(|_| layout.splits_countries()) {
                    if let Some(known) = self.known(layout, store, Some(country), channel, window) {
                        let Some(rest) = known.within(left) else { return self.abandon(store) };
                        left = rest;
                    }
                }
                room.push(left);
            }
            if room.len() < self.windows.len() {
                room.clear();
            }
            // Windows that hold more or less than their range would lead the search astray.
            let is_told = !room.is_empty() && self.of_channel[channel].is_some();
            if is_told && self.found_columns(layout, store, channel) != self.of_channel[channel] {
                return self.abandon(store);
            }
            self.rows.room.push(room);
        }
        if layout.splits_countries() { self.begin_rows() } else { self.enter(Stage::Over) }
    }

    fn found_columns(&self, layout: &Layout, store: &Store, channel: usize) -> Option<Counts> {
        let known = self.windows.clone().filter_map(|window| self.known(layout, store, None, channel, window));
        known.into_iter().try_fold(Counts::ZERO, Counts::checked_add)
    }
}
