//! Stretches of time in which a channel failed, found by a cumulative sum.
//!
//! Each unit of time adds the log-likelihood ratio of a failed channel against one that merely suffers: of a rate of
//! 0.4·f·p against one of 1.6·f·p, where p is the usual rate and f the part of it below which a channel counts as
//! failed. A stretch is where the sum rises most from one of its low points (E. S. Page, "Continuous inspection
//! schemes", Biometrika 41, 1954). While the rate stays above 1.6·f·p, such a sum passes a bound h from a given unit
//! with probability e^−h at most (Ville's inequality), so with h = ln(units tested / α) the chance of any false stretch
//! in all of them stays below α.

/// What a failed channel is.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Failing {
    /// p: the usual rate, in (0, 1).
    pub usual: f64,
    /// f: the part of it below which a channel counts as failed, in (0, 0.6].
    pub below: f64,
    /// h: how much evidence is needed.
    pub evidence: f64,
}

/// A stretch of units, and how much speaks for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Stretch {
    /// The first unit.
    pub first: usize,
    /// The last unit, inclusive.
    pub last: usize,
    /// The rise of the sum; at least the evidence that was asked for.
    pub score: f64,
}

/// A cumulative sum that is fed unit by unit, and gives a stretch when it is over.
#[derive(Debug, Clone)]
pub(in crate::report) struct Scan {
    /// A stretch whose sum rose by less is none.
    least: f64,
    /// Once the sum has lost so much from its height, what comes is another stretch.
    patience: f64,
    sum: f64,
    first: usize,
    best: Option<Stretch>,
}

impl Scan {
    pub(in crate::report) const fn new(least: f64, patience: f64) -> Self {
        Self { least, patience, sum: 0.0, first: 0, best: None }
    }

    /// Adds a unit's evidence; units come in ascending order, `None` where nothing is known, which ends a stretch.
    pub(in crate::report) fn push(&mut self, unit: usize, step: Option<f64>) -> Option<Stretch> {
        if self.sum <= 0.0 {
            self.first = unit;
        }
        self.sum += step.unwrap_or(f64::NEG_INFINITY);
        if self.sum > self.best.map_or(0.0, |best| best.score) {
            self.best = Some(Stretch { first: self.first, last: unit, score: self.sum });
        }
        let is_over = self.sum <= 0.0 || self.best.is_some_and(|best| best.score - self.sum > self.patience);
        if is_over { self.end() } else { None }
    }

    /// The stretch that is not over yet.
    pub(in crate::report) fn end(&mut self) -> Option<Stretch> {
        self.sum = 0.0;
        let least = self.least;
        self.best.take().filter(|best| best.score >= least)
    }

    /// Where the stretch began that may be one, if there is any.
    pub(in crate::report) fn open_since(&self) -> Option<usize> {
        self.best.map(|best| best.first)
    }
}

/// The stretches of a series of (attempts, conversions), ascending. `None` breaks a stretch: nothing is known there.
pub(in crate::report) fn failed_stretches(series: &[Option<(f64, f64)>], failing: Failing) -> Vec<Stretch> {
    let (failed, suffering) = (0.4 * failing.below * failing.usual, 1.6 * failing.below * failing.usual);
    let hit = (failed / suffering).ln();
    let miss = (-failed).ln_1p() - (-suffering).ln_1p();
    let mut scan = Scan::new(failing.evidence, failing.evidence);
    let mut found = Vec::new();
    for (unit, counts) in series.iter().enumerate() {
        let step = counts.map(|(attempts, converted)| converted.mul_add(hit, (attempts - converted) * miss));
        found.extend(scan.push(unit, step));
    }
    found.extend(scan.end());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILING: Failing = Failing { usual: 0.7, below: 0.25, evidence: 17.0 };

    fn series(parts: &[(usize, f64, f64)]) -> Vec<Option<(f64, f64)>> {
        parts.iter().flat_map(|&(units, attempts, converted)| vec![Some((attempts, converted)); units]).collect()
    }

    #[test]
    fn the_failed_hours_are_found_exactly() {
        let hours = series(&[(20, 30.0, 21.0), (4, 30.0, 1.0), (20, 30.0, 20.0), (3, 40.0, 0.0), (5, 30.0, 21.0)]);
        let found = failed_stretches(&hours, FAILING);
        let places: Vec<_> = found.iter().map(|stretch| (stretch.first, stretch.last)).collect();
        assert_eq!(places, [(20, 23), (44, 46)]);
    }

    #[test]
    fn hours_that_merely_suffer_are_none() {
        let suffering = series(&[(20, 30.0, 21.0), (48, 30.0, 8.4), (20, 30.0, 21.0)]);
        assert!(failed_stretches(&suffering, FAILING).is_empty());
        let few = series(&[(20, 2.0, 1.0), (6, 2.0, 0.0), (20, 2.0, 1.0)]);
        assert!(failed_stretches(&few, FAILING).is_empty());
    }

    #[test]
    fn unknown_hours_break_a_stretch_and_quiet_ones_do_not() {
        let mut hours = series(&[(5, 30.0, 21.0), (3, 50.0, 0.0), (2, 0.0, 0.0), (3, 50.0, 0.0), (5, 30.0, 21.0)]);
        let one: Vec<_> = failed_stretches(&hours, FAILING).iter().map(|found| (found.first, found.last)).collect();
        assert_eq!(one, [(5, 12)]);
        hours[8] = None;
        let two: Vec<_> = failed_stretches(&hours, FAILING).iter().map(|found| (found.first, found.last)).collect();
        assert_eq!(two, [(5, 7), (10, 12)]);
    }
}
