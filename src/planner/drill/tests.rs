//! What a drill-down says of its own conclusions.

use super::Drill;
use crate::model::{
    Answer, AnswerSource, Channel, Counts, Listing, Matrix, MatrixShape, Outcome, Proof, Round, Slice, UnixMicros,
    UnixSeconds, Window,
};
use crate::planner::Terms;
use crate::planner::layout::Layout;
use crate::planner::store::Store;

const DAY: i64 = 86_400;
/// Attempts of each day, none of which converts.
const TRUTH: [(&str, Channel, [i64; 3]); 5] = [
    ("CO", Channel::Call, [0, 0, 2]),
    ("DE", Channel::Sms, [3, 0, 4]),
    ("US", Channel::Call, [0, 1, 0]),
    ("US", Channel::Sms, [9, 8, 0]),
    ("ZW", Channel::Sms, [0, 0, 0]),
];

fn count(slice: &Slice) -> Counts {
    let lines = TRUTH.iter().filter(|(country, channel, _)| {
        slice.country.is_none_or(|it| it.code() == *country) && slice.channel.is_none_or(|it| it == *channel)
    });
    let is_in = |day: i64| (slice.range.start().0..slice.range.end().0).contains(&(day * DAY));
    let of_days = |days: &[i64; 3]| (0..).zip(days).filter(|(day, _)| is_in(*day)).map(|(_, count)| count).sum::<i64>();
    Counts::new(lines.map(|(.., days)| of_days(days)).sum(), 0).unwrap()
}

fn answer(counts: Counts) -> Answer {
    Answer {
        counts,
        asked_at: UnixMicros(60 * DAY * 1_000_000),
        as_of: UnixSeconds(60 * DAY),
        source: AnswerSource::ThisRun,
        server_at: None,
        proof: Proof::Unproved,
    }
}

/// Drills to the end.
fn drilled(count: impl Fn(&Slice) -> Counts) -> (Drill, Layout, Store) {
    let windows = (0..3).map(|day| Window::new(UnixSeconds(day * DAY), UnixSeconds((day + 1) * DAY)).unwrap());
    let shape = MatrixShape {
        countries: Some(["CO", "DE", "US", "ZW"].map(|code| code.parse().unwrap()).to_vec()),
        channels: Some(vec![Channel::Call, Channel::Sms]),
        ..MatrixShape::default()
    };
    let terms = Terms { channels: Listing::Every, ..Terms::new(UnixSeconds(60 * DAY)) };
    let layout = Layout::new(Matrix::new(windows.collect(), shape), &terms);
    let mut store = Store::new(&layout);
    let mut drill = Drill::new(&layout, &store, &layout.countries().collect::<Vec<_>>(), |_| true, |_, _| None)
        .side_by_side(terms.breadth);
    while drill.advance(&layout, &mut store) {
        while let Some(slice) = drill.next_slice() {
            let answer = answer(count(&slice));
            drill.learn(&slice, &Outcome::Answered(answer));
            if let Some(node) = layout.node(&slice) {
                store.answer(&layout, node, Round::First, &answer);
            }
        }
    }
    (drill, layout, store)
}

/// Country, channel and attempts.
fn words(totals: impl Iterator<Item = (Slice, Counts)>) -> Vec<String> {
    let word = |(slice, counts): (Slice, Counts)| {
        let country = slice.country.map_or("all".to_owned(), |country| country.code().to_owned());
        let channel = slice.channel.map_or("all".to_owned(), |channel| channel.to_string());
        format!("{country} {channel} {}", counts.attempts())
    };
    totals.map(word).collect()
}

#[test]
fn what_was_inferred_to_hold_attempts_is_what_sums_left() {
    let (drill, layout, store) = drilled(count);
    let remainders: Vec<_> = drill.remainders_inferred().map(|node| (layout.slice(node), store.counts(node))).collect();
    assert!(remainders.iter().all(|(slice, counts)| *counts == Some(count(slice)) && *counts != Some(Counts::ZERO)));
    let implied = layout.cells().filter(|&node| store.is_implied(node) && store.counts(node) != Some(Counts::ZERO));
    assert_eq!(remainders.len(), implied.count());
    assert!(!remainders.is_empty());
}

#[test]
fn totals_that_were_answered_are_told_and_those_that_follow_are_not() {
    let (drill, layout, _) = drilled(count);
    let totals = words(drill.totals_answered(&layout));
    assert_eq!(totals, ["CO all 2", "DE all 7", "US all 18", "ZW all 0", "CO sms 0", "DE sms 7", "US sms 17"]);
    assert_eq!(
        words(drill.totals_answered(&layout).filter(|(_, counts)| *counts == Counts::ZERO)),
        ["ZW all 0", "CO sms 0"]
    );
}

#[test]
fn a_block_that_was_given_up_tells_nothing() {
    let is_bent = |slice: &Slice| slice.country.is_some_and(|it| it.code() == "US") && slice.channel.is_some();
    let bent = |slice: &Slice| if is_bent(slice) { Counts::new(99, 0).unwrap() } else { count(slice) };
    let (drill, layout, _) = drilled(bent);
    assert_eq!(drill.totals_answered(&layout).count(), 0);
    assert_eq!(drill.remainders_inferred().count(), 0);
    assert_eq!(drill.into_inferred(), []);
}
