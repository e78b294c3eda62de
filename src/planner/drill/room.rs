//! What channels' windows have left for the countries that are not known yet: it bounds each of their cells.

use super::notebook::Contradiction;
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, Each};

/// What is left of each channel's windows; nothing bounds those of all countries together.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The first window.
    start: usize,
    /// Of each channel, all windows, or none where some are not known.
    left: Each<ChannelIndex, Vec<Counts>>,
}

impl Room {
    pub(super) const fn new(start: usize, left: Each<ChannelIndex, Vec<Counts>>) -> Self {
        Self { start, left }
    }

    /// What a window can hold at most; `None`: nothing is known of that.
    pub(super) fn at(&self, channel: ChannelIndex, window: usize) -> Option<Counts> {
        self.left.get(channel)?.get(window - self.start).copied()
    }

    /// `None`: not known, or more than can be counted, which bounds nothing either.
    pub(super) fn sum(&self, channel: ChannelIndex, windows: &[usize]) -> Option<Counts> {
        windows.iter().try_fold(Counts::ZERO, |sum, &window| sum.checked_add(self.at(channel, window)?))
    }

    /// Takes a cell's attempts from it.
    pub(super) fn take(&mut self, channel: ChannelIndex, window: usize, counts: Counts) -> Result<(), Contradiction> {
        let left = self.left.get_mut(channel).and_then(|left| left.get_mut(window - self.start));
        if let Some(left) = left {
            *left = counts.within(*left).ok_or(Contradiction)?;
        }
        Ok(())
    }
}
