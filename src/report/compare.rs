//! A part of the period against the same part of the compared period, at the same weekday mix; see [`Change`].

use super::model::{Change, Figure, MixBasis};
use super::scope::Scope;
use super::series::Tally;
use super::stats::{Sample, difference};
use crate::model::Counts;
use crate::rollup::Rates;

/// Which units of both periods are compared, and how their mixes are made equal.
#[derive(Debug)]
pub(super) struct Mix {
    basis: MixBasis,
    /// Units of this period that are compared, with their weekday.
    here: Vec<usize>,
    /// Units of the compared period, with the weight of each in what was to be expected.
    there: Vec<(usize, f64)>,
}

impl Mix {
    /// `None` if there is nothing to compare. Days that may still grow are left out of this period, unless all may.
    pub(super) fn of(scope: &Scope) -> Option<Self> {
        let complete = |units: &[usize]| -> Vec<usize> {
            units.iter().copied().filter(|unit| scope.units[*unit].is_complete()).collect()
        };
        let mut here = complete(&scope.current);
        if here.iter().any(|unit| scope.units[*unit].is_final()) {
            here.retain(|unit| scope.units[*unit].is_final());
        }
        let there = complete(&scope.compared);
        if here.is_empty() || there.is_empty() {
            return None;
        }
        if let Some(there) = weekday_weights(scope, &here, &there) {
            return Some(Self { basis: MixBasis::Weekdays, here, there });
        }
        let days = |units: &[usize]| units.iter().map(|unit| f64::from(scope.units[*unit].days)).sum::<f64>();
        let weight = days(&here) / days(&there);
        let there = there.into_iter().map(|unit| (unit, weight)).collect();
        Some(Self { basis: MixBasis::MeanDay, here, there })
    }

    /// The change of a series; `None` if the compared period had no attempts in it.
    pub(super) fn change(&self, series: &[Tally]) -> Option<Change> {
        let before = Tally::sum(self.there.iter().map(|(unit, _)| series[*unit]));
        if before.attempts == 0 {
            return None;
        }
        let now = Tally::sum(self.here.iter().map(|unit| series[*unit]));
        let (expected_attempts, expected_converted) = self.there.iter().fold((0.0, 0.0), |sum, (unit, weight)| {
            let (attempts, converted) = series[*unit].floats();
            (sum.0 + weight * attempts, sum.1 + weight * converted)
        });
        let (attempts, converted) = now.floats();
        // The interval knows how many attempts there were, not how many they stand for.
        let sample = Sample::of(expected_converted, expected_attempts);
        let sample = sample.map(|sample| Sample { trials: before.floats().0, ..sample });
        let rate = Sample::of(converted, attempts).zip(sample).map(|(now, before)| difference(now, before));
        Some(Change {
            before: before.counts(),
            basis: self.basis,
            expected_attempts,
            attempts: (expected_attempts > 0.0).then(|| attempts / expected_attempts - 1.0),
            rate_before: sample.map(|sample| sample.rate),
            rate,
        })
    }
}

/// The weight of each former unit so that its weekdays count as often as this period's; `None` where some unit is no
/// single day, or a weekday of this period has no day there.
fn weekday_weights(scope: &Scope, here: &[usize], there: &[usize]) -> Option<Vec<(usize, f64)>> {
    let weekdays = |units: &[usize]| -> Option<[f64; 7]> {
        let mut count = [0.0; 7];
        for unit in units {
            count[scope.units[*unit].weekday()?.num_days_from_monday() as usize] += 1.0;
        }
        Some(count)
    };
    let (now, before) = (weekdays(here)?, weekdays(there)?);
    if now.iter().zip(&before).any(|(now, before)| *now > 0.0 && *before == 0.0) {
        return None;
    }
    there
        .iter()
        .map(|unit| {
            let weekday = scope.units[*unit].weekday()?.num_days_from_monday() as usize;
            Some((*unit, now[weekday] / before[weekday]))
        })
        .collect()
}

/// Makes figures of series.
#[derive(Debug)]
pub(super) struct Figures<'s> {
    pub scope: &'s Scope,
    pub mix: Option<Mix>,
    pub all_attempts: i64,
    pub ranked_from: i64,
}

impl Figures<'_> {
    /// The figure of a series over the period.
    pub(super) fn of(&self, series: &[Tally]) -> Figure {
        let counts = Tally::sum(self.scope.current.iter().map(|unit| series[*unit])).counts();
        let change = self.mix.as_ref().and_then(|mix| mix.change(series));
        Figure { change, ..self.plain(counts) }
    }

    /// The figure of some counts, compared with nothing.
    pub(super) fn plain(&self, counts: Counts) -> Figure {
        let attempts = Tally::from(counts).floats().0;
        let all = Tally { attempts: self.all_attempts, converted: 0 }.floats().0;
        Figure {
            counts,
            rates: Rates::of(counts),
            share: if self.all_attempts > 0 { attempts / all } else { 0.0 },
            is_ranked: counts.attempts() >= self.ranked_from,
            change: None,
        }
    }
}

/// The sum of some series, unit by unit.
pub(super) fn add_up<'a>(units: usize, series: impl IntoIterator<Item = &'a [Tally]>) -> Vec<Tally> {
    let mut sum = vec![Tally::default(); units];
    for one in series {
        for (total, tally) in sum.iter_mut().zip(one) {
            total.add(*tally);
        }
    }
    sum
}
