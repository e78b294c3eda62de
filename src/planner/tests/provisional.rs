//! Windows that grow while they are asked.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;

use super::bench::{Bench, HOUR, START, cases, events, hours, rows, shape, splits, terms, window};
use super::table::expected;
use super::world::{Random, World};
use crate::model::{Country, Counts, Filter, Identity, Listing, Matrix, MatrixShape, Metric, Question, Round};
use crate::planner::{Reconciled, Verdict};

/// The first `settled` of the windows are settled, the others grow.
pub(super) fn growing(seed: u64, count: usize, settled: usize, shape: MatrixShape) -> Bench {
    let windows = hours(count);
    let as_of = START + HOUR * i64::try_from(count).unwrap();
    let mut random = Random(seed);
    let world = World::new(events(&mut random, &windows, 80, as_of));
    let mut terms = terms(as_of);
    let settle_after = HOUR * i64::try_from(count - settled).unwrap();
    terms.settling.settle_after = Duration::from_secs(u64::try_from(settle_after).unwrap());
    let mut bench = Bench::new(world, Matrix::new(windows, shape), terms, seed);
    // What is settled does not move any more.
    for event in &mut bench.world.events {
        if event.at < START + HOUR * i64::try_from(settled).unwrap() {
            event.shown_at = event.at;
            event.converted_at = event.converted_at.map(|_| event.at);
        }
    }
    bench
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn growth_is_no_failure(
        seed: u64, count in 1usize..4, settled in 0usize..4, splits in splits(), kill in 0usize..80,
    ) {
        let settled = settled.min(count - 1);
        let mut bench = growing(seed, count, settled, shape(&splits));
        bench.terms.channels = if splits.contains(&Filter::Channel) { Listing::Every } else { Listing::Listed };
        bench.drive(kill);
        let conclusion = bench.finish();
        prop_assert_eq!(&conclusion.differences, &[]);
        prop_assert_eq!(&conclusion.drift, &[]);
        prop_assert!(conclusion.is_reconciled());
        for window in 0..count {
            prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete);
            let (least, most) = (
                bench.world.truth(&bench.matrix, window, &[], bench.terms.as_of.0),
                bench.world.truth(&bench.matrix, window, &[], bench.now),
            );
            let found = rows(&conclusion, window);
            prop_assert_eq!(found.len(), most.len());
            let sum = |rows: &[(_, Counts)]| rows.iter().map(|(_, counts)| counts.attempts()).sum::<i64>();
            prop_assert!(sum(&least) <= sum(&found) && sum(&found) <= sum(&most));
            for (index, (slice, counts)) in found.iter().enumerate() {
                prop_assert_eq!(slice, &least[index].0);
                if slice.country != Some(Country::REMAINDER) {
                    let (least, most) = (least[index].1, most[index].1);
                    prop_assert!((least.attempts()..=most.attempts()).contains(&counts.attempts()));
                    prop_assert!((least.converted()..=most.converted()).contains(&counts.converted()));
                } else if window < settled {
                    prop_assert_eq!(*counts, most[index].1);
                }
            }
            let is_proved = conclusion.unproven.is_empty() && conclusion.warnings.is_empty();
            let is_settled = window < settled;
            prop_assert!(!is_proved || conclusion.findings(window).all(|finding| finding.is_final == is_settled));
        }
        let asked: HashSet<_> = bench.asked.iter().map(|question| (question.slice, question.round)).collect();
        if asked.len() == bench.asked.len() {
            let expected = expected(&bench.matrix, bench.terms.channels);
            let is_after = |question: &&Question| question.round == Round::After && expected.contains(&question.slice);
            let has = |filter| splits.contains(&filter);
            let window_totals = if has(Filter::Country) { count - settled } else { 0 };
            let values = |filter, count| if has(filter) { count } else { 1 };
            let lanes = values(Filter::Service, 2) * values(Filter::Channel, 5) * values(Filter::Prefix, 2);
            // Where something has settled, the range is what has.
            let range_totals = if count > 1 && settled == 0 { lanes } else { 0 };
            let groups = if has(Filter::Channel) && settled == 0 { lanes / 5 } else { 0 };
            let after = bench.asked.iter().filter(is_after).count();
            // Where nothing had come yet, the whole was 0: no part was asked, so no total is asked after them.
            let is_empty = |window: usize| rows(&conclusion, window).iter().all(|(_, counts)| *counts == Counts::ZERO);
            let none = settled > 0 && after == 0 && (settled..count).all(is_empty);
            prop_assert!(none || after == window_totals * lanes + range_totals + groups, "{after}");
            let is_first = |question: &&Question| question.round == Round::First && expected.contains(&question.slice);
            let first = bench.asked.iter().filter(is_first);
            prop_assert!(settled > 0 || first.count() == expected.len());
        }
    }

    /// Such a run was told as not reconciled, complete and without a difference.
    #[test]
    fn windows_that_a_slow_clock_leaves_out_are_no_open_sums(
        seed: u64, count in 2usize..6, splits in splits(), lag in 1i64..2 * HOUR, kill in 0usize..80,
    ) {
        let mut bench = growing(seed, count, 0, shape(&splits));
        bench.terms.channels = if splits.contains(&Filter::Channel) { Listing::Every } else { Listing::Listed };
        for event in &mut bench.world.events {
            event.shown_at = event.at;
            event.converted_at = event.converted_at.map(|_| event.at);
        }
        bench.server_lag = Some(lag);
        bench.drive(kill);
        let conclusion = bench.finish();
        let told = (&conclusion.differences, &conclusion.drift, &conclusion.missing);
        prop_assert_eq!(conclusion.reconciled, Reconciled::Wholly, "{:?}", told);
        prop_assert!(conclusion.verdicts.iter().all(|it| [Verdict::Complete, Verdict::Future].contains(it)));
        prop_assert_eq!(conclusion.verdicts.last(), Some(&Verdict::Future));
    }

    #[test]
    fn what_is_asked_again_is_younger_the_wider_it_is(seed: u64, count in 1usize..4) {
        let mut bench = growing(seed, count, 0, shape(&[Filter::Country, Filter::Channel]));
        bench.terms.channels = Listing::Every;
        bench.world.bends = Box::new(|slice, round, counts| {
            let bent = slice.country.is_some_and(|code| code.code() == "US") && round == Round::First;
            if bent { Counts::new(counts.attempts() + 500, counts.converted()).unwrap() } else { counts }
        });
        let conclusion = bench.finish();
        prop_assert!(conclusion.is_reconciled(), "{:?} {:?}", conclusion.differences, conclusion.drift);
        prop_assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    }
}

