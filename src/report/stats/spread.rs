//! Many differences, each known as well as it is: how much they differ beyond that, and which of them is no part of it.
//!
//! Each difference dᵢ, from the middle one, varies by its own sᵢ² and by a common τ². τ² is where the median of dᵢ² / (sᵢ² + τ²) is that of χ²
//! with one degree of freedom, 0.4549: as B. Devlin and K. Roeder find the inflation of test statistics ("Genomic control
//! for association studies", Biometrics 55, 1999), robust against as many outliers as are not half of all. Of A
//! differences such a median tells as much as 0.37·(A − 2) normal ones do of a variance about a middle that is known
//! (P. J. Huber, "Robust statistics", 1981, 5.1), so tails are Student's with so many degrees of freedom.

use super::distributions::student_at_least;

/// The median of χ² with one degree of freedom.
const MEDIAN: f64 = 0.454_936;
/// How well a median tells a variance, against the mean of squares of normal differences.
const EFFICIENCY: f64 = 0.37;

/// A difference, and the variance that it would have if all were alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Differing {
    pub difference: f64,
    pub variance: f64,
}

/// What differences say together.
pub(in crate::report) struct Spread {
    /// The middle one.
    pub middle: f64,
    /// τ.
    pub tau: f64,
    /// Of each how probable one as far from the middle is, up or down.
    pub p_values: Vec<f64>,
}

/// How much differences differ.
pub(in crate::report) fn differences(found: &[Differing]) -> Spread {
    let middle = median(found.iter().map(|one| one.difference).collect());
    let found: Vec<Differing> =
        found.iter().map(|one| Differing { difference: one.difference - middle, ..*one }).collect();
    let common = common(&found);
    #[expect(clippy::cast_precision_loss, reason = "numbers of differences")]
    let freedom = (EFFICIENCY * (found.len() as f64 - 2.0)).max(1.0);
    let p_value = |one: &Differing| {
        let t = one.difference.abs() / (one.variance + common).max(f64::MIN_POSITIVE).sqrt();
        (2.0 * student_at_least(t, freedom)).min(1.0)
    };
    Spread { middle, tau: common.sqrt(), p_values: found.iter().map(p_value).collect() }
}

/// τ²; 0 where the differences are no greater than they would be if all were alike.
fn common(found: &[Differing]) -> f64 {
    let of_ratios = |common: f64| {
        let ratio = |one: &Differing| one.difference * one.difference / (one.variance + common).max(f64::MIN_POSITIVE);
        median(found.iter().map(ratio).collect())
    };
    if of_ratios(0.0) <= MEDIAN {
        return 0.0;
    }
    // The median falls as τ² grows, and at the greatest square over MEDIAN it has fallen enough.
    let greatest = found.iter().map(|one| one.difference * one.difference).fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, greatest / MEDIAN);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if of_ratios(middle) > MEDIAN { low = middle } else { high = middle }
    }
    high
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => 0.0,
        even if even.is_multiple_of(2) => f64::midpoint(numbers[half - 1], numbers[half]),
        _ => numbers[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::worlds::Draw;

    fn drawn(draw: &mut Draw, accounts: usize, spread: f64) -> Vec<Differing> {
        let one = |at: usize| {
            let variance = [1e-5, 1e-4, 1e-3][at % 3];
            Differing { difference: draw.normal() * (variance + spread * spread).sqrt(), variance }
        };
        (0..accounts).map(one).collect()
    }

    #[test]
    fn the_spread_is_found_whatever_a_few_do() {
        let mut draw = Draw::of(&[3]);
        for spread in [0.0, 0.02, 0.1] {
            let mut found = drawn(&mut draw, 3000, spread);
            for outlier in &mut found[..100] {
                outlier.difference += 1.0;
            }
            let Spread { tau, p_values, .. } = differences(&found);
            assert!((tau - spread).abs() < 0.1 * spread + 0.003, "{tau} {spread}");
            assert!(p_values[..100].iter().all(|p| *p < 0.01));
        }
    }

    /// The tails hold what they promise, with few accounts as with many.
    #[test]
    fn few_differences_are_judged_as_what_they_are() {
        for (accounts, worlds) in [(10, 4000), (30, 1500), (300, 150)] {
            let mut draw = Draw::of(&[accounts]);
            let accounts = usize::try_from(accounts).unwrap();
            let (mut all, mut alarms) = (0, [0, 0]);
            for _ in 0..worlds {
                let Spread { p_values, .. } = differences(&drawn(&mut draw, accounts, 0.03));
                all += p_values.len();
                for (alarms, promised) in alarms.iter_mut().zip([0.05, 0.001]) {
                    *alarms += p_values.iter().filter(|p| **p < promised).count();
                }
            }
            for (alarms, promised) in alarms.into_iter().zip([0.05, 0.001]) {
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let part = alarms as f64 / all as f64;
                assert!(part < 1.5 * promised, "{accounts}: {part} where {promised} was promised");
            }
        }
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(differences(&[]).tau.to_bits(), 0.0_f64.to_bits());
        let equal = differences(&[Differing { difference: 0.25, variance: 0.0 }; 3]);
        assert_eq!((equal.middle, equal.tau, equal.p_values), (0.25, 0.0, vec![1.0; 3]));
    }
}
