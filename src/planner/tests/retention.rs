//! Windows older than the retention: what is asked, kept, expired.

use std::time::Duration;

use super::bench::{Bench, HOUR, START, rows, shape};
use crate::model::{Counts, FailureKind, Filter, Matrix, Slice};
use crate::planner::{Freshness, Plan, Verdict};

/// Eight hours of windows of which `old` started, and `ended` ended, before the horizon.
fn bench(minutes_past_start: i64) -> Bench {
    let mut bench = Bench::settled(21, 8, shape(&[Filter::Country]));
    let retention = bench.terms.as_of.0 - (START + minutes_past_start * 60);
    bench.terms.retention = Some(Duration::from_secs(u64::try_from(retention).unwrap()));
    let before = bench.world.events[0].clone();
    bench.world.events.push(super::world::Event { at: START - HOUR, shown_at: START - HOUR, ..before });
    bench
}

fn check_complete_windows(bench: &Bench, conclusion: &crate::planner::Conclusion) {
    for (window, verdict) in conclusion.verdicts.iter().enumerate() {
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        let found = rows(conclusion, window);
        assert_eq!(found, if *verdict == Verdict::Complete { truth } else { Vec::new() }, "window {window}");
    }
}

use Verdict::{Archived, Complete, Differs, Expired, Incomplete};

#[test]
fn the_api_shows_how_far_back_it_holds() {
    for (holds_from, expired) in [(-1, 0), (0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 6), (8, 6)] {
        // Five windows have ended before the horizon, the sixth straddles it.
        let mut bench = bench(5 * 60 + 30);
        bench.world.holds_from = START + holds_from * HOUR;
        let conclusion = bench.finish();
        let expected: Vec<_> = (0..8).map(|window| if window < expired { Expired } else { Complete }).collect();
        assert_eq!(conclusion.verdicts, expected, "holds from {holds_from}");
        assert!(conclusion.is_reconciled() && conclusion.missing.is_empty() && conclusion.differences.is_empty());
        if holds_from < 6 {
            check_complete_windows(&bench, &conclusion);
        }
        let range = bench.matrix.windows()[expired].hull(bench.matrix.windows()[7]);
        let is_asked = bench.asked.iter().any(|question| question.slice == Slice::whole(range));
        assert!(is_asked || holds_from == 8, "R2 speaks of the rest");
        let outline = Plan::outline(&bench.matrix, &bench.terms);
        let most = outline.sure().count() + outline.possible().count();
        assert!(bench.asked.len() as u64 <= most as u64 + outline.more());
    }
}

#[test]
fn a_window_that_straddles_the_horizon_alone_is_expired_unless_something_older_is_shown() {
    for (holds_from, verdict) in [(START, Expired), (START - HOUR, Complete)] {
        let mut bench = bench(30);
        bench.world.holds_from = holds_from;
        assert_eq!(bench.finish().verdicts[..2], [verdict, Complete]);
    }
}

#[test]
fn what_the_ledger_has_is_kept_and_nothing_is_asked() {
    let mut bench = bench(0);
    assert_eq!(bench.finish().verdicts, [Complete; 8]);
    bench.next_run(bench.terms.as_of.0 + 4 * HOUR);
    bench.world.holds_from = START + 4 * HOUR;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Complete; 8]);
    check_all_rows(&bench, &conclusion);
    assert!(conclusion.is_reconciled());
    assert_eq!(conclusion.identities_checked, 8);
    assert_eq!(bench.asked, []);

    // Asked afresh, the range reaches back as far as the API does; the ledger stands for the rest.
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.terms.freshness = Freshness::Refresh;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Complete; 8]);
    check_all_rows(&bench, &conclusion);
    assert_eq!(conclusion.identities_checked, 8 + 1);
}

#[test]
fn a_range_total_that_no_run_recorded_is_not_missed_on_recalled_ground() {
    let mut bench = bench(0);
    bench.finish();
    // Later the job's range is shorter, and all of it is old.
    bench.matrix = Matrix::new(bench.matrix.windows()[..6].to_vec(), shape(&[Filter::Country]));
    bench.next_run(bench.terms.as_of.0 + 30 * HOUR);
    bench.world.holds_from = START + 24 * HOUR;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Complete; 6]);
    check_all_rows(&bench, &conclusion);
    assert!(conclusion.is_reconciled());
    assert_eq!(conclusion.identities_checked, 6);
    assert_eq!(bench.asked, []);
}

#[test]
fn recalled_windows_that_contradict_themselves_are_kept_back_and_not_asked() {
    let mut bench = bench(0);
    let bent = bench.matrix.windows()[2];
    bench.world.bends = Box::new(move |slice, _, counts| match slice.country {
        Some(code) if slice.range == bent && code.code() == "US" => Counts::new(counts.attempts() + 900, 0).unwrap(),
        _ => counts,
    });
    bench.finish();
    bench.next_run(bench.terms.as_of.0 + 30 * HOUR);
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts[..4], [Complete, Complete, Differs, Complete]);
}

/// The truth is what was before the API forgot.
fn check_all_rows(bench: &Bench, conclusion: &crate::planner::Conclusion) {
    for window in 0..bench.matrix.windows().len() {
        assert_eq!(rows(conclusion, window), bench.world.truth(&bench.matrix, window, &[], bench.now));
    }
}

#[test]
fn archived_windows_are_left_alone() {
    let mut bench = bench(4 * 60);
    bench.archived = bench.matrix.windows()[..4].to_vec();
    bench.world.holds_from = START + 4 * HOUR;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Archived, Archived, Archived, Archived, Complete, Complete, Complete, Complete]);
    assert!(
        bench.asked.iter().all(
            |question| question.slice.range.start().0 >= START + 4 * HOUR || question.slice.range.start().0 < START
        )
    );
    // Old ground between archived windows is asked where it is held; the range begins after the last gap.
    bench.next_run(bench.terms.as_of.0);
    bench.archived = vec![bench.matrix.windows()[1]];
    bench.world.holds_from = i64::MIN;
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts[..4], [Complete, Archived, Complete, Complete]);
    check_complete_windows(&bench, &conclusion);
}

#[test]
fn a_failed_search_leaves_windows_incomplete_not_expired() {
    let mut bench = bench(4 * 60);
    let first = Slice::whole(bench.matrix.windows()[0]);
    bench.world.holds_from = START;
    bench.world.fails = Box::new(move |slice, _| (*slice == first).then_some(FailureKind::Exhausted));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts[..5], [Incomplete, Incomplete, Incomplete, Incomplete, Complete]);
    assert_eq!(conclusion.missing.len(), 4);
    assert!(!conclusion.is_reconciled());
}

#[test]
fn a_job_that_splits_only_time_asks_no_slice_twice() {
    for minutes in [60, 150, 480, 600] {
        let mut bench = bench(minutes);
        bench.matrix = Matrix::new(bench.matrix.windows().to_vec(), shape(&[]));
        let conclusion = bench.finish();
        check_complete_windows(&bench, &conclusion);
        assert!(conclusion.is_reconciled());
    }
}

#[test]
fn killed_runs_on_old_ground_find_the_same() {
    for answers in 0..40 {
        let mut bench = bench(5 * 60 + 30);
        bench.world.holds_from = START + 2 * HOUR;
        if bench.drive(answers).is_none() {
            let conclusion = bench.finish();
            assert_eq!(conclusion.verdicts[..4], [Expired, Expired, Expired, Complete]);
            check_complete_windows(&bench, &conclusion);
            assert!(conclusion.is_reconciled());
        }
    }
}
