//! Sums that differ on settled ground, and slices that fail.

use super::bench::{Bench, HOUR, START, country, rows, shape};
use super::world::Event;
use crate::model::{Channel, Country, Counts, FailureKind, Filter, Identity, Listing, Metric, Remainder, Round, Slice};
use crate::planner::{Conclusion, Verdict};

fn bench() -> Bench {
    let mut bench = Bench::settled(31, 4, shape(&[Filter::Country, Filter::Channel]));
    bench.terms.channels = Listing::Every;
    bench
}

fn more(counts: Counts, attempts: i64, converted: i64) -> Counts {
    Counts::new(counts.attempts() + attempts, counts.converted() + converted).unwrap()
}

fn is_cell(slice: &Slice, window: i64, code: &str, channel: Channel) -> bool {
    slice.range.start().0 == START + window * HOUR
        && slice.country == Some(country(code))
        && slice.channel == Some(channel)
}

fn is_total(slice: &Slice, window: i64, channel: Channel) -> bool {
    let range = slice.range;
    range.start().0 == START + window * HOUR
        && range.end().0 == range.start().0 + HOUR
        && slice.country.is_none()
        && slice.channel == Some(channel)
}

/// Whether a slice is no control of the dates.
fn is_in_range(slice: &Slice) -> bool {
    (START..START + 4 * HOUR).contains(&slice.range.start().0)
}

/// Whether a slice is of the days for which there are events at all.
pub(super) fn is_held(slice: &Slice) -> bool {
    (START..START + 24 * HOUR).contains(&slice.range.start().0)
}

fn asked_again(bench: &Bench) -> usize {
    bench.asked.iter().filter(|question| question.round == Round::Again).count()
}

fn verdicts(conclusion: &Conclusion, expected: [Verdict; 4]) {
    assert_eq!(conclusion.verdicts, expected, "{:?}", conclusion.differences);
}

use Verdict::{Complete, Differs, Incomplete};

#[test]
fn countries_above_their_total_differ() {
    let mut bench = bench();
    bench.world.bends =
        Box::new(|slice, _, counts| if is_cell(slice, 2, "US", Channel::Sms) { more(counts, 100, 0) } else { counts });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete, Complete, Differs, Complete]);
    assert_eq!(asked_again(&bench), 3 + 1 + 4, "the sum of the US has its other channels asked, too");
    let metrics: Vec<_> = conclusion.differences.iter().map(|it| (it.identity, it.metric)).collect();
    assert_eq!(metrics, [(Identity::R1, Metric::Attempts), (Identity::R1, Metric::Unconverted)]);
    let first = &conclusion.differences[0];
    assert_eq!((first.window.start().0, first.channel), (START + 2 * HOUR, Some(Channel::Sms)));
    assert!(first.actual >= 100 && first.expected < first.actual);
    assert!(!conclusion.is_reconciled());
}

#[test]
fn a_passing_fault_is_healed_by_asking_again() {
    let mut bench = bench();
    bench.world.bends = Box::new(|slice, round, counts| {
        if is_cell(slice, 2, "US", Channel::Sms) && round == Round::First { more(counts, 100, 7) } else { counts }
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete; 4]);
    assert!(conclusion.is_reconciled());
    for window in 0..4 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[], bench.now));
    }
}

#[test]
fn edge_seconds_counted_twice_or_not_at_all_differ() {
    for twice in [true, false] {
        let mut bench = bench();
        let edge = START + 2 * HOUR;
        let event = bench.world.events[0].clone();
        let (country_us, channel) = (Some(country("US")), Channel::Sms);
        bench.world.events.push(Event {
            at: edge,
            shown_at: edge,
            country: country_us,
            channel,
            converted_at: None,
            ..event
        });
        bench.world.bends = Box::new(move |slice, _, counts| {
            let is_us = slice.country.is_none_or(|code| code == country("US"));
            let is_sms = slice.channel.is_none_or(|channel| channel == Channel::Sms);
            if !is_us || !is_sms {
                counts
            } else if twice && slice.range.end().0 == edge {
                more(counts, 1, 0)
            } else if !twice && slice.range.start().0 == edge {
                more(counts, -1, 0)
            } else {
                counts
            }
        });
        let conclusion = bench.finish();
        verdicts(&conclusion, [Differs; 4]);
        let difference = &conclusion.differences[0];
        assert_eq!((difference.identity, difference.metric), (Identity::R2, Metric::Attempts));
        assert_eq!(difference.actual - difference.expected, if twice { 1 } else { -1 });
        assert_eq!(difference.channel, Some(Channel::Sms));
        assert_eq!(asked_again(&bench), 4 + 1, "four window totals and the range's");
    }
}

