//! All places together, which tell whether it is one of them that does not convert, or its channels.

use super::super::cube::{Amount, Amounts};
use super::usual::{Timeline, median};
use super::view::View;

/// Channels work where this part of the usual rate is reached.
pub(super) const WORKS: f64 = 0.8;
/// From so many attempts elsewhere it is known whether channels work there.
const KNOWN_ELSEWHERE: f64 = 50.0;

/// All places together, over the phone network.
pub(super) struct Everywhere {
    /// By unit.
    pub amounts: Amounts,
    /// The median day's rate.
    pub rate: f64,
}

impl Everywhere {
    pub(super) fn new(look: &View<'_>, timeline: &Timeline, amounts: Amounts) -> Self {
        let days =
            timeline.units.iter().filter(|unit| look.unit(**unit).is_final()).filter_map(|unit| amounts.get(*unit));
        let rates = days.filter(|day| day.attempts > 0.0).map(|day| day.converted / day.attempts);
        Self { rate: median(rates.collect()), amounts }
    }

    /// Whether the others convert as usual in a unit, as far as they tell.
    pub(super) fn works_besides(&self, unit: usize, place: Amount) -> bool {
        let all = self.amounts.get(unit).copied().unwrap_or_default();
        let (attempts, converted) = (all.attempts - place.attempts, all.converted - place.converted);
        attempts < KNOWN_ELSEWHERE || converted >= WORKS * self.rate * attempts
    }
}
