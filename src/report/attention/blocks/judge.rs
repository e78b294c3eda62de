//! Whether a part of the numbers had far more messages than it should, of which hardly any converted.

use std::collections::BTreeMap;

use super::super::super::cube::Amount;
use super::super::super::key::Key;
use super::super::super::scope::Likeness;
use super::super::super::series::real;
use super::super::usual::{LEAST_UNITS, median};
use super::super::view::View;
use crate::model::Country;
use crate::rollup::Rates;

/// Attempts of the numbers beside a part from which on their rate tells what is usual.
const KNOWN_BESIDE: f64 = 100.0;
/// A part that converts less than this part of the numbers beside it stands out.
const HALF: f64 = 0.5;
/// The rate of what is beyond the usual is surely below so many times that of pumping: a handful proves nothing.
const SURELY: f64 = 2.0;

/// By unit of time; none where there were no attempts.
pub(super) type Amounts = BTreeMap<usize, Amount>;

/// What the numbers of a country are judged by.
pub(super) struct Judge<'s> {
    look: &'s View<'s>,
    whole: Amounts,
    likeness: Vec<Option<Likeness>>,
    /// Units that are known from end to end.
    complete: Vec<usize>,
}

/// What was usual in a unit of time.
#[derive(Debug, Clone, Copy)]
struct Usual {
    amount: Amount,
    /// Whether other days tell.
    is_known: bool,
}

impl<'s> Judge<'s> {
    pub(super) fn new(look: &'s View<'s>, country: Option<Country>, whole: Amounts) -> Self {
        let complete = look.known().into_iter().filter(|unit| look.unit(*unit).is_complete()).collect();
        let likeness = look.scope.likeness(Key { country, ..Key::default() });
        Self { look, whole, likeness, complete }
    }

    /// All numbers of the country.
    pub(super) const fn whole(&self) -> &Amounts {
        &self.whole
    }

    /// The least excess that matters.
    pub(super) fn least(&self) -> f64 {
        real(self.look.thresholds.spike_attempts)
    }

    /// The rate of the numbers beside a part, where they are enough and convert as numbers do.
    fn beside(&self, amounts: &Amounts, unit: usize) -> Option<f64> {
        let of = |amounts: &Amounts| amounts.get(&unit).copied().unwrap_or_default();
        let (whole, part) = (of(&self.whole), of(amounts));
        let attempts = whole.attempts - part.attempts;
        let rate = (whole.converted - part.converted) / attempts.max(f64::MIN_POSITIVE);
        (attempts >= KNOWN_BESIDE && rate > self.look.thresholds.spike_rate).then_some(rate)
    }

    /// Whether surely fewer convert than should.
    fn is_low(&self, amount: Amount, beside: Option<f64>) -> bool {
        let below = self.look.thresholds.spike_rate.max(beside.unwrap_or_default() * HALF);
        amount.attempts > 0.0 && high(amount) < below
    }

    /// What is usual: by the days before the period, and the other days on which messages converted, as far as the same
    /// was asked for. Without any, as many as the conversions take at the rate of the numbers beside.
    fn usual(&self, amounts: &Amounts, unit: usize) -> Usual {
        let beside = self.beside(amounts, unit);
        let of = |unit: usize| amounts.get(&unit).copied().unwrap_or_default();
        let others = self.complete.iter().copied().filter(|other| {
            *other != unit && self.likeness[*other].is_some() && self.likeness[*other] == self.likeness[unit]
        });
        let others: Vec<usize> = others.collect();
        // What has long been so is usual, also where it converts badly.
        let is_before = |other: &usize| self.look.scope.before.contains(other);
        let is_long = others.iter().filter(|other| is_before(other)).count() >= LEAST_UNITS;
        let is_ordinary = |other: &usize| (is_long && is_before(other)) || !self.is_low(of(*other), beside);
        let days: Vec<Amount> = others.into_iter().filter(is_ordinary).map(of).collect();
        let attempts = || days.iter().map(|day| day.attempts);
        let amount = match days.len() {
            0 => {
                let converted = of(unit).converted;
                let attempts = converted / beside.unwrap_or(1.0);
                return Usual { amount: Amount { attempts, converted }, is_known: false };
            }
            // A few days show no median; what they had was usual.
            1..LEAST_UNITS => days.iter().copied().max_by(|a, b| a.attempts.total_cmp(&b.attempts)).unwrap_or_default(),
            _ => Amount {
                attempts: median(attempts().collect()),
                converted: median(days.iter().map(|day| day.converted).collect()),
            },
        };
        Usual { amount, is_known: true }
    }

    fn is_odd(&self, amounts: &Amounts, unit: usize) -> bool {
        let Some(seen) = amounts.get(&unit).copied() else { return false };
        let Usual { amount: usual, is_known } = self.usual(amounts, unit);
        if !is_known {
            return self.is_low(seen, self.beside(amounts, unit));
        }
        let thresholds = self.look.thresholds;
        let beyond =
            Amount { attempts: seen.attempts - usual.attempts, converted: (seen.converted - usual.converted).max(0.0) };
        beyond.attempts > 0.0
            && seen.attempts >= thresholds.spike_factor * usual.attempts
            && beyond.converted <= thresholds.spike_rate * beyond.attempts
            && high(beyond) < SURELY * thresholds.spike_rate
    }

    /// The stretches of a part's units that stand out by enough.
    pub(super) fn runs(&self, amounts: &Amounts, units: &[usize]) -> Vec<Vec<usize>> {
        let odd: Vec<usize> = units.iter().copied().filter(|unit| self.is_odd(amounts, *unit)).collect();
        let runs = odd.chunk_by(|one, next| self.look.touch(*one, *next));
        runs.map(<[usize]>::to_vec).filter(|run| self.excess(amounts, run) >= self.least()).collect()
    }

    /// What a part has beyond the usual.
    pub(super) fn excess(&self, amounts: &Amounts, units: &[usize]) -> f64 {
        let (seen, usual, _) = self.sums(amounts, units);
        (seen.attempts - usual.attempts).max(0.0)
    }

    /// What a part had and what is usual, and whether other days tell.
    pub(super) fn sums(&self, amounts: &Amounts, units: &[usize]) -> (Amount, Amount, bool) {
        let seen = Amount::sum(units.iter().filter_map(|unit| amounts.get(unit).copied()));
        let usual: Vec<Usual> = units.iter().map(|unit| self.usual(amounts, *unit)).collect();
        (seen, Amount::sum(usual.iter().map(|usual| usual.amount)), usual.iter().all(|usual| usual.is_known))
    }
}

/// The upper end of the 95 % interval of a rate.
fn high(amount: Amount) -> f64 {
    let converted = amount.converted.min(amount.attempts);
    Rates::wilson(amount.attempts, converted, amount.attempts - converted).high
}