#[test]
fn a_new_run_asks_what_grows_afresh_and_nothing_else() {
    let mut bench = growing(9, 4, 2, shape(&[Filter::Country]));
    bench.finish();
    bench.next_run(bench.terms.as_of.0);
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 4]);
    let settled_end = START + 2 * HOUR;
    assert!(
        bench
            .asked
            .iter()
            .all(|question| question.slice.range.end().0 > settled_end || question.slice.range.start().0 < START)
    );
}

#[test]
fn drift_is_told_and_holds_nothing_back() {
    let mut bench = growing(9, 3, 0, shape(&[Filter::Country, Filter::Channel]));
    bench.terms.channels = Listing::Every;
    bench.world.bends = Box::new(|slice, _, counts| {
        let is_range = slice.range == window(START, START + 3 * HOUR);
        let is_range = is_range && slice.country.is_none() && slice.channel.is_none();
        if is_range { Counts::new(counts.attempts() + 50, counts.converted()).unwrap() } else { counts }
    });
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3]);
    assert!(conclusion.differences.is_empty() && !conclusion.is_reconciled());
    assert_eq!(conclusion.drift.len(), 1, "{:?}", conclusion.drift);
    assert!(conclusion.drift.iter().all(|it| it.actual < it.expected));
}

/// Growth explains growth only: parts above the whole that was asked after them are none.
#[test]
fn countries_above_a_growing_total_that_is_younger_are_held_back() {
    let mut bench = growing(9, 2, 0, shape(&[Filter::Country]));
    bench.world.bends = Box::new(|slice, _, counts| {
        let bent = slice.country.is_some_and(|code| code.code() == "US") && slice.range.start().0 == START;
        if bent { Counts::new(counts.attempts() + 500, counts.converted()).unwrap() } else { counts }
    });
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Differs, Verdict::Complete]);
    assert!(conclusion.differences.iter().any(|it| it.identity == Identity::R1 && it.actual > it.expected));
}

/// A total that was asked before its parts and counts fewer attempts after them is told, though its sum fits.
#[test]
fn a_growing_total_that_shrinks_is_drift() {
    let mut bench = growing(7, 2, 0, shape(&[Filter::Country]));
    let shrinks = bench.matrix.windows()[1];
    bench.world.bends = Box::new(move |slice, round, counts| {
        let is_total = slice.range == shrinks && slice.country.is_none();
        let more = if is_total && round == Round::First { 50 } else { 0 };
        Counts::new(counts.attempts() + more, counts.converted()).unwrap()
    });
    let conclusion = bench.finish();
    assert!(!conclusion.is_reconciled());
    let told = conclusion.drift.iter().find(|it| it.identity == Identity::R1).expect("it is told");
    assert_eq!((told.window, told.metric), (shrinks, Metric::Attempts));
    assert!(told.expected > told.actual);
}
