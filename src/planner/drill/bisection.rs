//! A segment that is being bisected: what its parts hold before the edge.
//!
//! A country's channels are asked for together first, where nothing else of that country is unknown before the edge.
//! The answer costs no question more, as the last part is what the others leave of it, and often it settles all of
//! them: when it is nothing, when it is all, and when only one part can have attempts of the kind that it counts.

use std::ops::Range;

use super::kinds::Kinds;
use super::notebook::Contradiction;
use super::room::Room;
use super::segment::{Part, Segment};
use super::target::Track;
use crate::model::Counts;
use crate::planner::index::ChannelIndex;

/// What is known of a part before the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bracket {
    least: Counts,
    most: Counts,
}

/// Whether the parts are asked for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    No,
    Unasked,
    /// What they hold before the edge in all.
    Answered(Counts),
}

/// A segment, and the edge at which it is bisected.
#[derive(Debug)]
pub(super) struct Bisection {
    pub(super) segment: Segment,
    /// The first window after the edge.
    pub(super) at: usize,
    pub(super) together: Together,
    held: Vec<Option<Counts>>,
}

/// What a bisection needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// What the parts hold in these windows together.
    Together(Range<usize>),
    /// What each of these channels holds.
    Each(Vec<(ChannelIndex, Range<usize>)>),
    /// Nothing: the pieces on either side.
    Nothing([Segment; 2]),
}

impl Bisection {
    pub(super) fn new(segment: Segment, at: usize) -> Self {
        Self { at, together: Together::No, held: vec![None; segment.parts.len()], segment }
    }

    /// The windows before the edge.
    pub(super) fn windows(&self) -> Range<usize> {
        let last = self.segment.parts.iter().filter_map(|part| part.windows[..part.before(self.at)].last());
        self.segment.start()..last.max().map_or(self.at, |last| last + 1)
    }

    /// The part that a question for a track's windows is about.
    pub(super) fn part(&self, track: Track, windows: &Range<usize>) -> Option<usize> {
        let is_it = |part: &Part| part.channel == track.channel && part.windows.first() == Some(&windows.start);
        if self.segment.country == track.country { self.segment.parts.iter().position(is_it) } else { None }
    }

    pub(super) fn learn(&mut self, part: usize, held: Counts) {
        self.held[part] = Some(held);
    }

    /// How many questions were answered.
    pub(super) fn answered(&self) -> usize {
        self.held.iter().flatten().count() + usize::from(matches!(self.together, Together::Answered(_)))
    }

    /// Leaves a part to be asked cell by cell. What all hold together no longer tells what one does.
    pub(super) fn fail(&mut self, part: usize) -> Part {
        self.together = Together::No;
        self.held.remove(part);
        self.segment.parts.remove(part)
    }

    /// What must be asked before there are two pieces.
    pub(super) fn need(&self, room: &Room, kinds: Kinds) -> Result<Need, Contradiction> {
        let bounds = self.bounds(room, kinds).ok_or(Contradiction)?;
        let open: Vec<usize> = (0..bounds.len()).filter(|&part| bounds[part].least != bounds[part].most).collect();
        if open.is_empty() {
            let bounds = self.bounds(room, |both| both).ok_or(Contradiction)?;
            return self.split(&bounds).map(Need::Nothing).ok_or(Contradiction);
        }
        let width = |part: usize| bounds[part].most.attempts() - bounds[part].least.attempts();
        Ok(match self.together {
            Together::Unasked if open.len() > 1 => Need::Together(self.windows()),
            Together::Answered(_) => {
                let widest = open.into_iter().max_by_key(|&part| (width(part), std::cmp::Reverse(part)));
                Need::Each(widest.map(|part| self.question(part)).into_iter().collect())
            }
            _ => Need::Each(open.into_iter().map(|part| self.question(part)).collect()),
        })
    }

    fn question(&self, part: usize) -> (ChannelIndex, Range<usize>) {
        let Part { channel, windows, .. } = &self.segment.parts[part];
        let before = self.segment.parts[part].before(self.at);
        (*channel, windows[0]..windows[before - 1] + 1)
    }

    /// `None`: there are no counts that all that is known allows.
    fn bounds(&self, room: &Room, kinds: Kinds) -> Option<Vec<Bracket>> {
        let mut bounds = Vec::new();
        for (part, held) in self.segment.parts.iter().zip(&self.held) {
            let (before, after) = part.windows.split_at(part.before(self.at));
            let most = if before.is_empty() { Some(Counts::ZERO) } else { room.sum(part.channel, before) };
            let rest = if after.is_empty() { Some(Counts::ZERO) } else { room.sum(part.channel, after) };
            let total = kinds(part.total);
            let most = most.map_or(total, |most| each(kinds(most), total, i64::min));
            let least = rest.map_or(Counts::ZERO, |rest| beyond(total, kinds(rest)));
            least.within(most)?;
            let Some(held) = held.map(kinds) else {
                bounds.push(Bracket { least, most });
                continue;
            };
            held.within(most)?;
            least.within(held)?;
            bounds.push(Bracket { least: held, most: held });
        }
        if let Together::Answered(all) = self.together {
            let all = kinds(all);
            // What the others can't hold, a part must; what they must hold, it can't.
            let least = bounds.iter().try_fold(Counts::ZERO, |sum, it| sum.checked_add(it.least))?;
            let most = bounds.iter().try_fold(Counts::ZERO, |sum, it| sum.checked_add(it.most))?;
            all.within(most)?;
            let spare = least.within(all)?;
            let short = all.within(most)?;
            for it in &mut bounds {
                let (raised, lowered) = (beyond(it.most, short), it.least.checked_add(spare)?);
                it.least = each(it.least, raised, i64::max);
                it.most = each(it.most, lowered, i64::min);
            }
        }
        Some(bounds)
    }

    /// The pieces on either side. `None` if they hold more than their whole.
    fn split(&self, held: &[Bracket]) -> Option<[Segment; 2]> {
        let country = self.segment.country;
        let mut pieces = [Segment { country, parts: Vec::new() }, Segment { country, parts: Vec::new() }];
        for (part, held) in self.segment.parts.iter().zip(held) {
            let (before, after) = part.windows.split_at(part.before(self.at));
            let rest = held.least.within(part.total)?;
            for (piece, windows, total) in [(0, before, held.least), (1, after, rest)] {
                pieces[piece].parts.push(Part { channel: part.channel, windows: windows.to_vec(), total });
            }
        }
        Some(pieces)
    }
}

/// Of converted and unconverted attempts by themselves.
fn each(one: Counts, other: Counts, choose: fn(i64, i64) -> i64) -> Counts {
    let converted = choose(one.converted(), other.converted());
    let unconverted = choose(one.unconverted(), other.unconverted());
    Counts::new(converted.saturating_add(unconverted), converted).unwrap_or_default()
}

/// What is beyond a limit, nothing if it is within.
fn beyond(counts: Counts, limit: Counts) -> Counts {
    each(counts, limit, |counts, limit| (counts - limit).max(0))
}
