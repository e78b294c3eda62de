//! Countries that the API does not take.

use super::bench::{Bench, country, rows, service, shape};
use crate::model::{FailureKind, Filter, Slice};
use crate::planner::{Listing, Verdict};

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
    assert!(conclusion.reconciled && conclusion.missing.is_empty());
    for window in 0..3 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[country("US")], bench.now));
    }
    let asked = bench.asked.iter().filter(|question| is_country(&question.slice, "US")).count();
    assert!(asked <= 6, "asked {asked} times: only what was in flight at the first refusal");
}

#[test]
fn a_listed_country_that_is_refused_is_a_failure() {
    let mut bench = bench(Listing::Listed);
    bench.world.fails = Box::new(|slice, _| is_country(slice, "US").then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
    assert_eq!(conclusion.missing.len(), 3 * 2 * 5);
    assert!(conclusion.refused_countries.is_empty());
}

#[test]
fn a_service_that_is_refused_is_no_refusal_of_countries() {
    let mut bench = bench(Listing::Every);
    bench.world.fails = Box::new(|slice, _| (slice.service == Some(service('a'))).then_some(FailureKind::Refused));
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts, [Verdict::Incomplete; 3]);
    assert!(conclusion.refused_countries.is_empty());
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
