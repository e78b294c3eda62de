//! Where in time the attempts of each channel lie, all countries together, and what room that leaves for countries.

use std::collections::VecDeque;

use super::ablation::Search;
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::room::Room;
use super::target::{Target, Track};
use super::time_search::TimeSearch;
use crate::model::Counts;
use crate::planner::index::ChannelIndex;

/// A channel with fewer attempts than this many windows each is searched; a busier one is asked window by window, so
/// that the sum of its windows is a test of their edges.
const SPARSE: i64 = 2;

/// The search of the channels with few attempts, and the windows that are asked one by one.
#[derive(Debug, Default)]
pub(super) struct ChannelWindows {
    pub(super) search: TimeSearch,
    open: VecDeque<Target>,
    has_begun: bool,
}

impl ChannelWindows {
    /// Asks at most so much. Nothing here depends on countries, so it may be asked beside them.
    pub(super) fn ask(
        &mut self,
        margins: &Margins,
        notebook: &mut Notebook,
        most: usize,
    ) -> Result<Vec<Target>, Contradiction> {
        if !std::mem::replace(&mut self.has_begun, true) && notebook.extent.windows.len() > 1 {
            self.begin(margins, notebook)?;
        }
        // What is not asked of these now is named again by the next look.
        let mut targets = self.search.bisect(None, notebook)?;
        self.open.extend(self.search.take_unproved().into_iter().map(|(channel, window)| question(channel, window)));
        targets.truncate(most);
        let free = (most - targets.len()).min(self.open.len());
        targets.extend(self.open.drain(..free));
        Ok(targets)
    }

    fn begin(&mut self, margins: &Margins, notebook: &mut Notebook) -> Result<(), Contradiction> {
        let windows = i64::try_from(notebook.extent.windows.len()).unwrap_or(i64::MAX);
        for channel in notebook.extent.channels() {
            let Some(total) = margins.of_channel(channel).filter(|total| *total != Counts::ZERO) else { continue };
            if total.attempts() * SPARSE < windows && notebook.extent.has(Search::SparseColumns) {
                self.search.begin(None, &[(channel, total)], notebook)?;
            } else {
                let is_unknown = |window: &usize| notebook.known(Track::of_all(channel), *window).is_none();
                let unknown = notebook.extent.windows.clone().filter(is_unknown);
                self.open.extend(unknown.map(|window| question(channel, window)));
            }
        }
        Ok(())
    }
}

fn question(channel: ChannelIndex, window: usize) -> Target {
    Target::Windows { track: Track::of_all(channel), windows: window..window + 1 }
}

/// What the channels' windows have beyond the countries' cells that are known.
pub(super) fn room(margins: &Margins, notebook: &mut Notebook) -> Result<Room, Contradiction> {
    let windows = notebook.extent.windows.clone();
    let room = notebook.extent.channels().map(|channel| {
        // What was found adds up to the range: there is nothing in the other windows.
        if sum(channel, notebook) == margins.of_channel(channel) {
            windows.clone().for_each(|at| notebook.conclude(Track::of_all(channel), at, Counts::ZERO));
        }
        let mut room = Vec::new();
        for window in windows.clone() {
            let Some(left) = left(channel, window, notebook)? else { return Ok(Vec::new()) };
            room.push(left);
        }
        // Windows that hold more or less than their range would lead the search astray.
        if margins.of_channel(channel).is_some() && sum(channel, notebook) != margins.of_channel(channel) {
            return Err(Contradiction);
        }
        Ok(room)
    });
    let room = room.collect::<Result<_, _>>()?;
    Ok(Room::new(windows.start, room))
}

/// What a channel's windows that are known add up to.
fn sum(channel: ChannelIndex, notebook: &Notebook) -> Option<Counts> {
    let known = notebook.extent.windows.clone().filter_map(|at| notebook.known(Track::of_all(channel), at));
    known.into_iter().try_fold(Counts::ZERO, Counts::checked_add)
}

/// What a window of a channel has beyond the countries' cells that are known; `None`: it is not known.
fn left(channel: ChannelIndex, window: usize, notebook: &Notebook) -> Result<Option<Counts>, Contradiction> {
    let Some(mut left) = notebook.known(Track::of_all(channel), window) else { return Ok(None) };
    for country in notebook.extent.countries().filter(|_| notebook.layout.splits_countries()) {
        left = notebook.without(left, Track { country: Some(country), channel }, &[window])?;
    }
    Ok(Some(left))
}
