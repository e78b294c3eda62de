//! What an account might be like, as far as the ends of a range are concerned, and what each possibility says of which
//! instants a question covers.
//!
//! One behaviour is left out on purpose: a server that rounds every fraction up to the next second. It would make `(]`
//! look like `[)` in whatever is asked, and nobody is known to build one.

use crate::model::{Interval, UnixMillis};

/// Milliseconds of a second.
pub(super) const SECOND: i64 = 1000;

/// How finely attempts are stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stamps {
    /// In whole seconds.
    Whole,
    /// More finely, so that hardly any attempt lies on a bound.
    Fractional,
}

/// What becomes of the fraction of a second in a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fractions {
    /// It counts.
    Heeded,
    /// It is cut off, towards the past.
    CutOff,
    /// It is rounded to the nearest second, halves upwards.
    Rounded,
    /// The request is refused.
    Refused,
}

impl Fractions {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Heeded, Self::CutOff, Self::Rounded, Self::Refused];

    /// The bound that the server goes by; a fraction that is refused has none.
    pub(super) fn bound(self, sent: UnixMillis) -> Option<i64> {
        let UnixMillis(sent) = sent;
        match self {
            Self::Heeded => Some(sent),
            Self::CutOff => Some(sent.div_euclid(SECOND) * SECOND),
            Self::Rounded => Some((sent + SECOND / 2).div_euclid(SECOND) * SECOND),
            Self::Refused => (sent.rem_euclid(SECOND) == 0).then_some(sent),
        }
    }
}

/// A possible account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hypothesis {
    /// Which ends belong to an answer.
    pub interval: Interval,
    /// How finely attempts are stamped.
    pub stamps: Stamps,
    /// What becomes of fractions.
    pub fractions: Fractions,
}

impl Hypothesis {
    /// All 32.
    pub fn all() -> impl Iterator<Item = Self> {
        Interval::ALL.into_iter().flat_map(|interval| {
            [Stamps::Whole, Stamps::Fractional].into_iter().flat_map(move |stamps| {
                Fractions::ALL.into_iter().map(move |fractions| Self { interval, stamps, fractions })
            })
        })
    }

    /// What a job file has to say so that its windows hold their own seconds: where no attempt lies on a bound, bounds
    /// are sent as they are, which is what `[)` does.
    #[must_use]
    pub const fn job_value(self) -> Interval {
        match self.stamps {
            Stamps::Whole => self.interval,
            Stamps::Fractional => Interval::ClosedOpen,
        }
    }
}

/// A place between instants: right before a millisecond, or right after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Cut(i64);

impl Cut {
    pub(super) const fn before(millis: i64) -> Self {
        Self(2 * millis)
    }

    pub(super) const fn after(millis: i64) -> Self {
        Self(2 * millis + 1)
    }

    /// Whether a whole second lies between this cut and a later one.
    pub(super) const fn has_whole_second_until(self, later: Self) -> bool {
        let next = (self.0 + 1).div_euclid(2) + SECOND - 1;
        Self::after(next.div_euclid(SECOND) * SECOND).0 <= later.0
    }
}

impl Hypothesis {
    /// From where to where a question with these bounds counts; `None` if it is refused.
    pub(super) fn covers(self, after: UnixMillis, before: UnixMillis) -> Option<(Cut, Cut)> {
        let (after, before) = (self.fractions.bound(after)?, self.fractions.bound(before)?);
        let from = match self.interval {
            Interval::ClosedOpen | Interval::Closed => Cut::before(after),
            Interval::OpenClosed | Interval::Open => Cut::after(after),
        };
        let to = match self.interval {
            Interval::ClosedOpen | Interval::Open => Cut::before(before),
            Interval::OpenClosed | Interval::Closed => Cut::after(before),
        };
        Some((from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_thirty_two() {
        let all: std::collections::HashSet<_> = Hypothesis::all().collect();
        assert_eq!(all.len(), 32);
    }

    #[test]
    fn bounds_go_by_the_treatment_of_fractions() {
        for (sent, heeded, cut_off, rounded, refused) in [
            (5000, Some(5000), Some(5000), Some(5000), Some(5000)),
            (5001, Some(5001), Some(5000), Some(5000), None),
            (5499, Some(5499), Some(5000), Some(5000), None),
            (5500, Some(5500), Some(5000), Some(6000), None),
            (-1, Some(-1), Some(-1000), Some(0), None),
        ] {
            let bounds = Fractions::ALL.map(|fractions| fractions.bound(UnixMillis(sent)));
            assert_eq!(bounds, [heeded, cut_off, rounded, refused], "{sent}");
        }
    }

    #[test]
    fn whole_seconds_between_cuts() {
        for (from, to, expected) in [
            (Cut::before(1000), Cut::after(1000), true),
            (Cut::after(1000), Cut::before(2000), false),
            (Cut::after(1000), Cut::after(2000), true),
            (Cut::before(999), Cut::before(1000), false),
            (Cut::before(-1000), Cut::after(-1000), true),
            (Cut::after(-1000), Cut::after(-1), false),
        ] {
            assert_eq!(from.has_whole_second_until(to), expected, "{from:?} {to:?}");
        }
    }
}
