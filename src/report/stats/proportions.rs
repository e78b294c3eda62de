//! One and two proportions.

use super::distributions::student_at_least;
use crate::report::model::Interval;
use crate::rollup::Rates;

/// A rate and the number of trials behind it; both may be expectations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Sample {
    /// 0…1.
    pub rate: f64,
    /// More than 0.
    pub trials: f64,
}

impl Sample {
    /// `None` without trials.
    pub(in crate::report) fn of(successes: f64, trials: f64) -> Option<Self> {
        (trials > 0.0).then(|| Self { rate: (successes / trials).clamp(0.0, 1.0), trials })
    }

    fn rates(self) -> Rates {
        let Self { rate, trials } = self;
        Rates::wilson(trials, trials * rate, trials * (1.0 - rate))
    }
}

/// `now.rate − before.rate` with its 95 % interval: R. G. Newcombe, "Interval estimation for the difference between
/// independent proportions: comparison of eleven methods", Statistics in Medicine 17 (1998), method 10, which puts the
/// two Wilson intervals together and holds its level in small samples too.
pub(in crate::report) fn difference(now: Sample, before: Sample) -> Interval {
    let value = now.rate - before.rate;
    let (this, that) = (now.rates(), before.rates());
    Interval {
        value,
        low: value - (this.rate - this.low).hypot(that.high - that.rate),
        high: value + (this.high - this.rate).hypot(that.rate - that.low),
    }
}

/// How probable it is that the rate of `now` lies so far below that of `before` by chance.
///
/// The score test of two proportions with pooled variance, made honest about days that differ more than coins do: the
/// variance is multiplied by φ, Pearson's dispersion of the daily counts of `before` about their common rate (quasi-
/// binomial; Wedderburn 1974, Nelder and others, Generalized linear models, 1989, 4.5), never below 1, and the tail is
/// Student's with the days' degrees of freedom. With few days before (under 14), the days of both enter φ. Each item is
/// a day's (attempts, conversions). `None` if either side has no attempts, or there are no two days to tell the
/// dispersion from.
pub(in crate::report) fn drop_p_value(now: &[(f64, f64)], before: &[(f64, f64)]) -> Option<f64> {
    const DAYS_ENOUGH: f64 = 14.0;
    let sum = |days: &[(f64, f64)]| days.iter().fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    let (here, there) = (sum(now), sum(before));
    let (this, that) = (Sample::of(here.1, here.0)?, Sample::of(there.1, there.0)?);
    let (mut squares, mut freedom) = dispersion(before, that.rate);
    if freedom + 1.0 < DAYS_ENOUGH {
        let (more, others) = dispersion(now, this.rate);
        squares += more;
        freedom += others;
    }
    if freedom < 1.0 {
        return None;
    }
    let pooled = (here.1 + there.1) / (here.0 + there.0);
    let variance = (squares / freedom).max(1.0) * pooled * (1.0 - pooled) * (1.0 / this.trials + 1.0 / that.trials);
    if variance <= 0.0 {
        return Some(1.0);
    }
    Some(student_at_least((that.rate - this.rate) / variance.sqrt(), freedom))
}

/// Pearson's sum of squares about a rate, and its degrees of freedom.
fn dispersion(days: &[(f64, f64)], rate: f64) -> (f64, f64) {
    let spread = rate * (1.0 - rate);
    let with_attempts = days.iter().filter(|(attempts, _)| *attempts > 0.0);
    let (squares, count) = with_attempts.fold((0.0, 0.0), |(squares, count), (attempts, converted)| {
        let off = converted - attempts * rate;
        let square = if spread > 0.0 { off * off / (attempts * spread) } else { 0.0 };
        (squares + square, count + 1.0)
    });
    (squares, (count - 1.0_f64).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Counts;
    use proptest::prelude::*;

    fn sample(successes: u32, trials: u32) -> Sample {
        Sample::of(f64::from(successes), f64::from(trials)).unwrap()
    }

    /// Newcombe's own examples (a) to (h), method 10 of his table II.
    #[test]
    fn differences_are_those_of_newcombes_table() {
        for (now, before, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((5, 56), (0, 29), -0.0381, 0.1926),
            ((0, 10), (0, 20), -0.1611, 0.2775),
            ((0, 10), (0, 10), -0.2775, 0.2775),
            ((10, 10), (0, 20), 0.6791, 1.0),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let interval = difference(sample(now.0, now.1), sample(before.0, before.1));
            assert!((interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5, "{now:?}: {interval:?}");
        }
    }

    /// Days that scatter just as coins do leave the plain two-proportion test: Fleiss, Levin and Paik, "Statistical
    /// methods for rates and proportions", 2003, give z = 2.23 for 15 of 100 against 30 of 100 with continuity
    /// correction; without it z = 2.54, one-sided p = 0.0055.
    #[test]
    fn a_drop_is_the_two_proportion_test_where_days_scatter_as_coins_do() {
        let before = [(10.0, 3.0); 10];
        let many: Vec<_> = before.iter().copied().cycle().take(10).collect();
        let now = [(10.0, 1.5); 10];
        let p = drop_p_value(&now, &many).unwrap();
        // z² = 200 (15·70 − 85·30)² / (100·100·45·155)
        let z = (200.0 * (15.0 * 70.0 - 85.0 * 30.0_f64).powi(2) / (100.0 * 100.0 * 45.0 * 155.0)).sqrt();
        assert!((z - 2.54).abs() < 0.005, "{z}");
        assert!((p - student_at_least(z, 18.0)).abs() < 1e-12);
    }

    #[test]
    fn days_that_scatter_more_prove_less() {
        let calm: Vec<_> = (0..28).map(|_| (100.0, 80.0)).collect();
        let wild: Vec<_> = (0..28).map(|day| (100.0, if day % 2 == 0 { 65.0 } else { 95.0 })).collect();
        let now: Vec<_> = (0..30).map(|_| (100.0, 76.0)).collect();
        let (sure, unsure) = (drop_p_value(&now, &calm).unwrap(), drop_p_value(&now, &wild).unwrap());
        assert!(sure < 1e-3 && unsure > 0.02, "{sure} {unsure}");
    }

    #[test]
    fn what_cannot_be_judged_is_not() {
        assert_eq!(drop_p_value(&[], &[(10.0, 5.0)]), None);
        assert_eq!(drop_p_value(&[(10.0, 5.0)], &[(10.0, 5.0)]), None);
        assert_eq!(drop_p_value(&[(10.0, 0.0), (9.0, 0.0)], &[(10.0, 0.0), (3.0, 0.0)]), Some(1.0));
        let rise = drop_p_value(&[(100.0, 90.0); 5], &[(100.0, 50.0); 5]).unwrap();
        assert!(rise > 0.999);
    }

    proptest! {
        #[test]
        fn the_interval_is_the_tables_own(attempts in 1..1_000_000i64, converted in 0..1_000_000i64) {
            prop_assume!(converted <= attempts);
            let rates = Rates::of(Counts::new(attempts, converted).unwrap()).unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let found = Sample::of(converted as f64, attempts as f64).unwrap().rates();
            prop_assert!((found.low - rates.low).abs() < 1e-9 && (found.high - rates.high).abs() < 1e-9);
        }
    }
}
