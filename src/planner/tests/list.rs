//! Pages propose, Summary disposes: the table is the truth whatever the list says.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, cases, country, hours, rows, service, shape, splits};
use super::drill::{check_truth, drilling, is_the_truth, thin_out};
use super::provisional::growing;
use crate::model::{Channel, FailureKind, Filter, Listing, Matrix, MatrixShape, Provenance, Strategy as Asking};
use crate::planner::{Conclusion, Margin, Pages, Verdict};

pub(super) fn listing(seed: u64, count: usize, split: &[Filter], every: bool) -> Bench {
    let mut bench = drilling(seed, count, split, every);
    bench.terms.pages = Pages::WhereTheyReach;
    bench
}

pub(super) fn listed(conclusion: &Conclusion) -> usize {
    let findings = (0..conclusion.verdicts.len()).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
    findings.filter(|finding| finding.provenance == Provenance::Listed).count()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_table_is_the_truth(
        seed: u64, count in 1usize..12, splits in splits(), every: bool, keep in 0usize..61, kills in 0usize..4,
    ) {
        let mut bench = listing(seed, count, &splits, every);
        thin_out(&mut bench, keep);
        bench.interrupt(kills, 40);
        check_truth(&mut bench)?;
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        let was_proved = bench.is_proved;
        check_truth(&mut bench)?;
        prop_assert!(!was_proved || bench.asked.is_empty(), "{:?}", bench.asked);
        prop_assert!(!was_proved || bench.pages.read.is_empty(), "{:?}", bench.pages.read);
    }

    /// A list that drops attempts, or names another country or channel for them, never makes a wrong row.
    #[test]
    fn a_list_that_lies_makes_no_row(
        seed: u64, count in 1usize..8, splits in splits(), every: bool, lie in 0usize..5, one_in in 1usize..12,
    ) {
        let mut bench = listing(seed, count, &splits, every);
        bench.pages.shows = Box::new(move |event| {
            let mut shown = event.clone();
            let is_it = usize::try_from(event.at).unwrap() % one_in == 0;
            match lie {
                0 if is_it => return None,
                1 if is_it => shown.country = None,
                2 if is_it => shown.country = Some(country("DE")),
                3 if is_it => shown.channel = Channel::Rbm,
                4 if is_it => shown.converted_at = None,
                _ => {}
            }
            Some(shown)
        });
        let conclusion = bench.finish();
        for window in 0..count {
            let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
            let found = rows(&conclusion, window);
            let told = &conclusion.listed_differences;
            prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete, "{:?}", conclusion.differences);
            // A country for another, one for one, is in no sum that was asked; so is a channel for another of a country.
            prop_assert!(found == truth, "{told:?}");
        }
    }

    #[test]
    fn growing_windows_are_bounded_by_their_totals(
        seed: u64, count in 1usize..6, settled in 0usize..5, splits in splits(), kill in 0usize..40,
    ) {
        let settled = settled.min(count - 1);
        let mut bench = growing(seed, count, settled, shape(&splits));
        bench.terms.strategy = Asking::DrillDown;
        bench.terms.pages = Pages::WhereTheyReach;
        bench.drive(kill);
        let conclusion = bench.finish();
        prop_assert_eq!(&conclusion.differences, &[]);
        for window in 0..count {
            prop_assert_eq!(conclusion.verdicts[window], Verdict::Complete);
            let is_settled = window < settled;
            let is_proved = conclusion.unproven.is_empty() && conclusion.warnings.is_empty();
            prop_assert!(!is_proved || conclusion.findings(window).all(|finding| finding.is_final == is_settled));
            if is_settled {
                let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
                prop_assert_eq!(rows(&conclusion, window), truth);
            }
        }
    }
}

#[test]
fn a_whole_month_is_listed_and_confirmed() {
    let mut bench = listing(3, 24, &[Filter::Country, Filter::Channel], true);
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    assert_eq!(listed(&conclusion), 24 * 4 * 5, "remainders, too");
    assert_eq!(conclusion.confirmed.len(), 24);
    assert_eq!((conclusion.listed_attempts, conclusion.listed_differences.len()), (60, 0));
    let costs = (0..24).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
    assert_eq!(costs.map(|finding| finding.cost.unwrap().priced).sum::<i64>(), 60);
}

/// What the list does not have is drilled down, told, and remembered for a week.
#[test]
fn a_list_without_email_is_read_for_the_rest_and_paid_for_once() {
    let mut bench = listing(3, 12, &[Filter::Country, Filter::Channel], true);
    bench.pages.shows = Box::new(|event| (event.channel != Channel::Email).then(|| event.clone()));
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    assert!(conclusion.listed_differences.iter().all(|it| it.slice.channel == Some(Channel::Email)));
    assert!(listed(&conclusion) > 12 * 4 * 3, "{}", listed(&conclusion));
    assert!(conclusion.notes.iter().any(|note| note.name == "list lacks email"));
    bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
    bench.terms.freshness = crate::planner::Freshness::Refresh;
    check_truth(&mut bench).unwrap();
}

