//! How volumes differ from what was to be expected of them, by more than a Poisson count does.
//!
//! A place's days stand at levels: most near 1, a campaign's at 2, a holiday's at ½, a day on which a carrier failed
//! at ⅓. No single dispersion tells how improbable a tenth is: of such days it would have to say that they are common.
//! So a count is held against a mixture of negative binomials, one for each level that a day stood at, with mean level × μ
//! and variance μ + κ₀·μ² (a smoothed bootstrap: B. W. Silverman, "Density estimation for statistics and data analysis",
//! 1986, 6.4.1; the kernel by J. M. Hilbe, "Negative binomial regression", 2011).
//!
//! Beside the place's own days those of all places count as if they were eight weeks of it: what comes about once in two
//! months nobody knows from the two months of one place.

use super::distributions::{negative_binomial_at_least, negative_binomial_at_most};

/// How many days of the place all places' are worth.
const PRIOR: f64 = 56.0;
/// κ₀: days of one level differ by 15 %.
const KERNEL: f64 = 0.15 * 0.15;
/// Levels are told apart by this.
const STEP: f64 = 0.05;
/// A day's level is drawn to 1 as if so many attempts stood there: a few attempts don't tell it.
const SURE: f64 = 5.0;
/// What is above the highest level is there.
const LEVELS: usize = 120;

/// How many days stood at each level.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Levels {
    days: [f64; LEVELS],
    all: f64,
}

impl Default for Levels {
    fn default() -> Self {
        Self { days: [0.0; LEVELS], all: 0.0 }
    }
}

impl Levels {
    /// Notes a day; one of which nothing was to be expected says nothing.
    pub(in crate::report) fn note(&mut self, seen: f64, expected: f64) {
        if expected > 0.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number, not negative")]
            let level = ((seen + SURE) / (expected + SURE) / STEP).round().max(0.0) as usize;
            self.days[level.min(LEVELS - 1)] += 1.0;
            self.all += 1.0;
        }
    }

    pub(in crate::report) fn add(&mut self, other: &Self) {
        self.days.iter_mut().zip(&other.days).for_each(|(sum, days)| *sum += days);
        self.all += other.all;
    }

    /// The probability of at most so many attempts where `mean` is to be expected.
    pub(in crate::report) fn at_most(&self, pooled: &Self, count: f64, mean: f64) -> f64 {
        self.mixture(pooled, |level| negative_binomial_at_most(count, level * mean, KERNEL))
    }

    /// The probability of at least so many.
    pub(in crate::report) fn at_least(&self, pooled: &Self, count: f64, mean: f64) -> f64 {
        self.mixture(pooled, |level| negative_binomial_at_least(count, level * mean, KERNEL))
    }

    fn mixture(&self, pooled: &Self, tail: impl Fn(f64) -> f64) -> f64 {
        let prior = if pooled.all > 0.0 { PRIOR.min(pooled.all) / pooled.all } else { 0.0 };
        let weights = self.days.iter().zip(&pooled.days).map(|(own, pooled)| own + prior * pooled);
        let levels = weights.zip(0_u32..).filter(|(weight, _)| *weight > 0.0);
        let (sum, all) = levels.fold((0.0, 0.0), |(sum, all), (weight, level)| {
            (sum + weight * tail(f64::from(level) * STEP), all + weight)
        });
        if all > 0.0 { sum / all } else { tail(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::worlds::Draw;

    fn levels(days: &[(f64, usize)]) -> Levels {
        let mut levels = Levels::default();
        for (level, count) in days {
            (0..*count).for_each(|_| levels.note(1e4 * level, 1e4));
        }
        levels
    }

    #[test]
    fn days_of_one_level_are_a_negative_binomial() {
        let (own, none) = (levels(&[(1.0, 56)]), Levels::default());
        for (count, mean) in [(3.0, 50.0), (40.0, 50.0), (900.0, 1000.0)] {
            let (found, wanted) = (own.at_most(&none, count, mean), negative_binomial_at_most(count, mean, KERNEL));
            assert!((found - wanted).abs() < 1e-12 + 1e-9 * wanted, "{found:e} {wanted:e}");
        }
        assert!((none.at_least(&none, 70.0, 50.0) - negative_binomial_at_least(70.0, 50.0, KERNEL)).abs() < 1e-12);
    }

    /// What a place's days did now and then is as probable as they did it; what they never did is not.
    #[test]
    fn what_happens_now_and_then_is_not_improbable() {
        let (steady, none) = (levels(&[(1.0, 56)]), Levels::default());
        let at_times = levels(&[(1.0, 50), (2.0, 4), (0.3, 2)]);
        let third = |own: &Levels| own.at_most(&none, 300.0, 1000.0);
        assert!(third(&steady) < 1e-9 && third(&at_times) > 0.01, "{:e} {:e}", third(&steady), third(&at_times));
        assert!(at_times.at_most(&none, 50.0, 1000.0) < 1e-9);
        assert!(at_times.at_least(&none, 2000.0, 1000.0) > 0.02 && at_times.at_least(&none, 4000.0, 1000.0) < 1e-6);
        // Others' bad days count as eight weeks'.
        let others = levels(&[(1.0, 980), (0.3, 20)]);
        let seldom = steady.at_most(&others, 300.0, 1000.0);
        assert!((2e-3..8e-3).contains(&seldom), "{seldom:e}");
        assert!(Levels::default().at_most(&others, 300.0, 1000.0) > seldom);
    }

    /// With the levels of forty places that are alike the tail is calibrated: no more false alarms than p promises.
    #[test]
    fn the_tails_hold_what_they_promise() {
        let mut draw = Draw::of(&[11]);
        let mut day = |mean: f64| {
            let level = if draw.chance(0.05) { 0.5 } else { (0.1 * draw.normal()).exp() };
            draw.poisson(mean * level)
        };
        let places: Vec<Levels> = (0..40)
            .map(|_| {
                let mut own = Levels::default();
                (0..56).for_each(|_| own.note(day(80.0), 80.0));
                own
            })
            .collect();
        let mut pooled = Levels::default();
        for own in &places {
            pooled.add(own);
        }
        for promised in [0.05, 0.01, 0.002] {
            let alarms =
                places.iter().flat_map(|own| [own; 500]).filter(|own| own.at_most(&pooled, day(80.0), 80.0) < promised);
            let part = f64::from(u32::try_from(alarms.count()).unwrap()) / 20_000.0;
            assert!(part < 1.2 * promised, "{part} where {promised} was promised");
        }
    }
}
