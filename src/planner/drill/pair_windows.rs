//! Where in time the attempts of each country lie.
//!
//! What a channel's window holds beyond the countries known so far bounds the others. So pairs with many attempts come
//! first: they need nearly all their windows asked anyway, and what they leave over tells the small ones, whose search
//! is long for what it finds, where there is nothing to look for. The last country of a channel needs no question.
//!
//! Where a channel holds attempts of countries that are not listed, what a search inferred has to be asked after all,
//! as they could hide in it. There a busy pair is asked window by window, and its own total proves the sum.

use std::cmp::Reverse;

use super::ablation::Search;
use super::allowance::{Allowance, Stake};
use super::extent::{Extent, Maturity};
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::pairs::Pairs;
use super::room::Room;
use super::target::{Pair, Target};
use super::time_search::TimeSearch;
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, CountryIndex};

/// A pair with at least one attempt in so many windows, on the average, takes no more questions window by window than a
/// search whose inferences are asked, too.
const BUSY: i64 = 2;

/// Pairs of a country that are searched together: all of them, or one where others may hide behind what they leave.
#[derive(Debug)]
struct Bundle {
    country: CountryIndex,
    totals: Vec<(ChannelIndex, Counts)>,
}

impl Bundle {
    /// What the search of each pair may come to.
    fn stakes(&self, pairs: &Pairs, notebook: &Notebook) -> Vec<Stake> {
        let stake = |&(channel, total): &(ChannelIndex, Counts)| {
            let windows = unknown_windows(Pair { country: self.country, channel }, notebook).len();
            Stake::of(windows, total, pairs.leaves_some(channel))
        };
        self.totals.iter().map(stake).collect()
    }
}

fn unknown_windows(pair: Pair, notebook: &Notebook) -> Vec<usize> {
    notebook.extent.windows.clone().filter(|&at| notebook.known(pair.into(), at).is_none()).collect()
}

/// A pair that is asked window by window, its total, and the windows that were not known before.
#[derive(Debug)]
struct Busy {
    pair: Pair,
    total: Counts,
    asked: Vec<usize>,
}

/// The pairs that wait, and the search of those that don't.
#[derive(Debug, Default)]
pub(super) struct PairWindows {
    /// The smallest first: they are taken from the end.
    waiting: Vec<Bundle>,
    pub(super) search: TimeSearch,
    /// Pairs that are asked window by window.
    busy: Vec<Busy>,
    /// What the search may still cost.
    allowance: Allowance,
    /// Whether channels are asked together: no attempts may hide in channels that are not listed.
    joins_channels: bool,
}

impl PairWindows {
    /// Puts the pairs in the order of their search.
    pub(super) fn new(room: Room, pairs: &Pairs, margins: &Margins, extent: &Extent) -> Self {
        let is_bundled = margins.are_closed() && extent.channel_count() > 1;
        let size = if is_bundled { extent.channel_count() } else { 1 };
        let mut waiting = Vec::new();
        for country in extent.countries() {
            let total = |channel| Some((channel, pairs.total(Pair { country, channel })?));
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
        let allowance = Allowance::new(extent.windows.len());
        Self { waiting, search: TimeSearch::new(room), busy: Vec::new(), allowance, joins_channels }
    }

    pub(super) fn ask(&mut self, pairs: &Pairs, notebook: &mut Notebook) -> Result<Vec<Target>, Contradiction> {
        self.add_up(notebook)?;
        let windows = self.take_busy(pairs, notebook);
        if !windows.is_empty() {
            return Ok(windows);
        }
        // Searches side by side learn less from each other, so there are no more of them than the limit needs.
        loop {
            let mut targets = self.search.bisect(self.joins_channels.then_some(pairs), notebook)?;
            let next = if targets.len() < notebook.extent.breadth { self.waiting.pop() } else { None };
            let Some(mut bundle) = next else {
                self.allowance.spend(targets.len());
                return Ok(targets);
            };
            let stakes = bundle.stakes(pairs, notebook);
            if !self.allowance.begin(&stakes, self.search.most_questions()) {
                if !targets.is_empty() {
                    // What is under way may yet save what this one may lose.
                    self.waiting.push(bundle);
                    self.allowance.spend(targets.len());
                    return Ok(targets);
                }
                targets = self.by_window(&mut bundle, |channel, _| pairs.leaves_some(channel), notebook);
                if !targets.is_empty() {
                    self.waiting.extend((!bundle.totals.is_empty()).then_some(bundle));
                    return Ok(targets);
                }
            }
            self.search.begin(Some(bundle.country), &bundle.totals, notebook)?;
        }
    }

    /// The windows of busy pairs that are not known.
    fn take_busy(&mut self, pairs: &Pairs, notebook: &Notebook) -> Vec<Target> {
        let extent = notebook.extent;
        if extent.maturity == Maturity::Growing || !extent.has(Search::BusyByWindow) {
            return Vec::new();
        }
        let windows = i64::try_from(extent.windows.len()).unwrap_or(i64::MAX);
        let is_busy =
            |channel, total: Counts| pairs.leaves_some(channel) && total.attempts().saturating_mul(BUSY) >= windows;
        let mut waiting = std::mem::take(&mut self.waiting);
        let targets = waiting.iter_mut().flat_map(|bundle| self.by_window(bundle, is_busy, notebook)).collect();
        waiting.retain(|bundle| !bundle.totals.is_empty());
        self.waiting = waiting;
        targets
    }

    /// Takes pairs from a bundle to ask them window by window: their windows that are not known.
    fn by_window(
        &mut self,
        bundle: &mut Bundle,
        wants: impl Fn(ChannelIndex, Counts) -> bool,
        notebook: &Notebook,
    ) -> Vec<Target> {
        let mut targets = Vec::new();
        let country = bundle.country;
        for (channel, total) in bundle.totals.extract_if(.., |(channel, total)| wants(*channel, *total)) {
            let pair = Pair { country, channel };
            let asked = unknown_windows(pair, notebook);
            targets.extend(asked.iter().map(|&at| Target::Windows { track: pair.into(), windows: at..at + 1 }));
            self.busy.push(Busy { pair, total, asked });
        }
        targets
    }

    /// Holds busy pairs, all of whose windows were asked, against their totals, and takes them from the room of others.
    fn add_up(&mut self, notebook: &Notebook) -> Result<(), Contradiction> {
        for Busy { pair, total, asked } in std::mem::take(&mut self.busy) {
            for window in asked {
                let known = notebook.known(pair.into(), window).unwrap_or_default();
                self.search.take_room(pair, window, known)?;
            }
            let mut windows = notebook.extent.windows.clone().map(|window| notebook.known(pair.into(), window));
            let sum = windows.try_fold(Counts::ZERO, |sum, known| sum.checked_add(known?));
            if sum.is_some_and(|sum| sum != total) {
                return Err(Contradiction);
            }
        }
        Ok(())
    }

    /// What no question and no sum left anything for is zero.
    pub(super) fn conclude_zeros(&self, pairs: &Pairs, notebook: &mut Notebook) {
        for pair in notebook.extent.pairs().filter(|pair| pairs.total(*pair).is_some()) {
            for window in notebook.extent.windows.clone() {
                if !self.search.is_unfound(pair, &(window..window + 1)) {
                    notebook.conclude(pair.into(), window, Counts::ZERO);
                }
            }
        }
    }
}
