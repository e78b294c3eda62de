//! An API that ceases to heed a parameter on the way gets no false row published.

use crate::model::Listing;
use proptest::prelude::*;

use super::bench::{Bench, cases, rows, shape, splits};
use super::trust::ALL;

/// A number that tells slices apart.
pub(super) fn fingerprint(slice: &crate::model::Slice) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    slice.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_false_row_is_published_when_parameters_are_ignored_from_the_middle_on(
        seed: u64, count in 1usize..5, splits in splits(), ignored in 1u8..64, from in 0i64..150,
        every: bool, settled: bool,
    ) {
        let mut bench = Bench::settled(seed, count, shape(&splits));
        // What is in flight at that instant has no order.
        bench.concurrency = 1;
        if every {
            bench.terms.channels = Listing::Every;
        }
        if !settled {
            bench.terms.settling.settle_after = std::time::Duration::from_hours(90 * 24);
        }
        let is_ignored = |(bit, it)| (ignored >> bit & 1 == 1).then_some(it);
        bench.world.ignores = ALL.into_iter().enumerate().filter_map(is_ignored).collect();
        bench.world.ignores_from = bench.now + from;
        let conclusion = bench.finish();
        let is_sound = bench.now < bench.world.ignores_from;
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = rows(&conclusion, window);
            let is_final = conclusion.findings(window).any(|finding| finding.is_final);
            prop_assert!(!is_final || rows == truth, "{:?} {:?}", bench.world.ignores, conclusion.verdicts);
            prop_assert!(!is_sound || !rows.is_empty(), "withheld although all was heeded");
        }
    }
}
