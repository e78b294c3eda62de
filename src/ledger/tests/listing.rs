//! What tests of listed attempts share: hours, rows, tallies, splits.

use super::*;
use crate::model::{Channel, Confirmed, Cost, NewTally, Segment, Split, Tally, TallyRow};

pub(super) const HOUR: i64 = 3600;

/// From one second to another.
pub(super) fn seconds(from: i64, to: i64) -> Window {
    Window::new(UnixSeconds(from), UnixSeconds(to)).unwrap()
}

pub(super) fn hours(from: i64, to: i64) -> Window {
    seconds(from * HOUR, to * HOUR)
}

/// Text messages to a country in a slot, each at 0.05 USD.
pub(super) fn row(slot: i64, country: &str, attempts: i64) -> TallyRow {
    let price = Some(("0.05".parse().unwrap(), "USD".parse().unwrap()));
    let cost = (0..attempts).fold(Cost::default(), |sum, _| sum.with(Cost::of(price)));
    TallyRow {
        slot: UnixSeconds(slot),
        service: None,
        country: country.parse().ok(),
        channel: Some(Channel::Sms),
        prefix: None,
        counts: Counts::new(attempts, attempts / 2).unwrap(),
        cost,
    }
}

pub(super) fn tally(range: Window, asked_at: i64, rows: &[TallyRow]) -> NewTally {
    NewTally { range, asked_at: UnixSeconds(asked_at).to_micros(), server_at: None, rows: rows.to_vec() }
}

pub(super) async fn list<L: AnswerLog>(log: &mut L, tally: NewTally) {
    log.record_tally(7, tally).unwrap();
    assert_eq!(log.committed().await.unwrap(), [7]);
}

pub(super) fn split(key: &str) -> Split {
    Split { key: key.to_owned(), prefixes: Vec::new() }
}

pub(super) fn whole(window: Window) -> Confirmed {
    Confirmed { window, without_channels: Vec::new(), without_countries: Vec::new() }
}

pub(super) fn with_confirmed(confirmed: &[Confirmed]) -> EndOfRun<'_> {
    EndOfRun { confirmed, ..RunEnd::Published.into() }
}

pub(super) fn listed<L: FindAnswer>(log: &mut L, range: Window, reuse: Reuse) -> Option<Tally> {
    log.find_listed(&Segment { range, attempts: 0, reuse }).unwrap()
}

/// The slots told of a range, with their attempts, from other runs.
pub(super) fn slots<L: FindAnswer>(log: &mut L, range: Window) -> Option<Vec<(i64, i64)>> {
    let tally = listed(log, range, Reuse::SettledOnly)?;
    let mut slots: Vec<_> = tally.rows.iter().map(|row| (row.slot.0, row.counts.attempts())).collect();
    slots.sort_unstable();
    Some(slots)
}

/// What the list tells of a slice: attempts, conversions and cost.
pub(super) fn told<L: FindAnswer>(log: &mut L, slice: Slice) -> Option<(i64, i64, Cost)> {
    let answer = log.find(&question(slice, Round::First, Reuse::SettledOnly)).unwrap()?;
    match answer.source {
        crate::model::AnswerSource::List(cost) => Some((answer.counts.attempts(), answer.counts.converted(), cost)),
        _ => None,
    }
}

/// Attempts that the list tells of a slice.
pub(super) fn attempts<L: FindAnswer>(log: &mut L, slice: Slice) -> Option<i64> {
    told(log, slice).map(|(attempts, ..)| attempts)
}
