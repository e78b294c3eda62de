//! What attempts cost, at prices that the API does not know.

use crate::job::PricedPart;
use crate::model::{Channel, Country, Counts, Currency, Money};

/// The costs of a period. Currencies are never added up, and what has no price is no zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Costs {
    /// By currency, ascending.
    pub currencies: Vec<CurrencyCosts>,
    /// Parts with attempts and without a price, most attempts first.
    pub unpriced: Vec<Unpriced>,
}

/// What is paid in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyCosts {
    /// The currency.
    pub currency: Currency,
    /// All of it.
    pub total: Cost,
    /// By country and channel, as far as these are split; what unconverted attempts cost most first.
    pub lines: Vec<CostLine>,
}

/// What some attempts cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The attempts that have a price.
    pub counts: Counts,
    /// All of them.
    pub attempts: Money,
    /// Those that did not convert.
    pub unconverted: Money,
}

impl Cost {
    /// All of some costs in one currency.
    #[must_use]
    pub fn sum<'a>(costs: impl Iterator<Item = &'a Self>) -> Self {
        costs.fold(Self::default(), |sum, cost| Self {
            counts: sum.counts.checked_add(cost.counts).unwrap_or(sum.counts),
            attempts: sum.attempts + cost.attempts,
            unconverted: sum.unconverted + cost.unconverted,
        })
    }

    /// What a conversion cost, all attempts counted, to the nearest millionth; `None` without conversions.
    #[must_use]
    pub fn per_conversion(&self) -> Option<Money> {
        self.attempts.per(self.counts.converted())
    }
}

/// A part's costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostLine {
    /// The country, the remainder among them; `None` where countries are not split.
    pub country: Option<Country>,
    /// The channel; `None` where channels are not split.
    pub channel: Option<Channel>,
    /// What an attempt costs.
    pub price: Money,
    /// The row of the prices that says so; `None` = any.
    pub row: PricedPart,
    /// The sum.
    pub cost: Cost,
}

/// A part whose attempts have no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpriced {
    /// The country, the remainder among them; `None` where countries are not split.
    pub country: Option<Country>,
    /// The channel; `None` where channels are not split.
    pub channel: Option<Channel>,
    /// How many there were.
    pub attempts: i64,
}
