//! A spot check asks a sample of what was implied, the same one again after a kill, and finds what was implied wrongly.

use crate::model::Strategy as Asking;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::bench::{HOUR, cases, rows, splits};
use super::drill::{check_truth, drilling, is_the_truth, thin_out};
use super::late_evidence;
use super::world::Random;
use crate::model::{Counts, FailureKind, Filter, Question, Round, Slice};
use crate::planner::{SpotCheck, Verdict};

fn sample_size(implied: u64, percent: u8) -> u64 {
    (implied * u64::from(percent)).div_ceil(100)
}

fn asked_again(asked: &[Question]) -> Vec<Slice> {
    asked
        .iter()
        .filter(|question| question.round == Round::Again && !question.slice.is_control())
        .map(|it| it.slice)
        .collect()
}

/// Answers of longer ranges are wrong, those of single windows right.
fn bent(salt: u64, percent: usize, slice: &Slice, counts: Counts) -> Counts {
    let mut random = Random(salt ^ late_evidence::fingerprint(slice));
    let is_long = slice.range.end().0 - slice.range.start().0 > HOUR;
    if !is_long || slice.is_control() || !random.chance(percent) {
        return counts;
    }
    let attempts = counts.attempts() / 2;
    Counts::new(attempts, counts.converted().min(attempts)).unwrap()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_table_is_the_truth_and_the_sample_has_its_size(
        seed: u64, count in 1usize..8, splits in splits(), every: bool, keep in 0usize..61, percent in 0u8..=100,
        salt: u64,
    ) {
        let mut bench = drilling(seed, count, &splits, every);
        thin_out(&mut bench, keep);
        bench.spot_check = Some(SpotCheck { percent, seed: salt });
        let conclusion = bench.finish();
        is_the_truth(&bench, &conclusion)?;
        let report = conclusion.spot_check.clone().unwrap();
        prop_assert!(report.has_begun);
        prop_assert_eq!((report.disagreements.len(), report.unanswered), (0, 0));
        prop_assert_eq!(report.asked, sample_size(report.implied, percent));
        prop_assert_eq!(asked_again(&bench.asked).len() as u64, report.asked);
        prop_assert_eq!(conclusion.measured_cells + conclusion.implied_cells, bench.matrix.cells() as u64);
        if percent == 100 {
            prop_assert_eq!(conclusion.implied_cells, 0);
        }
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        let was_proved = bench.is_proved;
        bench.spot_check = None;
        check_truth(&mut bench)?;
        prop_assert!(!was_proved || bench.asked.is_empty(), "{:?}", bench.asked);
    }

    #[test]
    fn a_plan_that_is_taken_up_again_asks_the_same_sample(
        seed: u64, count in 1usize..6, splits in splits(), percent in 1u8..=100, salt: u64, kills in 1usize..5,
        wrong in 0usize..30,
    ) {
        let bench = || {
            let mut bench = drilling(seed, count, &splits, true);
            thin_out(&mut bench, 12);
            bench.spot_check = Some(SpotCheck { percent, seed: salt });
            bench.world.bends = Box::new(move |slice, _, counts| bent(salt, wrong, slice, counts));
            bench
        };
        let mut whole = bench();
        let conclusion = whole.finish();
        let total = whole.asked.len();
        let mut killed = bench();
        let mut ended = None;
        for _ in 0..kills {
            let answers = killed.random.below(total);
            ended = ended.or_else(|| killed.drive(answers));
        }
        // The bench itself refuses that anything but what was in flight is asked again.
        let replayed = ended.unwrap_or_else(|| killed.finish());
        prop_assert_eq!(&replayed.spot_check, &conclusion.spot_check);
        prop_assert_eq!(&replayed.verdicts, &conclusion.verdicts);
        let distinct = |asked: &[Question]| {
            let named = |question: &Question| (question.slice.to_string(), question.round as u8);
            asked.iter().map(named).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(distinct(&killed.asked), distinct(&whole.asked));
    }

    #[test]
    fn what_was_implied_wrongly_is_found_and_not_published(
        seed: u64, count in 2usize..6, splits in splits(), keep in 0usize..61, wrong in 1usize..60, salt: u64,
    ) {
        let mut bench = drilling(seed, count, &splits, true);
        thin_out(&mut bench, keep);
        bench.world.bends = Box::new(move |slice, _, counts| bent(salt, wrong, slice, counts));
        bench.spot_check = Some(SpotCheck { percent: 100, seed: salt });
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = rows(&conclusion, window);
            let is_right = match conclusion.held_values[..] {
                [] => rows.is_empty() || rows == truth,
                _ => rows.iter().all(|row| truth.contains(row)),
            };
            prop_assert!(is_right, "{:?} {:?}", conclusion.verdicts, conclusion.held_values);
        }
    }

    #[test]
    fn growing_windows_are_left_out(
        seed: u64, count in 2usize..6, settled in 1usize..5, splits in splits(), kill in 0usize..80,
    ) {
        let settled = settled.min(count - 1);
        let mut bench = super::provisional::growing(seed, count, settled, super::bench::shape(&splits));
        bench.terms.strategy = Asking::DrillDown;
        bench.spot_check = Some(SpotCheck { percent: 100, seed });
        bench.drive(kill);
        let conclusion = bench.finish();
        let report = conclusion.spot_check.clone().unwrap();
        prop_assert_eq!((report.asked, report.disagreements.len()), (report.implied, 0));
        prop_assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
        let implied = (0..settled).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>()).filter(|finding| {
            let is_remainder = finding.cell.country == Some(crate::model::Country::REMAINDER);
            finding.provenance == crate::model::Provenance::Implied && !is_remainder
        });
        prop_assert_eq!(implied.count(), 0);
        let end = bench.matrix.windows()[settled - 1].end();
        prop_assert!(asked_again(&bench.asked).iter().all(|slice| slice.range.end() <= end));
    }

    #[test]
    fn what_the_check_cannot_ask_stands_as_implied(
        seed: u64, count in 2usize..6, splits in splits(), percent in 1u8..=100, fails in 1usize..60, salt: u64,
    ) {
        let mut bench = drilling(seed, count, &splits, true);
        thin_out(&mut bench, 20);
        bench.spot_check = Some(SpotCheck { percent, seed: salt });
        bench.world.fails = Box::new(move |slice, round| {
            let mut random = Random(salt ^ late_evidence::fingerprint(slice));
            (round == Round::Again && !slice.is_control() && random.chance(fails)).then_some(FailureKind::Exhausted)
        });
        let conclusion = bench.finish();
        let report = conclusion.spot_check.clone().unwrap();
        prop_assert_eq!(report.asked + report.unanswered, sample_size(report.implied, percent));
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            prop_assert_eq!(rows(&conclusion, window), truth);
        }
    }
}

