//! How much each country has in each channel: from the countries' totals down, with both margins as bounds.

use super::countries::{CountryTotals, batch};
use super::extent::Extent;
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::room::can_share;
use super::target::{Lane, Target, Track};
use crate::model::{Channel, Counts};
use crate::planner::index::{ChannelIndex, CountryIndex};
use crate::planner::layout::Layout;

/// What is known of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    Unknown,
    /// Its question failed: its cells are asked one by one.
    Failed,
    Answered(Counts),
    /// What the margins leave for it.
    Left(Counts),
}

/// The totals of all lanes.
#[derive(Debug)]
pub(super) struct Lanes {
    channels: usize,
    /// Country by country.
    totals: Vec<Total>,
    /// What each channel has beyond its lanes that are known.
    unplaced: Vec<Counts>,
    /// The channel that has no country, so that it is the last to ask a country for.
    email: Option<ChannelIndex>,
}

impl Lanes {
    pub(super) fn new(layout: &Layout, extent: &Extent) -> Self {
        let is_email = |channel: &ChannelIndex| layout.matrix().shape().channel(channel.0) == Some(Channel::Email);
        Self {
            channels: extent.channel_count(),
            totals: vec![Total::Unknown; extent.country_count() * extent.channel_count()],
            unplaced: vec![Counts::ZERO; extent.channel_count()],
            email: extent.channels().find(is_email),
        }
    }

    fn total_mut(&mut self, lane: Lane) -> &mut Total {
        &mut self.totals[lane.country.0 * self.channels + lane.channel.0]
    }

    /// What a lane has, if that is known.
    pub(super) fn total(&self, lane: Lane) -> Option<Counts> {
        match self.totals[lane.country.0 * self.channels + lane.channel.0] {
            Total::Answered(counts) | Total::Left(counts) => Some(counts),
            Total::Unknown | Total::Failed => None,
        }
    }

    /// Whether a channel holds attempts beyond the lanes that are known: those of countries that are not listed.
    pub(super) fn leaves_some(&self, channel: ChannelIndex) -> bool {
        self.unplaced[channel.0] != Counts::ZERO
    }

    /// Takes over the channels' totals. The lanes of a channel that nobody could tell are left to be asked by cells.
    pub(super) fn begin(&mut self, margins: &Margins, notebook: &mut Notebook) {
        for channel in notebook.extent.channels() {
            self.unplaced[channel.0] = margins.of_channel(channel).unwrap_or(Counts::ZERO);
            let lanes = notebook.extent.countries().map(|country| Lane { country, channel });
            match margins.of_channel(channel) {
                None => lanes.for_each(|lane| *self.total_mut(lane) = Total::Failed),
                Some(Counts::ZERO) => {
                    for lane in lanes {
                        *self.total_mut(lane) = Total::Left(Counts::ZERO);
                        notebook.extent.windows.clone().for_each(|at| notebook.conclude(lane.into(), at, Counts::ZERO));
                    }
                    let total = Track::of_all(channel);
                    notebook.extent.windows.clone().for_each(|at| notebook.conclude(total, at, Counts::ZERO));
                }
                Some(_) => {}
            }
        }
    }

    /// Asks each country for one more channel, the likeliest first. Without countries' totals, the countries to be
    /// expected first come first, until the channel is used up.
    pub(super) fn ask(
        &mut self,
        margins: &Margins,
        countries: &mut CountryTotals,
        extent: &Extent,
    ) -> Result<Vec<Target>, Contradiction> {
        let tells_last = margins.are_closed() && self.channels > 1;
        let most = if countries.are_known() { usize::MAX } else { batch(extent) };
        let mut targets = Vec::new();
        for country in countries.order().to_vec() {
            if targets.len() >= most {
                break;
            }
            let left = countries.left(country);
            let Some((lane, is_only)) = self.next_lane(country, left, margins, extent) else { continue };
            match left {
                Some(left) if is_only && tells_last => self.place(lane, Total::Left(left), left, countries)?,
                _ => targets.push(Target::Lane(lane)),
            }
        }
        Ok(targets)
    }

    /// The lane to ask next of a country that has so much left, and whether it is the only one that can have it.
    fn next_lane(
        &mut self,
        country: CountryIndex,
        left: Option<Counts>,
        margins: &Margins,
        extent: &Extent,
    ) -> Option<(Lane, bool)> {
        let can_hold = |room: Counts| left.map_or(room.attempts() > 0, |left| can_share(left, room, extent.kinds()));
        let (mut open, mut has_failed) = (Vec::new(), false);
        for channel in extent.channels() {
            let can_hold = can_hold(self.unplaced[channel.0]);
            let total = self.total_mut(Lane { country, channel });
            match total {
                Total::Unknown if can_hold => open.push(channel),
                Total::Unknown => *total = Total::Left(Counts::ZERO),
                Total::Failed => has_failed = true,
                Total::Answered(_) | Total::Left(_) => {}
            }
        }
        let is_only = open.len() == 1 && !has_failed;
        let likelihood = |channel: &ChannelIndex| (self.email != Some(*channel), margins.attempts_of(*channel));
        let channel = open.into_iter().max_by_key(likelihood)?;
        Some((Lane { country, channel }, is_only))
    }

    pub(super) fn learn(
        &mut self,
        lane: Lane,
        counts: Option<Counts>,
        countries: &mut CountryTotals,
    ) -> Result<(), Contradiction> {
        let Some(counts) = counts else {
            *self.total_mut(lane) = Total::Failed;
            return Ok(());
        };
        self.place(lane, Total::Answered(counts), counts, countries)
    }

    /// Takes a lane's attempts from both margins.
    fn place(
        &mut self,
        lane: Lane,
        total: Total,
        counts: Counts,
        countries: &mut CountryTotals,
    ) -> Result<(), Contradiction> {
        *self.total_mut(lane) = total;
        let unplaced = &mut self.unplaced[lane.channel.0];
        *unplaced = counts.within(*unplaced).ok_or(Contradiction)?;
        countries.take(lane.country, counts)
    }

    pub(super) fn answered(&self) -> impl Iterator<Item = (Lane, Counts)> + '_ {
        let lane =
            |index| Lane { country: CountryIndex(index / self.channels), channel: ChannelIndex(index % self.channels) };
        self.totals.iter().enumerate().filter_map(move |(index, total)| match total {
            Total::Answered(counts) => Some((lane(index), *counts)),
            Total::Unknown | Total::Failed | Total::Left(_) => None,
        })
    }
}
