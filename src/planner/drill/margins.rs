//! Whether a block has anything at all, and how much of it each channel has.

use super::extent::{Extent, Maturity};
use super::notebook::Notebook;
use super::target::{Target, Track};
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, Each};

/// The outermost sums of a block.
#[derive(Debug)]
pub(super) struct Margins {
    whole: Option<Counts>,
    of_channel: Each<ChannelIndex, Option<Counts>>,
    has_asked_whole: bool,
    has_asked_channels: bool,
}

/// What the plan found out of a slice before the drill-down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beforehand {
    Counts(Counts),
    Failed,
    Unasked,
}

impl Margins {
    pub(super) fn new(channels: usize) -> Self {
        Self { whole: None, of_channel: Each::of(channels, None), has_asked_whole: false, has_asked_channels: false }
    }

    pub(super) fn ask_whole(&mut self, notebook: &mut Notebook) -> Vec<Target> {
        if self.whole == Some(Counts::ZERO) {
            return Vec::new();
        }
        let beforehand = beforehand(None, notebook);
        if let Beforehand::Counts(counts) = beforehand {
            self.whole = Some(counts);
        }
        let extent = notebook.extent;
        let is_worth_asking = extent.maturity == Maturity::Settled
            && extent.channel_count() > 1
            && notebook.layout.has_all_channels()
            && !self.has_asked_whole;
        if beforehand == Beforehand::Unasked && is_worth_asking {
            self.has_asked_whole = true;
            return vec![Target::Whole];
        }
        Vec::new()
    }

    pub(super) fn learn_whole(&mut self, counts: Option<Counts>) {
        self.whole = counts;
    }

    pub(super) fn ask_channels(&mut self, notebook: &mut Notebook) -> Vec<Target> {
        if self.whole == Some(Counts::ZERO) {
            self.of_channel.fill(Some(Counts::ZERO));
        }
        let mut targets = Vec::new();
        for channel in notebook.extent.channels() {
            if self.of_channel[channel].is_none() {
                match beforehand(Some(channel), notebook) {
                    Beforehand::Counts(counts) => self.of_channel[channel] = Some(counts),
                    Beforehand::Failed => {}
                    Beforehand::Unasked => targets.push(Target::Channel(channel)),
                }
            }
        }
        if std::mem::replace(&mut self.has_asked_channels, true) {
            return Vec::new();
        }
        targets
    }

    pub(super) fn learn_channel(&mut self, channel: ChannelIndex, counts: Option<Counts>) {
        self.of_channel[channel] = counts;
    }

    pub(super) const fn whole(&self) -> Option<Counts> {
        self.whole
    }

    /// What a channel has; `None` when nobody could tell.
    pub(super) fn of_channel(&self, channel: ChannelIndex) -> Option<Counts> {
        self.of_channel[channel]
    }

    pub(super) fn attempts_of(&self, channel: ChannelIndex) -> i64 {
        self.of_channel(channel).map_or(0, Counts::attempts)
    }

    /// How many channels have attempts.
    pub(super) fn busy_channels(&self) -> usize {
        self.of_channel.values().flatten().filter(|of| of.attempts() > 0).count()
    }

    /// Whether the channels make up everything, so that what they leave over is nothing.
    pub(super) fn are_closed(&self) -> bool {
        let all = self.of_channel.values().try_fold(Counts::ZERO, |sum, of| sum.checked_add((*of)?));
        self.of_channel.len() == 1 || (self.whole.is_some() && all == self.whole)
    }

    /// Whether so few attempts are spread over so many pairs that asking for countries first saves questions.
    pub(super) fn are_thin(&self, extent: &Extent) -> bool {
        let attempts = self.of_channel.values().flatten().fold(0_i64, |sum, of| sum.saturating_add(of.attempts()));
        let pairs = extent.country_count() * self.busy_channels();
        attempts < i64::try_from(2 * pairs).unwrap_or(i64::MAX)
    }
}

/// What the plan has for a channel, or all, of the whole block, if that is a slice of its own.
fn beforehand(channel: Option<ChannelIndex>, notebook: &mut Notebook) -> Beforehand {
    let (layout, extent) = (notebook.layout, notebook.extent);
    let is_range = layout.range_windows() == extent.windows;
    let node = match channel {
        None if is_range && layout.has_all_channels() => layout.all_channels(extent.group),
        Some(channel) if extent.windows.len() == 1 => extent.node(layout, Track::of_all(channel), extent.windows.start),
        Some(channel) if is_range && layout.has_range_totals() => {
            layout.range_total(layout.lane_of(extent.group, channel))
        }
        _ => return Beforehand::Unasked,
    };
    if notebook.is_failed(node) {
        return Beforehand::Failed;
    }
    notebook.rely_on(node).map_or(Beforehand::Unasked, Beforehand::Counts)
}
