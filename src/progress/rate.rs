//! How many requests were sent in the last minute, and how fast questions were done with.

use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);
/// The limit lets its tokens start again a minute and an answer's time after they were taken: so long a stretch holds a
/// whole burst, wherever it lies.
pub(super) const CYCLE: Duration = Duration::from_secs(66);
/// A rate over less than this says little, where no limit bounds it.
const TOO_SHORT: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Duration,
    sent: u64,
    done: u64,
}

/// What was counted when, in the last minute and a little longer.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// Ascending; the first are those before which nothing is needed.
    samples: VecDeque<Sample>,
    /// When the first request was sent.
    began: Option<Duration>,
}

/// What was got done, and in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gain {
    pub(super) sent: u64,
    pub(super) done: u64,
    pub(super) within: Duration,
}

impl Rate {
    /// Takes note of the requests sent and the questions done with so far.
    pub(super) fn note(&mut self, at: Duration, sent: u64, done: u64) {
        if sent == 0 {
            self.samples.clear();
            self.began = None;
        } else {
            self.began.get_or_insert(self.samples.back().map_or(at, |before| before.at));
        }
        self.samples.push_back(Sample { at, sent, done });
        while self.samples.get(1).is_some_and(|second| second.at + CYCLE <= at) {
            self.samples.pop_front();
        }
    }

    /// Since when requests are sent.
    pub(super) fn running(&self) -> Duration {
        let (Some(began), Some(last)) = (self.began, self.samples.back()) else { return Duration::ZERO };
        last.at.saturating_sub(began)
    }

    /// Requests a minute: those of the last one, or before a minute has passed as many as a minute would hold at the rate
    /// so far. Never above the limit.
    pub(super) fn per_minute(&self, limit: Option<u32>) -> Option<u64> {
        let last = *self.samples.back()?;
        let running = self.running();
        if last.sent == 0 || (limit.is_none() && running < TOO_SHORT) {
            return None;
        }
        let most = limit.map_or(u64::MAX, u64::from);
        if running >= MINUTE {
            return Some(self.since(last, MINUTE).sent.min(most));
        }
        let micros = u64::try_from(running.as_micros()).unwrap_or(u64::MAX);
        let a_minute = last.sent.saturating_mul(60_000_000).checked_div(micros).unwrap_or(u64::MAX);
        Some(a_minute.min(most))
    }

    /// What was got done in the last cycle of the limit, or since the first request.
    pub(super) fn gain(&self) -> Option<Gain> {
        Some(self.since(*self.samples.back()?, CYCLE))
    }

    fn since(&self, last: Sample, stretch: Duration) -> Gain {
        let from = last.at.saturating_sub(stretch);
        let first = self.samples.iter().find(|sample| sample.at >= from).copied().unwrap_or(last);
        Gain {
            sent: last.sent.saturating_sub(first.sent),
            done: last.done.saturating_sub(first.done),
            within: last.at.saturating_sub(first.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_at_the_start_is_not_drawn_out_to_a_minute() {
        let mut rate = Rate::default();
        rate.note(millis(0), 0, 0);
        assert_eq!(rate.per_minute(Some(100)), None);
        rate.note(millis(100), 16, 0);
        assert_eq!(rate.per_minute(Some(100)), Some(100));
        rate.note(millis(2_000), 100, 90);
        assert_eq!(rate.per_minute(Some(100)), Some(100), "and not 3000");
        rate.note(millis(59_000), 100, 100);
        assert_eq!(rate.per_minute(Some(100)), Some(100));
        assert_eq!(rate.per_minute(None), Some(101));
    }

    #[test]
    fn without_a_limit_the_rate_so_far_is_told_after_a_second() {
        let mut rate = Rate::default();
        rate.note(millis(0), 0, 0);
        rate.note(millis(900), 30, 0);
        assert_eq!(rate.per_minute(None), None);
        rate.note(millis(2_000), 60, 50);
        assert_eq!(rate.per_minute(None), Some(1_800));
    }

    #[test]
    fn after_a_minute_it_is_what_that_minute_saw() {
        let mut rate = Rate::default();
        // A request a second, then one every four.
        for second in 0..=600_u64 {
            let sent = second.min(300) + second.saturating_sub(300) / 4;
            rate.note(millis(1000 * second), sent, sent);
            let expected = match second {
                0 => None,
                1..=300 => Some(60),
                360.. => Some(15),
                _ => continue,
            };
            assert_eq!(rate.per_minute(None), expected, "after {second} s");
            assert!(rate.per_minute(Some(40)).is_none_or(|shown| shown <= 40));
        }
        assert!(rate.samples.len() <= 68, "{}", rate.samples.len());
    }

    /// 100 in two seconds, and again when the tokens are back: the minute before never shows more, nor an idle cycle none.
    #[test]
    fn bursts_a_cycle_apart_stay_below_the_limit_and_are_never_missed_whole() {
        let mut rate = Rate::default();
        for tick in 0..3_000_u64 {
            let (cycle, within) = (tick / 605, tick % 605);
            let sent = cycle * 100 + (within * 5).min(100);
            rate.note(millis(tick * 100), sent, sent);
            assert!(rate.per_minute(Some(100)).is_none_or(|shown| shown <= 100));
            if tick > 660 {
                assert!(rate.gain().is_some_and(|gain| gain.sent >= 100), "at {tick}");
            }
        }
    }
}
