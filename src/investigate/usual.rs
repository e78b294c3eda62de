//! What is usual: how many attempts of a slice convert when nothing befalls it.

use crate::model::Counts;

/// A block's excess has to be at least so many attempts.
const SMALLEST_EXCESS: f64 = 20.0;
/// And so many standard deviations of what chance alone would do.
const DEVIATIONS: f64 = 4.0;
/// A block of which less than this part is excess may have had a bad day: rates differ from day to day by more than chance.
const LEAST_PART: f64 = 0.25;
/// What is held against a week that knows little: half of ten attempts do not convert.
const ASSUMED: (f64, f64) = (10.0, 5.0);
/// Of a slice of which no week is known so many do not convert: who knows nothing calls little unusual.
const UNKNOWN: f64 = 0.6;
/// A part that holds so much of a whole's excess holds it.
const MOST_OF_IT: f64 = 0.8;

/// How large a part of the attempts is usually not converted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    unconverted: f64,
}

impl Usual {
    /// From other weeks of the same slice, of which the best counts: what befell the slice then, an attack for example, is
    /// not usual. Only weeks that the
    /// account still holds whole may be among them: one without attempts says that there were none.
    #[must_use]
    pub fn of(weeks: &[Counts]) -> Self {
        let unconverted =
            weeks.iter().map(|week| (real(week.unconverted()) + ASSUMED.1) / (real(week.attempts()) + ASSUMED.0));
        Self { unconverted: unconverted.min_by(f64::total_cmp).unwrap_or(UNKNOWN) }
    }

    /// The part that usually converts.
    #[must_use]
    pub fn conversion(self) -> f64 {
        1.0 - self.unconverted
    }

    /// How many attempts were not converted beyond what is usual; below zero, it was fewer.
    #[must_use]
    pub fn excess(self, counts: Counts) -> f64 {
        real(counts.unconverted()) - real(counts.attempts()) * self.unconverted
    }

    /// Whether it is more than chance does.
    #[must_use]
    pub fn stands_out(self, counts: Counts) -> bool {
        let spread = (real(counts.attempts()) * self.unconverted * (1.0 - self.unconverted)).sqrt();
        self.excess(counts) >= SMALLEST_EXCESS.max(DEVIATIONS * spread)
    }

    /// Whether it is more than chance does, and more than days differ by: a block that is worth naming.
    #[must_use]
    pub fn is_told(self, counts: Counts) -> bool {
        self.stands_out(counts) && self.excess(counts) >= LEAST_PART * real(counts.attempts())
    }

    /// Whether a part holds the excess of its whole, which is so large.
    #[must_use]
    pub fn holds(self, part: Counts, excess: f64) -> bool {
        self.excess(part) >= MOST_OF_IT * excess
    }
}

fn real(count: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let real = count as f64;
    real
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(attempts: i64, converted: i64) -> Counts {
        Counts::new(attempts, converted).unwrap()
    }

    #[test]
    fn a_few_attempts_and_ordinary_days_never_stand_out() {
        let usual = Usual::of(&[counts(10_000, 7_000)]);
        assert!((usual.conversion() - 0.7).abs() < 0.001);
        for (ordinary, unusual) in
            [((20, 0), (40, 0)), ((1_000, 660), (1_000, 620)), ((100_000, 69_500), (100_000, 69_000))]
        {
            assert!(!usual.stands_out(counts(ordinary.0, ordinary.1)), "{ordinary:?}");
            assert!(usual.stands_out(counts(unusual.0, unusual.1)), "{unusual:?}");
        }
        assert!(!usual.stands_out(Counts::ZERO));
        assert!(usual.excess(counts(100, 90)) < 0.0);
        assert!(
            !usual.is_told(counts(1_400, 910)) && usual.is_told(counts(1_400, 500)),
            "a bad day of a country is no block"
        );
    }

    #[test]
    fn of_days_without_attempts_something_is_assumed() {
        assert!((Usual::of(&[]).conversion() - 0.4).abs() < 1e-9);
        assert!((Usual::of(&[Counts::ZERO]).conversion() - 0.5).abs() < 1e-9);
        assert!(Usual::of(&[counts(4, 0)]).conversion() > 0.3, "four attempts say little");
        assert!(!Usual::of(&[]).stands_out(counts(85, 39)), "an ordinary day of a country nothing else is known of");
        assert!(Usual::of(&[]).stands_out(counts(400, 4)));
    }

    #[test]
    fn a_week_that_was_attacked_is_not_usual() {
        let near =
            |weeks: &[Counts], rate: f64| assert!((Usual::of(weeks).conversion() - rate).abs() < 0.02, "{weeks:?}");
        near(&[counts(3_000, 30), counts(2_000, 1_000), counts(2_100, 1_050)], 0.5);
        near(&[counts(2_000, 600), counts(2_100, 630)], 0.3);
        near(&[counts(3_000, 30), counts(1, 0), Counts::ZERO], 0.5);
    }
}
