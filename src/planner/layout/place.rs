//! What a number stands for.

use crate::planner::index::{CountryIndex, Group, Lane};

/// A numbered slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::planner) struct Node(pub(in crate::planner) u32);

impl Node {
    pub(super) fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a job has at most 10 million cells, and fewer totals than twice that"))
    }

    pub(in crate::planner) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a numbered slice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::planner) enum Place {
    /// A row of the table.
    Cell { window: usize, country: CountryIndex, lane: Lane },
    /// All countries of a window: R1's whole.
    WindowTotal { window: usize, lane: Lane },
    /// All windows: R2's whole.
    RangeTotal { lane: Lane },
    /// All channels of the range: R3's whole.
    AllChannels { group: Group },
}

impl Place {
    /// The one window that it is about; `None`: the range.
    pub(in crate::planner) const fn window(self) -> Option<usize> {
        match self {
            Self::Cell { window, .. } | Self::WindowTotal { window, .. } => Some(window),
            Self::RangeTotal { .. } | Self::AllChannels { .. } => None,
        }
    }

    /// The rank of its kind, parts below wholes.
    pub(in crate::planner) const fn level(self) -> u8 {
        match self {
            Self::Cell { .. } => 0,
            Self::WindowTotal { .. } => 1,
            Self::RangeTotal { .. } => 2,
            Self::AllChannels { .. } => 3,
        }
    }
}