#[test]
fn a_sixth_channel_differs() {
    let mut bench = bench();
    bench.world.bends = Box::new(|slice, _, counts| {
        if slice.channel.is_none() && slice.country.is_none() && is_in_range(slice) {
            more(counts, 2, 1)
        } else {
            counts
        }
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Differs; 4]);
    assert!(conclusion.differences.iter().all(|it| it.identity == Identity::R3 && it.channel.is_none()));
    assert_eq!(conclusion.differences.len(), 3, "attempts, converted, unconverted");
}

#[test]
fn a_late_conversion_of_a_settled_window_is_taken_up() {
    let mut bench = bench();
    // The range's totals are asked before it, the last window's total after it.
    let late = bench.now + 15;
    let at = START + 3 * HOUR + 60;
    let event = bench.world.events[0].clone();
    bench.world.events.push(Event {
        at,
        shown_at: at,
        country: Some(country("US")),
        channel: Channel::Sms,
        converted_at: Some(late),
        ..event
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete; 4]);
    assert!(conclusion.is_reconciled());
    assert!(asked_again(&bench) > 0);
    for window in 0..4 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[], bench.now));
    }
}

#[test]
fn a_window_total_that_changes_takes_its_countries_along() {
    let mut bench = bench();
    bench.world.bends = Box::new(|slice, round, counts| {
        // What the total gains when asked again belongs to the US.
        let gains = is_total(slice, 1, Channel::Sms) || is_cell(slice, 1, "US", Channel::Sms);
        let is_range = slice.country.is_none()
            && slice.channel.is_none_or(|it| it == Channel::Sms)
            && slice.range.end().0 > slice.range.start().0 + HOUR
            && is_in_range(slice);
        let is_us = slice.country == Some(country("US")) && slice.channel.is_none() && is_in_range(slice);
        let gained = gains && round != Round::First;
        if gained || is_range || (is_us && round == Round::Proof) { more(counts, 5, 5) } else { counts }
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete; 4]);
    assert_eq!(asked_again(&bench), 4 + 1 + 3);
    let rest = |window| {
        let rows = rows(&conclusion, window).into_iter();
        rows.filter(|(slice, _)| slice.country == Some(Country::REMAINDER))
            .map(|(_, counts)| counts)
            .collect::<Vec<_>>()
    };
    let truth = bench.world.truth(&bench.matrix, 1, &[], bench.now).into_iter();
    let expected: Vec<_> =
        truth.filter(|(slice, _)| slice.country == Some(Country::REMAINDER)).map(|it| it.1).collect();
    assert_eq!(rest(1), expected, "the remainder gained nothing");
}

#[test]
fn failed_cells_leave_their_window_out_and_are_named() {
    let mut bench = bench();
    bench.world.fails = Box::new(|slice, _| is_cell(slice, 1, "DE", Channel::Call).then_some(FailureKind::Exhausted));
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete, Incomplete, Complete, Complete]);
    assert_eq!(conclusion.missing.len(), 1);
    assert_eq!(conclusion.missing[0].cell.country, Some(country("DE")));
    assert_eq!(conclusion.missing[0].reason, "Exhausted by order");
    assert_eq!(conclusion.findings(1).count(), 0);
    assert!(!conclusion.is_reconciled());
    // The next run asks that cell, and nothing else but what evidence it needs.
    bench.world.fails = Box::new(|_, _| None);
    bench.next_run(bench.terms.as_of.0);
    verdicts(&bench.finish(), [Complete; 4]);
    let cells = bench.asked.iter().filter(|question| is_cell(&question.slice, 1, "DE", Channel::Call));
    assert_eq!(cells.count(), 1);
    assert!(bench.asked.len() <= 30, "{:?}", bench.asked);
}

