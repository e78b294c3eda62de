//! A part's name and its numbers, with their change, and both without attacks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::report::{Change, Cleared, Figure, FlagScope};

#[derive(Serialize, JsonSchema)]
pub struct Names {
    service_sid: Option<String>,
    service_name: Option<String>,
    country: Option<String>,
    channel: Option<String>,
    destination_prefix: Option<String>,
    /// So many small countries together.
    #[serde(skip_serializing_if = "Option::is_none")]
    small_countries: Option<usize>,
}

impl From<&FlagScope> for Names {
    fn from(place: &FlagScope) -> Self {
        Self {
            service_sid: place.service.map(|service| service.to_string()),
            service_name: place.service_name.clone(),
            country: place.country.map(|country| country.to_string()),
            channel: place.channel.map(|channel| channel.to_string()),
            destination_prefix: place.prefix.map(|prefix| prefix.to_string()),
            small_countries: place.small_countries,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Numbers {
    total_attempts: i64,
    total_converted: i64,
    conversion_rate: Option<f64>,
    conversion_rate_low: Option<f64>,
    conversion_rate_high: Option<f64>,
    /// Of all attempts of the period.
    share: f64,
    /// Whether there are enough attempts to judge it by its rate.
    ranked: bool,
    #[serde(flatten)]
    change: Changes,
    /// What is left without the attempts that look like pumping; null where there were none.
    without_attacks: Option<Without>,
}

#[derive(Serialize, JsonSchema)]
struct Changes {
    /// The compared days as they were.
    attempts_before: Option<i64>,
    converted_before: Option<i64>,
    /// Attempts that the compared days would have had on this period's weekdays.
    expected_attempts: Option<f64>,
    /// Their rate.
    rate_before: Option<f64>,
    /// Attempts against those expected, minus 1.
    attempts_change: Option<f64>,
    rate_change: Option<f64>,
    rate_change_low: Option<f64>,
    rate_change_high: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct Without {
    removed_attempts: f64,
    removed_attempts_before: f64,
    total_attempts: f64,
    conversion_rate: Option<f64>,
    conversion_rate_low: Option<f64>,
    conversion_rate_high: Option<f64>,
    #[serde(flatten)]
    change: Changes,
}

impl From<Option<Change>> for Changes {
    fn from(change: Option<Change>) -> Self {
        let rate = change.and_then(|change| change.rate);
        Self {
            attempts_before: change.map(|change| change.before.attempts()),
            converted_before: change.map(|change| change.before.converted()),
            expected_attempts: change.map(|change| change.expected_attempts),
            rate_before: change.and_then(|change| change.rate_before),
            attempts_change: change.and_then(|change| change.attempts),
            rate_change: rate.map(|rate| rate.value),
            rate_change_low: rate.map(|rate| rate.low),
            rate_change_high: rate.map(|rate| rate.high),
        }
    }
}

impl From<Cleared> for Without {
    fn from(cleared: Cleared) -> Self {
        Self {
            removed_attempts: cleared.removed,
            removed_attempts_before: cleared.removed_before,
            total_attempts: cleared.attempts,
            conversion_rate: cleared.rates.map(|rates| rates.rate),
            conversion_rate_low: cleared.rates.map(|rates| rates.low),
            conversion_rate_high: cleared.rates.map(|rates| rates.high),
            change: cleared.change.into(),
        }
    }
}

impl From<&Figure> for Numbers {
    fn from(figure: &Figure) -> Self {
        Self {
            total_attempts: figure.counts.attempts(),
            total_converted: figure.counts.converted(),
            conversion_rate: figure.rates.map(|rates| rates.rate),
            conversion_rate_low: figure.rates.map(|rates| rates.low),
            conversion_rate_high: figure.rates.map(|rates| rates.high),
            share: figure.share,
            ranked: figure.is_ranked,
            change: figure.change.into(),
            without_attacks: figure.cleared.map(Into::into),
        }
    }
}
