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

/// How probable it is that a rate lies so far below another by chance, if in truth it lies `margin` below it.
///
/// The score test of two proportions with pooled variance: trials are as many as the days' dispersion leaves of them
/// ([`Correlation::effective`](super::Correlation::effective)), `pooled` is the rate of both, and the tail is
/// Student's with the degrees of freedom of that dispersion. `None` without trials, or without freedom.
pub(in crate::report) fn fall_p_value(
    now: Sample,
    before: Sample,
    pooled: f64,
    freedom: f64,
    margin: f64,
) -> Option<f64> {
    if freedom < 1.0 || now.trials <= 0.0 || before.trials <= 0.0 {
        return None;
    }
    let variance = pooled * (1.0 - pooled) * (1.0 / now.trials + 1.0 / before.trials);
    if variance <= 0.0 {
        return Some(1.0);
    }
    Some(student_at_least((before.rate - now.rate - margin) / variance.sqrt(), freedom))
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

    /// Fleiss, Levin and Paik, "Statistical methods for rates and proportions", 2003, give z = 2.23 for 15 of 100
    /// against 30 of 100 with continuity correction; without it z = 2.54, one-sided p = 0.0055.
    #[test]
    fn a_fall_is_the_two_proportion_test_where_days_scatter_as_coins_do() {
        let p = fall_p_value(sample(15, 100), sample(30, 100), 0.225, 18.0, 0.0).unwrap();
        // z² = 200 (15·70 − 85·30)² / (100·100·45·155)
        let z = (200.0 * (15.0 * 70.0 - 85.0 * 30.0_f64).powi(2) / (100.0 * 100.0 * 45.0 * 155.0)).sqrt();
        assert!((z - 2.54).abs() < 0.005, "{z}");
        assert!((p - student_at_least(z, 18.0)).abs() < 1e-12);
        // Half of the fall is no news: what is left is half as sure.
        let rest = fall_p_value(sample(15, 100), sample(30, 100), 0.225, 18.0, 0.075).unwrap();
        assert!((rest - student_at_least(z / 2.0, 18.0)).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_judged_is_not() {
        let nothing = Sample { rate: 0.5, trials: 0.0 };
        assert_eq!(fall_p_value(nothing, sample(5, 10), 0.5, 9.0, 0.0), None);
        assert_eq!(fall_p_value(sample(5, 10), sample(5, 10), 0.5, 0.0, 0.0), None);
        assert_eq!(fall_p_value(sample(0, 19), sample(0, 13), 0.0, 9.0, 0.0), Some(1.0));
        assert!(fall_p_value(sample(450, 500), sample(250, 500), 0.7, 9.0, 0.0).unwrap() > 0.999);
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
