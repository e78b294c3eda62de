//! What listed attempts cost, as three columns: how many had a price, what these cost, and in what currency.
//!
//! A cost that does not add up, because its currencies are mixed or its amount needs more digits than the column has, is
//! told by its priced attempts alone. Refused on the way back: prices of fewer than no or more than all attempts, an
//! amount or a currency without a count, an amount or a currency of no priced attempt, an amount without its currency.

use super::unchecked::parse;
use super::{Column, RowError};
use crate::model::{Cost, CostUnit, Counts, Currency, Money};

/// Digits of the amount's column.
pub(super) const MOST_DIGITS: u8 = 18;
/// Those of them behind the point.
pub(super) const DECIMALS: i8 = 6;
/// The first amount, in millionths, that has more digits.
const TOO_MUCH: i64 = 10_i64.pow(MOST_DIGITS as u32);

/// The cost as it reads back: what says nothing is left out, so that equal rows stay equal.
pub(super) fn as_stored(cost: Cost) -> Cost {
    match (cost.priced, stored_amount(cost)) {
        (0, _) => Cost::default(),
        (_, Some(_)) => cost,
        (priced, None) => Cost { priced, amount: Money::default(), unit: CostUnit::Mixed },
    }
}

/// The amount in millionths, if there is one that the column holds.
pub(super) fn stored_amount(cost: Cost) -> Option<i64> {
    if cost.priced == 0 {
        return Some(0);
    }
    cost.currency()?;
    cost.amount()?.millionths().filter(|amount| (0..TOO_MUCH).contains(amount))
}

/// The currency, where there is an amount.
pub(super) fn stored_currency(cost: &Cost) -> Option<&Currency> {
    match &cost.unit {
        CostUnit::One(currency) if cost.priced > 0 && stored_amount(*cost).is_some() => Some(currency),
        _ => None,
    }
}

/// The cost of a stored row with these counts.
pub(super) fn read_cost(
    priced: Option<i64>,
    amount: Option<i64>,
    currency: Option<&str>,
    counts: Counts,
) -> Result<Option<Cost>, RowError> {
    let refuse = |column| Err(RowError { column });
    let currency = currency.map(|text| parse(Column::CostCurrency, text)).transpose()?;
    if amount.is_some_and(|amount| !(0..TOO_MUCH).contains(&amount)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(priced: i64, millionths: i64) -> Cost {
        Cost { priced, amount: Money::from_millionths(millionths), unit: CostUnit::One("USD".parse().unwrap()) }
    }

    #[test]
    fn a_cost_reads_back_as_it_is_stored() {
        let mixed = usd(2, 5).with(Cost { unit: CostUnit::One("EUR".parse().unwrap()), ..usd(1, 7) });
        let nothing_left = mixed.without(mixed);
        let costs = [Cost::default(), usd(1, 57_500), usd(7, 0), usd(3, TOO_MUCH - 1), usd(3, TOO_MUCH), mixed];
        for cost in costs.into_iter().chain([nothing_left, usd(3, -1)]) {
            let stored = as_stored(cost);
            let currency = stored_currency(&cost).map(ToString::to_string);
            let counts = Counts::new(7, 0).unwrap();
            let read = read_cost(Some(cost.priced), stored_amount(cost), currency.as_deref(), counts);
            assert_eq!(read, Ok(Some(stored)), "{cost:?}");
            assert_eq!(as_stored(stored), stored);
        }
        assert_eq!(as_stored(mixed).amount(), None);
        assert_eq!(as_stored(nothing_left), Cost::default());
        assert_eq!(as_stored(usd(3, TOO_MUCH)).currency(), None, "more digits than the column has");
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
            (Some(1), Some(-1), Some("USD"), ChannelCost),
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
