//! What attempts cost, exactly: as their rows say, and where rows say nothing at the job's prices.
//!
//! What is known of each service, country and channel is added up twice: by country and channel, and by service.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::key::Key;
use super::model::{Cost, CostLine, CostSource, Costs, CurrencyCosts, ServiceCosts, Unpriced, WhyUnpriced};
use super::recorded::PartCharges;
use super::series::AllSeries;
use crate::job::{PriceList, PricedPart};
use crate::model::{Counts, Currency, ServiceSid};

/// The costs of the period; `None` if neither rows nor job know of any.
pub(super) fn costs(
    prices: Option<&PriceList>,
    all_series: &AllSeries,
    names: &BTreeMap<ServiceSid, String>,
) -> Option<Costs> {
    if prices.is_none() && !all_series.facts.has_costs {
        return None;
    }
    let mut sums = Sums::default();
    for (key, charges) in all_series.recorded.iter() {
        sums.add(*key, charges, prices);
    }
    Some(sums.costs(names))
}

#[derive(Default)]
struct Sums {
    lines: BTreeMap<Currency, BTreeMap<(PricedPart, CostSource), Cost>>,
    services: BTreeMap<ServiceSid, OfService>,
    unpriced: BTreeMap<(PricedPart, WhyUnpriced), i64>,
    attempts: i64,
}

#[derive(Default)]
struct OfService {
    attempts: i64,
    currencies: BTreeMap<Currency, Cost>,
}

impl Sums {
    fn add(&mut self, key: Key, charges: &PartCharges, prices: Option<&PriceList>) {
        let part = (key.country, key.channel);
        let rest = charges.rest();
        let at_price = prices.filter(|_| rest.attempts() > 0).and_then(|prices| at_price(prices, part, rest));
        let unpriced = charges.unpriced() + if at_price.is_none() { rest.attempts() } else { 0 };
        for (why, attempts) in [(WhyUnpriced::NoPrice, unpriced), (WhyUnpriced::TwoCurrencies, charges.mixed())] {
            if attempts > 0 {
                *self.unpriced.entry((part, why)).or_default() += attempts;
            }
        }
        self.attempts = self.attempts.saturating_add(charges.attempts());
        let mut of_service = key.service.map(|service| self.services.entry(service).or_default());
        if let Some(of) = &mut of_service {
            of.attempts = of.attempts.saturating_add(charges.attempts());
        }
        let listed = charges.costs().map(|(currency, cost)| (currency, CostSource::Listed, cost));
        for (currency, source, cost) in listed.chain(at_price) {
            let line = self.lines.entry(currency).or_default().entry((part, source)).or_default();
            let service = of_service.as_mut().map(|of| of.currencies.entry(currency).or_default());
            for sum in [Some(line), service].into_iter().flatten() {
                *sum = sum.with(&cost);
            }
        }
    }

    fn costs(self, names: &BTreeMap<ServiceSid, String>) -> Costs {
        let service = |(service, OfService { attempts, currencies })| ServiceCosts {
            service,
            name: names.get(&service).cloned(),
            attempts,
            currencies,
        };
        let mut services: Vec<_> = self.services.into_iter().map(service).collect();
        services.sort_by_key(|of| (Reverse(of.attempts), of.service));
        let unpriced = |(((country, channel), why), attempts)| Unpriced { country, channel, attempts, why };
        let mut unpriced: Vec<_> = self.unpriced.into_iter().map(unpriced).collect();
        unpriced.sort_by_key(|part| (Reverse(part.attempts), part.country, part.channel));
        Costs {
            currencies: self.lines.into_iter().map(|(currency, lines)| of_currency(currency, lines)).collect(),
            services,
            unpriced,
            attempts: self.attempts,
        }
    }
}

/// Attempts at the job's price, if it has one for them.
fn at_price(prices: &PriceList, part: PricedPart, counts: Counts) -> Option<(Currency, CostSource, Cost)> {
    let (row, price) = prices.price(part)?;
    let cost = Cost {
        counts,
        attempts: price.amount.times(counts.attempts()),
        unconverted: price.amount.times(counts.unconverted()),
    };
    Some((price.currency, CostSource::Job { price: price.amount, row }, cost))
}

fn of_currency(currency: Currency, lines: BTreeMap<(PricedPart, CostSource), Cost>) -> CurrencyCosts {
    let line = |(((country, channel), source), cost)| CostLine { country, channel, source, cost };
    let mut lines: Vec<CostLine> = lines.into_iter().map(line).collect();
    lines.sort_by_key(|line| (Reverse((line.cost.unconverted, line.cost.attempts)), line.country, line.channel));
    let total = Cost::sum(lines.iter().map(|line| &line.cost));
    CurrencyCosts { currency, total, lines }
}
