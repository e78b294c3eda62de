//! Where in time the attempts of each country lie.
//!
//! What a channel's window holds beyond the countries known so far bounds the others. So lanes with many attempts come
//! first: they need nearly all their windows asked anyway, and what they leave over tells the small ones, whose search
//! is long for what it finds, where there is nothing to look for. The last country of a channel needs no question.

use std::cmp::Reverse;

use super::ablation::Search;
use super::extent::Extent;
use super::lanes::Lanes;
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::room::Room;
use super::target::{Lane, Target};
use super::time_search::TimeSearch;
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, CountryIndex};

/// How many segments are searched at a time: as many as use 100 requests a minute with answers that take a second or
/// two. More would be asked side by side and learn less from each other.
const OPEN_SEGMENTS: usize = 4;

/// Lanes of a country that are searched together: all of them, or one where others may hide behind what they leave.
#[derive(Debug)]
struct Bundle {
    country: CountryIndex,
    totals: Vec<(ChannelIndex, Counts)>,
}

/// The lanes that wait, and the search of those that don't.
#[derive(Debug, Default)]
pub(super) struct LaneWindows {
    /// The smallest first: they are taken from the end.
    waiting: Vec<Bundle>,
    pub(super) search: TimeSearch,
    /// Whether channels are asked together: no attempts may hide in channels that are not listed.
    joins_channels: bool,
}

impl LaneWindows {
    /// Puts the lanes in the order of their search.
    pub(super) fn new(room: Room, lanes: &Lanes, margins: &Margins, extent: &Extent) -> Self {
        let is_bundled = margins.are_closed() && extent.channel_count() > 1;
        let size = if is_bundled { extent.channel_count() } else { 1 };
        let mut waiting = Vec::new();
        for country in extent.countries() {
            let total = |channel| Some((channel, lanes.total(Lane { country, channel })?));
            let totals: Vec<_> =
                extent.channels().filter_map(total).filter(|(_, total)| *total != Counts::ZERO).collect();
            waiting.extend(totals.chunks(size).map(|totals| Bundle { country, totals: totals.to_vec() }));
        }
        let attempts =
            |bundle: &Bundle| bundle.totals.iter().map(|(_, total)| total.attempts()).fold(0, i64::saturating_add);
        if extent.has(Search::BusyFirst) {
            waiting.sort_by_key(|bundle| (attempts(bundle), Reverse((bundle.country, bundle.totals[0].0))));
        } else {
            waiting.reverse();
        }
        let room = if extent.has(Search::Room) { room } else { Room::default() };
        let joins_channels = is_bundled && extent.has(Search::ChannelsTogether);
        Self { waiting, search: TimeSearch::new(room), joins_channels }
    }

    pub(super) fn ask(&mut self, lanes: &Lanes, notebook: &mut Notebook) -> Result<Vec<Target>, Contradiction> {
        let most = if notebook.extent.has(Search::SideBySide) { OPEN_SEGMENTS } else { 1 };
        loop {
            self.search.simplify(notebook)?;
            if self.search.breadth() < most
                && let Some(Bundle { country, totals }) = self.waiting.pop()
            {
                self.search.begin(Some(country), &totals, notebook)?;
                continue;
            }
            let targets = self.search.bisect(self.joins_channels.then_some(lanes), notebook)?;
            if !targets.is_empty() || self.waiting.is_empty() {
                return Ok(targets);
            }
        }
    }

    /// What no question and no sum left anything for is zero.
    pub(super) fn conclude_zeros(&self, lanes: &Lanes, notebook: &mut Notebook) {
        for lane in notebook.extent.lanes().filter(|lane| lanes.total(*lane).is_some()) {
            for window in notebook.extent.windows.clone() {
                if !self.search.is_unfound(lane, &(window..window + 1)) {
                    notebook.conclude(lane.into(), window, Counts::ZERO);
                }
            }
        }
    }
}
