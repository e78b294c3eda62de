//! Settled windows: the table is the truth, from exactly the questions that the design counts, however often killed.

use std::collections::HashSet;

use proptest::prelude::*;

use super::bench::{Bench, HOUR, START, cases, hours, rows, shape, splits};
use crate::model::{Filter, Listing, Matrix, Provenance, Question, Remainder, Round, Slice};
use crate::planner::{Freshness, Plan, Verdict};

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
        if listing == Listing::Every || (slice.channel.is_some() && slice.prefix.is_none()) {
            slices.insert(Slice { range, country: None, channel: None, ..slice });
        }
    }
    slices
}

fn is_control(question: &Question, expected: &HashSet<Slice>) -> bool {
    !expected.contains(&question.slice) || question.round != Round::First
}

/// Whether all that could be proved was.
fn check_truth(bench: &mut Bench) -> bool {
    let conclusion = bench.finish();
    assert_eq!(conclusion.differences, []);
    assert_eq!(conclusion.drift, []);
    assert_eq!(conclusion.missing, []);
    assert!(conclusion.is_reconciled());
    for window in 0..bench.matrix.windows().len() {
        assert_eq!(conclusion.verdicts[window], Verdict::Complete);
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        assert_eq!(rows(&conclusion, window), truth);
        for finding in conclusion.findings(window) {
            assert!(finding.is_final || !conclusion.unproven.is_empty());
            let is_remainder = finding.cell.country.is_some_and(|code| code == crate::model::Country::REMAINDER);
            assert_eq!(finding.provenance == Provenance::Implied, is_remainder);
        }
    }
    conclusion.proved.len() == bench.matrix.windows().len()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_shape_gives_the_truth_from_the_counted_questions(
        seed: u64, count in 1usize..4, splits in splits(),
    ) {
        let mut bench = Bench::settled(seed, count, shape(&splits));
        bench.terms.channels = if splits.contains(&Filter::Channel) { Listing::Every } else { Listing::Listed };
        let is_proved = check_truth(&mut bench);
        let expected = expected(&bench.matrix, bench.terms.channels);
        let (controls, plain): (Vec<Question>, Vec<Question>) =
            bench.asked.iter().copied().partition(|question| is_control(question, &expected));
        prop_assert_eq!(plain.len(), expected.len());
        prop_assert!(plain.iter().all(|question| question.round == Round::First));

        let outline = Plan::outline(&bench.matrix, &bench.terms);
        let slices = |questions: &mut dyn Iterator<Item = Question>| -> HashSet<Slice> {
            questions.map(|question| question.slice).collect()
        };
        prop_assert_eq!(slices(&mut outline.sure()), slices(&mut plain.into_iter()));
        prop_assert_eq!(outline.possible().count(), 0);
        prop_assert!(outline.more() >= controls.len() as u64);

        if !is_proved {
            return Ok(());
        }
        // Everything is settled and proved: another run asks nothing.
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        check_truth(&mut bench);
        prop_assert_eq!(&bench.asked, &[]);
        bench.next_run(bench.terms.as_of.0);
        bench.terms.freshness = Freshness::Refresh;
        check_truth(&mut bench);
        prop_assert!(bench.asked.iter().filter(|question| !is_control(question, &expected)).count() == expected.len());
    }

    #[test]
    fn a_killed_run_goes_on_where_it_was(seed: u64, splits in splits(), kills in 1usize..6) {
        let mut whole = Bench::settled(seed, 3, shape(&splits));
        whole.finish();
        let mut bench = Bench::settled(seed, 3, shape(&splits));
        if bench.interrupt(kills, whole.asked.len()) {
            return Ok(());
        }
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

/// What proves the windows is asked last: without it none is published, and the same run goes on from there.
#[test]
fn a_run_that_ends_before_its_proofs_publishes_nothing() {
    let split = shape(&[Filter::Country, Filter::Channel]);
    let mut whole = Bench::settled(5, 3, split.clone());
    whole.finish();
    let mut bench = Bench::settled(5, 3, split);
    let conclusion = bench.break_off(whole.asked.len() - 2).unwrap_err();
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
    assert!(!conclusion.missing.is_empty() && !conclusion.is_reconciled() && conclusion.ignored.is_none());
    assert_eq!(bench.finish().verdicts, [Verdict::Complete; 3]);
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
    assert!(dropped_rows.is_reconciled());
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
