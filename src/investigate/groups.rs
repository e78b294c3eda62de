//! Attempts by what they have in common, small groups folded into one.

use std::collections::BTreeMap;

use crate::model::Counts;

/// A group of fewer attempts is told with others.
const FEWEST: i64 = 10;

/// Counts by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups<K> {
    /// Each group of ten attempts or more, the largest first.
    pub named: Vec<(K, Counts)>,
    /// All others together.
    pub others: Counts,
}

/// Adds an attempt to a group.
pub(super) fn add<K: Ord>(groups: &mut BTreeMap<K, Counts>, key: K, attempt: Counts) {
    let group = groups.entry(key).or_default();
    *group = plus(*group, attempt);
}

/// The sum of disjoint parts. Beyond 64 bits there are no attempts.
pub(super) fn plus(one: Counts, other: Counts) -> Counts {
    one.checked_add(other).unwrap_or(one)
}

impl<K: Ord + Clone> Groups<K> {
    /// Of sums.
    #[must_use]
    pub fn of(sums: &BTreeMap<K, Counts>) -> Self {
        let (large, small): (Vec<_>, Vec<_>) = sums.iter().partition(|(_, counts)| counts.attempts() >= FEWEST);
        let mut named: Vec<_> = large.into_iter().map(|(key, counts)| (key.clone(), *counts)).collect();
        named.sort_by(|(one, a), (other, b)| b.attempts().cmp(&a.attempts()).then_with(|| one.cmp(other)));
        Self { named, others: small.into_iter().fold(Counts::ZERO, |sum, (_, counts)| plus(sum, *counts)) }
    }
}
