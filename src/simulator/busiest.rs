//! The busiest minute: the most arrivals that any 60 seconds held, wherever they begin.
//!
//! Such an interval can always be moved until it ends with an arrival, so it is enough to look back at each. A minute
//! begins with its first instant and ends before the instant 60 s later, as the limit's does.

use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_mins(1);

/// The most arrivals so far, and the last minute's.
#[derive(Debug)]
pub(super) struct Busiest {
    /// Arrivals of one minute that are told apart; a busier one counts as so many.
    bound: usize,
    last: VecDeque<Duration>,
    /// Arrivals of the busiest minute, and the first of them.
    pub(super) most: Option<(usize, Duration)>,
}

impl Busiest {
    /// None yet; a minute counts as `bound` at most.
    pub(super) const fn of(bound: usize) -> Self {
        Self { bound, last: VecDeque::new(), most: None }
    }

    /// Counts one more arrival; instants never go back.
    pub(super) fn count(&mut self, now: Duration) {
        while self.last.front().is_some_and(|first| *first + MINUTE <= now || self.last.len() >= self.bound) {
            self.last.pop_front();
        }
        self.last.push_back(now);
        let count = self.last.len();
        if self.most.is_none_or(|(most, _)| most < count) {
            self.most = self.last.front().map(|first| (count, *first));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn busiest(arrivals: impl IntoIterator<Item = u64>) -> Option<(usize, Duration)> {
        let mut busiest = Busiest::of(1000);
        arrivals.into_iter().for_each(|millis| busiest.count(at(millis)));
        busiest.most
    }

    #[test]
    fn a_minute_ends_before_the_instant_a_minute_later() {
        assert_eq!(busiest([]), None);
        assert_eq!(busiest([59_000, 60_000, 118_999]), Some((3, at(59_000))), "over the boundary of a minute");
        assert_eq!(busiest([59_000, 60_000, 119_000]), Some((2, at(59_000))));
        assert_eq!(busiest([1, 1, 1, 200_000, 200_000]), Some((3, at(1))), "the first of the busiest stays");
    }

    #[test]
    fn memory_is_bounded() {
        let mut busiest = Busiest::of(100);
        for _ in 0..110 {
            busiest.count(at(5));
        }
        assert_eq!((busiest.last.len(), busiest.most), (100, Some((100, at(5)))));
    }

    proptest! {
        #[test]
        fn no_interval_holds_more(gaps in prop::collection::vec(0u64..25_000, 1..80)) {
            let arrivals: Vec<u64> = gaps.iter().scan(0, |now, gap| { *now += gap; Some(*now) }).collect();
            let (most, from) = busiest(arrivals.iter().copied()).unwrap();
            let within = |start: u64| arrivals.iter().filter(|at| (start..start + 60_000).contains(at)).count();
            let starts = arrivals.iter().flat_map(|at| [*at, at.saturating_sub(59_999), at.saturating_sub(30_000)]);
            prop_assert_eq!(starts.map(within).max(), Some(most));
            prop_assert_eq!(within(u64::try_from(from.as_millis()).unwrap()), most);
        }
    }
}
