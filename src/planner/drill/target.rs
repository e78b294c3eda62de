//! What a question of the drill is about.

use std::ops::Range;

/// A slice of a block, by the indices of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner) enum Target {
    /// Everything of the block.
    Whole,
    /// One channel.
    Channel(usize),
    /// One country, in all channels.
    Country(usize),
    /// One country in one channel.
    Lane { country: usize, channel: usize },
    /// One channel in some windows.
    Column { channel: usize, windows: Range<usize> },
    /// One country in some windows, in all channels.
    Span { country: usize, windows: Range<usize> },
    /// One country in one channel in some windows.
    Row { country: usize, channel: usize, windows: Range<usize> },
}
