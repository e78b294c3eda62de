//! Random numbers with a seed, and the distributions that counts come from.

use crate::splitmix64::{GAMMA, mix, next};

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// The stream of a path of labels; streams of different paths are independent.
    pub fn of(path: &[u64]) -> Self {
        Self(path.iter().fold(GAMMA, |state, label| mix(state.wrapping_add(GAMMA) ^ mix(*label))))
    }

    /// In [0, 1).
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub fn unit(&mut self) -> f64 {
        (next(&mut self.0) >> 11) as f64 / 9_007_199_254_740_992.0
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(next(&mut self.0) >> 32).unwrap() % end
    }

    pub fn normal(&mut self) -> f64 {
        let (one, other) = (1.0 - self.unit(), self.unit());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
    }

    /// Poisson; of a great mean by the normal approximation.
    pub fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            return mean.sqrt().mul_add(self.normal(), mean).round().max(0.0);
        }
        let (least, mut product, mut count) = ((-mean).exp(), self.unit(), 0.0);
        while product > least {
            product *= self.unit();
            count += 1.0;
        }
        count
    }

    /// Binomial; where both outcomes are many, by the normal approximation.
    pub fn binomial(&mut self, trials: f64, rate: f64) -> f64 {
        let variance = trials * rate * (1.0 - rate);
        if variance > 15.0 {
            return variance.sqrt().mul_add(self.normal(), trials * rate).round().clamp(0.0, trials);
        }
        if trials > 400.0 {
            let few = self.poisson(trials * rate.min(1.0 - rate)).min(trials);
            return if rate < 0.5 { few } else { trials - few };
        }
        let (mut hits, mut left) = (0.0, trials);
        while left > 0.0 {
            hits += f64::from(u8::from(self.chance(rate)));
            left -= 1.0;
        }
        hits
    }
}

#[test]
fn the_draws_have_their_means_and_spreads() {
    let mut draw = Draw::of(&[1]);
    let mut moments = |next: &mut dyn FnMut(&mut Draw) -> f64| {
        let drawn: Vec<f64> = (0..20_000).map(|_| next(&mut draw)).collect();
        let mean = drawn.iter().sum::<f64>() / 20_000.0;
        (mean, drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 20_000.0)
    };
    for mean in [0.3, 7.0, 400.0] {
        let (found, variance) = moments(&mut |draw| draw.poisson(mean));
        assert!(
            (found / mean - 1.0).abs() < 0.04 && (variance / mean - 1.0).abs() < 0.06,
            "{mean}: {found} {variance}"
        );
    }
    for (trials, rate) in [(9.0, 0.7), (300.0, 0.7), (5000.0, 0.001), (5000.0, 0.998)] {
        let (found, variance) = moments(&mut |draw| draw.binomial(trials, rate));
        let spread = trials * rate * (1.0 - rate);
        assert!((found - trials * rate).abs() < 0.05 * spread, "{trials} {rate}: {found}");
        assert!((variance / spread - 1.0).abs() < 0.06, "{trials} {rate}: {variance}");
    }
}
