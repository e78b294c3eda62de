//! What a block is about: a run of windows of one service and prefix, and the slices of it that can be asked.

use std::ops::Range;

use super::ablation::Search;
use super::kinds::Kinds;
use super::target::{Pair, Target, Track};
use crate::model::{Counts, Slice};
use crate::planner::index::{ChannelIndex, CountryIndex, Group, all};
use crate::planner::layout::{Layout, Node};

/// Whether a block's windows may still change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maturity {
    /// Nothing changes any more.
    Settled,
    /// Attempts stand still, conversions come. Only attempts are looked at, and only zeros are implied.
    Growing,
}

/// A run of windows of one service and prefix.
#[derive(Debug)]
pub(super) struct Extent {
    pub(super) maturity: Maturity,
    pub(super) windows: Range<usize>,
    /// The service and prefix.
    pub(super) group: Group,
    channels: usize,
    countries: usize,
    /// How many questions are asked side by side at least, where one of them may spare another.
    pub(super) breadth: usize,
    /// The search that it goes without, for the benchmark.
    pub(super) without: Option<Search>,
}

impl Extent {
    pub(super) fn new(layout: &Layout, maturity: Maturity, windows: Range<usize>, group: Group) -> Self {
        let (channels, countries) = (layout.channel_count(), layout.country_count());
        Self { maturity, windows, group, channels, countries, breadth: 1, without: None }
    }

    /// Whether a search is part of the plan.
    pub(super) fn has(&self, search: Search) -> bool {
        self.without != Some(search)
    }

    pub(super) const fn channel_count(&self) -> usize {
        self.channels
    }

    pub(super) const fn country_count(&self) -> usize {
        self.countries
    }

    pub(super) fn channels(&self) -> impl DoubleEndedIterator<Item = ChannelIndex> + Clone + use<> {
        all(self.channels)
    }

    pub(super) fn countries(&self) -> impl Iterator<Item = CountryIndex> + use<> {
        all(self.countries)
    }

    /// Country by country.
    pub(super) fn pairs(&self) -> impl Iterator<Item = Pair> + use<> {
        let channels = self.channels();
        self.countries().flat_map(move |country| channels.clone().map(move |channel| Pair { country, channel }))
    }

    /// Cells, and window totals where they are slices of their own.
    pub(super) fn nodes<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = Node> + 'a {
        let totals = self.channels().map(Track::of_all).filter(|_| layout.splits_countries());
        let tracks: Vec<Track> = self.pairs().map(Track::from).chain(totals).collect();
        self.windows
            .clone()
            .flat_map(move |window| tracks.clone().into_iter().map(move |track| self.node(layout, track, window)))
    }

    /// The number of a cell, or of a window's total.
    pub(super) fn node(&self, layout: &Layout, track: Track, window: usize) -> Node {
        let lane = layout.lane_of(self.group, track.channel);
        match track.country {
            None => layout.window_total(window, lane),
            Some(country) => layout.cell(window, country, lane),
        }
    }

    /// What is asked for a target.
    pub(super) fn slice(&self, layout: &Layout, target: &Target) -> Slice {
        let (windows, country, channel) = match target {
            Target::Whole => (&self.windows, None, None),
            Target::Channel(channel) => (&self.windows, None, Some(*channel)),
            Target::Country(country) => (&self.windows, Some(*country), None),
            Target::Pair(Pair { country, channel }) => (&self.windows, Some(*country), Some(*channel)),
            Target::Windows { track, windows } => (windows, track.country, Some(track.channel)),
            Target::Span { country, windows } => (windows, Some(*country), None),
        };
        let lane =
            channel.map_or_else(|| layout.any_lane_of(self.group), |channel| layout.lane_of(self.group, channel));
        let all = layout.matrix().windows();
        let slice = layout.slice_of(all[windows.start].hull(all[windows.end - 1]), country, lane);
        Slice { channel: channel.and(slice.channel), ..slice }
    }

    /// What of counts bounds others.
    pub(super) fn kinds(&self) -> Kinds {
        if self.has(Search::BothKinds) { |both| both } else { Counts::without_conversions }
    }

    /// What is looked at of counts.
    pub(super) const fn seen(&self, counts: Counts) -> Counts {
        match self.maturity {
            Maturity::Settled => counts,
            Maturity::Growing => counts.without_conversions(),
        }
    }
}
