//! Pages propose, Summary disposes: the table is the truth whatever the list says.

use proptest::prelude::*;

use super::bench::{Bench, HOUR, cases, country, hours, rows, service, shape, splits};
use super::drill::{check_truth, drilling, is_the_truth, thin_out};
use super::growth::closed;
use super::provisional::growing;
use super::world::Event;
use crate::model::{
    Channel, Country, Counts, FailureKind, Filter, Listing, Matrix, MatrixShape, Provenance, Slice, Strategy as Asking,
};
use crate::planner::{Conclusion, Margin, Pages, Verdict};

fn listing(seed: u64, count: usize, split: &[Filter], every: bool) -> Bench {
    let mut bench = drilling(seed, count, split, every);
    bench.terms.pages = Pages::WhereTheyReach;
    bench
}

fn listed(conclusion: &Conclusion) -> usize {
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

/// Before, cells that the ledger told of a growing window kept no cost when the window was listed, nor had its remainder.
#[test]
fn a_growing_window_that_was_asked_before_is_listed_with_all_its_costs() {
    let mut bench = closed(7, 2, shape(&[Filter::Country, Filter::Channel]));
    bench.finish();
    bench.terms.pages = Pages::WhereTheyReach;
    bench.next_run(bench.terms.as_of.0 + HOUR);
    let conclusion = bench.finish();
    assert_eq!(bench.pages.read.len(), 1);
    for finding in (0..2).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>()) {
        assert_eq!(finding.cost.map(|cost| cost.priced), Some(finding.counts.attempts()), "{finding:?}");
    }
}

fn cells_of(conclusion: &Conclusion, windows: usize, of: Country) -> (i64, usize) {
    let findings = (0..windows).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
    let cells: Vec<_> = findings.filter(|finding| finding.cell.country == Some(of)).collect();
    let listed = cells.iter().filter(|finding| finding.provenance == Provenance::Listed).count();
    (cells.iter().map(|finding| finding.counts.attempts()).sum(), listed)
}

/// A country that the list has no attempts of is not asked for unless the others do not make up the whole.
#[test]
fn a_country_whose_attempts_are_listed_as_a_strangers_is_found_and_asked() {
    let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], true);
    bench.pages.shows = Box::new(|event| {
        let is_hidden = event.country == Some(country("CO"));
        Some(Event { country: if is_hidden { Some(country("FR")) } else { event.country }, ..event.clone() })
    });
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    let (attempts, listed) = cells_of(&conclusion, 6, country("CO"));
    assert!(attempts > 0 && listed == 0, "{attempts} {listed}");
    assert!(cells_of(&conclusion, 6, country("US")).1 > 0, "the others stand");
    let told: Vec<_> = conclusion.listed_differences.iter().map(|it| (it.margin, it.slice.country)).collect();
    assert_eq!(told, [(Margin::Country, Some(country("CO")))]);
}

/// They may be any country's, so each is compared.
#[test]
fn attempts_without_country_have_every_country_asked_at_once() {
    let mut bench = listing(3, 6, &[Filter::Country], false);
    bench.world.events.retain(|event| event.country == Some(country("US")) && event.channel != Channel::Email);
    let seen = std::cell::Cell::new(false);
    bench.pages.shows = Box::new(move |event| {
        let is_first = !seen.replace(true);
        Some(Event { country: event.country.filter(|_| !is_first), ..event.clone() })
    });
    let conclusion = bench.finish();
    is_the_truth(&bench, &conclusion).unwrap();
    for code in ["CO", "DE", "US"] {
        let is_margin =
            |it: &&crate::model::Question| it.slice.country == Some(country(code)) && it.slice.channel.is_none();
        assert!(bench.asked.iter().any(|it| is_margin(&it)), "{code}");
    }
    assert_eq!(conclusion.listed_differences.len(), 1);
}

