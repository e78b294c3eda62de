//! Costs as decimal texts: a number of JSON may pass through a float, a text doesn't.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{Cost, CostLine, CostSource, Costs, CurrencyCosts, ServiceCosts, WhyUnpriced};

#[derive(Serialize, JsonSchema)]
pub struct CostsRecord {
    /// All of the period's.
    total_attempts: i64,
    /// Those whose cost is known.
    priced_attempts: i64,
    /// By currency; they are never added up.
    currencies: Vec<CurrencyRecord>,
    /// By service, most attempts first; empty where services are not split.
    services: Vec<ServiceRecord>,
    /// What has no price, most attempts first: it is in no sum.
    unpriced: Vec<UnpricedRecord>,
}

#[derive(Serialize, JsonSchema)]
struct CurrencyRecord {
    currency: String,
    #[serde(flatten)]
    total: CostRecord,
    /// What unconverted attempts cost most first.
    parts: Vec<PartRecord>,
}

#[derive(Serialize, JsonSchema)]
struct ServiceRecord {
    service_sid: String,
    /// Its name in the job file.
    service_name: Option<String>,
    /// All of the service's.
    total_attempts: i64,
    /// Those whose cost is known.
    priced_attempts: i64,
    /// In each currency, those of all services add up to its total.
    currencies: Vec<ShareRecord>,
}

#[derive(Serialize, JsonSchema)]
struct ShareRecord {
    currency: String,
    /// Of what all attempts cost in the currency; null if they cost nothing.
    share: Option<f64>,
    #[serde(flatten)]
    cost: CostRecord,
}

#[derive(Serialize, JsonSchema)]
pub struct CostRecord {
    total_attempts: i64,
    total_converted: i64,
    total_unconverted: i64,
    /// Exact, as all of these but the next.
    cost: String,
    unconverted_cost: String,
    /// To the nearest millionth.
    cost_per_conversion: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct PartRecord {
    country: Option<String>,
    channel: Option<String>,
    /// Who says what they cost.
    source: SourceRecord,
    /// Of one attempt; null of listed ones, each of which has its own.
    price: Option<String>,
    /// The country that the price is given for; null = any.
    price_country: Option<String>,
    /// The channel that the price is given for; null = any.
    price_channel: Option<String>,
    #[serde(flatten)]
    cost: CostRecord,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SourceRecord {
    /// The list of single attempts: the channels' fees. What unconverted ones cost is reckoned at the part's mean.
    List,
    /// The job's prices.
    Prices,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ReasonRecord {
    /// Neither the list nor the job gives a price.
    NoPrice,
    /// The list gives prices in two currencies for one cell: they are no sum.
    TwoCurrencies,
}

#[derive(Serialize, JsonSchema)]
struct UnpricedRecord {
    country: Option<String>,
    channel: Option<String>,
    total_attempts: i64,
    reason: ReasonRecord,
}

fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl From<&Costs> for CostsRecord {
    fn from(costs: &Costs) -> Self {
        let unpriced = costs.unpriced.iter().map(|part| UnpricedRecord {
            country: text(part.country),
            channel: text(part.channel),
            total_attempts: part.attempts,
            reason: match part.why {
                WhyUnpriced::NoPrice => ReasonRecord::NoPrice,
                WhyUnpriced::TwoCurrencies => ReasonRecord::TwoCurrencies,
            },
        });
        Self {
            total_attempts: costs.attempts,
            priced_attempts: costs.known(),
            currencies: costs.currencies.iter().map(currency).collect(),
            services: costs.services.iter().map(|of| service(costs, of)).collect(),
            unpriced: unpriced.collect(),
        }
    }
}

fn currency(costs: &CurrencyCosts) -> CurrencyRecord {
    let part = |line: &CostLine| {
        let (source, price, row) = match line.source {
            CostSource::Listed => (SourceRecord::List, None, (None, None)),
            CostSource::Job { price, row } => (SourceRecord::Prices, Some(price), row),
        };
        PartRecord {
            country: text(line.country),
            channel: text(line.channel),
            source,
            price: text(price),
            price_country: text(row.0),
            price_channel: text(row.1),
            cost: (&line.cost).into(),
        }
    };
    CurrencyRecord {
        currency: costs.currency.to_string(),
        total: (&costs.total).into(),
        parts: costs.lines.iter().map(part).collect(),
    }
}

fn service(costs: &Costs, of: &ServiceCosts) -> ServiceRecord {
    let share = |all: &CurrencyCosts| {
        let cost = of.currencies.get(&all.currency)?;
        let currency = all.currency.to_string();
        Some(ShareRecord { currency, share: cost.share_of(&all.total), cost: cost.into() })
    };
    ServiceRecord {
        service_sid: of.service.to_string(),
        service_name: of.name.clone(),
        total_attempts: of.attempts,
        priced_attempts: of.known(),
        currencies: costs.currencies.iter().filter_map(share).collect(),
    }
}

impl From<&Cost> for CostRecord {
    fn from(cost: &Cost) -> Self {
        Self {
            total_attempts: cost.counts.attempts(),
            total_converted: cost.counts.converted(),
            total_unconverted: cost.counts.unconverted(),
            cost: cost.attempts.to_string(),
            unconverted_cost: cost.unconverted.to_string(),
            cost_per_conversion: text(cost.per_conversion()),
        }
    }
}
