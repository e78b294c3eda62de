//! What attempts cost: as the list of single attempts says, or at the job's prices, which the API does not know.

use std::collections::BTreeMap;

use crate::job::PricedPart;
use crate::model::{Channel, Country, Counts, Currency, Money, ServiceSid};

/// The costs of a period. Currencies are never added up, and what has no price is no zero. Every attempt is in one
/// currency's total or among those without a price.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Costs {
    /// By currency, ascending.
    pub currencies: Vec<CurrencyCosts>,
    /// The same by service, most attempts first; empty where services are not split. Those without attempts are left out.
    pub services: Vec<ServiceCosts>,
    /// Parts with attempts and without a price, most attempts first.
    pub unpriced: Vec<Unpriced>,
    /// All attempts of the period.
    pub attempts: i64,
}

/// What is paid in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyCosts {
    /// The currency.
    pub currency: Currency,
    /// All of it.
    pub total: Cost,
    /// By country and channel, as far as these are split, and by source; what unconverted attempts cost most first.
    pub lines: Vec<CostLine>,
}

/// What the attempts of a service cost. In each currency those of all services add up to its total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCosts {
    /// The service.
    pub service: ServiceSid,
    /// Its name in the job file, if it has one there.
    pub name: Option<String>,
    /// All its attempts of the period, whether they have a price or not.
    pub attempts: i64,
    /// Those that have one, by its currency.
    pub currencies: BTreeMap<Currency, Cost>,
}

/// What some attempts cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// The attempts that have a price. Of listed ones as many are taken for converted as of all in their rows.
    pub counts: Counts,
    /// All of them.
    pub attempts: Money,
    /// Those that did not convert.
    pub unconverted: Money,
}

impl Costs {
    /// The attempts whose cost is known.
    #[must_use]
    pub fn known(&self) -> i64 {
        self.currencies.iter().map(|of| of.total.counts.attempts()).sum()
    }

    /// Whether the list says something of it.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.currencies.iter().any(CurrencyCosts::is_listed)
    }
}

impl CurrencyCosts {
    /// Whether the list says something of it.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.lines.iter().any(|line| line.source == CostSource::Listed)
    }

    /// What of it is at the job's prices.
    #[must_use]
    pub fn at_the_jobs_prices(&self) -> Cost {
        Cost::sum(self.lines.iter().filter(|line| line.source != CostSource::Listed).map(|line| &line.cost))
    }
}

impl ServiceCosts {
    /// The attempts whose cost is known.
    #[must_use]
    pub fn known(&self) -> i64 {
        self.currencies.values().map(|cost| cost.counts.attempts()).sum()
    }
}

impl Cost {
    /// All of some costs in one currency.
    #[must_use]
    pub fn sum<'a>(costs: impl Iterator<Item = &'a Self>) -> Self {
        costs.fold(Self::default(), Self::with)
    }

    /// This and another in the same currency.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        Self {
            counts: self.counts.checked_add(other.counts).unwrap_or(self.counts),
            attempts: self.attempts + other.attempts,
            unconverted: self.unconverted + other.unconverted,
        }
    }

    /// What part of another in the same currency it is, from 0 to 1; `None` of what costs nothing.
    #[must_use]
    pub fn share_of(&self, all: &Self) -> Option<f64> {
        (all.attempts > Money::default()).then(|| self.attempts.to_f64() / all.attempts.to_f64())
    }

    /// What a conversion cost, all attempts counted, to the nearest millionth; `None` without conversions.
    #[must_use]
    pub fn per_conversion(&self) -> Option<Money> {
        self.attempts.per(self.counts.converted())
    }
}

/// Who says what attempts cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CostSource {
    /// The list of single attempts, each with its own price: the channel's fee.
    Listed,
    /// The job's prices.
    Job {
        /// What an attempt costs.
        price: Money,
        /// The row of the prices that says so; `None` = any.
        row: PricedPart,
    },
}

/// Why nobody knows what attempts cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUnpriced {
    /// Neither list nor job gives a price.
    NoPrice,
    /// The list gives prices in two currencies for one cell, which are no sum.
    TwoCurrencies,
}

/// A part's costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostLine {
    /// The country, the remainder among them; `None` where countries are not split.
    pub country: Option<Country>,
    /// The channel; `None` where channels are not split.
    pub channel: Option<Channel>,
    /// Who says so.
    pub source: CostSource,
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
    /// Why.
    pub why: WhyUnpriced,
}
