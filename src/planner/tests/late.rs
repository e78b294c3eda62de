//! An API that ceases to heed a parameter on the way gets no false row published.

use proptest::prelude::*;

use super::bench::{Bench, rows, shape, splits};
use super::trust::ALL;
use super::world::Ignored;
use crate::model::{Filter, Round};
use crate::planner::{Listing, Verdict};

/// A number that tells slices apart.
pub(super) fn fingerprint(slice: &crate::model::Slice) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    slice.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

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
        bench.world.ignores = ALL.into_iter().enumerate().filter(|(bit, _)| ignored >> bit & 1 == 1).map(|(_, it)| it).collect();
        bench.world.ignores_from = bench.now + from;
        let conclusion = bench.finish();
        let is_sound = bench.now < bench.world.ignores_from;
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = rows(&conclusion, window);
            prop_assert!(rows.is_empty() || rows == truth, "{:?} {:?}", bench.world.ignores, conclusion.verdicts);
            prop_assert!(!is_sound || !rows.is_empty(), "withheld although all was heeded");
        }
    }
}

/// The one country with traffic: its cell equals the whole, so no sum and no sibling tells.
#[test]
fn the_complaint_names_the_parameter_and_says_when() {
    let mut bench = Bench::settled(3, 3, shape(&[Filter::Country]));
    bench.concurrency = 1;
    bench.world.events.retain(|event| event.country.is_some_and(|country| country.code() == "FR"));
    bench.world.ignores = vec![Ignored::Filter(Filter::Country)];
    // The range's total, three window totals, and all cells but the last.
    bench.world.ignores_from = bench.now + 1 + 3 + 8;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
    assert_eq!((conclusion.untrusted, conclusion.ignored), (vec![Filter::Country], vec![Filter::Country]));
    assert!(conclusion.complaints[0].contains("ceased to heed Country"), "{:?}", conclusion.complaints);
}

/// The API went away at the very end: all parameters had been seen to work.
#[test]
fn a_late_control_that_fails_withholds_nothing() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    bench.finish();
    let late = bench.asked.iter().filter(|question| question.round == Round::After).count();
    assert!(late > 0);
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    bench.world.fails = Box::new(|_, round| (round == Round::After).then_some(crate::model::FailureKind::Exhausted));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3]);
    assert!(conclusion.untrusted.is_empty() && conclusion.complaints.is_empty());
}
