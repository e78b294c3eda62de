//! An API that ignores a parameter never gets a row published, and one that heeds all is not pestered.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, cases, hours, shape};
use super::world::Ignored;
use crate::model::{Counts, FailureKind, Filter, Listing, RestsOn, Round};
use crate::planner::Verdict;

pub(super) const ALL: [Ignored; 6] = [
    Ignored::After,
    Ignored::Before,
    Ignored::Filter(Filter::Service),
    Ignored::Filter(Filter::Country),
    Ignored::Filter(Filter::Channel),
    Ignored::Filter(Filter::Prefix),
];

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn no_false_row_is_published(seed: u64, count in 1usize..4, ignored in 1u8..64, settled: bool, every: bool) {
        let split = [Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix];
        let mut bench = Bench::settled(seed, count, shape(&split));
        if every {
            bench.terms.channels = Listing::Every;
        }
        if !settled {
            bench.terms.settling.settle_after = std::time::Duration::from_hours(90 * 24);
        }
        let is_ignored = |(bit, it)| (ignored >> bit & 1 == 1).then_some(it);
        bench.world.ignores = ALL.into_iter().enumerate().filter_map(is_ignored).collect();
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let rows = super::bench::rows(&conclusion, window);
            let is_final = conclusion.findings(window).any(|finding| finding.is_final);
            prop_assert!(!is_final || rows == truth, "{:?} {:?}", bench.world.ignores, conclusion.verdicts);
        }
    }
}

fn names(ignored: Ignored) -> &'static str {
    match ignored {
        Ignored::After => "DateCreatedAfter",
        Ignored::Before => "DateCreatedBefore",
        Ignored::Filter(filter) => filter.parameter(),
    }
}

#[test]
fn each_ignored_parameter_is_named_or_breaks_a_sum() {
    for ignored in ALL {
        let mut bench =
            Bench::settled(5, 4, shape(&[Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix]));
        bench.world.ignores = vec![ignored];
        let conclusion = bench.finish();
        assert!(conclusion.verdicts.iter().all(|verdict| *verdict != Verdict::Complete), "{ignored:?}");
        let told = conclusion.withheld.is_some_and(|reason| reason.contains(names(ignored)));
        assert!(told || !conclusion.differences.is_empty() || !conclusion.missing.is_empty(), "{ignored:?}");
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
        assert_eq!(conclusion.ignored, Some(names(ignored)));
    }
}

#[test]
fn natural_evidence_saves_the_controls() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    bench.terms.channels = Listing::Every;
    assert!(bench.finish().withheld.is_none());
    let plain = 3 * 3 * 5 + 3 * 5 + 5 + 1;
    // The future and the distant past, what lies before the range, a large cell again, three countries' sums, five
    // totals and the whole again, and both ends of a range once more.
    assert_eq!(bench.asked.len(), plain + 3 + 1 + 3 + 6 + 2, "{:?}", bench.asked);
}

#[test]
fn a_refusal_proves_nothing() {
    let mut bench = Bench::settled(3, 2, shape(&[Filter::Country]));
    bench.world.ignores = vec![Ignored::Filter(Filter::Country)];
    bench.world.fails = Box::new(|slice, _| {
        let is_known = slice.country.is_none_or(|country| ["CO", "DE", "US"].contains(&country.code()));
        (!is_known).then_some(FailureKind::Refused)
    });
    let conclusion = bench.finish();
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict != Verdict::Complete), "{:?}", conclusion.verdicts);
}

#[test]
fn answers_of_this_run_need_evidence_of_this_run() {
    let mut bench = Bench::settled(11, 3, shape(&[Filter::Country, Filter::Channel]));
    assert!(bench.finish().withheld.is_none());
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.terms.freshness = crate::planner::Freshness::Refresh;
    bench.world.ignores = vec![Ignored::Filter(Filter::Country)];
    let conclusion = bench.finish();
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict != Verdict::Complete));
}

/// V4 (c): a daily morning asks no zero again that the morning before saw, and all that it can't have seen.
#[test]
fn zeros_that_an_earlier_run_saw_after_the_window_are_not_asked_again() {
    let asked = |hours_before: &[i64]| {
        let mut bench = Bench::settled(5, 1, shape(&[Filter::Country, Filter::Channel]));
        bench.terms.settling.settle_after = std::time::Duration::from_hours(24);
        let settled_at = bench.terms.as_of.0;
        for hours in hours_before {
            bench.next_run(settled_at - hours * HOUR);
            bench.now = bench.terms.as_of.0;
            bench.finish();
        }
        bench.next_run(settled_at);
        bench.now = settled_at;
        let conclusion = bench.finish();
        assert_eq!(conclusion.verdicts, [Verdict::Complete]);
        let proofs = bench.asked.iter().filter(|it| it.round == Round::Proof && it.slice.channel.is_some());
        proofs.filter(|it| bench.world.ask(&it.slice, Round::First, settled_at).unwrap() == Counts::ZERO).count()
    };
    let alone = asked(&[]);
    assert!(alone > 0, "the world has no zero that needs a proof");
    assert_eq!(asked(&[40]), 0, "an hour after the window's end");
    assert_eq!(asked(&[49]), alone, "before the window had ended");
}

/// What a row says it rests on was seen: by the kind of question that shows it.
#[test]
fn each_finding_carries_what_it_rests_on() {
    let found = |bench: &mut Bench| {
        let conclusion = bench.finish();
        assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
        let windows = 0..bench.matrix.windows().len();
        let mut found: Vec<RestsOn> =
            windows.flat_map(|window| conclusion.findings(window)).map(|finding| finding.rests_on).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    let split = || shape(&[Filter::Country, Filter::Channel]);
    // Cells of several windows are summed up, where the remainder leaves room; a total has nothing but totals.
    assert_eq!(found(&mut Bench::settled(11, 3, split())), [RestsOn::WholeTotal, RestsOn::Sum, RestsOn::Totals]);
    // One window is its own sum: its zeros are asked once more.
    let mut alone = Bench::settled(5, 1, split());
    assert_eq!(found(&mut alone), [RestsOn::Repetition, RestsOn::Totals]);
    alone.next_run(alone.terms.as_of.0 + HOUR);
    assert_eq!(found(&mut alone), [RestsOn::EarlierChecks]);
    assert_eq!(found(&mut Bench::settled(5, 2, shape(&[]))), [RestsOn::Totals]);
    let mut growing = Bench::settled(5, 1, split());
    growing.terms.settling.settle_after = std::time::Duration::from_hours(90 * 24);
    assert_eq!(found(&mut growing), [RestsOn::Growth]);
}
