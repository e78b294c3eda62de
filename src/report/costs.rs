//! What attempts cost, exactly: as their rows say, and where rows say nothing at the job's prices.

use std::collections::BTreeMap;

use super::model::{Cost, CostLine, CostSource, Costs, CurrencyCosts, Unpriced, WhyUnpriced};
use super::scope::Scope;
use super::series::{AllSeries, Tally};
use crate::job::{PriceList, PricedPart};
use crate::model::{Counts, Currency};

/// The costs of the period, part by part; `None` if neither rows nor job know of any.
pub(super) fn costs(prices: Option<&PriceList>, scope: &Scope, all_series: &AllSeries) -> Option<Costs> {
    if prices.is_none() && !all_series.facts.has_costs {
        return None;
    }
    let mut lines: BTreeMap<Currency, Vec<CostLine>> = BTreeMap::new();
    let mut unpriced = Vec::new();
    let mut attempts: i64 = 0;
    for (key, series) in &all_series.cells {
        let counts = Tally::sum(scope.current.iter().map(|unit| series.units[*unit])).counts();
        let part = (key.country, key.channel);
        attempts = attempts.saturating_add(counts.attempts());
        let recorded = all_series.recorded.of(part);
        for (currency, cost) in recorded.costs() {
            lines.entry(currency).or_default().push(line(part, CostSource::Listed, cost));
        }
        let rest = recorded.rest(counts);
        let mut unknown = recorded.unpriced();
        match prices.and_then(|prices| at_price(prices, part, rest)).filter(|_| rest.attempts() > 0) {
            Some((currency, line)) => lines.entry(currency).or_default().push(line),
            None => unknown = unknown.saturating_add(rest.attempts()),
        }
        let why = [(unknown, WhyUnpriced::NoPrice), (recorded.mixed(), WhyUnpriced::TwoCurrencies)];
        let (country, channel) = part;
        let known = why.into_iter().filter(|(attempts, _)| *attempts > 0);
        unpriced.extend(known.map(|(attempts, why)| Unpriced { country, channel, attempts, why }));
    }
    unpriced.sort_by_key(|part| (-part.attempts, part.country, part.channel));
    let currencies = lines.into_iter().map(|(currency, lines)| of_currency(currency, lines)).collect();
    Some(Costs { currencies, unpriced, attempts })
}

/// Attempts at the job's price, if it has one for them.
fn at_price(prices: &PriceList, part: PricedPart, counts: Counts) -> Option<(Currency, CostLine)> {
    let (row, price) = prices.price(part)?;
    let cost = Cost {
        counts,
        attempts: price.amount.times(counts.attempts()),
        unconverted: price.amount.times(counts.unconverted()),
    };
    Some((price.currency, line(part, CostSource::Job { price: price.amount, row }, cost)))
}

const fn line((country, channel): PricedPart, source: CostSource, cost: Cost) -> CostLine {
    CostLine { country, channel, source, cost }
}

fn of_currency(currency: Currency, mut lines: Vec<CostLine>) -> CurrencyCosts {
    lines.sort_by_key(|line| {
        (std::cmp::Reverse((line.cost.unconverted, line.cost.attempts)), line.country, line.channel)
    });
    let total = Cost::sum(lines.iter().map(|line| &line.cost));
    CurrencyCosts { currency, total, lines }
}
