//! What listed attempts cost, as three columns: how many had a price, what these cost, and in what currency.
//!
//! A cost that does not add up, because its currencies are mixed or its amount needs more digits than the column has, is
//! told by its priced attempts alone.

use crate::model::{Cost, CostUnit, Counts, Currency, Money};

/// Digits of the amount's column.
pub(super) const MOST_DIGITS: u8 = 18;
/// Those of them behind the point.
pub(super) const DECIMALS: i8 = 6;
/// The first amount, in millionths, that has more digits.
pub(super) const TOO_MUCH: i64 = 10_i64.pow(MOST_DIGITS as u32);

/// The cost of a row with these counts as it reads back: what says nothing is left out, so that equal rows stay equal.
/// More prices than attempts are none of theirs, and no cost.
pub(super) fn as_stored(cost: Cost, counts: Counts) -> Option<Cost> {
    match (cost.among(counts.attempts())?.priced, stored_amount(cost)) {
        (0, _) => Some(Cost::default()),
        (_, Some(_)) => Some(cost),
        (priced, None) => Some(Cost { priced, amount: Money::default(), unit: CostUnit::Mixed }),
    }
}

/// The amount in millionths, if there is one that the column holds.
pub(super) fn stored_amount(cost: Cost) -> Option<i64> {
    if cost.priced == 0 {
        return Some(0);
    }
    cost.currency()?;
    cost.amount()?.millionths().filter(|amount| is_stored(*amount))
}

/// Whether the column holds so many millionths, owed or credited.
pub(super) const fn is_stored(amount: i64) -> bool {
    amount.unsigned_abs() < TOO_MUCH.unsigned_abs()
}

/// The currency, where there is an amount.
pub(super) fn stored_currency(cost: &Cost) -> Option<&Currency> {
    match &cost.unit {
        CostUnit::One(currency) if cost.priced > 0 && stored_amount(*cost).is_some() => Some(currency),
        _ => None,
    }
}