/// Countries whose ranges are answered with nothing: their attempts pass for the remainder, and no sum shows it.
#[test]
fn one_wrong_cell_of_the_sample_has_its_whole_group_asked() {
    let (mut wrong_rows, mut found) = (0, 0);
    for seed in 0..40 {
        let rows_of = |spot_check| {
            let mut bench = drilling(seed, 4, &[Filter::Country], false);
            thin_out(&mut bench, 6);
            bench.spot_check = spot_check;
            bench.world.bends = Box::new(move |slice, _, counts| {
                let is_long = slice.range.end().0 - slice.range.start().0 > HOUR;
                if is_long && slice.country.is_some() && !slice.is_control() { Counts::ZERO } else { counts }
            });
            let conclusion = bench.finish();
            let is_wrong = (0..4).any(|window| {
                let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
                conclusion.verdicts[window] == Verdict::Complete && rows(&conclusion, window) != truth
            });
            (is_wrong, conclusion)
        };
        let (is_wrong, _) = rows_of(None);
        let (is_still_wrong, checked) = rows_of(Some(SpotCheck { percent: 100, seed }));
        assert!(!is_still_wrong, "seed {seed}");
        let report = checked.spot_check.unwrap();
        assert!(!is_wrong || !report.disagreements.is_empty(), "seed {seed}");
        assert!(report.disagreements.iter().all(|it| it.implied != it.measured));
        wrong_rows += usize::from(is_wrong);
        // One cell of the sample is enough when it is a wrong one: then nothing of its group stays implied.
        let (is_wrong_at_least, sampled) = rows_of(Some(SpotCheck { percent: 1, seed }));
        let report = sampled.spot_check.unwrap();
        if !report.disagreements.is_empty() {
            assert!(!is_wrong_at_least, "seed {seed}");
            found += 1;
        }
    }
    assert!(found > 0, "{wrong_rows} {found}");
}

