//! The way back: a row's stored columns, checked until they are a [`Row`] again.

use std::str::FromStr;

use chrono::NaiveDate;

use super::cost::is_stored;
use super::{Column, Derived};
use crate::model::{
    Cost, CostUnit, Country, Counts, Currency, Money, Provenance, Row, RowKey, UnixMicros, UnixSeconds, Window,
};

/// A row's columns as a file holds them. Rates are left out: they follow from the counts.
#[derive(Debug, Clone, Copy)]
pub struct Unchecked<'a> {
    /// `row_key`
    pub row_key: &'a str,
    /// `window_start`
    pub window_start: UnixMicros,
    /// `window_end`
    pub window_end: UnixMicros,
    /// `window_date`
    pub window_date: NaiveDate,
    /// `account_sid`
    pub account_sid: &'a str,
    /// `service_sid`
    pub service_sid: Option<&'a str>,
    /// `country`
    pub country: Option<&'a str>,
    /// `channel`
    pub channel: Option<&'a str>,
    /// `destination_prefix`
    pub destination_prefix: Option<&'a str>,
    /// `total_attempts`
    pub total_attempts: i64,
    /// `total_converted`
    pub total_converted: i64,
    /// `total_unconverted`
    pub total_unconverted: i64,
    /// `provenance`
    pub provenance: &'a str,
    /// `is_final`
    pub is_final: bool,
    /// `asked_at`
    pub asked_at: UnixMicros,
    /// `run_id`
    pub run_id: &'a str,
    /// `published_at`
    pub published_at: Option<UnixMicros>,
    /// `priced_attempts`
    pub priced_attempts: Option<i64>,
    /// `channel_cost`, in whole millionths
    pub channel_cost: Option<i64>,
    /// `cost_currency`
    pub cost_currency: Option<&'a str>,
}

/// A stored value that the table cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("column {} holds a value that does not belong there", column.name())]
pub struct RowError {
    /// Where it stands.
    pub column: Column,
}

impl Unchecked<'_> {
    /// The row, if every column holds what this tool could have written and the key's text and the counts agree. `derived`
    /// keeps what the next row may share.
    pub fn check(&self, derived: &mut Derived) -> Result<Row, RowError> {
        let start = whole_seconds(self.window_start).ok_or(RowError { column: Column::WindowStart })?;
        let window = whole_seconds(self.window_end)
            .and_then(|end| Window::new(start, end))
            .ok_or(RowError { column: Column::WindowEnd })?;
        let country = match self.country {
            Some(text) => Some(Country::from_table(text).ok_or(RowError { column: Column::Country })?),
            None => None,
        };
        let key = RowKey {
            account: parse(Column::AccountSid, self.account_sid)?,
            window,
            service: self.service_sid.map(|text| parse(Column::ServiceSid, text)).transpose()?,
            country,
            channel: self.channel.map(|text| parse(Column::Channel, text)).transpose()?,
            prefix: self.destination_prefix.map(|text| parse(Column::DestinationPrefix, text)).transpose()?,
        };
        if derived.row_key(&key) != self.row_key {
            return Err(RowError { column: Column::RowKey });
        }
        let counts = Counts::new(self.total_attempts, self.total_converted)
            .ok_or(RowError { column: Column::TotalConverted })?;
        if counts.unconverted() != self.total_unconverted {
            return Err(RowError { column: Column::TotalUnconverted });
        }
        Ok(Row {
            key,
            window_date: self.window_date,
            counts,
            provenance: Provenance::from_name(self.provenance).ok_or(RowError { column: Column::Provenance })?,
            cost: read_cost(self.priced_attempts, self.channel_cost, self.cost_currency, counts)?,
            is_final: self.is_final,
            asked_at: self.asked_at,
            run_id: parse(Column::RunId, self.run_id)?,
            published_at: self.published_at,
        })
    }
}

