//! Which ends of a range belong to an answer: what was seen, and what it leaves.
//!
//! Every hypothesis stands that some distribution of attempts can reconcile with all counts, with one exception: stamps
//! with fractions are dropped when each of at least two attempts lies within a millisecond of a whole second.

use super::gap::Gap;
use super::hypothesis::{Cut, Fractions, Hypothesis, SECOND, Stamps};
use super::solver::{AtLeastOne, Observation, explains};
use crate::model::{Interval, UnixSeconds};

/// Fewer attempts than this may all lie near whole seconds by chance.
pub(super) const ENOUGH: i64 = 2;

/// A place that was looked at closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The second with attempts, or the cut on which attempts get lost.
    pub at: UnixSeconds,
    /// How many attempts were seen.
    pub attempts: i64,
    /// Where in the second they lie, as the API counts; `None` if that was not asked, or not answered.
    pub lies: Option<Lies>,
    pub(super) kind: Kind,
}

/// Where within a second attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    /// All in its first millisecond.
    AtTheBeginning,
    /// All in two milliseconds around its middle.
    InTheMiddle,
    /// All in its last millisecond.
    AtTheEnd,
    /// Some elsewhere.
    Within,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `at` to `at + 1` has attempts.
    Second,
    /// `at − 1` to `at + 1` has attempts, neither of its seconds has.
    LostOnTheCut,
}

/// What was seen, and which hypotheses stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends {
    /// The places that were looked at.
    pub spots: Vec<Spot>,
    /// What explains all that was seen; empty while nothing was seen, or if nothing explains it.
    pub possible: Vec<Hypothesis>,
    /// What kept the search from going on.
    pub gap: Option<Gap>,
    pub(super) observations: Vec<Observation>,
}

impl Ends {
    pub(super) const fn unknown(gap: Gap) -> Self {
        Self { spots: Vec::new(), possible: Vec::new(), gap: Some(gap), observations: Vec::new() }
    }

    /// The values that the job's `interval` may have to have, in the order of [`Interval::ALL`].
    #[must_use]
    pub fn candidates(&self) -> Vec<Interval> {
        let is_possible =
            |interval: &Interval| self.possible.iter().any(|hypothesis| hypothesis.job_value() == *interval);
        Interval::ALL.into_iter().filter(is_possible).collect()
    }

    /// The value for the job's `interval`, if only one is possible.
    #[must_use]
    pub fn value(&self) -> Option<Interval> {
        only(self.possible.iter().map(|hypothesis| hypothesis.job_value()))
    }

    /// How finely attempts are stamped, if it is known.
    #[must_use]
    pub fn stamps(&self) -> Option<Stamps> {
        only(self.possible.iter().map(|hypothesis| hypothesis.stamps))
    }

    /// What becomes of fractions, as far as it is known.
    #[must_use]
    pub fn fractions(&self) -> Vec<Fractions> {
        let is_possible =
            |fractions: &Fractions| self.possible.iter().any(|hypothesis| hypothesis.fractions == *fractions);
        Fractions::ALL.into_iter().filter(is_possible).collect()
    }

    /// Finds out which hypotheses stand.
    pub(super) fn eliminate(&mut self) {
        if self.spots.is_empty() {
            return;
        }
        self.possible = Hypothesis::all().filter(|hypothesis| self.stands(*hypothesis)).collect();
        if self.possible.is_empty() {
            self.gap = Some(Gap::Contradiction);
        }
    }

    fn stands(&self, hypothesis: Hypothesis) -> bool {
        let attempts: i64 = self.spots.iter().map(|spot| spot.attempts).sum();
        if hypothesis.stamps == Stamps::Whole || attempts < ENOUGH {
            return explains(hypothesis, &self.observations, None);
        }
        let insides = self.spots.iter().flat_map(Spot::insides);
        insides.into_iter().any(|inside| explains(hypothesis, &self.observations, Some(inside)))
    }
}

fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// A millisecond from the beginning, two around the middle, and the last one.
pub(super) const SLIVERS: [(i64, i64, Lies); 3] =
    [(0, 1, Lies::AtTheBeginning), (499, 501, Lies::InTheMiddle), (999, 1000, Lies::AtTheEnd)];

impl Spot {
    /// The parts of its seconds that are no slivers: stamps in whole seconds, and those who round or cut bounds, have
    /// nothing there.
    fn insides(&self) -> Vec<AtLeastOne> {
        let seconds: &[i64] = match self.kind {
            Kind::Second => &[0],
            Kind::LostOnTheCut => &[-1, 0],
        };
        let starts = seconds.iter().map(|offset| self.at.plus_seconds(*offset).0 * SECOND);
        let inside = |start: i64| {
            SLIVERS.windows(2).map(move |slivers| AtLeastOne {
                from: Cut::after(start + slivers[0].1),
                to: Cut::before(start + slivers[1].0),
            })
        };
        starts.flat_map(inside).collect()
    }
}
