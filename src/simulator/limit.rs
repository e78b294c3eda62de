//! The account's rate limit, counted where requests arrive.
//!
//! A refused request is not processed and takes no place. Both windows are strict: neither forgives a request that
//! comes a moment too early.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

/// What "a minute" means to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RateWindow {
    /// Minutes that follow one another from an origin unknown to clients.
    Fixed,
    /// Any 60 seconds.
    #[default]
    Sliding,
}

/// The text is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected fixed or sliding")]
pub struct UnknownRateWindow;

impl FromStr for RateWindow {
    type Err = UnknownRateWindow;

    fn from_str(text: &str) -> Result<Self, UnknownRateWindow> {
        match text {
            "fixed" => Ok(Self::Fixed),
            "sliding" => Ok(Self::Sliding),
            _ => Err(UnknownRateWindow),
        }
    }
}

/// Admits at most so many requests a minute. Instants are steady times that never go back.
#[derive(Debug)]
pub(super) enum Limiter {
    Fixed { limit: u32, start: Duration, admitted: u32 },
    Sliding { limit: usize, arrivals: VecDeque<Duration> },
}

impl Limiter {
    pub(super) fn new(limit: NonZeroU32, window: RateWindow) -> Self {
        match window {
            RateWindow::Fixed => Self::Fixed { limit: limit.get(), start: Duration::ZERO, admitted: 0 },
            RateWindow::Sliding => {
                Self::Sliding { limit: usize::try_from(limit.get()).unwrap_or(usize::MAX), arrivals: VecDeque::new() }
            }
        }
    }

    /// Takes a place, or says how long until there is one.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        match self {
            Self::Fixed { limit, start, admitted } => {
                let current = Duration::from_secs(now.as_secs() / 60 * 60);
                if *start < current {
                    (*start, *admitted) = (current, 0);
                }
                if *admitted == *limit {
                    return Err((*start + MINUTE).saturating_sub(now));
                }
                *admitted += 1;
            }
            Self::Sliding { limit, arrivals } => {
                while arrivals.front().is_some_and(|arrival| *arrival + MINUTE <= now) {
                    arrivals.pop_front();
                }
                match arrivals.front() {
                    Some(oldest) if arrivals.len() == *limit => return Err((*oldest + MINUTE).saturating_sub(now)),
                    _ => arrivals.push_back(now),
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limiter(window: RateWindow) -> Limiter {
        Limiter::new(NonZeroU32::new(3).unwrap(), window)
    }

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_fixed_window_empties_at_once() {
        let mut limiter = limiter(RateWindow::Fixed);
        for now in [59_000, 59_001, 59_002] {
            assert_eq!(limiter.admit(at(now)), Ok(()));
        }
        assert_eq!(limiter.admit(at(59_500)), Err(at(500)));
        for now in [60_000, 60_000, 119_999] {
            assert_eq!(limiter.admit(at(now)), Ok(()));
        }
        assert_eq!(limiter.admit(at(119_999)), Err(at(1)));
    }

    #[test]
    fn a_sliding_window_gives_each_place_back_after_a_minute() {
        let mut limiter = limiter(RateWindow::Sliding);
        for now in [1000, 2000, 3000] {
            assert_eq!(limiter.admit(at(now)), Ok(()));
        }
        assert_eq!(limiter.admit(at(60_999)), Err(at(1)));
        assert_eq!(limiter.admit(at(61_000)), Ok(()));
        assert_eq!(limiter.admit(at(61_500)), Err(at(500)));
    }

    proptest! {
        #[test]
        fn no_minute_holds_more_than_the_limit(gaps in prop::collection::vec(0u64..40_000, 1..60)) {
            let mut limiter = limiter(RateWindow::Sliding);
            let mut now = 0;
            let mut admitted = Vec::new();
            for gap in gaps {
                now += gap;
                let recent = admitted.iter().filter(|then| *then + 60_000 > now).count();
                let admits = limiter.admit(at(now)).is_ok();
                prop_assert_eq!(admits, recent < 3);
                if admits {
                    admitted.push(now);
                }
            }
        }
    }
}
