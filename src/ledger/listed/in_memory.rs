//! Tallies of the ledger in memory, by the same rules.

use super::stock::{By, Entry, Head, Piece, SLOT_SECONDS, Seeker, Stock};
use crate::model::{Confirmed, NewTally, TallyRow, UnixSeconds, Window};

/// Tallies of one account and origin.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Tallies {
    segments: Vec<SegmentEntry>,
    confirmed: Vec<ConfirmedEntry>,
}

#[derive(Debug)]
struct SegmentEntry {
    run: i64,
    prefixes: String,
    tally: NewTally,
}

#[derive(Debug)]
struct ConfirmedEntry {
    run: i64,
    split: String,
    segment: Option<i64>,
    confirmed: Confirmed,
}

impl Tallies {
    pub fn add(&mut self, run: i64, prefixes: String, tally: NewTally) {
        self.segments.push(SegmentEntry { run, prefixes, tally });
    }

    /// Segments with their numbers.
    fn numbered(&self) -> impl Iterator<Item = (i64, &SegmentEntry)> {
        (0..).zip(&self.segments)
    }

    pub fn confirm(&mut self, run: i64, (split, prefixes): (&str, &str), windows: &[Confirmed]) {
        for confirmed in windows {
            let newest = self.newest(run, prefixes, |range| range.contains(confirmed.window));
            let is_former = |entry: &ConfirmedEntry| entry.split == split && entry.confirmed.window == confirmed.window;
            let former = self.confirmed.iter().position(is_former).map(|place| self.confirmed.swap_remove(place));
            let segment = newest.or_else(|| former.and_then(|former| former.segment));
            self.confirmed.push(ConfirmedEntry { run, split: split.to_owned(), segment, confirmed: confirmed.clone() });
        }
    }

    /// The newest segment of a run with such a range.
    fn newest(&self, run: i64, prefixes: &str, is_sought: impl Fn(Window) -> bool) -> Option<i64> {
        let own = self.numbered().filter(|(_, entry)| entry.run == run && entry.prefixes == prefixes);
        let sought = own.filter(|(_, entry)| is_sought(entry.tally.range));
        sought.max_by_key(|(number, entry)| (entry.tally.asked_at, *number)).map(|(number, _)| number)
    }

    /// The newest tally that a run read of exactly this range, by these prefixes.
    pub fn own(&self, run: i64, range: Window, prefixes: &str) -> Option<&NewTally> {
        self.tally(self.newest(run, prefixes, |known| known == range)?)
    }

    fn tally(&self, segment: i64) -> Option<&NewTally> {
        Some(&self.segments.get(usize::try_from(segment).ok()?)?.tally)
    }

    /// What other runs listed and confirmed; `lent` says the instant of a run that lends.
    pub fn stock(&self, seeker: Seeker, lent: impl Fn(i64) -> Option<UnixSeconds>) -> Stock {
        let lent = |run: i64| lent(run).filter(|_| seeker.run != Some(run));
        let head = |(number, entry): (i64, &SegmentEntry)| {
            let &NewTally { range, asked_at, server_at, .. } = &entry.tally;
            let as_of = lent(entry.run).filter(|_| entry.prefixes == seeker.prefixes)?;
            Some((number, Head { range, as_of, asked_at, server_at }))
        };
        let entry = |known: &ConfirmedEntry| {
            let Confirmed { window, without_channels, without_countries } = known.confirmed.clone();
            let by = if known.split == seeker.split { By::ThisSplit } else { By::AnotherSplit };
            lent(known.run).map(|_| Entry { window, by, segment: known.segment, without_channels, without_countries })
        };
        let entries = self.confirmed.iter().filter_map(entry).collect();
        Stock::new(self.numbered().filter_map(head).collect(), entries, seeker.settling)
    }

    /// The rows of a piece of a segment.
    pub fn rows(&self, piece: &Piece) -> Vec<TallyRow> {
        let rows = self.tally(piece.segment).map_or(&[][..], |tally| &tally.rows);
        let is_within = |row: &&TallyRow| piece.within.start() <= row.slot && row.slot < piece.within.end();
        rows.iter().filter(is_within).copied().collect()
    }

    /// Whether a run that lends listed attempts in slots inside a window.
    pub fn has_attempts(&self, within: Window, lends: impl Fn(i64) -> bool) -> bool {
        let lent = self.segments.iter().filter(|entry| lends(entry.run));
        lent.flat_map(|entry| &entry.tally.rows)
            .any(|row| within.start() <= row.slot && row.slot.plus_seconds(SLOT_SECONDS) <= within.end())
    }
}
