//! How much more than coins the rates of a place's days differ: its own dispersion, and where its history is short, that
//! of places like it.
//!
//! Rates are beta-binomial: a day's conversions vary by n·π·(1−π)·(1 + (n−1)·ρ). ρ is Williams' moment estimate, from
//! Pearson's X² about the common rate (D. A. Williams, "Extra-binomial variation in logistic linear models", Applied
//! Statistics 31, 1982). A place's ρ is drawn to the pooled one as if that rested on a week of days (G. K. Smyth,
//! "Linear models and empirical Bayes methods", Stat. Appl. Genet. Mol. Biol. 3, 2004, whose prior degrees of freedom
//! these are).

/// How many days the pooled estimate counts for beside a place's own.
const PRIOR: f64 = 7.0;

/// A day's attempts and conversions, and the rate that was to be expected of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct RateDay {
    pub attempts: f64,
    pub converted: f64,
    pub rate: f64,
}

/// What days say of ρ.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::report) struct RateSpread {
    /// X² − its degrees of freedom.
    excess: f64,
    /// By what ρ multiplies it.
    weight: f64,
    freedom: f64,
}

/// ρ, and the degrees of freedom that it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Correlation {
    pub value: f64,
    pub freedom: f64,
}

impl RateSpread {
    /// Of days about a rate that was estimated from them.
    pub(in crate::report) fn of(days: &[RateDay]) -> Self {
        let all: f64 = days.iter().map(|day| day.attempts).sum();
        let mut spread = Self::default();
        for day in days.iter().filter(|day| day.attempts > 0.0 && day.rate > 0.0 && day.rate < 1.0) {
            let off = day.converted - day.attempts * day.rate;
            let left = 1.0 - day.attempts / all;
            spread.excess += off * off / (day.attempts * day.rate * (1.0 - day.rate)) - left;
            spread.weight += (day.attempts - 1.0).max(0.0) * left;
            spread.freedom += 1.0;
        }
        spread.freedom = (spread.freedom - 1.0).max(0.0);
        spread
    }

    pub(in crate::report) fn add(&mut self, other: Self) {
        self.excess += other.excess;
        self.weight += other.weight;
        self.freedom += other.freedom;
    }

    pub(in crate::report) fn sum(spreads: impl IntoIterator<Item = Self>) -> Self {
        spreads.into_iter().fold(Self::default(), |mut sum, spread| {
            sum.add(spread);
            sum
        })
    }

    fn value(self) -> f64 {
        if self.weight > 0.0 { self.excess / self.weight } else { 0.0 }
    }

    /// Drawn to the estimate of all places, this one among them.
    pub(in crate::report) fn within(self, pooled: Self) -> Correlation {
        let prior = PRIOR.min((pooled.freedom - self.freedom).max(0.0));
        let freedom = self.freedom + prior;
        if freedom <= 0.0 {
            return Correlation { value: 0.0, freedom: 0.0 };
        }
        let value = self.freedom.mul_add(self.value(), prior * pooled.value()) / freedom;
        Correlation { value: value.clamp(0.0, 1.0), freedom }
    }
}

impl Correlation {
    /// How many independent attempts are worth as much as some days' attempts, each day with its weight.
    pub(in crate::report) fn effective(self, days: impl Iterator<Item = (f64, f64)>) -> f64 {
        let (all, varying) = days.fold((0.0, 0.0), |(all, varying), (attempts, weight)| {
            let design = 1.0 + (attempts - 1.0).max(0.0) * self.value;
            (all + weight * attempts, varying + weight * weight * attempts * design)
        });
        if varying > 0.0 { all * all / varying } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::worlds::Draw;

    fn days(seed: u64, count: usize, attempts: f64, sd: f64) -> Vec<RateDay> {
        let mut draw = Draw::of(&[seed]);
        let drawn: Vec<(f64, f64)> = (0..count)
            .map(|_| {
                let attempts = draw.poisson(attempts);
                let rate = sd.mul_add(draw.normal(), 0.75).clamp(0.0, 1.0);
                (attempts, draw.binomial(attempts, rate))
            })
            .collect();
        let (all, converted) = drawn.iter().fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        drawn.iter().map(|day| RateDay { attempts: day.0, converted: day.1, rate: converted / all }).collect()
    }

    /// ρ is the variance of the days' rates over π·(1−π).
    #[test]
    fn the_spread_of_rates_is_found() {
        for sd in [0.0, 0.02, 0.05] {
            let pooled = RateSpread::sum((0..40).map(|seed| RateSpread::of(&days(seed, 56, 300.0, sd))));
            let found = pooled.value() * 0.75 * 0.25;
            assert!((found - sd * sd).abs() < 0.000_05, "{found} for {sd}");
        }
    }

    #[test]
    fn a_short_history_is_drawn_to_the_pool_and_a_long_one_is_its_own() {
        let pooled = RateSpread::sum((0..40).map(|seed| RateSpread::of(&days(seed, 56, 300.0, 0.02))));
        let wild = |count| RateSpread::of(&days(7, count, 300.0, 0.08)).within(pooled);
        let (short, long) = (wild(4), wild(200));
        let sd = |found: Correlation| (found.value * 0.75 * 0.25).sqrt();
        assert!((0.01..0.07).contains(&sd(short)) && (0.07..0.09).contains(&sd(long)), "{short:?} {long:?}");
        assert!((short.freedom - 10.0).abs() < 1e-9 && (long.freedom - 206.0).abs() < 1e-9);
        // Alone in the pool, a place has nothing to be drawn to.
        let alone = RateSpread::of(&days(7, 4, 300.0, 0.08));
        assert!((alone.within(alone).freedom - 3.0).abs() < 1e-9);
        assert_eq!(RateSpread::default().within(RateSpread::default()), Correlation { value: 0.0, freedom: 0.0 });
    }

    #[test]
    fn days_that_hang_together_are_worth_fewer_attempts() {
        let coins = Correlation { value: 0.0, freedom: 9.0 };
        let days = || [(100.0, 1.0), (300.0, 1.0)].into_iter();
        assert!((coins.effective(days()) - 400.0).abs() < 1e-9);
        let same = Correlation { value: 1.0, freedom: 9.0 };
        assert!((same.effective(days()) - 1.6).abs() < 1e-9);
        assert!((coins.effective([(100.0, 2.0), (100.0, 2.0)].into_iter()) - 200.0).abs() < 1e-9);
    }
}