/// The range says that there is nothing: the listed countries have nothing, but the remainder has.
#[test]
fn a_total_that_was_implied_wrongly_is_found_although_its_cells_are_right() {
    let finish = |spot_check| {
        let mut bench = drilling(5, 3, &[Filter::Country, Filter::Channel], false);
        bench.world.events.iter_mut().for_each(|event| event.country = Some(super::bench::country("FR")));
        bench.spot_check = spot_check;
        bench.world.bends = Box::new(|slice, _, counts| {
            let is_long = slice.range.end().0 - slice.range.start().0 > HOUR;
            if is_long && !slice.is_control() { Counts::ZERO } else { counts }
        });
        let conclusion = bench.finish();
        let truth = bench.world.truth(&bench.matrix, 0, &[], bench.now);
        (rows(&conclusion, 0), truth, conclusion)
    };
    let (rows, truth, _) = finish(None);
    assert!(!rows.is_empty() && rows != truth, "no sum shows it");
    let (rows, truth, conclusion) = finish(Some(SpotCheck { percent: 100, seed: 1 }));
    assert!(rows.is_empty() || rows == truth, "{:?}", conclusion.verdicts);
    let disagreements = conclusion.spot_check.unwrap().disagreements;
    assert!(!disagreements.is_empty() && disagreements.iter().all(|it| it.cell.country.is_none()));
}

#[test]
fn an_exhaustive_plan_has_nothing_to_check() {
    let mut bench = drilling(1, 3, &[Filter::Country, Filter::Channel], true);
    bench.terms.strategy = Asking::Exhaustive;
    bench.spot_check = Some(SpotCheck { percent: 100, seed: 1 });
    let report = bench.finish().spot_check.unwrap();
    assert!(report.has_begun);
    assert_eq!((report.implied, report.asked), (0, 0));
}

/// Inferences kept by a run that ended early would be recalled when it is taken up again, and never be proved.
#[test]
fn a_run_that_ends_early_keeps_no_inference() {
    let kept = |spot_check| {
        let mut most = 0;
        for answers in 0..200 {
            let mut bench = super::provisional::growing(3, 4, 3, super::bench::shape(&[Filter::Country]));
            bench.terms.strategy = Asking::DrillDown;
            bench.spot_check = spot_check;
            let Err(conclusion) = bench.break_off(answers) else { break };
            most = most.max(conclusion.inferences().count());
        }
        most
    };
    assert_eq!(kept(None), 0);
    assert_eq!(kept(Some(SpotCheck { percent: 5, seed: 1 })), 0);
}

/// What an earlier run inferred is drawn, too: it would escape every check otherwise.
#[test]
fn inferences_of_earlier_runs_are_checked() {
    let mut bench = drilling(1, 6, &[Filter::Country, Filter::Channel], true);
    let implied = bench.finish().implied_cells;
    assert!(implied > 0);
    bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
    bench.spot_check = Some(SpotCheck { percent: 100, seed: 1 });
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    let report = conclusion.spot_check.unwrap();
    assert!(report.implied >= implied, "{report:?}");
    assert_eq!((report.asked, report.unanswered, report.disagreements.len()), (report.implied, 0, 0));
    assert_eq!(conclusion.implied_cells, 0);
}
