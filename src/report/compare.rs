//! A part of the period against the same part of the compared period, at the same weekday mix; see [`Change`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cube::{Amount, Amounts, Cube};
use super::key::{Dimension, Key, Level};
use super::model::{Change, Cleared, Figure, MixBasis};
use super::scope::Scope;
use super::series::{Tally, real};
use super::stats::{Correlation, RateDay, RateSpread, Sample, difference, fall_p_value};
use crate::model::Counts;
use crate::rollup::Rates;

/// Which units of both periods are compared, and how their mixes are made equal.
#[derive(Debug)]
pub(super) struct Mix {
    basis: MixBasis,
    /// Units of this period that are compared.
    here: Vec<usize>,
    /// Units of the compared period, with the weight of each in what was to be expected.
    there: Vec<(usize, f64)>,
    /// Whether none of them may still change.
    pub is_final: bool,
}

/// A change, and how probable it is by chance, up or down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tested {
    pub change: Change,
    pub p_value: Option<f64>,
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
        let is_final = here.iter().chain(&there).all(|unit| scope.units[*unit].is_final());
        if let Some(there) = weekday_weights(scope, &here, &there) {
            return Some(Self { basis: MixBasis::Weekdays, here, there, is_final });
        }
        let days = |units: &[usize]| units.iter().map(|unit| f64::from(scope.units[*unit].days)).sum::<f64>();
        let weight = days(&here) / days(&there);
        let there = there.into_iter().map(|unit| (unit, weight)).collect();
        Some(Self { basis: MixBasis::MeanDay, here, there, is_final })
    }

    fn before(&self, amounts: &[Amount]) -> Amount {
        Amount::sum(self.there.iter().map(|(unit, _)| amounts[*unit]))
    }

    /// The change of a series; `None` if the compared period had no attempts in it.
    pub(super) fn test(&self, amounts: &[Amount], correlation: Correlation) -> Option<Tested> {
        let before = self.before(amounts);
        if before.attempts <= 0.0 {
            return None;
        }
        let now = Amount::sum(self.here.iter().map(|unit| amounts[*unit]));
        let expected = self.there.iter().fold(Amount::default(), |mut sum, (unit, weight)| {
            let Amount { attempts, converted } = amounts[*unit];
            sum.add(Amount { attempts: weight * attempts, converted: weight * converted });
            sum
        });
        // Intervals and tests know how many attempts there were and how their days differ, not how many they stand for.
        let worth = |sample: Option<Sample>, days: &mut dyn Iterator<Item = (f64, f64)>| {
            sample.map(|sample| Sample { trials: correlation.effective(days), ..sample })
        };
        let here = worth(
            Sample::of(now.converted, now.attempts),
            &mut self.here.iter().map(|unit| (amounts[*unit].attempts, 1.0)),
        );
        let there = worth(
            Sample::of(expected.converted, expected.attempts),
            &mut self.there.iter().map(|(unit, weight)| (amounts[*unit].attempts, *weight)),
        );
        let pooled = (now.converted + before.converted) / (now.attempts + before.attempts);
        let both = here.zip(there);
        let p_value = both.and_then(|(here, there)| {
            let fall = fall_p_value(here, there, pooled, correlation.freedom, 0.0)?;
            Some((2.0 * fall.min(1.0 - fall)).min(1.0))
        });
        let change = Change {
            before: before.counts(),
            basis: self.basis,
            expected_attempts: expected.attempts,
            attempts: (expected.attempts > 0.0).then(|| now.attempts / expected.attempts - 1.0),
            rate_before: there.map(|sample| sample.rate),
            rate: both.map(|(here, there)| difference(here, there)),
        };
        Some(Tested { change, p_value })
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

/// Makes figures of parts of the table.
#[derive(Debug)]
pub(super) struct Figures<'s> {
    pub scope: &'s Scope,
    pub mix: Option<Mix>,
    pub all_attempts: i64,
    pub ranked_from: i64,
    /// Every part of every level, as the table has it, and without attacks.
    parts: BTreeMap<Key, Both>,
    /// Whether sums of services hold attacks all the same, as nobody knows of which services they were.
    blurs_services: bool,
    /// Units of history, of the period and of what it is compared with, each unit once.
    stretches: [Vec<usize>; 3],
    /// How the days of all finest parts differ.
    pooled: RateSpread,
}

/// A part by unit of time.
#[derive(Debug, Clone)]
struct Both {
    seen: Amounts,
    /// `None` = the same.
    cleared: Option<Amounts>,
}

impl Both {
    fn cleared(&self) -> &Amounts {
        self.cleared.as_ref().unwrap_or(&self.seen)
    }
}

impl<'s> Figures<'s> {
    pub(super) fn new(scope: &'s Scope, (seen, cleared): (&Cube, &Cube), all_attempts: i64, ranked_from: i64) -> Self {
        // Level by level: no more than one level's sums are held twice.
        let of_level = |level: Level| {
            let mut without = cleared.by(level);
            seen.by(level).into_iter().map(move |(key, seen)| {
                let cleared = without.remove(&key).filter(|cleared| *cleared != seen);
                (key, Both { seen, cleared })
            })
        };
        let parts: BTreeMap<Key, Both> = cleared.levels().into_iter().flat_map(of_level).collect();
        let is_cleared = parts.values().any(|part| part.cleared.is_some());
        let is_history = |unit: &&usize| !scope.before.contains(unit);
        let compared: Vec<usize> = scope.compared.iter().filter(is_history).copied().collect();
        let mut figures = Self {
            scope,
            mix: Mix::of(scope),
            all_attempts,
            ranked_from,
            blurs_services: is_cleared && !cleared.is_exact(Level::of(&[Dimension::Service])),
            parts,
            stretches: [scope.before.clone(), scope.current.clone(), compared],
            pooled: RateSpread::default(),
        };
        figures.pooled = RateSpread::sum(cleared.leaves().values().map(|leaf| figures.spread(leaf)));
        figures
    }

