//! What there is to show of a run at one moment, from what was heard of it so far. Pure: time is handed in.

use std::time::Duration;

use super::eta::{Left, Speed, left};
use super::hindrance::{Hindrances, Waiting};
use super::rate::Rate;
use super::total::Total;
use crate::run::{Basis, Event, Snapshot, Tally};

/// What was heard of a run.
#[derive(Debug)]
pub(super) struct Heard {
    limit: Option<u32>,
    total: Total,
    rate: Rate,
    hindrances: Hindrances,
}

/// What there is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// Questions that are done with.
    pub(super) done: u64,
    /// Questions in all, as far as is expected.
    pub(super) total: u64,
    /// Whether that is assumed for want of anything better.
    pub(super) basis: Basis,
    /// Requests in the last minute.
    pub(super) per_minute: Option<u64>,
    pub(super) waiting: Option<Waiting>,
    pub(super) left: Left,
    pub(super) in_flight: usize,
    pub(super) tally: Tally,
}

impl View {
    /// The same when nothing more is asked: where nothing was left, what is done is all there was.
    pub(super) fn at_the_end(self, snapshot: &Snapshot) -> Self {
        let is_over = snapshot.open == 0 && snapshot.wanted == 0;
        let total = if is_over { self.done } else { self.total };
        Self { total, waiting: None, left: Left::Untold, ..self }
    }
}

impl Heard {
    /// Nothing yet of a run under a limit; `None`: without one.
    pub(super) fn new(limit: Option<u32>) -> Self {
        Self { limit, total: Total::default(), rate: Rate::default(), hindrances: Hindrances::default() }
    }

    /// Takes in what an event says of the end, of pauses and of retries.
    pub(super) fn hear(&mut self, event: &Event<'_>, now: Duration) {
        match event {
            Event::Foreseen(expected) => self.total.expect(*expected),
            Event::Throttled { pause } => self.hindrances.throttled(now, *pause),
            Event::Paused { pause } => self.hindrances.paused(now, *pause),
            Event::Retrying { reason, wait, .. } => self.hindrances.retrying(now, *wait, reason),
            _ => {}
        }
    }

    /// What there is to show of a snapshot.
    pub(super) fn look(&mut self, snapshot: &Snapshot, now: Duration) -> View {
        let Snapshot { done, in_flight, tally, .. } = *snapshot;
        self.rate.note(now, tally.sent, done);
        let prospect = self.total.prospect(snapshot);
        let speed = Speed {
            running: self.rate.running(),
            gain: self.rate.gain(),
            limit: self.limit,
            pause: self.hindrances.pause(now),
        };
        View {
            done,
            total: self.total.follow(done, prospect.all),
            basis: prospect.basis,
            per_minute: self.rate.per_minute(self.limit),
            waiting: self.hindrances.now(now, wait_for_token(snapshot), in_flight),
            left: left(snapshot, prospect, &speed),
            in_flight,
            tally,
        }
    }

    /// How long requests have been sent.
    pub(super) fn running(&self) -> Duration {
        self.rate.running()
    }
}

/// How long the limit lets a request wait that could be sent otherwise. A refused claim says no longer than is sure; what
/// is known of the tokens that are out says more.
fn wait_for_token(snapshot: &Snapshot) -> Option<Duration> {
    let foreseen = snapshot.outlook.map(|outlook| outlook.time_for(1));
    snapshot.token_in.map(|least| least.max(foreseen.unwrap_or_default()))
}
