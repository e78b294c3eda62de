//! Settled windows: the table is the truth, from exactly the questions that the design counts, however often killed.

use std::collections::HashSet;

use proptest::prelude::*;

use super::bench::{Bench, HOUR, START, hours, rows, shape, splits};
use crate::model::{Filter, Matrix, Provenance, Question, Reuse, Round, Slice};
use crate::planner::{Freshness, Listing, Plan, Remainder, Verdict};

/// The design's count, by enumeration: cells, R1's, R2's and R3's wholes, each slice once.
pub(super) fn expected(matrix: &Matrix, listing: Listing) -> HashSet<Slice> {
    let range = matrix.range().unwrap();
    let mut slices = HashSet::new();
    for index in 0..matrix.cells() {
        let cell = matrix.cell(index);
        let slice = Slice {
            range: cell.window,
            service: cell.service,
            country: cell.country,
            channel: cell.channel,
            prefix: cell.prefix,
        };
        slices.insert(slice);
        slices.insert(Slice { country: None, ..slice });
        slices.insert(Slice { range, country: None, ..slice });
        if listing == Listing::Every {
            slices.insert(Slice { range, country: None, channel: None, ..slice });
        }
    }
    slices
}

fn is_control(question: &Question, expected: &HashSet<Slice>) -> bool {
    !expected.contains(&question.slice)
}

fn check_truth(bench: &mut Bench) {
    let conclusion = bench.finish();
    assert_eq!(conclusion.differences, []);
    assert_eq!(conclusion.drift, []);
    assert_eq!(conclusion.missing, []);
    assert!(conclusion.reconciled);
    for window in 0..bench.matrix.windows().len() {
        assert_eq!(conclusion.verdicts[window], Verdict::Complete);
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        assert_eq!(rows(&conclusion, window), truth);
        for finding in conclusion.findings(window) {
            assert!(finding.is_final);
            let is_remainder = finding.cell.country.is_some_and(|code| code == crate::model::Country::REMAINDER);
            assert_eq!(finding.provenance == Provenance::Implied, is_remainder);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_shape_gives_the_truth_from_the_counted_questions(
        seed: u64, count in 1usize..4, splits in splits(),
    ) {
        let mut bench = Bench::settled(seed, count, shape(&splits));
        bench.terms.channels = if splits.contains(&Filter::Channel) { Listing::Every } else { Listing::Listed };
        check_truth(&mut bench);
        let expected = expected(&bench.matrix, bench.terms.channels);
        let (controls, plain): (Vec<Question>, Vec<Question>) =
            bench.asked.iter().copied().partition(|question| is_control(question, &expected));
        prop_assert_eq!(plain.len(), expected.len());
        prop_assert!(plain.iter().all(|question| question.round == Round::First));
        prop_assert!(controls.len() <= 2 * 6);

        let outline = Plan::outline(&bench.matrix, &bench.terms);
        let sure: HashSet<Question> = outline.sure().collect();
        prop_assert_eq!(sure, plain.into_iter().collect());
        prop_assert_eq!(outline.possible().count(), 0);
        prop_assert!(outline.more() >= controls.len() as u64);

        // Everything is settled: another run asks nothing.
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        check_truth(&mut bench);
        prop_assert_eq!(&bench.asked, &[]);
        bench.next_run(bench.terms.as_of.0);
        bench.terms.freshness = Freshness::Refresh;
        check_truth(&mut bench);
        prop_assert!(bench.asked.iter().filter(|question| !is_control(question, &expected)).count() == expected.len());
        prop_assert!(bench.asked.iter().all(|question| question.reuse == Reuse::Never));
    }

    #[test]
    fn a_killed_run_goes_on_where_it_was(seed: u64, splits in splits(), kills in 1usize..6) {
        let mut whole = Bench::settled(seed, 3, shape(&splits));
        whole.finish();
        let mut bench = Bench::settled(seed, 3, shape(&splits));
        bench.interrupt(kills, whole.asked.len());
        // The bench itself refuses that anything but what was in flight is asked again.
        check_truth(&mut bench);
        let distinct = |bench: &Bench| -> HashSet<Question> { bench.asked.iter().copied().collect() };
        prop_assert_eq!(distinct(&bench), distinct(&whole));
    }

    #[test]
    fn a_run_that_ends_early_concludes_only_what_is_true(seed: u64, splits in splits(), after in 0usize..120) {
        let mut bench = Bench::settled(seed, 3, shape(&splits));
        let conclusion = bench.break_off(after).unwrap_or_else(|early| early);
        for window in 0..3 {
            let is_complete = conclusion.verdicts[window] == Verdict::Complete;
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            prop_assert_eq!(rows(&conclusion, window), if is_complete { truth } else { Vec::default() });
        }
    }
}

/// An outage near the end of a long run must not withhold the windows that were finished before it.
#[test]
fn a_run_that_ends_early_publishes_the_windows_that_are_whole() {
    let split = shape(&[Filter::Country, Filter::Channel]);
    let mut whole = Bench::settled(5, 3, split.clone());
    whole.finish();
    let mut bench = Bench::settled(5, 3, split);
    let conclusion = bench.break_off(whole.asked.len() - 8).unwrap_err();
    assert_eq!(conclusion.verdicts[0], Verdict::Complete, "{:?}", conclusion.missing);
    assert_eq!(conclusion.verdicts[1], Verdict::Incomplete, "the one in the middle is asked last");
    assert!(conclusion.missing.iter().all(|cell| cell.cell.window != bench.matrix.windows()[0]));
    assert!(!conclusion.missing.is_empty() && !conclusion.reconciled && conclusion.ignored.is_empty());
}

#[test]
fn without_remainder_the_rows_go_and_the_questions_stay() {
    let mut kept = Bench::settled(7, 2, shape(&[Filter::Country, Filter::Channel]));
    let mut dropped = Bench::settled(7, 2, shape(&[Filter::Country, Filter::Channel]));
    dropped.terms.remainder = Remainder::Drop;
    let (kept_rows, dropped_rows) = (kept.finish(), dropped.finish());
    let asked = |bench: &Bench| -> HashSet<Question> { bench.asked.iter().copied().collect() };
    assert_eq!(asked(&kept), asked(&dropped));
    assert_eq!(kept_rows.findings(0).count(), 20);
    assert_eq!(dropped_rows.findings(0).count(), 15);
    assert!(dropped_rows.reconciled);
}

#[test]
fn a_matrix_without_windows_is_done_at_once() {
    let mut bench = Bench::settled(1, 1, shape(&[Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix]));
    bench.matrix = Matrix::new(Vec::new(), shape(&[Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix]));
    let conclusion = bench.finish();
    assert!(conclusion.verdicts.is_empty() && bench.asked.is_empty());
    assert_eq!(Plan::outline(&bench.matrix, &bench.terms).sure().count(), 0);
}

#[test]
fn identities_are_counted() {
    let mut bench = Bench::settled(3, 3, shape(&[Filter::Service, Filter::Country, Filter::Channel]));
    bench.terms.channels = Listing::Every;
    assert_eq!(bench.finish().identities_checked, 3 * 2 * 5 + 2 * 5 + 2);
}

#[test]
fn windows_are_hours_from_the_start() {
    assert_eq!(hours(2)[1].end().0, START + 2 * HOUR);
}
