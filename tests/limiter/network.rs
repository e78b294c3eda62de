//! A server that notes when requests arrive, behind a network that delays, reorders and loses them as it likes.
//!
//! Every request arrives, whatever its client hears of it and whether or not the client still lives, and at most D
//! after it started: that is the limiter's assumption, and here its worst case.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use verify_rollup::fetch::{Api, AskError, AskErrorKind, ListApi, NoAnswerKind, Reached, Received};
use verify_rollup::model::{Body, Counts, Slice};

use crate::machine::{Random, Timeline};

/// A little more than a minute: the limiter promises that even to a server whose clock is slow by this.
const LONG_MINUTE: Duration = Duration::from_millis(60_040);

/// One request as the server saw it.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// True time.
    pub at: Duration,
    /// Awake time.
    pub started: Duration,
    /// Of the run that sent it.
    pub limit: u32,
}

pub type Arrivals = Arc<Mutex<Vec<Arrival>>>;

/// How the network treats a run.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Seconds that an ordinary way takes at most.
    pub latency: f64,
    /// Of 100 requests, how many arrive as late as suits the network.
    pub late: u32,
    /// Of 100, how many the client hears nothing more of.
    pub lost: u32,
    /// Of 100, how many are answered by an error.
    pub failing: u32,
    /// Late requests arrive together, every so many seconds.
    pub together: f64,
}

/// A run's way to the server.
pub struct Network {
    pub timeline: Arc<Timeline>,
    pub arrivals: Arrivals,
    pub random: Mutex<Random>,
    pub manner: Manner,
    pub limit: u32,
    pub timeout: Duration,
    pub asked: AtomicU64,
}

impl Network {
    /// The least D of the limiter's assumption is 20 s.
    fn longest_way(&self) -> Duration {
        self.timeout.max(Duration::from_secs(20))
    }

    /// How long a request takes, if it takes its time.
    fn way(&self, random: &mut Random, started: Duration) -> Duration {
        let longest = self.longest_way();
        if !random.percent(self.manner.late) {
            return random.upto(self.manner.latency).min(longest);
        }
        let meeting = (started.as_secs_f64() / self.manner.together).ceil() * self.manner.together;
        match random.below(4) {
            0 => longest,
            1 => random.upto(longest.as_secs_f64()),
            _ => Duration::from_secs_f64(meeting).saturating_sub(started).min(longest),
        }
    }

    /// When the client hears what.
    fn outcome(&self, random: &mut Random, way: Duration) -> (Duration, Result<(), AskErrorKind>) {
        if random.percent(self.manner.lost) {
            let kinds = [
                AskErrorKind::Broken(Reached::Request),
                AskErrorKind::NoAnswer(NoAnswerKind::Connect),
                AskErrorKind::Timeout(Reached::Request),
            ];
            return (random.upto(self.timeout.as_secs_f64()), Err(random.pick(&kinds)));
        }
        let homeward = if random.percent(50) { Duration::ZERO } else { random.upto(self.manner.latency) };
        if way + homeward >= self.timeout {
            let reached =
                if way < self.timeout { random.pick(&[Reached::Request, Reached::Response]) } else { Reached::Request };
            return (self.timeout, Err(AskErrorKind::Timeout(reached)));
        }
        if random.percent(self.manner.failing) {
            let retry_after = Some(Duration::from_secs(2));
            let kinds = [
                AskErrorKind::Server { status: 503, retry_after: None },
                AskErrorKind::Unusable,
                AskErrorKind::Broken(Reached::Response),
                AskErrorKind::Client { status: 400, code: None },
                AskErrorKind::TooManyRequests { retry_after, at_once: None },
            ];
            return (way + homeward, Err(random.pick(&kinds)));
        }
        (way + homeward, Ok(()))
    }
}

impl Api for Network {
    async fn ask(&self, _slice: Slice) -> Result<Received, AskError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let started = self.timeline.awake();
        let (over, outcome) = {
            let random = &mut *self.random.lock().unwrap();
            let way = self.way(random, started);
            // While the machine sleeps, a request is on its way through the network, or waits in the machine.
            let on_the_wire = self.timeline.true_at(started) + way;
            let at = random.pick(&[on_the_wire, self.timeline.true_at(started + way)]);
            self.arrivals.lock().unwrap().push(Arrival { at, started, limit: self.limit });
            self.outcome(random, self.timeline.awake_at(at).saturating_sub(started))
        };
        tokio::time::sleep(over).await;
        match outcome {
            Ok(()) => {
                let counts = Counts::new(3, 1).unwrap();
                Ok(Received::new(Body { total_attempts: Some(3), ..Body::default() }, counts))
            }
            Err(kind) => Err(AskError { kind, message: "scripted".to_owned() }),
        }
    }
}

impl ListApi for Network {}

/// The fullest minute found, and what it may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub arrivals: usize,
    pub limit: u32,
}

/// Looks for a minute that holds more arrivals than the limit of the run that claimed last among them; otherwise tells
/// of the minute that comes closest. A server's fixed windows are minutes too, whatever their phase.
pub fn search(arrivals: &mut [Arrival]) -> Result<Option<Found>, String> {
    arrivals.sort_by_key(|arrival| arrival.at);
    let mut closest: Option<Found> = None;
    for (first, start) in arrivals.iter().enumerate() {
        // Of requests that started at the same instant, either may have claimed last.
        let mut last = (start.started, start.limit);
        for (count, arrival) in arrivals[first..].iter().enumerate() {
            if arrival.at >= start.at + LONG_MINUTE {
                break;
            }
            last = last.max((arrival.started, arrival.limit));
            let found = Found { arrivals: count + 1, limit: last.1 };
            if found.arrivals > found.limit as usize {
                return Err(format!(
                    "{} arrivals from {:?} on, the limit is {}",
                    found.arrivals, start.at, found.limit
                ));
            }
            let room = |found: &Found| found.limit as usize - found.arrivals;
            if closest.is_none_or(|closest| (room(&found), found.arrivals) < (room(&closest), closest.arrivals)) {
                closest = Some(found);
            }
        }
    }
    Ok(closest)
}

#[test]
fn the_search_finds_the_overfull_minute_and_no_other() {
    let arrival = |at: f64, started: u64, limit| Arrival {
        at: Duration::from_secs_f64(at),
        started: Duration::from_secs(started),
        limit,
    };
    let pair = |at: f64| vec![arrival(at, 5, 2), arrival(0.0, 0, 2), arrival(1.0, 1, 2)];
    assert_eq!(search(&mut pair(60.04)), Ok(Some(Found { arrivals: 2, limit: 2 })));
    assert!(search(&mut pair(60.03)).unwrap_err().contains("3 arrivals from 0ns"));
    assert!(search(&mut [arrival(0.0, 0, 9), arrival(1.0, 1, 1)]).is_err(), "the last claim's limit counts");
    assert!(search(&mut [arrival(0.0, 1, 9), arrival(1.0, 0, 1)]).is_ok());
    assert_eq!(search(&mut []), Ok(None));
}
