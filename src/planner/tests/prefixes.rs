//! Prefixes shorter than the job's save questions and make no row wrong.

use crate::model::Strategy as Asking;
use proptest::prelude::*;

use super::bench::{Bench, HOUR, cases, shape};
use super::drill::{check_truth, drilling};
use crate::model::{Counts, Filter, Matrix, MatrixShape, Prefix, Round, Slice};

/// Ranges of numbers, close to one another and far apart.
const LISTED: [&str; 9] = ["+12", "+13", "+57300", "+57301", "+57305", "+573061", "+573062", "+5731", "+58"];
const NUMBERS: [&str; 7] = [
    "+12025550100",
    "+13025550100",
    "+573001234567",
    "+573051234567",
    "+573061234567",
    "+582121234567",
    "+33612345678",
];

fn prefixes(texts: &[&str]) -> Vec<Prefix> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A bench whose job lists these prefixes, with numbers of these kinds, by chance.
fn listing(seed: u64, count: usize, split: &[Filter], listed: &[&str], numbers: &[&str]) -> Bench {
    let mut bench = drilling(seed, count, split, true);
    let shape = MatrixShape { prefixes: Some(prefixes(listed)), ..shape(split) };
    bench.matrix = Matrix::new(bench.matrix.windows().to_vec(), shape);
    let numbers = prefixes(numbers);
    for event in &mut bench.world.events {
        if event.number.is_some() {
            event.number = (!numbers.is_empty()).then(|| numbers[bench.random.below(numbers.len())]);
        }
    }
    bench
}

/// What was asked of prefixes that are not listed, controls left out.
fn asked_shorter(bench: &Bench) -> Vec<String> {
    let range = bench.matrix.range().unwrap();
    let is_listed = |prefix: Option<Prefix>| prefix.is_some_and(|it| prefixes(&LISTED).contains(&it));
    let is_shorter = |slice: &Slice| slice.range == range && !slice.is_control() && !is_listed(slice.prefix);
    let first =
        bench.asked.iter().filter(|question| question.round == Round::First && question.slice.channel.is_none());
    let asked = first.map(|question| question.slice).filter(is_shorter);
    asked.map(|slice| slice.prefix.map_or("all".to_owned(), |prefix| prefix.to_string())).collect()
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_table_is_the_truth(
        seed: u64, count in 1usize..6,
        others in prop::sample::subsequence(vec![Filter::Service, Filter::Country, Filter::Channel], 0..=3),
        listed in prop::sample::subsequence(LISTED.to_vec(), 1..=9),
        numbers in prop::sample::subsequence(NUMBERS.to_vec(), 0..=7),
        known in 3usize..12, kills in 0usize..3,
    ) {
        let split = [&others[..], &[Filter::Prefix]].concat();
        let mut bench = listing(seed, count, &split, &listed, &numbers);
        // Some APIs may know no short prefixes.
        bench.world.bends = Box::new(move |slice, _, counts| {
            let is_too_short = slice.prefix.is_some_and(|prefix| prefix.to_string().len() < known)
                && !prefixes(&LISTED).contains(&slice.prefix.unwrap());
            if is_too_short { Counts::ZERO } else { counts }
        });
        bench.interrupt(kills, 60);
        // Nothing shows that such an API knows prefixes at all, where none of the listed ones holds anything.
        if known > 1 && bench.drive(usize::MAX).is_some_and(|conclusion| conclusion.withheld.is_some()) {
            return Ok(());
        }
        check_truth(&mut bench)?;
        bench.next_run(bench.terms.as_of.0 + 24 * HOUR);
        let was_proved = bench.is_proved;
        check_truth(&mut bench)?;
        prop_assert!(!was_proved || bench.asked.is_empty(), "{:?}", bench.asked);
    }
}

const SPLIT: [Filter; 3] = [Filter::Country, Filter::Channel, Filter::Prefix];

#[test]
fn quiet_ranges_are_not_asked_one_by_one() {
    let mut bench = listing(5, 4, &SPLIT, &LISTED, &["+12025550100"]);
    check_truth(&mut bench).unwrap();
    // That the API knows a prefix of one digit is seen as +1 has attempts.
    assert_eq!(asked_shorter(&bench), ["all", "+5", "+1"]);
    assert!(!bench.asked.iter().any(|it| it.slice.prefix == Some("+58".parse().unwrap())));
}

#[test]
fn a_list_of_quiet_ranges_takes_three_questions_and_controls() {
    let mut bench = listing(5, 4, &SPLIT, &LISTED[2..8], &["+58212123456"]);
    check_truth(&mut bench).unwrap();
    assert_eq!(asked_shorter(&bench), ["all", "+573", "+5"]);
    let cells = bench.asked.iter().filter(|it| it.slice.prefix.is_some_and(|it| prefixes(&LISTED).contains(&it)));
    assert_eq!(cells.count(), 0);
}

#[test]
fn a_zero_of_a_prefix_that_the_api_may_not_know_is_not_believed() {
    let mut bench = listing(5, 4, &SPLIT, &LISTED[2..8], &["+573001234567"]);
    bench.world.bends = Box::new(|slice, _, counts| {
        let is_short = slice.prefix.is_some_and(|prefix| prefix.digits() < 10_000);
        if is_short && slice.prefix != Some("+5731".parse().unwrap()) { Counts::ZERO } else { counts }
    });
    check_truth(&mut bench).unwrap();
    assert_eq!(asked_shorter(&bench), ["all", "+573", "+5"]);
}

#[test]
fn the_exhaustive_plan_asks_no_shorter_prefix() {
    let mut bench = listing(5, 2, &[Filter::Prefix], &LISTED, &NUMBERS);
    bench.terms.strategy = Asking::Exhaustive;
    check_truth(&mut bench).unwrap();
    assert_eq!(asked_shorter(&bench), ["all"], "the account as a whole");
}
