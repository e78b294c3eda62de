//! Where in time the attempts of a line lie: of each channel first, then of each country in it.
//!
//! What a channel's window holds beyond the countries known so far bounds the others. So countries with many attempts
//! come first: they need nearly all their windows asked anyway, and what they leave over tells the small ones, whose
//! search is long for what it finds, where there is nothing to look for. The last country of a channel needs no question.

use super::block::{Block, Stage};
use super::segment::{Segment, Simplified};
use super::target::Target;
use crate::model::Counts;

use std::ops::Range;

use crate::planner::layout::Layout;
use crate::planner::store::Store;

/// How many segments are searched at a time. More would be asked side by side and learn less from each other.
const OPEN_SEGMENTS: usize = 8;
/// A channel with fewer attempts than this many windows each is searched; a busier one is asked window by window, so
/// that the sum of its windows is a test of their edges.
const SPARSE: i64 = 2;

/// The state of the search.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Lanes that wait, the smallest first: they are taken from the end.
    waiting: Vec<(usize, usize, Counts)>,
    open: Vec<Segment>,
    /// Cut segments whose first part is being asked, with how many windows that has.
    asked: Vec<(Segment, usize)>,
    /// Of each channel and window, what the countries known so far leave over; empty when not known.
    room: Vec<Vec<Counts>>,
    /// Segments whose question failed: nobody knows where in them their attempts lie.
    unfound: Vec<Segment>,
    /// Channels and windows that a search of columns ended at: they are asked themselves, so that what was asked adds
    /// up to the range without what was inferred, and the edges between windows are put to the test.
    unproved: Vec<(usize, usize)>,
}

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
                        self.open_line(layout, store, None, channel, total);
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
        targets.extend(self.cut_segments(layout, store));
        let unproved = std::mem::take(&mut self.rows.unproved).into_iter();
        targets.extend(unproved.map(|(channel, window)| Target::Column { channel, windows: window..window + 1 }));
        if targets.is_empty() && !self.is_over() {
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
            for country in 0..self.countries {
                if let Some(lane) = self.lanes[country * self.channels + channel].filter(|lane| *lane != Counts::ZERO) {
                    self.rows.waiting.push((country, channel, lane));
                }
            }
        }
        if !layout.splits_countries() {
            return self.enter(Stage::Over);
        }
        self.rows
            .waiting
            .sort_by_key(|&(country, channel, lane)| (lane.attempts(), std::cmp::Reverse((country, channel))));
        self.enter(Stage::Rows);
    }

    fn found_columns(&self, layout: &Layout, store: &Store, channel: usize) -> Option<Counts> {
        let known = self.windows.clone().filter_map(|window| self.known(layout, store, None, channel, window));
        known.into_iter().try_fold(Counts::ZERO, Counts::checked_add)
    }

    /// Where the countries' attempts lie.
    pub(super) fn ask_rows(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        loop {
            while self.simplify_segments(layout, store) == Progress::Some {}
            if self.is_over() {
                return Vec::new();
            }
            if self.rows.open.len() >= OPEN_SEGMENTS {
                break;
            }
            let Some((country, channel, total)) = self.rows.waiting.pop() else { break };
            self.open_line(layout, store, Some(country), channel, total);
        }
        let targets = self.cut_open();
        if targets.is_empty() {
            self.fill_with_zeros(layout, store);
            self.enter(Stage::Over);
        }
        targets
    }

    /// Begins the search of a line: what it has beyond its cells that are known.
    fn open_line(&mut self, layout: &Layout, store: &mut Store, country: Option<usize>, channel: usize, total: Counts) {
        let mut rest = total;
        let mut windows = Vec::new();
        for window in self.windows.clone() {
            let node = self.cell(layout, country, channel, window);
            match store.known(node) {
                Some(known) => {
                    self.basis.add_known(&known);
                    let Some(beyond) = self.seen(known.counts).within(rest) else { return self.abandon(store) };
                    rest = beyond;
                }
                None if store.is_failed(node) => return self.fail_line(country, channel),
                None => windows.push(window),
            }
        }
        if windows.is_empty() && rest != Counts::ZERO {
            return self.abandon(store);
        }
        self.rows.open.push(Segment { country, channel, windows, total: rest });
    }

    fn fail_line(&mut self, country: Option<usize>, channel: usize) {
        if let Some(country) = country {
            self.fail_lane(country, channel);
        }
    }

    fn cut_segments(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        while self.simplify_segments(layout, store) == Progress::Some {}
        if self.is_over() { Vec::new() } else { self.cut_open() }
    }

    /// Resolves what needs no question. Each cell that this makes known may resolve more.
    fn simplify_segments(&mut self, layout: &Layout, store: &mut Store) -> Progress {
        let mut progress = Progress::None;
        for segment in std::mem::take(&mut self.rows.open) {
            if self.is_over() {
                return Progress::None;
            }
            let (country, channel) = (segment.country, segment.channel);
            let first = self.windows.start;
            let room = self.rows.room.get(channel).filter(|room| country.is_some() && !room.is_empty());
            let simplified = match room {
                Some(room) => segment.simplify(Some(&|window| room[window - first])),
                None => segment.simplify(None),
            };
            match simplified {
                Simplified::Open(segment) => self.rows.open.push(segment),
                Simplified::Contradiction => self.abandon(store),
                Simplified::Known(found) => {
                    progress = Progress::Some;
                    for (window, counts) in found {
                        let node = self.cell(layout, country, channel, window);
                        if country.is_none() && !store.is_known(node) {
                            self.rows.unproved.push((channel, window));
                            continue;
                        }
                        self.take_room(store, country, channel, window, counts);
                        self.imply(store, node, counts);
                    }
                }
            }
        }
        progress
    }

    fn take_room(&mut self, store: &mut Store, country: Option<usize>, channel: usize, window: usize, counts: Counts) {
        if country.is_none() {
            return;
        }
        let index = window - self.windows.start;
        let Some(room) = self.rows.room.get_mut(channel).and_then(|room| room.get_mut(index)) else { return };
        match counts.within(*room) {
            Some(left) => *room = left,
            None => self.abandon(store),
        }
    }

    /// Asks for the first part of every open segment.
    fn cut_open(&mut self) -> Vec<Target> {
        let first_window = self.windows.start;
        let mut targets = Vec::new();
        for segment in std::mem::take(&mut self.rows.open) {
            let room = self.rows.room.get(segment.channel).filter(|room| segment.country.is_some() && !room.is_empty());
            let count = match room {
                Some(room) => segment.cut(Some(&|window| room[window - first_window])),
                None => segment.cut(None),
            };
            let windows = segment.windows[0]..segment.windows[count - 1] + 1;
            let channel = segment.channel;
            targets.push(match segment.country {
                None => Target::Column { channel, windows },
                Some(country) => Target::Row { country, channel, windows },
            });
            self.rows.asked.push((segment, count));
        }
        targets
    }

    /// `false` when the part holds more than its segment. `windows` is what was asked.
    pub(super) fn learn_segment(
        &mut self,
        layout: &Layout,
        store: &Store,
        country: Option<usize>,
        channel: usize,
        windows: &Range<usize>,
        counts: Option<Counts>,
    ) -> bool {
        let is_it = |(segment, _): &(Segment, usize)| {
            segment.country == country && segment.channel == channel && segment.windows[0] == windows.start
        };
        // A window of a busy channel has no segment: the store has its answer.
        let Some(index) = self.rows.asked.iter().position(is_it) else { return true };
        let (segment, count) = self.rows.asked.swap_remove(index);
        let Some(counts) = counts else {
            self.fail_line(country, channel);
            self.rows.unfound.push(segment);
            return true;
        };
        // What was known within the part is no part of the segment.
        let known = windows.clone().filter(|window| !segment.windows[..count].contains(window));
        let mut held = counts;
        for window in known {
            let beyond = self.known(layout, store, country, channel, window).map(|known| known.within(held));
            match beyond {
                Some(Some(beyond)) => held = beyond,
                Some(None) => return false,
                None => {}
            }
        }
        let Some(parts) = segment.split(count, held) else { return false };
        self.rows.open.extend(parts);
        true
    }

    /// What no question and no sum left anything for is zero.
    fn fill_with_zeros(&mut self, layout: &Layout, store: &mut Store) {
        let unfound = std::mem::take(&mut self.rows.unfound);
        for country in 0..self.countries {
            for channel in 0..self.channels {
                let is_told = self.lanes[country * self.channels + channel].is_some();
                let is_open = |window: usize| {
                    unfound
                        .iter()
                        .any(|it| (it.country, it.channel) == (Some(country), channel) && it.windows.contains(&window))
                };
                for window in self.windows.clone().filter(|&window| is_told && !is_open(window)) {
                    self.imply(store, self.cell(layout, Some(country), channel, window), Counts::ZERO);
                }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Some,
    None,
}
