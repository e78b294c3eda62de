//! Which recorded segments tell what was listed within a range (pure).
//!
//! A confirmed window stands in one segment: the one that the run listed which confirmed it. Where that run listed
//! nothing itself, the window's parts are confirmed on their own.

use std::collections::{HashMap, HashSet};

use crate::model::{
    Answer, AnswerSource, Channel, Country, Counts, Proof, Settling, Slice, UnixMicros, UnixSeconds, Window,
};

/// How long a slot lasts that no window's bound cuts.
pub(in crate::ledger) const SLOT_SECONDS: i64 = 900;

/// A segment without its rows.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Head {
    pub range: Window,
    /// The instant of the run that read it.
    pub as_of: UnixSeconds,
    /// When its first page was asked for, by the host's clock and by the server's.
    pub asked_at: UnixMicros,
    pub server_at: Option<UnixSeconds>,
}

impl Head {
    /// As an answer that nobody has checked.
    pub const fn answer(&self, counts: Counts, source: AnswerSource) -> Answer {
        let &Self { range: _, as_of, asked_at, server_at } = self;
        Answer { counts, asked_at, as_of, source, server_at, proof: Proof::Unproved }
    }

    fn reach(&self) -> UnixSeconds {
        self.answer(Counts::ZERO, AnswerSource::EarlierRun).reach()
    }
}

/// Who looks for other runs' windows, and how its job splits.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Seeker<'a> {
    pub run: Option<i64>,
    pub split: &'a str,
    /// As segments have them.
    pub prefixes: &'a str,
    pub settling: Settling,
}

/// Under whose split a window was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum By {
    /// The one of the job at hand.
    ThisSplit,
    /// Any other.
    AnotherSplit,
}

/// A confirmed window.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Entry {
    pub window: Window,
    pub by: By,
    /// Where its rows are; `None`: where those of other confirmed windows are.
    pub segment: Option<i64>,
    pub without_channels: Vec<Channel>,
    pub without_countries: Vec<Country>,
}

impl Entry {
    /// Whether everything that was listed of it counts.
    fn is_whole(&self) -> bool {
        self.without_channels.is_empty() && self.without_countries.is_empty()
    }

    /// Whether what was listed of a slice counts. Totals hold all countries, whichever of them the list has otherwise.
    pub fn admits(&self, slice: &Slice) -> bool {
        slice.channel.map_or(self.without_channels.is_empty(), |channel| !self.without_channels.contains(&channel))
            && slice.country.is_none_or(|country| !self.without_countries.contains(&country))
    }
}

/// A part of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Piece {
    pub segment: i64,
    pub within: Window,
}

/// What other runs listed around a range, as far as it may be lent.
#[derive(Debug)]
pub(in crate::ledger) struct Stock {
    heads: HashMap<i64, Head>,
    /// By their start.
    entries: Vec<Entry>,
    /// Places of those of this split.
    ours: HashMap<Window, usize>,
    /// Bounds of windows within each segment: no slot reaches over one.
    cuts: HashSet<(i64, UnixSeconds)>,
    settling: Settling,
}

impl Stock {
    /// Of segments that may be lent, split by the job's prefixes, and of windows confirmed by runs that lend.
    pub fn new(heads: HashMap<i64, Head>, mut entries: Vec<Entry>, settling: Settling) -> Self {
        entries.sort_by_key(|entry| entry.window);
        let ours = entries.iter().enumerate().filter(|(_, entry)| entry.by == By::ThisSplit);
        let ours = ours.map(|(place, entry)| (entry.window, place)).collect();
        let mut cuts = HashSet::new();
        for Entry { window, segment, .. } in &entries {
            cuts.extend(segment.iter().flat_map(|&segment| [(segment, window.start()), (segment, window.end())]));
        }
        Self { heads, entries, ours, cuts, settling }
    }

    /// The window that is exactly this one, as confirmed under the job's split.
    pub fn ours(&self, window: Window) -> Option<&Entry> {
        self.ours.get(&window).map(|place| &self.entries[*place])
    }

    /// Where the rows of a window are that was confirmed under the job's split.
    pub fn pieces_of(&self, ours: &Entry) -> Option<Vec<Piece>> {
        let own = ours.segment.filter(|segment| self.tells(*segment, ours.window));
        own.map_or_else(|| self.pieces(ours.window), |segment| Some(vec![Piece { segment, within: ours.window }]))
    }

    /// Segments that tell a range together, in order: confirmed windows cover it whose segments were settled when they
    /// were read. Where several do, the one read last tells.
    pub fn pieces(&self, range: Window) -> Option<Vec<Piece>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut at = range.start();
        while let Some(rest) = Window::new(at, range.end()) {
            let begun = self.entries.partition_point(|entry| entry.window.start() <= at);
            let part = |entry: &Entry| {
                let segment = entry.segment.filter(|_| entry.is_whole())?;
                let within = Window::new(at, entry.window.end().min(rest.end()))?;
                let asked_at = self.heads.get(&segment)?.asked_at;
                self.tells(segment, within).then_some((asked_at, segment, within))
            };
            let (_, segment, within) = self.entries[..begun].iter().filter_map(part).max()?;
            match pieces.last_mut() {
                Some(last) if last.segment == segment => last.within = last.within.hull(within),
                _ => pieces.push(Piece { segment, within }),
            }
            at = within.end();
        }
        Some(pieces)
    }

    /// Whether a segment has just these attempts in slots of their own, and had them all when it was read.
    fn tells(&self, segment: i64, within: Window) -> bool {
        self.heads.get(&segment).is_some_and(|head| {
            let is_cut = |at: UnixSeconds| {
                let is_end_of_slot = at.0.rem_euclid(SLOT_SECONDS) == 0;
                is_end_of_slot
                    || at == head.range.start()
                    || at == head.range.end()
                    || self.cuts.contains(&(segment, at))
            };
            is_cut(within.start()) && is_cut(within.end()) && self.settling.is_settled(within, head.reach())
        })
    }

    /// As whose answer pieces of a range count: of the one read last, as the piece at the range's end was settled when
    /// it was read, and the others no later.
    pub fn answer(&self, range: Window, pieces: &[Piece], counts: Counts) -> Option<Answer> {
        let mut heads = pieces.iter().filter_map(|piece| self.heads.get(&piece.segment));
        let mut latest = *heads.next()?;
        for head in heads {
            let server_at = |head: &Head| head.server_at.unwrap_or_else(|| head.asked_at.floor_seconds());
            if latest.server_at.is_some() || head.server_at.is_some() {
                latest.server_at = Some(server_at(&latest).max(server_at(head)));
            }
            latest.as_of = latest.as_of.max(head.as_of);
            latest.asked_at = latest.asked_at.max(head.asked_at);
        }
        let is_confirmed = self.ours(range).is_some_and(Entry::is_whole);
        let proof = if is_confirmed { Proof::Proved } else { Proof::Unproved };
        Some(Answer { proof, ..latest.answer(counts, AnswerSource::EarlierRun) })
    }
}
