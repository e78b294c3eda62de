//! What a list is held to, rule by rule: each test fails without the rule that it names.

use super::bench::{HOUR, country, rows, shape, window};
use super::drill::is_the_truth;
use super::growth::closed;
use super::list::{listed, listing};
use super::world::Event;
use crate::model::{
    Channel, Country, Counts, FailureKind, Filter, Matrix, Provenance, Question, Slice, Strategy as Asking,
};
use crate::planner::{Conclusion, Margin, Pages};

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
        let is_margin = |it: &&Question| it.slice.country == Some(country(code)) && it.slice.channel.is_none();
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

/// Nothing vouches for it, although all that is asked over more windows adds up: what an earlier run read of it, in longer
/// windows, is left alone.
#[test]
fn a_window_whose_total_gets_no_answer_is_not_listed() {
    let mut bench = listing(3, 6, &[Filter::Country, Filter::Channel], true);
    let hours = bench.matrix.windows().to_vec();
    let pairs = hours.chunks(2).map(|pair| window(pair[0].start().0, pair[1].end().0)).collect();
    let by_hour = std::mem::replace(&mut bench.matrix, Matrix::new(pairs, shape(&[Filter::Country, Filter::Channel])));
    bench.finish();
    bench.matrix = by_hour;
    bench.next_run(bench.terms.as_of.0 + HOUR);
    bench.world.fails = Box::new(move |slice, _| (*slice == Slice::whole(hours[5])).then_some(FailureKind::Exhausted));
    let conclusion = bench.finish();
    assert_eq!(bench.pages.read, []);
    assert!((0..5).all(|it| conclusion.findings(it).all(|finding| finding.provenance == Provenance::Listed)));
    assert!(conclusion.findings(5).all(|finding| finding.provenance != Provenance::Listed));
    assert!(
        !conclusion.confirmed.iter().any(|it| it.window == bench.matrix.windows()[5]),
        "{:?}",
        conclusion.confirmed
    );
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
