//! The days that are kept of all worlds together, so that memory is bounded however many accounts are asked.

use super::attempt::Attempt;
use super::cache::{Cache, Weigh};
use super::day::{Day, Totals};
use super::numbers::Numbers;

const MB: usize = 1_000_000;

/// Days for parts of them: more than a year of an account's of the usual size.
const DAYS: usize = 60 * MB;
/// Whole days: four weeks of three thousand accounts, most of which are small.
const TOTALS: usize = 100 * MB;
/// Whole days for prefixes: four years of an account's of the usual size.
const NUMBERS: usize = 80 * MB;
/// The days that a list reaches back over.
const LISTED: usize = 15 * MB;

/// By the seed of their world.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) days: Cache<Day>,
    pub(super) totals: Cache<Totals>,
    pub(super) numbers: Cache<Numbers>,
    pub(super) listed: Cache<Vec<Attempt>>,
}

impl Kept {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::in_part(1)
    }

    /// In one of so many parts of the room.
    pub(super) fn in_part(of: usize) -> Self {
        Self {
            days: Cache::new(DAYS / of),
            totals: Cache::new(TOTALS / of),
            numbers: Cache::new(NUMBERS / of),
            listed: Cache::new(LISTED / of),
        }
    }

    /// Bytes that are kept at most.
    #[cfg(test)]
    pub(super) const ROOM: usize = DAYS + TOTALS + NUMBERS + LISTED;

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.days.bytes() + self.totals.bytes() + self.numbers.bytes() + self.listed.bytes()
    }
}

impl Weigh for Vec<Attempt> {
    fn weight(&self) -> usize {
        self.capacity() * size_of::<Attempt>()
    }
}