#[test]
fn a_list_that_differs_altogether_is_given_up_after_the_first_windows() {
    let mut bench = listing(3, 24, &[Filter::Country], false);
    bench.pages.shows = Box::new(|event| (event.at % 2 == 0).then(|| event.clone()));
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    assert_eq!(listed(&conclusion), 0);
    assert_eq!(bench.pages.read.len(), 1);
    assert!(conclusion.listed_differences.iter().all(|it| it.margin == Margin::Window));
    assert!(conclusion.warnings.iter().any(|it| it.contains("the list is not used")), "{:?}", conclusion.warnings);
    assert!(conclusion.notes.iter().any(|note| note.name == "list differs"));
    bench.terms.pages = Pages::WhereFewer;
    bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
    bench.terms.freshness = crate::planner::Freshness::Refresh;
    check_truth(&mut bench).unwrap();
    assert!(bench.pages.read.is_empty(), "it was remembered");
}

#[test]
fn without_a_list_summary_is_asked() {
    for kind in [FailureKind::Refused, FailureKind::Rejected, FailureKind::Exhausted] {
        let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], true);
        bench.pages.fails = Box::new(move |_| Some(kind));
        let conclusion = bench.finish();
        is_the_truth(&bench, &conclusion).unwrap();
        assert_eq!((listed(&conclusion), bench.pages.read.len()), (0, 1), "{kind:?}");
        assert!(conclusion.warnings.iter().any(|it| it.contains("by order")), "{:?}", conclusion.warnings);
    }
}

/// Before, a list that was refused while several segments were read was told by two warnings.
#[test]
fn a_list_that_is_refused_is_told_once() {
    let mut bench = listing(3, 12, &[Filter::Country, Filter::Channel], true);
    for event in bench.world.events.clone() {
        bench.world.events.extend(std::iter::repeat_n(event, 1999));
    }
    bench.pages.fails = Box::new(|_| Some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert!(bench.pages.read.len() > 1, "{:?}", bench.pages.read);
    let told: Vec<_> = conclusion.warnings.iter().filter(|it| it.contains("by order")).collect();
    assert_eq!(told, ["the list is not used: by order; Summary was asked instead"]);
}

/// Before, each segment that failed was told by itself: a list given up halfway cost dozens of equal warnings.
#[test]
fn segments_that_fail_alike_are_told_together_and_the_rest_stays_listed() {
    let mut bench = listing(3, 12, &[Filter::Country, Filter::Channel], true);
    // Every attempt stands for a thousand, so that segments are several.
    for event in bench.world.events.clone() {
        bench.world.events.extend(std::iter::repeat_n(event, 999));
    }
    let read = std::cell::Cell::new(0);
    bench.pages.fails = Box::new(move |_| {
        read.set(read.get() + 1);
        (read.get() > 2).then_some(FailureKind::Exhausted)
    });
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    let told: Vec<_> = conclusion.warnings.iter().filter(|it| it.contains("gave no pages")).collect();
    assert!(told.len() == 1 && told[0].contains(" more ranges, which are asked for instead: by order"), "{told:?}");
    assert!(bench.pages.read.len() > 3 && listed(&conclusion) > 0, "{:?}", bench.pages.read);
}

/// The service of 32 zeros once stood for none, and its pages were read in vain.
#[test]
fn a_service_of_zeros_is_counted_from_pages_as_any_other() {
    let mut bench = listing(3, 6, &[Filter::Service, Filter::Country], true);
    let zeros = service('0');
    bench.world.events.iter_mut().filter(|event| event.service == service('a')).for_each(|it| it.service = zeros);
    let services = Some(vec![zeros, service('b')]);
    bench.matrix = Matrix::new(hours(6), MatrixShape { services, ..shape(&[Filter::Country]) });
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    assert_eq!((listed(&conclusion), conclusion.listed_differences.len()), (6 * 2 * 4, 0));
}

#[test]
fn a_job_that_lists_channels_lists_them() {
    let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], false);
    bench.terms.channels = Listing::Listed;
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    assert_eq!(listed(&conclusion), 6 * 4 * 5);
    assert_eq!(bench.pages.requests(), 1);
}

/// Before, a plan chose by what reading all pages takes, although earlier runs had read them: a job that splits otherwise
/// asked thousands of questions instead.
#[test]
fn what_earlier_runs_read_speaks_for_pages() {
    let busy = |split: &[Filter]| {
        let mut bench = listing(3, 6, split, true);
        let events = bench.world.events.clone();
        bench.world.events.extend(events.into_iter().flat_map(|event| std::iter::repeat_n(event, 2999)));
        bench
    };
    let mut fresh = busy(&[Filter::Country, Filter::Channel]);
    fresh.terms.pages = Pages::WhereFewer;
    fresh.finish();
    assert_eq!(fresh.pages.read, [], "too many attempts to be worth it");

    let mut bench = busy(&[Filter::Channel]);
    bench.finish();
    assert!(!bench.pages.read.is_empty());
    bench.terms.pages = Pages::WhereFewer;
    bench.matrix = fresh.matrix.clone();
    bench.next_run(bench.terms.as_of.0 + HOUR);
    check_truth(&mut bench).unwrap();
    assert_eq!(bench.pages.read, []);
    assert!(2 * bench.asked.len() < fresh.asked.len(), "{} {}", bench.asked.len(), fresh.asked.len());
}
