//! How much each country has in each channel: from the countries' totals down, with both margins as bounds.

use super::countries::CountryTotals;
use super::extent::Extent;
use super::kinds::can_share;
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::target::{Pair, Target, Track};
use crate::model::{Channel, Counts};
use crate::planner::index::{ChannelIndex, CountryIndex, Each};
use crate::planner::layout::Layout;

/// What is known of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Total {
    Unknown,
    /// Its question failed: its cells are asked one by one.
    Failed,
    Answered(Counts),
    /// What the margins leave for it.
    Left(Counts),
}

/// The totals of all pairs.
#[derive(Debug)]
pub(super) struct Pairs {
    totals: Each<CountryIndex, Each<ChannelIndex, Total>>,
    /// What each channel has beyond its pairs that are known.
    unplaced: Each<ChannelIndex, Counts>,
    /// The channel that has no country, so that it is the last to ask a country for.
    email: Option<ChannelIndex>,
}

impl Pairs {
    pub(super) fn new(layout: &Layout, extent: &Extent) -> Self {
        let is_email = |channel: &ChannelIndex| layout.channel(*channel) == Some(Channel::Email);
        Self {
            totals: Each::of(extent.country_count(), Each::of(extent.channel_count(), Total::Unknown)),
            unplaced: Each::of(extent.channel_count(), Counts::ZERO),
            email: extent.channels().find(is_email),
        }
    }

    fn total_mut(&mut self, pair: Pair) -> &mut Total {
        &mut self.totals[pair.country][pair.channel]
    }

    /// What a pair has, if that is known.
    pub(super) fn total(&self, pair: Pair) -> Option<Counts> {
        match self.totals[pair.country][pair.channel] {
            Total::Answered(counts) | Total::Left(counts) => Some(counts),
            Total::Unknown | Total::Failed => None,
        }
    }

    /// Whether a channel holds attempts beyond the pairs that are known: those of countries that are not listed.
    pub(super) fn leaves_some(&self, channel: ChannelIndex) -> bool {
        self.unplaced[channel] != Counts::ZERO
    }

    /// Takes over the channels' totals. The pairs of a channel that nobody could tell are left to be asked by cells.
    pub(super) fn begin(&mut self, margins: &Margins, notebook: &mut Notebook) {
        for channel in notebook.extent.channels() {
            self.unplaced[channel] = margins.of_channel(channel).unwrap_or(Counts::ZERO);
            let pairs = notebook.extent.countries().map(|country| Pair { country, channel });
            match margins.of_channel(channel) {
                None => pairs.for_each(|pair| *self.total_mut(pair) = Total::Failed),
                Some(Counts::ZERO) => {
                    for pair in pairs {
                        *self.total_mut(pair) = Total::Left(Counts::ZERO);
                        notebook.extent.windows.clone().for_each(|at| notebook.conclude(pair.into(), at, Counts::ZERO));
                    }
                    let total = Track::of_all(channel);
                    notebook.extent.windows.clone().for_each(|at| notebook.conclude(total, at, Counts::ZERO));
                }
                Some(_) => {}
            }
        }
    }

    /// Takes over the pairs whose cells are all known, as of channels that were listed: none of them is asked.
    pub(super) fn take_known(
        &mut self,
        notebook: &Notebook,
        countries: &mut CountryTotals,
    ) -> Result<(), Contradiction> {
        for pair in notebook.extent.pairs() {
            let mut cells = notebook.extent.windows.clone().map(|at| notebook.known(pair.into(), at));
            let known = cells.try_fold(Counts::ZERO, |sum, cell| sum.checked_add(cell?));
            if let Some(known) = known.filter(|_| *self.total_mut(pair) == Total::Unknown) {
                self.place(pair, Total::Left(known), known, countries)?;
            }
        }
        Ok(())
    }

    /// Asks each country for one more channel, the likeliest first. Without countries' totals, the countries to be
    /// expected first come first, until the channel is used up.
    pub(super) fn ask(
        &mut self,
        margins: &Margins,
        countries: &mut CountryTotals,
        extent: &Extent,
    ) -> Result<Vec<Target>, Contradiction> {
        let tells_last = margins.are_closed() && extent.channel_count() > 1;
        let most = if countries.are_known() { usize::MAX } else { extent.breadth };
        let mut targets = Vec::new();
        for country in countries.order().to_vec() {
            if targets.len() >= most {
                break;
            }
            let left = countries.left(country);
            let Some((pair, is_only)) = self.next_pair(country, left, margins, extent) else { continue };
            match left {
                Some(left) if is_only && tells_last => self.place(pair, Total::Left(left), left, countries)?,
                _ => targets.push(Target::Pair(pair)),
            }
        }
        Ok(targets)
    }

    /// The pair to ask next of a country that has so much left, and whether it is the only one that can have it.
    fn next_pair(
        &mut self,
        country: CountryIndex,
        left: Option<Counts>,
        margins: &Margins,
        extent: &Extent,
    ) -> Option<(Pair, bool)> {
        let can_hold = |room: Counts| left.map_or(room.attempts() > 0, |left| can_share(left, room, extent.kinds()));
        let (mut open, mut has_failed) = (Vec::new(), false);
        for channel in extent.channels() {
            let can_hold = can_hold(self.unplaced[channel]);
            let total = self.total_mut(Pair { country, channel });
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
        Some((Pair { country, channel }, is_only))
    }

    pub(super) fn learn(
        &mut self,
        pair: Pair,
        counts: Option<Counts>,
        countries: &mut CountryTotals,
    ) -> Result<(), Contradiction> {
        let Some(counts) = counts else {
            *self.total_mut(pair) = Total::Failed;
            return Ok(());
        };
        self.place(pair, Total::Answered(counts), counts, countries)
    }

    /// Takes a pair's attempts from both margins.
    fn place(
        &mut self,
        pair: Pair,
        total: Total,
        counts: Counts,
        countries: &mut CountryTotals,
    ) -> Result<(), Contradiction> {
        *self.total_mut(pair) = total;
        let unplaced = &mut self.unplaced[pair.channel];
        *unplaced = counts.within(*unplaced).ok_or(Contradiction)?;
        countries.take(pair.country, counts)
    }

    pub(super) fn answered(&self) -> impl Iterator<Item = (Pair, Counts)> + '_ {
        self.totals.iter().flat_map(|(country, of_country)| {
            of_country.iter().filter_map(move |(channel, total)| match total {
                Total::Answered(counts) => Some((Pair { country, channel }, *counts)),
                Total::Unknown | Total::Failed | Total::Left(_) => None,
            })
        })
    }
}
