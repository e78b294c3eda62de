//! One contract for every ledger: what listed attempts cost, also where Summary answered the same slice.

use super::listed::{four_hours, later};
use super::listing::{hours, list, listed, row, split, tally, told, whole, with_confirmed};
use super::place::{Place, contract};
use super::*;
use crate::model::AnswerSource::EarlierRun;
use crate::model::{Cost, CostUnit, TallyRow};

contract! {
    two_currencies_are_no_sum
    an_answer_that_counts_the_same_does_not_hide_the_cost
    another_split_knows_the_cost_of_what_was_answered
    what_was_read_later_knows_more_prices
}

async fn two_currencies_are_no_sum<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    let euros = Cost::of(Some(("0.07".parse().unwrap(), "EUR".parse().unwrap())));
    let mixed = TallyRow { cost: euros.with(row(0, "US", 1).cost), ..row(900, "DE", 2) };
    let rows = [row(0, "US", 1), TallyRow { cost: euros, ..row(0, "FR", 1) }, mixed];
    list(&mut log, tally(hours(0, 1), 100_000, &rows)).await;
    assert_eq!(listed(&mut log, hours(0, 1), Reuse::Never).unwrap().rows, rows);
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), 100_001);
    let mut log = later(&place, 100_002, split("a"));
    let cost = |log: &mut P::Log, country: &str| {
        let (.., cost) = told(log, Slice { country: country.parse().ok(), ..Slice::whole(hours(0, 1)) }).unwrap();
        (cost.priced, cost.unit)
    };
    assert_eq!(cost(&mut log, "US"), (1, CostUnit::One("USD".parse().unwrap())));
    assert_eq!(cost(&mut log, "FR"), (1, CostUnit::One("EUR".parse().unwrap())));
    assert_eq!(cost(&mut log, "DE"), (2, CostUnit::Mixed));
    assert_eq!(cost(&mut log, ""), (4, CostUnit::Mixed));
}

/// An answer of Summary's by which half of the attempts converted, as of those in `row`.
fn answered(ticket: u64, slice: Slice, attempts: i64) -> NewAnswer {
    let counts = Counts::new(attempts, attempts / 2).unwrap();
    NewAnswer { counts, ..record(ticket, slice, Round::First, 200_000, attempts) }
}

/// Before, an answer that was asked later hid what the same attempts cost.
async fn an_answer_that_counts_the_same_does_not_hide_the_cost<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("a"));
    let (same, other) = (Slice::whole(hours(0, 1)), Slice::whole(hours(1, 2)));
    let answers = [answered(1, same, 4), answered(2, other, 5)];
    write(&mut log, answers).await;
    P::end(log, RunEnd::Published, 200_001);
    let mut log = later(&place, 300_000, split("a"));
    let (_, converted, cost) = told(&mut log, same).unwrap();
    assert_eq!((converted, cost.priced), (2, 4));
    assert_eq!(told(&mut log, other), None, "it counts otherwise");
    assert_eq!(found(&mut log, question(other, Round::First, Reuse::SettledOnly)), Some((5, EarlierRun)));
    assert_eq!(
        found(&mut log, question(same, Round::First, Reuse::Settled)),
        Some((4, EarlierRun)),
        "Summary's own word"
    );
}

/// Before, a window that was answered cell by cell had no cost where it had been listed for another split.
async fn another_split_knows_the_cost_of_what_was_answered<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("b"));
    let [proved, unproved] = [(0, 2), (2, 3)].map(|(from, to)| Slice::whole(hours(from, to)));
    let answers = [answered(1, proved, 8), answered(2, unproved, 4)];
    write(&mut log, answers).await;
    P::end_keeping(log, &EndOfRun { proved: &[proved.range], ..with_confirmed(&[]) }, 200_001);
    let mut log = later(&place, 300_000, split("b"));
    assert_eq!(told(&mut log, proved).map(|(.., cost)| cost.priced), Some(8));
    assert_eq!(told(&mut log, unproved), None, "it may still have to be proved");
}

/// Before, the vendor's prices never came to a window that had been confirmed before them.
async fn what_was_read_later_knows_more_prices<P: Place>() {
    let place = P::default();
    for (now, by, us, de) in [(100_000, "a", 0, 0), (200_000, "b", 2, 3)] {
        let priced = |mut row: TallyRow, priced| {
            row.cost = if priced == 0 { Cost::default() } else { row.cost };
            row
        };
        let mut log = later(&place, now, split(by));
        let attempts = if by == "a" { 4 } else { 3 };
        list(&mut log, tally(hours(0, 1), now, &[priced(row(0, "US", 2), us), priced(row(0, "DE", attempts), de)]))
            .await;
        P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), now + 1);
    }
    for (by, of_de) in [("a", (4, 0)), ("b", (3, 3))] {
        let mut log = later(&place, 300_000, split(by));
        let mut of = |country: &str| {
            let (attempts, _, cost) =
                told(&mut log, Slice { country: country.parse().ok(), ..Slice::whole(hours(0, 1)) }).unwrap();
            (attempts, cost.priced)
        };
        assert_eq!((of("US"), of("DE")), ((2, 2), of_de), "{by}: where it counts the same");
        P::end(log, RunEnd::Published, 300_001);
    }
}
