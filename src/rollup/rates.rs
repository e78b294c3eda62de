//! Conversion rates with their 95 % Wilson score interval.
//!
//! E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927): the interval
//! holds every rate p with (x/n − p)² ≤ z² p (1 − p) / n, that is, lies between the roots of
//! (n + z²) p² − (2x + z²) p + x²/n = 0. With s = z √(z² + 4 x (n − x) / n), the larger root is
//! (2x + z² + s) / 2(n + z²); the smaller one follows from the product of both, which spares the textbook form's
//! subtraction of two nearly equal numbers when few of many attempts convert.

use crate::model::Counts;

/// The standard normal quantile of a two-sided 95 % interval.
const Z95: f64 = 1.959_963_984_540_054;

/// Derived rates, each within [0, 1], low ≤ rate ≤ high.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// converted / attempts.
    pub rate: f64,
    /// The interval's lower end; exactly 0 when nothing converted.
    pub low: f64,
    /// The interval's upper end; exactly 1 when everything converted.
    pub high: f64,
}

impl Rates {
    /// `None` without attempts: there is no rate then, not even zero.
    #[must_use]
    pub fn of(counts: Counts) -> Option<Self> {
        if counts.attempts() == 0 {
            return None;
        }
        Some(Self::wilson(float(counts.attempts()), float(counts.converted()), float(counts.unconverted())))
    }

    /// The same of counts that may be expectations; `attempts`, more than 0, are the sum of the others.
    #[must_use]
    pub fn wilson(attempts: f64, converted: f64, unconverted: f64) -> Self {
        let rate = converted / attempts;
        let square = Z95 * Z95;
        let spread = Z95 * (square + 4.0 * converted * (unconverted / attempts)).sqrt();
        let sum = 2.0 * converted + square + spread;
        let low = 2.0 * converted * rate / sum;
        let high = if unconverted > 0.0 { sum / (2.0 * (attempts + square)) } else { 1.0 };
        // The exact ends enclose the rate; rounding must not say otherwise.
        Self { rate, low: low.clamp(0.0, rate), high: high.clamp(rate, 1.0) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 attempts a rate is rounded like any other double")]
fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rates(converted: i64, attempts: i64) -> Rates {
        Rates::of(Counts::new(attempts, converted).unwrap()).unwrap()
    }

    #[test]
    fn no_attempts_have_no_rate() {
        assert_eq!(Rates::of(Counts::ZERO), None);
    }

    /// (converted, attempts, low, high), the ends computed with 50 decimal digits.
    #[test]
    fn the_interval_meets_reference_values() {
        let references = [
            (9, 11, 0.523_019_438_039_155_8, 0.948_632_310_253_914_9),
            (1, 2, 0.094_531_205_734_230_72, 0.905_468_794_265_769_3),
            (81, 263, 0.255_288_519_878_274_2, 0.366_209_576_982_800_04),
            (15, 148, 0.062_386_399_530_736_28, 0.160_487_241_723_308_03),
            (0, 10, 0.0, 0.277_532_799_862_889_2),
            (10, 10, 0.722_467_200_137_110_7, 1.0),
            (1, 1_000_000_000, 1.765_245_549_569_631_6e-10, 5.664_934_243_297_438_5e-9),
            (999_999_999, 1_000_000_000, 0.999_999_994_335_065_8, 0.999_999_999_823_475_4),
        ];
        for (converted, attempts, low, high) in references {
            let found = rates(converted, attempts);
            let near = |value: f64, reference: f64| (value - reference).abs() <= 4.0 * f64::EPSILON * reference;
            assert!(near(found.low, low), "{converted} of {attempts}: low {} is not {low}", found.low);
            assert!(near(found.high, high), "{converted} of {attempts}: high {} is not {high}", found.high);
        }
        assert!((rates(9, 11).rate - 0.818_181_818_181_818_2).abs() < f64::EPSILON);
    }

    proptest! {
        #[test]
        fn the_interval_encloses_the_rate(attempts in 1..=i64::MAX, part in 0.0..=1.0f64, few in 0..3i64) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a choice of counts")]
            let middle = ((attempts as f64 * part) as i64).min(attempts);
            for converted in [middle, few.min(attempts), attempts - few.min(attempts), 0, attempts] {
                let Rates { rate, low, high } = rates(converted, attempts);
                prop_assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0);
                prop_assert_eq!(converted == 0, low.to_bits() == 0);
                prop_assert!(converted != attempts || high.to_bits() == 1.0f64.to_bits());
            }
        }

        #[test]
        fn both_ends_solve_the_defining_equation(attempts in 1..100_000i64, converted in 0..100_000i64) {
            prop_assume!(converted <= attempts);
            let Rates { rate, low, high } = rates(converted, attempts);
            for end in [low, high] {
                let distance = (rate - end) * (rate - end);
                let allowed = Z95 * Z95 * end * (1.0 - end) / float(attempts);
                prop_assert!((distance - allowed).abs() <= 1e-12 * distance.max(allowed).max(1e-3));
            }
        }

        #[test]
        fn conversions_and_failures_mirror_each_other(attempts in 1..1_000_000i64, converted in 0..1_000_000i64) {
            prop_assume!(converted <= attempts);
            let (this, other) = (rates(converted, attempts), rates(attempts - converted, attempts));
            prop_assert!((this.low - (1.0 - other.high)).abs() < 1e-15);
            prop_assert!((this.high - (1.0 - other.low)).abs() < 1e-15);
        }
    }
}
