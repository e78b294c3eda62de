//! An API that ignores a parameter never gets a row published, and one that heeds all is not pestered.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, hours, shape};
use super::world::Ignored;
use crate::model::{FailureKind, Filter, Round, ServiceSid};
use crate::planner::{Listing, Verdict};

pub(super) const ALL: [Ignored; 6] = [
    Ignored::After,
    Ignored::Before,
    Ignored::Filter(Filter::Service),
    Ignored::Filter(Filter::Country),
    Ignored::Filter(Filter::Channel),
    Ignored::Filter(Filter::Prefix),
];

fn filter(ignored: Ignored) -> Filter {
    match ignored {
        Ignored::After | Ignored::Before => Filter::Date,
        Ignored::Filter(filter) => filter,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_false_row_is_published(seed: u64, count in 1usize..4, ignored in 1u8..64, settled: bool, every: bool) {
        let mut bench = Bench::settled(seed, count, shape(&[Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix]));
        if every {
            bench.terms.channels = Listing::Every;
        }
        if !settled {
            bench.terms.settling.settle_after = std::time::Duration::from_hours(90 * 24);
        }
        bench.world.ignores = ALL.into_iter().enumerate().filter(|(bit, _)| ignored >> bit & 1 == 1).map(|(_, it)| it).collect();
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = super::bench::rows(&conclusion, window);
            prop_assert!(rows.is_empty() || rows == truth, "{:?} {:?}", bench.world.ignores, conclusion.verdicts);
        }
    }
}

#[test]
fn each_ignored_parameter_is_named_early() {
    for ignored in ALL {
        let mut bench =
            Bench::settled(5, 4, shape(&[Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix]));
        bench.world.ignores = vec![ignored];
        let conclusion = bench.finish();
        let caught_by_sums = !conclusion.differences.is_empty();
        assert!(conclusion.verdicts.iter().all(|verdict| *verdict != Verdict::Complete), "{ignored:?}");
        assert!(!conclusion.reconciled);
        if !caught_by_sums {
            assert_eq!(conclusion.untrusted, [filter(ignored)]);
            assert_eq!(conclusion.missing.len(), 4);
            assert!(conclusion.missing[0].reason.contains(filter(ignored).parameter()), "{:?}", conclusion.missing[0]);
            assert!(bench.asked.len() < bench.matrix.cells(), "{ignored:?}: {}", bench.asked.len());
        }
    }
}

#[test]
fn a_single_window_shows_either_end_ignored() {
    for ignored in [Ignored::After, Ignored::Before] {
        let windows = hours(3);
        let mut bench = Bench::settled(5, 3, shape(&[]));
        bench.matrix = crate::model::Matrix::new(vec![windows[1]], shape(&[]));
        bench.world.ignores = vec![ignored];
        let conclusion = bench.finish();
        assert_eq!(conclusion.verdicts, [Verdict::Incomplete]);
        assert_eq!(conclusion.untrusted, [Filter::Date]);
    }
}

#[test]
fn natural_evidence_saves_the_controls() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    bench.terms.channels = Listing::Every;
    assert!(bench.finish().untrusted.is_empty());
    let plain = 3 * 3 * 5 + 3 * 5 + 5 + 1;
    assert_eq!(bench.asked.iter().filter(|question| question.round == Round::First).count(), plain);
    let late = bench.asked.len() - plain;
    assert!(late <= 3, "only the last cells may need late controls: {late}");
}

#[test]
fn a_control_that_is_refused_is_trusted_and_one_that_fails_is_asked_once_more() {
    let is_control = |slice: &crate::model::Slice| slice.service == Some(ServiceSid::ZEROS);
    for (kind, first_only, trusted) in [
        (FailureKind::Refused, false, true),
        (FailureKind::Exhausted, true, true),
        (FailureKind::Exhausted, false, false),
        (FailureKind::Rejected, false, false),
    ] {
        let mut bench = Bench::settled(3, 2, shape(&[Filter::Service]));
        bench.world.fails =
            Box::new(move |slice, round| (is_control(slice) && (round == Round::First || !first_only)).then_some(kind));
        let conclusion = bench.finish();
        assert_eq!(conclusion.untrusted.is_empty(), trusted, "{kind:?}");
        let verdict = if trusted { Verdict::Complete } else { Verdict::Incomplete };
        assert_eq!(conclusion.verdicts, [verdict; 2]);
    }
}

#[test]
fn answers_of_this_run_need_evidence_of_this_run() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    assert!(bench.finish().untrusted.is_empty());
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.terms.freshness = crate::planner::Freshness::Refresh;
    bench.world.ignores = vec![Ignored::Filter(Filter::Country)];
    let conclusion = bench.finish();
    assert_eq!(conclusion.untrusted, [Filter::Country]);
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
}

#[test]
fn evidence_of_earlier_runs_does_not_cover_this_one() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    let windows = bench.matrix.windows().to_vec();
    bench.matrix = crate::model::Matrix::new(windows[..2].to_vec(), bench.matrix.shape().clone());
    assert!(bench.finish().untrusted.is_empty());
    bench.matrix = crate::model::Matrix::new(windows, bench.matrix.shape().clone());
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.world.ignores = vec![Ignored::Filter(Filter::Country)];
    let conclusion = bench.finish();
    assert_eq!(conclusion.untrusted, [Filter::Country]);
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
}
