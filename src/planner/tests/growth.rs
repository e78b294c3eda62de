//! Growing windows whose attempts stand still: a refresh asks only what may have changed.

use crate::model::Strategy as Asking;
use std::time::Duration;

use proptest::prelude::*;

use super::bench::{Bench, HOUR, START, cases, events, hours, rows, shape, splits, terms};
use super::world::{Random, World};
use crate::model::{Country, Filter, Matrix, MatrixShape, Provenance};
use crate::planner::Verdict;

/// All attempts are made and shown; some of the conversions come hours later.
pub(super) fn closed(seed: u64, count: usize, shape: MatrixShape) -> Bench {
    let windows = hours(count);
    let end = START + HOUR * i64::try_from(count).unwrap();
    let as_of = end + 2 * HOUR;
    let mut random = Random(seed);
    let mut made = events(&mut random, &windows, 60, as_of + 48 * HOUR);
    for event in &mut made {
        event.shown_at = event.at;
        event.converted_at = random.chance(70).then(|| event.at + i64::try_from(random.below(20 * 3600)).unwrap());
    }
    let mut terms = terms(as_of);
    terms.settling.settle_after = Duration::from_hours(24);
    terms.strategy = Asking::DrillDown;
    Bench::new(World::new(made), Matrix::new(windows, shape), terms, seed)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_refresh_gives_what_is_true_by_then(seed: u64, count in 1usize..5, splits in splits(), kill in 0usize..60) {
        let mut bench = closed(seed, count, shape(&splits));
        for later in [0, 3, 30] {
            if later > 0 {
                bench.next_run(bench.terms.as_of.0 + later * HOUR);
            }
            bench.drive(kill);
            // Conversions come while it is asked: the truth lies between two instants, of settled windows it is one.
            let least = bench.terms.as_of.0;
            let conclusion = bench.finish();
            prop_assert_eq!(&conclusion.differences, &[]);
            prop_assert_eq!(&conclusion.moved, &[]);
            for window in 0..count {
                prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete);
                let before = bench.world.truth(&bench.matrix, window, &[], least);
                let after = bench.world.truth(&bench.matrix, window, &[], bench.now);
                for (row, (before, after)) in rows(&conclusion, window).iter().zip(before.iter().zip(&after)) {
                    prop_assert_eq!(row.0, before.0);
                    prop_assert_eq!(row.1.attempts(), before.1.attempts());
                    let is_rest = row.0.country == Some(Country::REMAINDER);
                    prop_assert!(is_rest || (before.1.converted()..=after.1.converted()).contains(&row.1.converted()));
                }
                prop_assert_eq!(rows(&conclusion, window).len(), after.len());
            }
        }
    }
}

#[test]
fn a_refresh_asks_only_cells_that_may_convert() {
    let mut bench = closed(7, 2, shape(&[Filter::Country, Filter::Channel]));
    bench.world.events.truncate(20);
    let first = bench.finish();
    let cells = |conclusion: &crate::planner::Conclusion, open: bool| {
        let rows = (0..2).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
        rows.filter(|row| row.cell.country != Some(Country::REMAINDER) && (row.counts.unconverted() > 0) == open)
            .count()
    };
    let open = cells(&first, true);
    assert!(open > 0 && cells(&first, false) > 10);
    assert!(
        first
            .findings(0)
            .any(|row| row.provenance == Provenance::Implied && row.cell.country != Some(Country::REMAINDER))
    );
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.finish();
    let asked =
        bench.asked.iter().filter(|question| question.slice.country.is_some() && question.slice.channel.is_some());
    assert_eq!(asked.count(), open);
}

#[test]
fn attempts_that_come_late_void_what_rested_on_them() {
    let mut bench = closed(7, 2, shape(&[Filter::Country, Filter::Channel]));
    bench.finish();
    bench.next_run(bench.terms.as_of.0 + HOUR);
    let late = bench.world.events.iter().find(|event| event.country.is_some()).unwrap().clone();
    bench.world.events.push(super::world::Event { at: START + 60, shown_at: bench.now - 1, ..late });
    let conclusion = bench.finish();
    assert_eq!(conclusion.moved, [bench.matrix.windows()[0]]);
    let truth = bench.world.truth(&bench.matrix, 0, &[], bench.now);
    let attempts =
        |rows: &[(_, crate::model::Counts)]| rows.iter().map(|(_, counts)| counts.attempts()).collect::<Vec<_>>();
    assert_eq!(attempts(&rows(&conclusion, 0)), attempts(&truth));
}
