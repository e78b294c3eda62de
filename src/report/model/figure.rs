//! A number of attempts with its rate, and how it compares.

use crate::model::Counts;
use crate::rollup::Rates;

/// Attempts and conversions of some part of the period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The counts; a rate is never shown without them.
    pub counts: Counts,
    /// The rate with its 95 % Wilson interval; `None` without attempts.
    pub rates: Option<Rates>,
    /// Its part of all attempts of the period, 0…1; 0 when there are none.
    pub share: f64,
    /// Whether there are enough attempts to rank it (`ranked_from` in the job file).
    pub is_ranked: bool,
    /// Against the compared period; `None` if that held none of it, or asked for something else.
    pub change: Option<Change>,
    /// The same without attacks; `None` if neither the period nor the compared one held any of it.
    pub cleared: Option<Cleared>,
}

/// What is left without the attempts that look like pumping: of each attack what lies beyond the usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cleared {
    /// Attempts of the period that are taken out.
    pub removed: f64,
    /// Attempts of the compared days that are taken out.
    pub removed_before: f64,
    /// Attempts of the period that are left.
    pub attempts: f64,
    /// Whether these are enough to rank them.
    pub is_ranked: bool,
    /// Their rate with its 95 % Wilson interval; `None` without attempts.
    pub rates: Option<Rates>,
    /// Against the compared period, both without attacks.
    pub change: Option<Change>,
}

/// A part of the period against the same part of the compared period, brought to the same weekday mix.
///
/// With `d(w)` the days of weekday `w` in the period that the numbers cover, `a(w)` and `c(w)` the mean attempts and
/// conversions of the compared period's covered days of that weekday: what was to be expected is A = Σ d(w)·a(w)
/// attempts and C = Σ d(w)·c(w) conversions, and the rate before is C / A.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The compared period's counts as they were, over the days that entered the comparison.
    pub before: Counts,
    /// How the mixes were made equal.
    pub basis: MixBasis,
    /// A: the attempts that the compared period's days would have had on this period's weekdays.
    pub expected_attempts: f64,
    /// Attempts of the compared days of this period, divided by A, minus 1; `None` if A is 0.
    pub attempts: Option<f64>,
    /// C / A; `None` if A is 0.
    pub rate_before: Option<f64>,
    /// The rate minus the rate before, with its 95 % interval (Newcombe's hybrid score interval, of as many attempts as
    /// the dispersion of the days leaves); `None` if either period has no attempts.
    pub rate: Option<Interval>,
}

/// How two periods of different weekdays were made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixBasis {
    /// By the mean of each weekday.
    Weekdays,
    /// By the mean day: windows are longer than a day, or one period lacks a weekday that the other has.
    MeanDay,
}

/// A value within its 95 % interval: low ≤ value ≤ high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}
