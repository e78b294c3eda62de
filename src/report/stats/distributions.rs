//! Tails of distributions, by the regularised incomplete beta function.
//!
//! The continued fraction is Lentz's (Press et al., Numerical Recipes, 3rd ed., 6.4); ln Γ is Lanczos' approximation
//! with g = 7 and nine terms, good to some 1e-14. Both tails of the binomial and of Student's distribution are one
//! evaluation each, and no tail is the difference of two nearly equal numbers.

/// Lanczos' coefficients for g = 7.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// ln Γ(x) for x ≥ 0.5, which is all that is needed here.
fn ln_gamma(x: f64) -> f64 {
    let x = x - 1.0;
    let base = x + 7.5;
    let series = LANCZOS.iter().zip(0_u32..).fold(0.0, |sum, (coefficient, index)| match index {
        0 => *coefficient,
        _ => sum + coefficient / (x + f64::from(index)),
    });
    (x + 0.5).mul_add(base.ln(), -base) + (std::f64::consts::TAU.sqrt() * series).ln()
}

/// The regularised incomplete beta function `I_x(a, b)`, for a, b ≥ 0.5 and 0 ≤ x ≤ 1.
pub(super) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges quickly on this side of the mean; the other side is its mirror.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(a, b, x) / a
    } else {
        1.0 - front * continued_fraction(b, a, 1.0 - x) / b
    }
}

#[expect(clippy::many_single_char_names, reason = "the names of the formulas")]
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    // Enough for a and b of ten million, where it needs the most: some multiple of their root.
    const STEPS: u32 = 20_000;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(even.mul_add(d, 1.0));
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(odd.mul_add(d, 1.0));
        c = guard(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// The probability that Student's t with `df` degrees of freedom is at least `t`.
pub(super) fn student_at_least(t: f64, df: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(df / 2.0, 0.5, df / t.mul_add(t, df));
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The probability of at most `successes` in `trials` with probability `rate` each; 0 ≤ successes ≤ trials.
pub(in crate::report) fn binomial_at_most(successes: f64, trials: f64, rate: f64) -> f64 {
    if successes >= trials {
        return 1.0;
    }
    incomplete_beta(trials - successes, successes + 1.0, 1.0 - rate)
}

/// The probability of at most `count` where `mean` is to be expected and the variance is mean + κ·mean²; κ in (0, 2].
pub(in crate::report) fn negative_binomial_at_most(count: f64, mean: f64, kappa: f64) -> f64 {
    let size = 1.0 / kappa;
    incomplete_beta(size, count + 1.0, size / (size + mean))
}

/// The same of at least `count`.
pub(in crate::report) fn negative_binomial_at_least(count: f64, mean: f64, kappa: f64) -> f64 {
    if count < 1.0 {
        return 1.0;
    }
    let size = 1.0 / kappa;
    incomplete_beta(count, size, mean / (size + mean))
}

/// How probable two independent p-values are to be as small as these together: R. A. Fisher, "Statistical methods for
/// research workers", 1932, 21.1. The product's distribution is known in closed form.
pub(in crate::report) fn both(one: f64, other: f64) -> f64 {
    let product = one * other;
    if product <= 0.0 { 0.0 } else { (product * (1.0 - product.ln())).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(left: f64, right: f64, tolerance: f64) {
        assert!((left - right).abs() <= tolerance * right.abs().max(1e-300), "{left:e} against {right:e}");
    }

    /// Γ at whole and half numbers is known exactly.
    #[test]
    fn ln_gamma_is_right_where_it_is_known() {
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-13);
        let factorial = |n: u32| (1..=n).map(|k| f64::from(k).ln()).sum::<f64>();
        for n in [1, 2, 5, 10, 50, 170, 1000] {
            assert!((ln_gamma(f64::from(n) + 1.0) - factorial(n)).abs() < 1e-10 * factorial(n).max(1.0), "{n}");
        }
    }

    /// Table values of Student's distribution (Fisher and Yates): t at one-sided 5 %, 2.5 % and 0.5 %.
    #[test]
    fn student_tails_match_the_tables() {
        for (df, t, tail) in [
            (1.0, 6.313_751_514_675_04, 0.05),
            (5.0, 2.015_048_372_669_16, 0.05),
            (10.0, 2.228_138_851_964_94, 0.025),
            (30.0, 2.749_995_653_567_23, 0.005),
            (1e6, 1.959_966_4, 0.025),
        ] {
            close(student_at_least(t, df), tail, 1e-6);
            close(student_at_least(-t, df), 1.0 - tail, 1e-6);
        }
        close(student_at_least(0.0, 7.0), 0.5, 1e-12);
    }

    /// Against the plain sum of binomial probabilities.
    #[test]
    fn binomial_tails_are_the_sums_of_their_terms() {
        for (trials, rate) in [(1_u32, 0.5), (10, 0.3), (40, 0.05), (60, 0.9), (200, 0.62)] {
            let mut term = (1.0_f64 - rate).powi(i32::try_from(trials).unwrap());
            let mut sum = 0.0;
            for k in 0..trials {
                sum += term;
                close(binomial_at_most(f64::from(k), f64::from(trials), rate), sum, 1e-9);
                term *= f64::from(trials - k) / f64::from(k + 1) * rate / (1.0 - rate);
            }
        }
        close(binomial_at_most(7.0, 7.0, 0.5), 1.0, 0.0);
    }

    /// Against the plain sum of negative binomial probabilities.
    #[test]
    fn negative_binomial_tails_are_the_sums_of_their_terms() {
        for (mean, kappa) in [(0.4, 0.5), (5.0, 0.1), (50.0, 0.0225), (50.0, 2.0), (300.0, 0.04)] {
            let size: f64 = 1.0 / kappa;
            let fails = mean / (size + mean);
            let mut term = (1.0 - fails).powf(size);
            let (mut below, mut count) = (0.0, 0.0);
            while count < 40.0 {
                let above = negative_binomial_at_least(count, mean, kappa);
                assert!((above - (1.0 - below)).abs() < 1e-12, "{above:e}");
                below += term;
                close(negative_binomial_at_most(count, mean, kappa), below, 1e-8);
                term *= (size + count) / (count + 1.0) * fails;
                count += 1.0;
            }
        }
        close(negative_binomial_at_least(3.0, 0.0, 0.1), 0.0, 0.0);
        close(negative_binomial_at_most(0.0, 0.0, 0.1), 1.0, 0.0);
    }

    /// Fisher's method is the tail of χ² with four degrees of freedom at −2·ln of the product: 9.488 is its 5 % point.
    #[test]
    fn two_p_values_are_put_together() {
        let root = (-9.487_729_036_78_f64 / 4.0).exp();
        close(both(root, root), 0.05, 1e-9);
        close(both(1.0, 1.0), 1.0, 0.0);
        close(both(0.0, 1.0), 0.0, 0.0);
    }

    #[test]
    fn extreme_tails_neither_vanish_nor_hang() {
        close(binomial_at_most(0.0, 1000.0, 0.5), 0.5_f64.powi(1000), 1e-9);
        let far = binomial_at_most(400_000.0, 1_000_000.0, 0.401);
        assert!((0.01..0.03).contains(&far), "{far}");
    }

    proptest! {
        #[test]
        fn the_two_tails_of_the_beta_function_add_up(a in 0.5..500.0f64, b in 0.5..500.0f64, x in 0.0..1.0f64) {
            let sum = incomplete_beta(a, b, x) + incomplete_beta(b, a, 1.0 - x);
            prop_assert!((sum - 1.0).abs() < 1e-11, "{sum}");
        }
    }
}