/// The cost of a stored row with these counts. Refused are prices of fewer than no or more than all attempts, an amount or a
/// currency without a count or of no priced attempt, and one without the other.
fn read_cost(
    priced: Option<i64>,
    amount: Option<i64>,
    currency: Option<&str>,
    counts: Counts,
) -> Result<Option<Cost>, RowError> {
    let refuse = |column| Err(RowError { column });
    let currency: Option<Currency> = currency.map(|text| parse(Column::CostCurrency, text)).transpose()?;
    if amount.is_some_and(|amount| !is_stored(amount)) {
        return refuse(Column::ChannelCost);
    }
    match (priced, amount, currency) {
        (None, None, None) => Ok(None),
        (Some(priced), ..) if !(0..=counts.attempts()).contains(&priced) => refuse(Column::PricedAttempts),
        (None, ..) => refuse(Column::PricedAttempts),
        (Some(0), Some(0), None) => Ok(Some(Cost::default())),
        (Some(0), _, Some(_)) | (Some(1..), Some(_), None) => refuse(Column::CostCurrency),
        (Some(priced @ 1..), Some(amount), Some(currency)) => {
            Ok(Some(Cost { priced, amount: Money::from_millionths(amount), unit: CostUnit::One(currency) }))
        }
        (Some(priced @ 1..), None, None) => Ok(Some(Cost { priced, amount: Money::default(), unit: CostUnit::Mixed })),
        (Some(_), ..) => refuse(Column::ChannelCost),
    }
}

fn parse<T: FromStr>(column: Column, text: &str) -> Result<T, RowError> {
    text.parse().map_err(|_| RowError { column })
}

fn whole_seconds(instant: UnixMicros) -> Option<UnixSeconds> {
    let seconds = instant.floor_seconds();
    (seconds.to_micros() == instant).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::cost::{TOO_MUCH, as_stored, stored_amount, stored_currency};

    fn usd(priced: i64, millionths: i64) -> Cost {
        Cost { priced, amount: Money::from_millionths(millionths), unit: CostUnit::One("USD".parse().unwrap()) }
    }

    #[test]
    fn a_cost_reads_back_as_it_is_stored() {
        let mixed = usd(2, 5).with(Cost { unit: CostUnit::One("EUR".parse().unwrap()), ..usd(1, 7) });
        let nothing_left = mixed.without(mixed);
        let costs = [Cost::default(), usd(1, 57_500), usd(7, 0), usd(3, TOO_MUCH - 1), usd(3, TOO_MUCH), mixed];
        for cost in costs.into_iter().chain([nothing_left, usd(3, -1), usd(3, 1 - TOO_MUCH), usd(3, -TOO_MUCH)]) {
            let currency = stored_currency(&cost).map(ToString::to_string);
            let counts = Counts::new(7, 0).unwrap();
            let stored = as_stored(cost, counts).unwrap();
            let read = read_cost(Some(cost.priced), stored_amount(cost), currency.as_deref(), counts);
            assert_eq!(read, Ok(Some(stored)), "{cost:?}");
            assert_eq!(as_stored(stored, counts), Some(stored));
        }
        let seven = |cost| as_stored(cost, Counts::new(7, 0).unwrap());
        assert_eq!(seven(mixed).unwrap().amount(), None);
        assert_eq!(seven(nothing_left), Some(Cost::default()));
        assert_eq!(seven(usd(3, TOO_MUCH)).unwrap().currency(), None, "more digits than the column has");
        assert_eq!((seven(usd(8, 1)), seven(usd(-1, 1))), (None, None), "a row that could not be read back");
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_its_column() {
        use Column::{ChannelCost, CostCurrency, PricedAttempts};
        let cases = [
            (Some(-1), None, None, PricedAttempts),
            (Some(12), Some(1), Some("USD"), PricedAttempts),
            (None, Some(1), Some("USD"), PricedAttempts),
            (None, Some(0), None, PricedAttempts),
            (None, None, Some("USD"), PricedAttempts),
            (Some(0), None, None, ChannelCost),
            (Some(0), Some(1), None, ChannelCost),
            (Some(0), Some(0), Some("USD"), CostCurrency),
            (Some(1), Some(-TOO_MUCH), Some("USD"), ChannelCost),
            (Some(1), Some(TOO_MUCH), Some("USD"), ChannelCost),
            (Some(1), None, Some("USD"), ChannelCost),
            (Some(1), Some(1), None, CostCurrency),
            (Some(1), Some(1), Some("usd"), CostCurrency),
            (Some(1), Some(1), Some("USDT"), CostCurrency),
        ];
        for (priced, amount, currency, column) in cases {
            let read = read_cost(priced, amount, currency, Counts::new(11, 9).unwrap());
            assert_eq!(read, Err(RowError { column }), "{priced:?} {amount:?} {currency:?}");
        }
    }
}
