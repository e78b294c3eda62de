//! What the list told: sums of each window, where Summary says otherwise, and what the list is known to lack.
//!
//! Pages propose, Summary disposes: nothing of this is published unless every margin that the job splits was asked of
//! Summary and is the same (R5). The phases of `phases/list` ask; here is what they write down.

mod sums;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use sums::WindowSums;

use crate::model::{Channel, Confirmed, Counts, Slice, UnixSeconds, Window};

/// How far back the list reaches, in seconds: thirty days, less an hour for what takes its time.
const REACH: i64 = 30 * 24 * 3600 - 3600;

/// Whether the list reaches a whole window.
#[must_use]
pub fn reaches(window: Window, now: UnixSeconds) -> bool {
    window.start() >= now.plus_seconds(-REACH)
}

/// The note that the list lacks a channel begins so; its name follows.
const LACKS: &str = "list lacks ";
/// The note that list and Summary do not agree on the whole.
pub(super) const DIFFERS: &str = "list differs";
/// The note that they did not on windows that grow.
pub(super) const GROWING_DIFFERS: &str = "list of growing windows differs";

/// The name of the note that the list lacks a channel.
pub(super) fn lacks(channel: Channel) -> String {
    format!("{LACKS}{channel}")
}

/// Which margin was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Margin {
    /// Everything of a window.
    Window,
    /// A channel, service or prefix, or what the job splits of them together.
    Lane,
    /// A country.
    Country,
    /// A growing window in a channel: what was listed does not lie between Summary before and after it.
    Growing,
}

/// A margin of which list and Summary say different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedDifference {
    /// Which.
    pub margin: Margin,
    /// What Summary was asked.
    pub slice: Slice,
    /// What the list has of it.
    pub listed: Counts,
    /// What Summary says; of a growing window the bound that is nearer.
    pub summary: Counts,
}

/// What the list has told so far.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Attempts of the pages that this run read.
    pub(super) attempts: u64,
    pub(super) differences: Vec<ListedDifference>,
    pub(super) confirmed: Vec<Confirmed>,
    /// Windows whose cells and totals all come from the list.
    pub(super) is_whole: BTreeSet<usize>,
    /// Of growing windows that were listed: their sums, until these are held against their totals.
    pub(super) growing: BTreeMap<usize, WindowSums>,
    /// Channels that are left to questions.
    pub(super) without: BTreeSet<Channel>,
    /// Attempts of confirmed windows in channels that nobody knows.
    pub(super) unknown_channels: u64,
    /// Segments without pages, each with the reason, until that is told.
    pub(super) failed: BTreeMap<Window, String>,
}
