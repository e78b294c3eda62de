//! What an earlier search has explained, so that no later one tells it again.

use std::collections::BTreeMap;

use super::super::key::Key;

/// Parts of the table that an earlier search has explained, by unit of time.
#[derive(Debug, Default)]
pub(super) struct Explained(BTreeMap<usize, Vec<Key>>);

impl Explained {
    pub(super) fn mark(&mut self, part: Key, unit: usize) {
        self.0.entry(unit).or_default().push(part);
    }

    /// Every part and unit that is marked.
    pub(super) fn all(&self) -> impl Iterator<Item = (Key, usize)> + '_ {
        self.0.iter().flat_map(|(unit, marked)| marked.iter().map(|part| (*part, *unit)))
    }

    /// Whether all of a part is explained in a unit.
    pub(super) fn holds(&self, part: Key, unit: usize) -> bool {
        self.0.get(&unit).is_some_and(|marked| marked.iter().any(|marked| marked.contains(part)))
    }

    /// Whether some of a part is explained in a unit.
    pub(super) fn touches(&self, part: Key, unit: usize) -> bool {
        self.0.get(&unit).is_some_and(|marked| marked.iter().any(|marked| marked.meet(part).is_some()))
    }
}
