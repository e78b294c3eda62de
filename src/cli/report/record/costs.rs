//! Costs as decimal texts: a number of JSON may pass through a float, a text doesn't.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{Cost, CostLine, Costs, CurrencyCosts};

#[derive(Serialize, JsonSchema)]
pub struct CostsRecord {
    /// By currency; they are never added up.
    currencies: Vec<CurrencyRecord>,
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
struct CostRecord {
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
    /// Of one attempt.
    price: String,
    /// The country that the price is given for; null = any.
    price_country: Option<String>,
    /// The channel that the price is given for; null = any.
    price_channel: Option<String>,
    #[serde(flatten)]
    cost: CostRecord,
}

#[derive(Serialize, JsonSchema)]
struct UnpricedRecord {
    country: Option<String>,
    channel: Option<String>,
    total_attempts: i64,
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
        });
        Self { currencies: costs.currencies.iter().map(currency).collect(), unpriced: unpriced.collect() }
    }
}

fn currency(costs: &CurrencyCosts) -> CurrencyRecord {
    let part = |line: &CostLine| PartRecord {
        country: text(line.country),
        channel: text(line.channel),
        price: line.price.to_string(),
        price_country: text(line.row.0),
        price_channel: text(line.row.1),
        cost: (&line.cost).into(),
    };
    CurrencyRecord {
        currency: costs.currency.to_string(),
        total: (&costs.total).into(),
        parts: costs.lines.iter().map(part).collect(),
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
