//! A server's clock, seen from here. Pure.
//!
//! A bucket in a database has the clock of its server, which people and programs may set. One that steps back returns
//! tokens late, and is no harm; one that steps ahead returns them early. So whoever reads it compares it with a clock of
//! its own that does not step: in the time between two readings the server's may not have gone on by more than ours.
//!
//! Ours is read before and after the server's, so the difference of the two lies between bounds. A step ahead is certain
//! once the lower bound of a reading exceeds the upper bound of an earlier one. What stays unseen is a step no longer than
//! a reading takes, and one that nobody was there to see.

use std::time::Duration;

/// How much faster than ours a clock may be without having stepped: a thousandth, twice what NTP slews by.
const DRIFT: u32 = 1000;

/// What is known of the difference between a server's clock and ours.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ServerClock {
    /// When ours was read before the server's, and the server's: the difference is at most that of the two.
    tightest: Option<(Duration, Duration)>,
}

impl ServerClock {
    /// Takes a reading: the server's clock, and ours before and after. Whether it stepped ahead since an earlier one.
    pub fn read(&mut self, server: Duration, (before, after): (Duration, Duration)) -> bool {
        let latest = |ours: Duration| {
            self.tightest.map(|(known, at)| {
                let passed = ours.saturating_sub(known);
                at + passed + passed / DRIFT
            })
        };
        let is_ahead = latest(after).is_some_and(|latest| server > latest);
        if is_ahead || latest(before).is_none_or(|latest| server <= latest) {
            self.tightest = Some((before, server));
        }
        is_ahead
    }

    /// What the server's shows now, as far as is known.
    pub fn estimate(&self, now: Duration) -> Duration {
        self.tightest.map_or(now, |(before, server)| server + now.saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_step_ahead_is_seen_once() {
        let mut clock = ServerClock::default();
        assert!(!clock.read(ms(1_000_000), (ms(10), ms(14))));
        assert!(!clock.read(ms(1_005_000), (ms(5_010), ms(5_012))));
        assert!(clock.read(ms(1_015_000), (ms(10_010), ms(10_012))));
        assert!(!clock.read(ms(1_016_000), (ms(11_010), ms(11_012))));
    }

    #[test]
    fn a_step_back_is_none_ahead_and_the_way_forward_again_is_one() {
        let mut clock = ServerClock::default();
        assert!(!clock.read(ms(1_000_000), (ms(0), ms(1))));
        assert!(!clock.read(ms(990_000), (ms(1_000), ms(1_001))));
        assert!(!clock.read(ms(991_000), (ms(2_000), ms(2_001))));
        assert!(clock.read(ms(1_003_000), (ms(3_000), ms(3_001))));
    }

    proptest! {
        /// Whatever the ways there and back take, a clock that goes on as it should is never taken for one that stepped.
        #[test]
        fn no_delay_is_taken_for_a_step(ways in prop::collection::vec((0_u64..3_000, 0_u64..3_000, 0_u64..60_000), 1..40)) {
            let (mut clock, mut now) = (ServerClock::default(), 0);
            for (there, back, pause) in ways {
                let (before, at, after) = (now, now + there, now + there + back);
                prop_assert!(!clock.read(ms(7_000_000 + at), (ms(before), ms(after))));
                now = after + pause;
            }
        }

        /// A step that is longer than any reading takes is seen at the next.
        #[test]
        fn a_step_beyond_the_ways_is_seen(
            ways in prop::collection::vec((0_u64..50, 0_u64..50, 0_u64..1_000), 2..20),
            step in 200_u64..100_000,
        ) {
            let (mut clock, mut now) = (ServerClock::default(), 0);
            let last = ways.len() - 1;
            for (number, (there, back, pause)) in ways.into_iter().enumerate() {
                let stepped = if number == last { step } else { 0 };
                let seen = clock.read(ms(7_000_000 + now + there + stepped), (ms(now), ms(now + there + back)));
                prop_assert_eq!(seen, number == last);
                now += there + back + pause;
            }
        }
    }
}
