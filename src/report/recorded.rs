//! What the rows of the period themselves say that attempts cost, by service, country and channel.
//!
//! A row tells the cost of its attempts together, not of each: what its unconverted ones cost is reckoned at the mean of
//! all rows of the same service, country, channel and currency, as far as these are split. Attempts without a price stay
//! without one.

use std::collections::{BTreeMap, HashMap};

use super::key::Key;
use super::model::Cost;
use crate::model::{Counts, Currency, Money, Row};

/// The rows of one currency.
#[derive(Debug, Clone, Copy, Default)]
struct Charged {
    counts: Counts,
    priced: i64,
    amount: Money,
}

/// The attempts of a part, and what their rows say.
#[derive(Debug, Clone, Default)]
pub(super) struct PartCharges {
    counts: Counts,
    charged: BTreeMap<Currency, Charged>,
    /// Attempts of rows whose prices are no sum.
    mixed: Counts,
}

/// The finest parts that have attempts.
#[derive(Debug, Clone, Default)]
pub(super) struct Recorded(HashMap<Key, PartCharges>);

impl Recorded {
    /// Notes what a row says.
    pub(super) fn add(&mut self, row: &Row) {
        if row.counts == Counts::ZERO {
            return;
        }
        let key = Key { service: row.key.service, country: row.key.country, channel: row.key.channel };
        let part = self.0.entry(key).or_default();
        part.counts = sum(part.counts, row.counts);
        let Some(cost) = row.cost.filter(|cost| cost.priced > 0) else { return };
        match (cost.currency(), cost.amount()) {
            (Some(currency), Some(amount)) => {
                let charged = part.charged.entry(currency).or_default();
                charged.counts = sum(charged.counts, row.counts);
                charged.priced = charged.priced.saturating_add(cost.priced);
                charged.amount = charged.amount + amount;
            }
            _ => part.mixed = sum(part.mixed, row.counts),
        }
    }

    /// Part by part, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Key, &PartCharges)> {
        self.0.iter()
    }
}

impl PartCharges {
    /// All attempts of the part.
    pub(super) const fn attempts(&self) -> i64 {
        self.counts.attempts()
    }

    /// The cost of the attempts that have a price, by currency.
    pub(super) fn costs(&self) -> impl Iterator<Item = (Currency, Cost)> + '_ {
        self.charged.iter().map(|(currency, charged)| (*currency, charged.cost()))
    }

    /// Attempts of rows with some price that have none themselves.
    pub(super) fn unpriced(&self) -> i64 {
        self.charged.values().map(|charged| charged.counts.attempts() - charged.priced).sum()
    }

    /// Attempts of rows whose prices are in two currencies.
    pub(super) const fn mixed(&self) -> i64 {
        self.mixed.attempts()
    }

    /// What is left of the part's counts: the rows that give no cost.
    pub(super) fn rest(&self) -> Counts {
        let all = self.counts;
        let told = self.charged.values().map(|charged| charged.counts).chain([self.mixed]);
        let told = told.fold(Counts::ZERO, sum);
        let (attempts, converted) = (all.attempts() - told.attempts(), all.converted() - told.converted());
        Counts::new(attempts, converted).unwrap_or_default()
    }
}

impl Charged {
    /// As many of the priced attempts are taken for converted as of all.
    fn cost(&self) -> Cost {
        let (attempts, converted) = (self.counts.attempts(), self.counts.converted());
        let converted_of_priced = share(converted, self.priced, attempts);
        Cost {
            counts: Counts::new(self.priced, converted_of_priced).unwrap_or_default(),
            attempts: self.amount,
            unconverted: self.amount.share(attempts - converted, attempts).unwrap_or_default(),
        }
    }
}

/// No account comes near where counts end.
fn sum(one: Counts, other: Counts) -> Counts {
    one.checked_add(other).unwrap_or(one)
}

/// `count · part / whole`, to the nearest; a part is no more than its whole.
fn share(count: i64, part: i64, whole: i64) -> i64 {
    let (count, part, whole) = (i128::from(count), i128::from(part), i128::from(whole.max(1)));
    i64::try_from((2 * count * part + whole) / (2 * whole)).unwrap_or(i64::MAX)
}
