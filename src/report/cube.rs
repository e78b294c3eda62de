//! The table as real numbers: each finest part's attempts and conversions by day, and the sums of any level.
//!
//! Searches take out what they have explained (`subtract`), part by part, so that all sums are cleared of it alike.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::key::{Dimension, Key, Level};
use super::series::{AllSeries, Tally};
use crate::model::Counts;
use crate::sink::dataset::Split;

/// Attempts and conversions; real, as what was to be expected is no whole number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Amount {
    pub attempts: f64,
    pub converted: f64,
}

impl Amount {
    pub(super) fn add(&mut self, other: Self) {
        self.attempts += other.attempts;
        self.converted += other.converted;
    }

    pub(super) fn sum(amounts: impl IntoIterator<Item = Self>) -> Self {
        amounts.into_iter().fold(Self::default(), |mut sum, amount| {
            sum.add(amount);
            sum
        })
    }

    /// In whole numbers: sums of them, or what is left of these without attacks.
    pub(super) fn counts(self) -> Counts {
        let attempts = whole(self.attempts);
        Counts::new(attempts, whole(self.converted).min(attempts)).unwrap_or_default()
    }

    pub(super) fn unconverted(self) -> f64 {
        self.attempts - self.converted
    }
}

/// The nearest whole number.
#[expect(clippy::cast_possible_truncation, reason = "numbers of attempts; beyond 2^63 they saturate")]
pub(super) fn whole(number: f64) -> i64 {
    number.round() as i64
}

impl From<Tally> for Amount {
    fn from(tally: Tally) -> Self {
        let (attempts, converted) = tally.floats();
        Self { attempts, converted }
    }
}

/// A part by unit of time; shared until it is changed, as nearly all of them stay what they are.
pub(super) type Amounts = Arc<Vec<Amount>>;

/// Parts of one level.
pub(super) type ByKey = BTreeMap<Key, Amounts>;

/// The finest parts; two tables where there are too many services to split each country by them.
#[derive(Debug, Clone)]
pub(super) struct Cube {
    split: Level,
    leaves: ByKey,
    /// Service × channel, if the leaves know no services.
    services: ByKey,
}

impl Cube {
    pub(super) fn new(all_series: &AllSeries, split: Split) -> Self {
        let dimensions = [
            (split.channels, Dimension::Channel),
            (split.countries, Dimension::Country),
            (split.services, Dimension::Service),
        ];
        let dimensions: Vec<Dimension> =
            dimensions.iter().filter(|(is_split, _)| *is_split).map(|(_, dimension)| *dimension).collect();
        let amounts = |units: &[Tally]| Arc::new(units.iter().map(|tally| Amount::from(*tally)).collect());
        let coarse = |series: &[(Key, super::series::Series)]| -> ByKey {
            series.iter().map(|(key, series)| (*key, amounts(&series.units))).collect()
        };
        let leaves: ByKey = all_series.leaves.iter().map(|(key, units)| (*key, amounts(units))).collect();
        let (leaves, services) = if leaves.is_empty() {
            (coarse(&all_series.cells), coarse(&all_series.services))
        } else {
            (leaves, ByKey::new())
        };
        Self { split: Level::of(&dimensions), leaves, services }
    }

    /// Every level that can be summed, the coarsest first.
    pub(super) fn levels(&self) -> Vec<Level> {
        let both = Level::of(&[Dimension::Country, Dimension::Service]);
        let mut levels = self.split.parts();
        levels.retain(|level| self.services.is_empty() || !both.is_within(*level));
        levels
    }

    /// The level, if it can be summed.
    pub(super) fn has(&self, dimensions: &[Dimension]) -> Option<Level> {
        let level = Level::of(dimensions);
        self.levels().contains(&level).then_some(level)
    }

    /// Whether the finest parts of a service's sums are known, so that what is taken out is taken out there, too.
    pub(super) fn is_exact(&self, level: Level) -> bool {
        self.services.is_empty() || !level.holds(Dimension::Service)
    }

    /// The parts of a level, of what lies in some parts alone.
    pub(super) fn by_if(&self, level: Level, is_wanted: impl Fn(Key) -> bool) -> ByKey {
        let table = if self.is_exact(level) { &self.leaves } else { &self.services };
        let mut sums = ByKey::new();
        for (key, units) in table.iter().filter(|(key, _)| is_wanted(**key)) {
            match sums.entry(key.at(level)) {
                Entry::Vacant(first) => {
                    first.insert(units.clone());
                }
                Entry::Occupied(mut sum) => {
                    let sum = Arc::make_mut(sum.get_mut());
                    sum.iter_mut().zip(units.iter()).for_each(|(sum, amount)| sum.add(*amount));
                }
            }
        }
        sums
    }

    /// The parts of a level.
    pub(super) fn by(&self, level: Level) -> ByKey {
        self.by_if(level, |_| true)
    }

    /// The finest parts that lie in a part of a level.
    pub(super) fn parts_of(&self, level: Level, part: Key) -> Vec<&[Amount]> {
        let table = if self.is_exact(level) { &self.leaves } else { &self.services };
        table.iter().filter(|(key, _)| part.contains(**key)).map(|(_, units)| units.as_slice()).collect()
    }

    /// The finest parts.
    pub(super) const fn leaves(&self) -> &ByKey {
        &self.leaves
    }

    /// Takes something out of a finest part.
    pub(super) fn set(&mut self, leaf: Key, unit: usize, left: Amount) {
        if let Some(amount) = self.leaves.get_mut(&leaf).and_then(|units| Arc::make_mut(units).get_mut(unit)) {
            *amount = left;
        }
    }

    /// Empties a part in a unit of time, with all that lies in it.
    pub(super) fn empty(&mut self, part: Key, unit: usize) {
        for (_, units) in self.leaves.iter_mut().filter(|(leaf, _)| part.contains(**leaf)) {
            if let Some(amount) = Arc::make_mut(units).get_mut(unit) {
                *amount = Amount::default();
            }
        }
    }
}
