//! Windows among which known totals are spread in an unknown way.

use std::ops::Range;

use super::kinds::{Kinds, can_share};
use super::notebook::Contradiction;
use super::room::Room;
use super::target::Pair;
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, CountryIndex};

/// Some windows of a channel, ascending, that may hold attempts, and what they hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) channel: ChannelIndex,
    pub(super) windows: Vec<usize>,
    pub(super) total: Counts,
}

/// Parts of one country, or of all, that are bisected at the same edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) country: Option<CountryIndex>,
    pub(super) parts: Vec<Part>,
}

/// What is left to do with a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Simplified {
    /// This window holds it all, if there is any.
    Known(Option<(usize, Counts)>),
    /// It must be bisected.
    Open(Part),
}

impl Part {
    /// Leaves out windows without room.
    pub(super) fn simplify(mut self, room: &Room, kinds: Kinds) -> Result<Simplified, Contradiction> {
        if self.total == Counts::ZERO {
            return Ok(Simplified::Known(None));
        }
        let (channel, total) = (self.channel, self.total);
        self.windows.retain(|&window| room.at(channel, window).is_none_or(|room| can_share(total, room, kinds)));
        if room.sum(channel, &self.windows).is_some_and(|all| total.within(all).is_none()) {
            return Err(Contradiction);
        }
        match self.windows[..] {
            [] => Err(Contradiction),
            [window] => Ok(Simplified::Known(Some((window, total)))),
            _ => Ok(Simplified::Open(self)),
        }
    }

    /// How many of its windows are before another.
    pub(super) fn before(&self, at: usize) -> usize {
        self.windows.partition_point(|&window| window < at)
    }

    /// The attempts to expect in each window, were they spread as the room is.
    fn expected(&self, room: &Room) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let float = |count: i64| count as f64;
        let rooms: Option<Vec<Counts>> = self.windows.iter().map(|&window| room.at(self.channel, window)).collect();
        let Some(rooms) = rooms else {
            return vec![float(self.total.attempts()); self.windows.len()];
        };
        let share = |part: fn(Counts) -> i64| {
            let all: f64 = rooms.iter().map(|room| float(part(*room))).sum();
            if all > 0.0 { float(part(self.total)) / all } else { 0.0 }
        };
        let (converted, unconverted) = (share(Counts::converted), share(Counts::unconverted));
        rooms.iter().map(|room| converted * float(room.converted()) + unconverted * float(room.unconverted())).collect()
    }
}

impl Segment {
    /// The window before which it is bisected: about half of what it holds is to be expected on either side.
    pub(super) fn edge(&self, room: &Room) -> usize {
        let mut weights: Vec<(usize, f64)> = Vec::new();
        for part in &self.parts {
            weights.extend(part.windows.iter().copied().zip(part.expected(room)));
        }
        weights.sort_by_key(|&(window, _)| window);
        let half = weights.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let mut before = 0.0;
        let (mut best, mut distance) = (weights[0].0 + 1, f64::INFINITY);
        for (index, (window, weight)) in weights.iter().enumerate() {
            let next = weights.get(index + 1).map(|(next, _)| *next);
            before += weight;
            if next.is_some_and(|next| next > *window) && (before - half).abs() < distance {
                (best, distance) = (window + 1, (before - half).abs());
            }
        }
        best
    }

    /// How many edges there are between windows of a part.
    pub(super) fn edges(&self) -> usize {
        self.parts.iter().map(|part| part.windows.len().saturating_sub(1)).sum()
    }

    /// Its first window.
    pub(super) fn start(&self) -> usize {
        self.parts.iter().filter_map(|part| part.windows.first()).copied().min().unwrap_or_default()
    }

    /// Whether a part of it is about this pair in some of these windows.
    pub(super) fn meets(&self, pair: Pair, windows: &Range<usize>) -> bool {
        let is_met =
            |part: &Part| part.channel == pair.channel && part.windows.iter().any(|window| windows.contains(window));
        self.country == Some(pair.country) && self.parts.iter().any(is_met)
    }
}
