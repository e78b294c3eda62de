//! What attempts cost: counts by country and channel at the prices that somebody knows, exactly.

use std::collections::BTreeMap;

use super::model::{Cost, CostLine, Costs, CurrencyCosts, Unpriced};
use super::scope::Scope;
use super::series::{AllSeries, Tally};
use crate::job::{PriceList, PricedPart};
use crate::model::{Counts, Currency, Money};

/// What some attempts of a part cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Charge {
    pub currency: Currency,
    pub price: Money,
    pub row: PricedPart,
    pub cost: Cost,
}

/// Who knows what attempts cost. Prices of a job know it of any attempt alike; the charges of single attempts, as a list
/// of them would bring them, are another one who does.
pub(super) trait Pricing {
    /// `None` if it is not known.
    fn charge(&self, part: PricedPart, counts: Counts) -> Option<Charge>;
}

impl Pricing for PriceList {
    fn charge(&self, part: PricedPart, counts: Counts) -> Option<Charge> {
        let (row, price) = self.price(part)?;
        let cost = Cost {
            counts,
            attempts: price.amount.times(counts.attempts()),
            unconverted: price.amount.times(counts.unconverted()),
        };
        Some(Charge { currency: price.currency, price: price.amount, row, cost })
    }
}

/// The costs of the period, part by part.
pub(super) fn costs(pricing: &impl Pricing, scope: &Scope, all_series: &AllSeries) -> Costs {
    let mut lines: BTreeMap<Currency, Vec<CostLine>> = BTreeMap::new();
    let mut unpriced = Vec::new();
    for (key, series) in &all_series.cells {
        let counts = Tally::sum(scope.current.iter().map(|unit| series.units[*unit])).counts();
        if counts.attempts() == 0 {
            continue;
        }
        let (country, channel) = (key.country, key.channel);
        match pricing.charge((country, channel), counts) {
            Some(Charge { currency, price, row, cost }) => {
                lines.entry(currency).or_default().push(CostLine { country, channel, price, row, cost });
            }
            None => unpriced.push(Unpriced { country, channel, attempts: counts.attempts() }),
        }
    }
    unpriced.sort_by_key(|part| (-part.attempts, part.country, part.channel));
    Costs { currencies: lines.into_iter().map(|(currency, lines)| of_currency(currency, lines)).collect(), unpriced }
}

fn of_currency(currency: Currency, mut lines: Vec<CostLine>) -> CurrencyCosts {
    lines.sort_by_key(|line| {
        (std::cmp::Reverse((line.cost.unconverted, line.cost.attempts)), line.country, line.channel)
    });
    let total = Cost::sum(lines.iter().map(|line| &line.cost));
    CurrencyCosts { currency, total, lines }
}
