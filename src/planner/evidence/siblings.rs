//! Values that together hold more than their whole (V10): which of them answer like the whole.
//!
//! A value whose filter is ignored holds what the whole holds. Where others hold attempts, too, it shows.

use crate::model::Counts;

/// What the values of one filter under one whole say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::planner) enum Suspicion<I> {
    /// They fit into the whole.
    None,
    /// All that hold anything hold the whole: the filter is ignored.
    Ignored,
    /// These hold the whole, others less.
    Values(Vec<I>),
    /// They exceed it in another way, which their sum tells.
    Exceeds,
}

/// Classifies values, each by what names it, under a whole that is known.
pub(in crate::planner) fn suspect<I>(values: impl Iterator<Item = (I, Counts)>, whole: Counts) -> Suspicion<I> {
    let (mut sum, mut equal, mut less) = (0_i64, Vec::new(), 0);
    for (name, counts) in values {
        let attempts = counts.attempts();
        sum = sum.saturating_add(attempts);
        if attempts == 0 {
        } else if counts == whole {
            equal.push(name);
        } else if attempts < whole.attempts() {
            less += 1;
        }
    }
    match (sum > whole.attempts(), equal.len(), less) {
        (false, ..) => Suspicion::None,
        (true, 0, _) => Suspicion::Exceeds,
        (true, 2.., 0) => Suspicion::Ignored,
        (true, ..) => Suspicion::Values(equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_values_under_a_whole_of_ten_say() {
        let table = [
            (&[3, 7][..], Suspicion::None),
            (&[10, 0], Suspicion::None),
            (&[10, 10, 10], Suspicion::Ignored),
            (&[10, 0, 10], Suspicion::Ignored),
            (&[10, 2, 0], Suspicion::Values(vec![0])),
            (&[3, 10, 10, 1], Suspicion::Values(vec![1, 2])),
            (&[6, 6], Suspicion::Exceeds),
        ];
        for (values, expected) in table {
            let counts = values.iter().map(|&attempts| Counts::new(attempts, 0).unwrap()).enumerate();
            assert_eq!(suspect(counts, Counts::new(10, 0).unwrap()), expected, "{values:?}");
        }
    }
}
