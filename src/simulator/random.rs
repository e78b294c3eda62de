//! What the world draws: streams of `SplitMix64` by label, and what is made of their bits.
//!
//! The world must never change, so everything here is integer arithmetic and IEEE division: no `ln`, no `exp`, whose
//! last bits differ between platforms.

use crate::splitmix64::{self, GAMMA, mix};

/// One stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The stream of a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The stream that belongs to a seed and a path of labels; streams of different paths are independent.
    pub(super) fn stream(seed: u64, path: &[u64]) -> Self {
        Self::new(path.iter().fold(mix(seed ^ GAMMA), |state, label| mix(state.wrapping_add(GAMMA) ^ mix(*label))))
    }

    /// 64 random bits.
    pub(super) const fn next(&mut self) -> u64 {
        splitmix64::next(&mut self.state)
    }

    /// Passes over some numbers.
    pub(super) const fn skip(&mut self, draws: u64) {
        self.state = self.state.wrapping_add(GAMMA.wrapping_mul(draws));
    }

    /// A number below `bound`, which is not zero; even but for one part in 2³².
    pub(super) const fn below(&mut self, bound: u32) -> u32 {
        scaled(self.next(), bound)
    }

    /// A number in `low..=high`, where low ≤ high.
    pub(super) const fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// A number in [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        unit(self.next())
    }

    /// True with this probability.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.hits(Chance::of(probability))
    }

    /// The same of a probability that is drawn for many times.
    pub(super) const fn hits(&mut self, chance: Chance) -> bool {
        self.next() >> 11 < chance.0
    }

    /// One of some values, which are not empty.
    pub(super) fn pick<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        let bound = u32::try_from(values.len()).unwrap_or(u32::MAX);
        &values[self.below(bound) as usize]
    }

    /// An identifier: those letters and 32 hexadecimal digits.
    pub(super) fn sid(mut self, letters: &str) -> String {
        format!("{letters}{:016x}{:016x}", self.next(), self.next())
    }

    /// How often something that is expected `mean` times happens: binomial, with nearly the spread of a Poisson
    /// distribution, which would need `exp`.
    pub(super) fn occurrences(&mut self, mean: f64) -> u32 {
        if mean <= 0.0 {
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, positive and rounded up")]
        let trials = 4 * mean.min(1e6).ceil() as u32;
        let chance = Chance::of(mean / f64::from(trials));
        (0..trials).map(|_| u32::from(self.hits(chance))).sum()
    }
}

/// A probability, as how many of the 2⁵³ numbers that [`Random::unit`] draws from are below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Chance(u64);

impl Chance {
    /// Of a probability, whose product with a power of two is exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) const fn of(probability: f64) -> Self {
        let below = probability.clamp(0.0, 1.0) * UNITS;
        let whole = below as i64;
        Self(whole.cast_unsigned() + ((whole as f64) < below) as u64)
    }
}

const UNITS: f64 = 9_007_199_254_740_992.0;

const fn scaled(bits: u64, bound: u32) -> u32 {
    (((bits >> 32) * bound as u64) >> 32) as u32
}

#[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / UNITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_in_their_ranges_and_fill_them() {
        let mut random = Random::stream(7, &[1, 2]);
        let mut seen = [0u32; 6];
        for _ in 0..6000 {
            seen[random.between(2, 5) as usize] += 1;
            assert!((0.0..1.0).contains(&random.unit()));
        }
        assert_eq!(&seen[..2], [0, 0]);
        assert!(seen[2..].iter().all(|count| (1300..1700).contains(count)), "{seen:?}");
    }

    #[test]
    fn occurrences_have_their_mean() {
        let mut random = Random::new(3);
        for mean in [0.1, 2.5, 40.0] {
            let total: u32 = (0..4000).map(|_| random.occurrences(mean)).sum();
            let average = f64::from(total) / 4000.0;
            assert!((average / mean - 1.0).abs() < 0.15, "{average} for {mean}");
        }
        assert_eq!(random.occurrences(0.0), 0);
    }

    #[test]
    fn a_chance_is_hit_where_the_number_is_below_the_probability() {
        let mut random = Random::stream(7, &[4]);
        let edges = [0.0, 1.0 / UNITS, 0.5, 0.5 + 1.0 / UNITS, 1.0 - 0.5 / UNITS, 1.0, 1.5, -0.5, 1.0 / 3.0, 1e-300];
        let drawn: Vec<f64> = (0..1000).map(|_| random.unit()).collect();
        for probability in edges.into_iter().chain(drawn) {
            let Chance(below) = Chance::of(probability);
            for units in [below.wrapping_sub(1), below, below + 1, 0, (1 << 53) - 1] {
                let bits = units << 11;
                assert_eq!(bits >> 11 < below, unit(bits) < probability, "{probability}: {units}");
            }
        }
    }

    #[test]
    fn what_is_passed_over_is_what_would_be_drawn() {
        let (mut one, mut other) = (Random::stream(7, &[3]), Random::stream(7, &[3]));
        for draws in [0, 1, 5] {
            (0..draws).for_each(|_| _ = one.next());
            other.skip(draws);
            assert_eq!(one.next(), other.next());
        }
    }

    #[test]
    fn streams_differ_by_every_label() {
        let first = |path: &[u64]| Random::stream(1, path).next();
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
        assert_ne!(Random::stream(1, &[1]).next(), Random::stream(2, &[1]).next());
    }
}
