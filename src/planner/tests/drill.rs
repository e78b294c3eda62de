//! The drill-down gives the table of the exhaustive plan, and never a wrong row.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, cases, rows, shape, splits};
use super::late_evidence;
use super::provisional::growing;
use super::trust::ALL;
use crate::model::{FailureKind, Filter, Listing, Provenance, Strategy as Asking};
use crate::planner::{Conclusion, Freshness, Verdict};

pub(super) fn drilling(seed: u64, count: usize, split: &[Filter], every: bool) -> Bench {
    let mut bench = Bench::settled(seed, count, shape(split));
    bench.terms.strategy = Asking::DrillDown;
    if every && split.contains(&Filter::Channel) {
        bench.terms.channels = Listing::Every;
    }
    bench
}

pub(super) fn thin_out(bench: &mut Bench, keep: usize) {
    bench.world.events.truncate(keep);
}

pub(super) fn check_truth(bench: &mut Bench) -> Result<(), TestCaseError> {
    let conclusion = bench.finish();
    bench.is_proved = conclusion.proved.len() == bench.matrix.windows().len();
    is_the_truth(bench, &conclusion)
}

pub(super) fn is_the_truth(bench: &Bench, conclusion: &Conclusion) -> Result<(), TestCaseError> {
    prop_assert_eq!(&conclusion.differences, &[]);
    prop_assert_eq!(&conclusion.missing, &[]);
    prop_assert!(conclusion.is_reconciled());
    for window in 0..bench.matrix.windows().len() {
        prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete);
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        prop_assert_eq!(rows(conclusion, window), truth);
        let is_unproven = !conclusion.unproven.is_empty() || bench.world.events.is_empty();
        prop_assert!(is_unproven || conclusion.findings(window).all(|finding| finding.is_final));
    }
    let implied = (0..bench.matrix.windows().len())
        .flat_map(|window| conclusion.findings(window).collect::<Vec<_>>())
        .filter(|finding| finding.provenance == Provenance::Implied)
        .filter(|finding| finding.cell.country.is_none_or(|code| code != crate::model::Country::REMAINDER))
        .count();
    prop_assert_eq!(implied as u64, conclusion.implied_cells);
    Ok(())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_table_is_the_truth(
        seed: u64, count in 1usize..12, splits in splits(), every: bool, keep in 0usize..61, kills in 0usize..4,
    ) {
        let mut bench = drilling(seed, count, &splits, every);
        thin_out(&mut bench, keep);
        bench.interrupt(kills, 80);
        // The bench itself refuses that anything but what was in flight is asked again.
        check_truth(&mut bench)?;
        // Everything is settled: another run asks nothing, whatever its strategy.
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        let was_proved = bench.is_proved;
        check_truth(&mut bench)?;
        prop_assert!(!was_proved || bench.asked.is_empty(), "{:?}", bench.asked);
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        bench.terms.freshness = Freshness::Refresh;
        check_truth(&mut bench)?;
    }

    #[test]
    fn what_is_ignored_from_the_middle_on_is_not_published(
        seed: u64, count in 1usize..6, splits in splits(), ignored in 1u8..64, from in 0i64..100, every: bool,
    ) {
        let mut bench = drilling(seed, count, &splits, every);
        bench.world.ignores =
            ALL.into_iter().enumerate().filter(|(bit, _)| ignored >> bit & 1 == 1).map(|(_, it)| it).collect();
        bench.world.ignores_from = bench.now + from;
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = rows(&conclusion, window);
            let is_told = !conclusion.unproven.is_empty();
            let (ignores, verdicts) = (&bench.world.ignores, &conclusion.verdicts);
            prop_assert!(is_told || rows.is_empty() || rows == truth, "{ignores:?} {verdicts:?}");
        }
    }

    #[test]
    fn growing_windows_beside_settled_ones(
        seed: u64, count in 2usize..6, settled in 1usize..5, splits in splits(), kill in 0usize..80,
    ) {
        let settled = settled.min(count - 1);
        let mut bench = growing(seed, count, settled, shape(&splits));
        bench.terms.strategy = Asking::DrillDown;
        bench.drive(kill);
        let conclusion = bench.finish();
        prop_assert_eq!(&conclusion.differences, &[]);
        prop_assert_eq!(&conclusion.drift, &[]);
        for window in 0..count {
            prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete);
            let is_proved = conclusion.unproven.is_empty() && conclusion.warnings.is_empty();
            let is_settled = window < settled;
            prop_assert!(!is_proved || conclusion.findings(window).all(|finding| finding.is_final == is_settled));
            if window < settled {
                let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
                prop_assert_eq!(rows(&conclusion, window), truth);
            }
        }
    }

    #[test]
    fn what_an_exhaustive_run_recorded_answers_all(
        seed: u64, count in 1usize..6, splits in splits(), known in 0usize..120,
    ) {
        let mut bench = drilling(seed, count, &splits, true);
        bench.terms.strategy = Asking::Exhaustive;
        bench.drive(known);
        bench.next_run(bench.terms.as_of.0 + HOUR);
        bench.terms.strategy = Asking::DrillDown;
        check_truth(&mut bench)?;
        bench.next_run(bench.terms.as_of.0 + HOUR);
        let was_proved = bench.is_proved;
        check_truth(&mut bench)?;
        prop_assert!(!was_proved || bench.asked.is_empty(), "{:?}", bench.asked);
    }

    #[test]
    fn failures_leave_gaps_and_no_wrong_row(
        seed: u64, count in 1usize..6, splits in splits(), every: bool, percent in 0usize..40, salt: u64,
    ) {
        let mut bench = drilling(seed, count, &splits, every);
        bench.world.fails = Box::new(move |slice, _| {
            let mut random = super::world::Random(salt ^ late_evidence::fingerprint(slice));
            (!slice.is_control() && random.chance(percent)).then_some(FailureKind::Exhausted)
        });
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = rows(&conclusion, window);
            prop_assert!(rows.is_empty() || rows == truth, "{:?}", conclusion.verdicts);
        }
    }

    #[test]
    fn a_wrong_answer_that_a_sum_shows_is_never_published(
        seed: u64, count in 2usize..6, splits in splits(), which in 0usize..60, more in -9i64..50,
    ) {
        let mut bench = drilling(seed, count, &splits, true);
        let asked = std::cell::Cell::new(0);
        bench.world.bends = Box::new(move |slice, _, counts| {
            asked.set(asked.get() + 1);
            // A lie of zero is believed, as every zero is.
            let may_bend = !slice.is_control() && super::identities::is_held(slice);
            let is_bent = asked.get() == which && counts.attempts() + more > 0 && may_bend;
            if is_bent { {
                let attempts = counts.attempts() + more;
                crate::model::Counts::new(attempts, counts.converted().min(attempts)).unwrap()
            } } else { counts }
        });
        let conclusion = bench.finish();
        let mut exhaustive = drilling(seed, count, &splits, true);
        exhaustive.terms.strategy = Asking::Exhaustive;
        let truth = exhaustive.finish();
        let total = |conclusion: &crate::planner::Conclusion| {
            let total = |window| rows(conclusion, window).iter().map(|(_, counts)| counts.attempts()).sum::<i64>();
            (0..count).map(total).collect::<Vec<_>>()
        };
        let (found, true_totals) = (total(&conclusion), total(&truth));
        // Attempts may be misplaced, between a country and the remainder or between windows of a sparse channel, where
        // no sum can tell; none is made up.
        if conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete) {
            prop_assert_eq!(found.iter().sum::<i64>(), true_totals.iter().sum::<i64>());
        } else {
            for (window, (found, true_total)) in found.iter().zip(true_totals).enumerate() {
                let verdicts = &conclusion.verdicts;
                prop_assert!(verdicts[window] != Verdict::Complete || *found == true_total, "{verdicts:?}");
            }
        }
    }
}

#[test]
fn nothing_at_all_takes_few_questions() {
    let mut bench = drilling(1, 31, &[Filter::Country, Filter::Channel], true);
    bench.world.events.clear();
    check_truth(&mut bench).unwrap();
    assert!(bench.asked.len() <= 10, "{:?}", bench.asked);
}
