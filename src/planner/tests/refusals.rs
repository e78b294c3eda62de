//! Countries that the API does not take.

use super::bench::{Bench, country, rows, service, shape};
use crate::model::{FailureKind, Filter, Listing, Slice};
use crate::planner::Verdict;

fn bench(listing: Listing) -> Bench {
    let mut bench = Bench::settled(41, 3, shape(&[Filter::Service, Filter::Country, Filter::Channel]));
    bench.terms.countries = listing;
    bench
}

fn is_country(slice: &Slice, code: &str) -> bool {
    slice.country == Some(country(code))
}

#[test]
fn with_all_countries_a_refused_one_counts_in_the_remainder() {
    let mut bench = bench(Listing::Every);
    bench.world.fails = Box::new(|slice, _| is_country(slice, "US").then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3]);
    assert_eq!(conclusion.refused_countries, [(country("US"), "Refused by order".to_owned())]);
    assert!(conclusion.is_reconciled() && conclusion.missing.is_empty());
    for window in 0..3 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[country("US")], bench.now));
    }
    let asked = bench.asked.iter().filter(|question| is_country(&question.slice, "US")).count();
    assert!(asked <= 6, "asked {asked} times: only what was in flight at the first refusal");
}

#[test]
fn a_listed_country_that_is_refused_is_held_back_and_the_rest_is_published() {
    let mut bench = bench(Listing::Listed);
    bench.world.fails = Box::new(|slice, _| is_country(slice, "US").then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3], "{:?}", conclusion.missing);
    assert_eq!(conclusion.held_values, [("country US".to_owned(), "Refused by order".to_owned())]);
    assert!(!conclusion.shape().countries.unwrap().contains(&country("US")));
}

#[test]
fn a_service_that_is_refused_is_no_refusal_of_countries() {
    let mut bench = bench(Listing::Every);
    bench.world.fails = Box::new(|slice, _| (slice.service == Some(service('a'))).then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3], "{:?}", conclusion.missing);
    assert_eq!(conclusion.held_values.len(), 1);
    assert_eq!(conclusion.shape().services, Some(vec![service('b')]));
    assert!(conclusion.refused_countries.is_empty());
}

/// One stray refusal is no refusal of the country.
#[test]
fn a_stray_refusal_gets_a_second_try() {
    let mut bench = bench(Listing::Every);
    let put = std::cell::Cell::new(0);
    bench.world.fails = Box::new(move |slice, _| {
        put.set(put.get() + usize::from(is_country(slice, "US")));
        (is_country(slice, "US") && put.get() == 5).then_some(FailureKind::Refused)
    });
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3], "{:?}", conclusion.missing);
    assert!(conclusion.refused_countries.is_empty());
    for window in 0..3 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[], bench.now));
    }
}

#[test]
fn all_countries_refused_is_a_failure() {
    let mut bench = bench(Listing::Every);
    bench.world.fails =
        Box::new(|slice, _| slice.country.is_some_and(|code| code.code() != "ZZ").then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
    assert_eq!(conclusion.missing.len(), 3);
}
