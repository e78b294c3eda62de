//! Positions in a matrix's lists, so that a country is never taken for a channel. Windows stay bare numbers: they are
//! counted, and their ranges are walked.
//!
//! [`Layout`](super::layout::Layout) takes all of them bare; the drill-down converts where it calls it.

/// Of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CountryIndex(pub(super) usize);

/// Of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChannelIndex(pub(super) usize);
