//! Where in time the attempts of each country lie.
//!
//! What a channel's window holds beyond the countries known so far bounds the others. So lanes with many attempts come
//! first: they need nearly all their windows asked anyway, and what they leave over tells the small ones, whose search
//! is long for what it finds, where there is nothing to look for. The last country of a channel needs no question.

use std::cmp::Reverse;
use std::ops::Range;

use super::block::{Block, Stage};
use super::cut::{Cut, Together};
use super::search::Progress;
use super::segment::{Part, Segment};
use super::target::Target;
use crate::model::Counts;
use crate::planner::layout::Layout;
use crate::planner::store::Store;

/// How many segments are searched at a time: as many as use 100 requests a minute with answers that take a second or
/// two. More would be asked side by side and learn less from each other.
const OPEN_SEGMENTS: usize = 4;

/// Lanes of a country that are searched together: all of them, or one where others may hide behind what they leave.
#[derive(Debug)]
struct Group {
    country: usize,
    lanes: Vec<(usize, Counts)>,
}

/// The state of the search.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Lanes that wait, the smallest first: they are taken from the end.
    waiting: Vec<Group>,
    pub(super) open: Vec<Segment>,
    pub(super) cuts: Vec<Cut>,
    /// Of each channel and window, what the countries known so far leave over; empty when not known.
    pub(super) room: Vec<Vec<Counts>>,
    /// Of countries: parts whose question failed. Nobody knows where in them their attempts lie.
    pub(super) unfound: Vec<Segment>,
    /// Channels and windows that a search of columns ended at: they are asked themselves, so that what was asked adds
    /// up to the range without what was inferred, and the edges between windows are put to the test.
    pub(super) unproved: Vec<(usize, usize)>,
}

impl Block {
    /// Puts the lanes in the order of their search.
    pub(super) fn begin_rows(&mut self) {
        let are_joined = self.is_closed() && self.channels > 1;
        for country in 0..self.countries {
            let lane = |channel: usize| self.lanes[country * self.channels + channel];
            let lanes = (0..self.channels).filter_map(|channel| Some((channel, lane(channel)?)));
            let lanes: Vec<_> = lanes.filter(|(_, lane)| *lane != Counts::ZERO).collect();
            let size = if are_joined { self.channels } else { 1 };
            self.rows.waiting.extend(lanes.chunks(size).map(|lanes| Group { country, lanes: lanes.to_vec() }));
        }
        let attempts = |group: &Group| group.lanes.iter().map(|(_, lane)| lane.attempts()).fold(0, i64::saturating_add);
        self.rows.waiting.sort_by_key(|group| (attempts(group), Reverse((group.country, group.lanes[0].0))));
        self.enter(Stage::Rows);
    }

    /// Where the countries' attempts lie.
    pub(super) fn ask_rows(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        loop {
            while self.simplify_segments(layout, store) == Progress::Some {}
            if self.is_over() {
                return Vec::new();
            }
            if self.rows.open.len() + self.rows.cuts.len() < OPEN_SEGMENTS
                && let Some(group) = self.rows.waiting.pop()
            {
                self.open_lines(layout, store, Some(group.country), &group.lanes);
                continue;
            }
            let targets = self.cut_open(layout, store);
            if self.is_over() {
                return Vec::new();
            }
            if !targets.is_empty() {
                return targets;
            }
            if self.rows.open.is_empty() && self.rows.waiting.is_empty() {
                self.fill_with_zeros(layout, store);
                self.enter(Stage::Over);
                return Vec::new();
            }
        }
    }

    /// Whether what a country has before a cut's edge in all channels tells what the cut's parts have.
    pub(super) fn can_join(&self, segment: &Segment, windows: &Range<usize>) -> Together {
        let Some(country) = segment.country else { return Together::No };
        if segment.parts.len() < 2 || !self.is_closed() {
            return Together::No;
        }
        let is_found = |channel: usize| {
            self.lanes[country * self.channels + channel].is_some()
                && !self.rows.unfound.iter().any(|segment| segment.meets(country, channel, windows))
        };
        let is_part = |channel: usize| segment.parts.iter().any(|part| part.channel == channel);
        let is_told = (0..self.channels).all(|channel| is_part(channel) || is_found(channel));
        if is_told { Together::Unasked } else { Together::No }
    }

    /// Begins the search of lines: what they have beyond their cells that are known.
    pub(super) fn open_lines(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        country: Option<usize>,
        lines: &[(usize, Counts)],
    ) {
        let mut parts = Vec::new();
        for &(channel, total) in lines {
            match self.open_line(layout, store, country, channel, total) {
                Opened::Part(part) => parts.push(part),
                Opened::Failed => self.fail_line(country, channel),
                Opened::Contradiction => return self.abandon(store),
            }
        }
        if !parts.is_empty() {
            self.rows.open.push(Segment { country, parts });
        }
    }

    fn open_line(
        &mut self,
        layout: &Layout,
        store: &Store,
        country: Option<usize>,
        channel: usize,
        total: Counts,
    ) -> Opened {
        let mut rest = total;
        let mut windows = Vec::new();
        for window in self.windows.clone() {
            let node = self.cell(layout, country, channel, window);
            match store.known(node) {
                Some(known) => {
                    self.basis.add_known(&known);
                    let Some(beyond) = self.seen(known.counts).within(rest) else { return Opened::Contradiction };
                    rest = beyond;
                }
                None if store.is_failed(node) => return Opened::Failed,
                None => windows.push(window),
            }
        }
        if windows.is_empty() && rest != Counts::ZERO {
            return Opened::Contradiction;
        }
        Opened::Part(Part { channel, windows, total: rest })
    }

    fn fail_line(&mut self, country: Option<usize>, channel: usize) {
        let Some(country) = country else { return };
        self.fail_lane(country, channel);
        // Its cells stay open: nobody knows where in it its attempts lie.
        let part = Part { channel, windows: self.windows.clone().collect(), total: Counts::ZERO };
        self.rows.unfound.push(Segment { country: Some(country), parts: vec![part] });
    }

    /// Leaves a part to be asked cell by cell.
    pub(super) fn fail_part(&mut self, country: Option<usize>, part: Part) {
        if let Some(name) = country {
            self.fail_lane(name, part.channel);
            self.rows.unfound.push(Segment { country, parts: vec![part] });
        }
    }

    /// What no question and no sum left anything for is zero.
    fn fill_with_zeros(&mut self, layout: &Layout, store: &mut Store) {
        let unfound = std::mem::take(&mut self.rows.unfound);
        for country in 0..self.countries {
            for channel in 0..self.channels {
                if self.lanes[country * self.channels + channel].is_none() {
                    continue;
                }
                for window in self.windows.clone() {
                    let range = window..window + 1;
                    if !unfound.iter().any(|segment| segment.meets(country, channel, &range)) {
                        self.imply(store, self.cell(layout, Some(country), channel, window), Counts::ZERO);
                    }
                }
            }
        }
    }
}

/// What beginning the search of a line comes to.
enum Opened {
    Part(Part),
    /// A cell of it failed, so that the line is asked cell by cell.
    Failed,
    Contradiction,
}