/// A list of growing windows that lacks attempts lies below its channels' totals before it.
#[test]
fn growing_windows_that_lie_outside_their_totals_are_asked_cell_by_cell() {
    let mut bench = closed(7, 2, shape(&[Filter::Country, Filter::Channel]));
    bench.terms.pages = Pages::WhereTheyReach;
    bench.pages.shows = Box::new(|event| (event.channel != Channel::Sms || event.at % 2 == 0).then(|| event.clone()));
    let conclusion = bench.finish();
    assert_eq!(conclusion.differences, []);
    let told = &conclusion.listed_differences;
    assert!(!told.is_empty() && told.iter().all(|it| it.margin == Margin::Growing), "{told:?}");
    for window in 0..2 {
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        let attempts =
            |rows: &[(Slice, Counts)]| rows.iter().map(|(cell, counts)| (*cell, counts.attempts())).collect::<Vec<_>>();
        assert_eq!(attempts(&rows(&conclusion, window)), attempts(&truth));
    }
}

/// Nothing vouches for it: what was listed of it is left alone.
#[test]
fn a_window_whose_total_gets_no_answer_is_not_listed() {
    let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], true);
    for event in bench.world.events.clone() {
        bench.world.events.extend(std::iter::repeat_n(event, 999));
    }
    let silent = bench.matrix.windows()[5];
    bench.world.fails = Box::new(move |slice, _| (*slice == Slice::whole(silent)).then_some(FailureKind::Exhausted));
    let conclusion = bench.finish();
    assert!(conclusion.findings(0).any(|finding| finding.provenance == Provenance::Listed));
    assert!(conclusion.findings(5).all(|finding| finding.provenance != Provenance::Listed));
    assert!(!conclusion.confirmed.iter().any(|it| it.window == silent), "{:?}", conclusion.confirmed);
}

/// Pages that swap two attempts between windows and countries break no margin; what Summary said of cells stands.
#[test]
fn an_answer_of_summarys_own_is_not_replaced_by_pages_that_say_otherwise() {
    let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], true);
    bench.terms.pages = Pages::Never;
    bench.terms.strategy = Asking::Exhaustive;
    bench.world.fails = Box::new(|slice, _| {
        let is_other = slice.country.is_some_and(|it| it != country("US"));
        is_other.then_some(FailureKind::Exhausted)
    });
    bench.finish();
    bench.world.fails = Box::new(|_, _| None);
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.terms.pages = Pages::WhereTheyReach;
    bench.terms.strategy = Asking::DrillDown;
    let windows = bench.matrix.windows().to_vec();
    let is_of = move |event: &Event, code: &str, window: usize| {
        let (start, end) = (windows[window].start().0, windows[window].end().0);
        event.channel == Channel::Sms && event.country == Some(country(code)) && (start..end).contains(&event.at)
    };
    let is_there = |code, window| bench.world.events.iter().any(|event| is_of(event, code, window));
    assert!(is_there("US", 0) && is_there("CO", 1));
    let swapped = [std::cell::Cell::new(false), std::cell::Cell::new(false)];
    let swaps = is_of.clone();
    bench.pages.shows = Box::new(move |event| {
        let country = match event.country {
            _ if swaps(event, "US", 0) && !swapped[0].replace(true) => Some(country("CO")),
            _ if swaps(event, "CO", 1) && !swapped[1].replace(true) => Some(country("US")),
            same => same,
        };
        Some(Event { country, ..event.clone() })
    });
    let conclusion = bench.finish();
    assert!(listed(&conclusion) > 0 && conclusion.listed_differences.is_empty());
    for window in 0..6 {
        let of_us = |rows: Vec<(Slice, Counts)>| {
            rows.into_iter().filter(|(cell, _)| cell.country == Some(country("US"))).collect::<Vec<_>>()
        };
        let truth = bench.world.truth(&bench.matrix, window, &[], bench.now);
        assert_eq!(of_us(rows(&conclusion, window)), of_us(truth));
    }
}