/// An outage ends some questions before the API is back: the same run asks them once more.
#[test]
fn cells_that_used_up_their_tries_are_asked_once_more() {
    for (kind, verdict, again) in [(FailureKind::Exhausted, Complete, 1), (FailureKind::Rejected, Incomplete, 0)] {
        let mut bench = bench();
        bench.world.fails = Box::new(move |slice, round| {
            (is_cell(slice, 1, "DE", Channel::Call) && round == Round::First).then_some(kind)
        });
        let conclusion = bench.finish();
        verdicts(&conclusion, [Complete, verdict, Complete, Complete]);
        assert_eq!(asked_again(&bench), again);
        assert_eq!(conclusion.is_reconciled(), verdict == Complete);
    }
}

#[test]
fn a_failed_window_total_matters_to_the_remainder_only() {
    for (remainder, kind) in [
        (Remainder::Keep, FailureKind::Exhausted),
        (Remainder::Keep, FailureKind::Rejected),
        (Remainder::Drop, FailureKind::Exhausted),
    ] {
        let mut bench = bench();
        bench.terms.remainder = remainder;
        bench.world.fails = Box::new(move |slice, _| is_total(slice, 1, Channel::Sms).then_some(kind));
        let conclusion = bench.finish();
        let verdict = if remainder == Remainder::Keep { Incomplete } else { Complete };
        verdicts(&conclusion, [Complete, verdict, Complete, Complete]);
        assert!(!conclusion.is_reconciled());
        assert_eq!(asked_again(&bench), usize::from(kind == FailureKind::Exhausted));
        if remainder == Remainder::Keep {
            assert_eq!(conclusion.missing[0].cell.country, Some(Country::REMAINDER));
        }
    }
}

#[test]
fn a_total_that_fails_once_is_asked_again_at_the_end() {
    let mut bench = bench();
    bench.world.fails = Box::new(|slice, round| {
        (is_total(slice, 1, Channel::Sms) && round == Round::First).then_some(FailureKind::Exhausted)
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete; 4]);
    assert!(conclusion.is_reconciled());
    assert_eq!(asked_again(&bench), 1);
}

/// A month that the API cannot sum up is summed up from its days.
#[test]
fn a_range_that_is_not_answered_whole_is_answered_in_parts() {
    let mut bench = bench();
    bench.world.fails = Box::new(|slice, _| {
        (slice.range.end().0 > slice.range.start().0 + HOUR && is_in_range(slice)).then_some(FailureKind::Exhausted)
    });
    let conclusion = bench.finish();
    verdicts(&conclusion, [Complete; 4]);
    assert!(conclusion.is_reconciled() && conclusion.withheld.is_none());
    for window in 0..4 {
        assert_eq!(rows(&conclusion, window), bench.world.truth(&bench.matrix, window, &[], bench.now));
    }
    let long = bench
        .asked
        .iter()
        .filter(|question| question.slice.range.end().0 > START + 4 * HOUR && is_in_range(&question.slice));
    assert_eq!(long.count(), 0, "after the first no long range is tried again");
}

#[test]
fn known_parts_above_their_whole_differ_though_others_are_unknown() {
    let mut bench = bench();
    bench.world.fails = Box::new(|slice, _| is_cell(slice, 1, "DE", Channel::Sms).then_some(FailureKind::Rejected));
    bench.world.bends =
        Box::new(|slice, _, counts| if is_cell(slice, 1, "US", Channel::Sms) { more(counts, 1000, 0) } else { counts });
    verdicts(&bench.finish(), [Complete, Differs, Complete, Complete]);
}

/// Half of what the API counted is gone when it is asked again: neither the former nor the present sum is a fact.
#[test]
fn settled_totals_that_shrink_with_their_parts_differ() {
    let mut bench = bench();
    bench.world.bends = Box::new(|slice, round, counts| {
        let is_whole = slice.country.is_none() && slice.channel == Some(Channel::Sms);
        let is_fault = is_cell(slice, 2, "US", Channel::Sms) && round == Round::First;
        let more = if is_fault { 100 } else { 0 };
        match round {
            Round::Again if slice.channel == Some(Channel::Sms) => Counts::new(counts.attempts() / 2, 0).unwrap(),
            Round::First if is_whole && is_in_range(slice) => counts,
            _ => Counts::new(counts.attempts() + more, counts.converted()).unwrap(),
        }
    });
    let conclusion = bench.finish();
    assert_eq!(conclusion.verdicts[2], Differs, "{:?}", conclusion.differences);
}
