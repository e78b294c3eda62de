//! What a question of the drill-down is about.

use std::ops::Range;

use crate::planner::index::{ChannelIndex, CountryIndex};

/// One country in one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) country: CountryIndex,
    pub(super) channel: ChannelIndex,
}

/// A channel over time: of one country, which is a pair, or of all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Track {
    pub(super) country: Option<CountryIndex>,
    pub(super) channel: ChannelIndex,
}

impl From<Pair> for Track {
    fn from(Pair { country, channel }: Pair) -> Self {
        Self { country: Some(country), channel }
    }
}

impl Track {
    pub(super) const fn of_all(channel: ChannelIndex) -> Self {
        Self { country: None, channel }
    }
}

/// A slice of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Everything of the block.
    Whole,
    /// One channel.
    Channel(ChannelIndex),
    /// One country, in all channels.
    Country(CountryIndex),
    /// One country in one channel.
    Pair(Pair),
    /// Some windows of a track.
    Windows { track: Track, windows: Range<usize> },
    /// One country in some windows, in all channels.
    Span { country: CountryIndex, windows: Range<usize> },
}