    /// How the rates of days differ, each period's about its own.
    fn spread(&self, amounts: &[Amount]) -> RateSpread {
        let scope = self.scope;
        let mut spread = RateSpread::default();
        for units in &self.stretches {
            let is_known = |unit: &&usize| scope.units[**unit].is_final() && amounts[**unit].attempts > 0.0;
            let days: Vec<Amount> = units.iter().filter(is_known).map(|unit| amounts[*unit]).collect();
            let all = Amount::sum(days.iter().copied());
            let rate = all.converted / all.attempts.max(f64::MIN_POSITIVE);
            let day = |day: &Amount| RateDay { attempts: day.attempts, converted: day.converted, rate };
            spread.add(RateSpread::of(&days.iter().map(day).collect::<Vec<_>>()));
        }
        spread
    }

    /// A part's change and how sure it is, without attacks; `None` where one cannot be taken out.
    pub(super) fn tested(&self, key: Key) -> Option<Tested> {
        let is_blurred = key.service.is_some() && self.blurs_services;
        let both = self.parts.get(&key).filter(|_| self.is_alike(key) && !is_blurred)?;
        self.change(both.cleared())
    }

    /// Attempts of the days that are compared, where the compared ones asked for the same and had none.
    pub(super) fn came(&self) -> Option<f64> {
        let mix = self.mix.as_ref()?;
        let whole = self.parts.get(&Key::default()).filter(|_| self.is_alike(Key::default()))?;
        let now = Amount::sum(mix.here.iter().map(|unit| whole.seen[*unit]));
        (mix.before(&whole.seen).attempts <= 0.0).then_some(now.attempts)
    }

    fn change(&self, amounts: &[Amount]) -> Option<Tested> {
        self.mix.as_ref()?.test(amounts, self.spread(amounts).within(self.pooled))
    }

    /// Whether a part was asked for alike in all units that are compared.
    fn is_alike(&self, key: Key) -> bool {
        let Some(mix) = &self.mix else { return false };
        let likeness = self.scope.likeness(key);
        let mut compared = mix.here.iter().chain(mix.there.iter().map(|(unit, _)| unit)).map(|unit| likeness[*unit]);
        let first = compared.next().flatten();
        first.is_some() && compared.all(|likeness| likeness == first)
    }

    /// Whether a part has enough attempts in the period to be ranked.
    pub(super) fn is_ranked(&self, series: &[Tally]) -> bool {
        Tally::sum(self.scope.current.iter().map(|unit| series[*unit])).attempts >= self.ranked_from
    }

    /// The figure of a part over the period.
    pub(super) fn of(&self, key: Key, series: &[Tally]) -> Figure {
        self.sum_of(&[key], series)
    }

    /// The figure of some parts together.
    pub(super) fn sum_of(&self, keys: &[Key], series: &[Tally]) -> Figure {
        let plain = self.plain(Tally::sum(self.scope.current.iter().map(|unit| series[*unit])).counts());
        let parts: Vec<&Both> = keys.iter().filter_map(|key| self.parts.get(key)).collect();
        let sum = |of: &dyn Fn(&Both) -> Amounts| {
            let mut sum = vec![Amount::default(); self.scope.units.len()];
            for part in &parts {
                sum.iter_mut().zip(of(part).iter()).for_each(|(sum, amount)| sum.add(*amount));
            }
            Arc::new(sum)
        };
        let is_cleared = parts.iter().any(|part| part.cleared.is_some());
        let seen = sum(&|part| part.seen.clone());
        let both = Both { cleared: is_cleared.then(|| sum(&|part| part.cleared().clone())), seen };
        let is_alike = keys.iter().all(|key| self.is_alike(*key));
        let change =
            |amounts: &[Amount]| if is_alike { self.change(amounts).map(|tested| tested.change) } else { None };
        Figure { change: change(&both.seen), cleared: self.cleared(&both, &change), ..plain }
    }

    fn cleared(&self, both: &Both, change: &impl Fn(&[Amount]) -> Option<Change>) -> Option<Cleared> {
        let cleared = both.cleared.as_deref()?;
        let here = |amounts: &[Amount]| Amount::sum(self.scope.current.iter().map(|unit| amounts[*unit]));
        let before = |amounts: &[Amount]| self.mix.as_ref().map_or(0.0, |mix| mix.before(amounts).attempts);
        let left = here(cleared);
        let removed = here(&both.seen).attempts - left.attempts;
        let removed_before = before(&both.seen) - before(cleared);
        if removed < 0.5 && removed_before < 0.5 {
            return None;
        }
        Some(Cleared {
            removed,
            removed_before,
            attempts: left.attempts,
            is_ranked: left.attempts >= real(self.ranked_from),
            rates: (left.attempts > 0.0).then(|| Rates::wilson(left.attempts, left.converted, left.unconverted())),
            change: change(cleared),
        })
    }

    /// The figure of some counts, compared with nothing.
    pub(super) fn plain(&self, counts: Counts) -> Figure {
        Figure {
            counts,
            rates: Rates::of(counts),
            share: if self.all_attempts > 0 { real(counts.attempts()) / real(self.all_attempts) } else { 0.0 },
            is_ranked: counts.attempts() >= self.ranked_from,
            change: None,
            cleared: None,
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
