//! What listed attempts cost, as far as their prices are known.

use super::money::{Currency, Money};

/// A sum of the vendor's prices, exact, and how many attempts had one. The default is that of no attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Cost {
    /// Attempts with a price.
    pub priced: i64,
    /// What they cost together; of no use where currencies are mixed.
    pub amount: Money,
    /// In what.
    pub unit: CostUnit,
}

/// The currency of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CostUnit {
    /// None: no attempt had a price.
    #[default]
    Unknown,
    /// All of it in one.
    One(Currency),
    /// More than one, which do not add up.
    Mixed,
}

impl Cost {
    /// Of one attempt.
    #[must_use]
    pub fn of(price: Option<(Money, Currency)>) -> Self {
        price.map_or_else(Self::default, |(amount, currency)| Self { priced: 1, amount, unit: CostUnit::One(currency) })
    }

    /// Of all attempts of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            priced: self.priced.saturating_add(other.priced),
            amount: self.amount + other.amount,
            unit: match (self.unit, other.unit) {
                (unit, CostUnit::Unknown) | (CostUnit::Unknown, unit) => unit,
                (CostUnit::One(one), CostUnit::One(other)) if one == other => self.unit,
                _ => CostUnit::Mixed,
            },
        }
    }

    /// What is left of it without a part of its attempts.
    #[must_use]
    pub fn without(self, part: Self) -> Self {
        let priced = self.priced - part.priced;
        let unit = if priced == 0 && self.unit != CostUnit::Mixed { CostUnit::Unknown } else { self.unit };
        Self { priced, amount: self.amount - part.amount, unit }
    }

    /// As what so many attempts cost; `None`: with more prices than they are, it is none of theirs.
    #[must_use]
    pub fn among(self, attempts: i64) -> Option<Self> {
        (0..=attempts).contains(&self.priced).then_some(self)
    }

    /// The amount; `None` where currencies are mixed.
    #[must_use]
    pub fn amount(self) -> Option<Money> {
        (self.unit != CostUnit::Mixed).then_some(self.amount)
    }

    /// The one currency, if there is one.
    #[must_use]
    pub const fn currency(self) -> Option<Currency> {
        match self.unit {
            CostUnit::One(currency) => Some(currency),
            CostUnit::Unknown | CostUnit::Mixed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str, currency: &str) -> Cost {
        Cost::of(Some((text.parse().unwrap(), currency.parse().unwrap())))
    }

    #[test]
    fn prices_of_one_currency_add_up_and_go_again() {
        let (one, other, none) = (price("0.05", "USD"), price("0.0075", "USD"), Cost::of(None));
        let all = one.with(none).with(other);
        assert_eq!((all.priced, all.amount().map(|it| it.to_string()).as_deref()), (2, Some("0.0575")));
        assert_eq!(all.currency(), "USD".parse().ok());
        assert_eq!(all.without(other), one);
        assert_eq!(all.without(one).without(other), none);
    }

    #[test]
    fn two_currencies_are_no_sum() {
        let mixed = price("1", "USD").with(price("1", "EUR"));
        assert_eq!((mixed.priced, mixed.amount(), mixed.currency()), (2, None, None));
        assert_eq!(mixed.without(price("1", "EUR")).amount(), None, "what is left is not known");
        assert_eq!(mixed.with(Cost::default()), mixed);
    }
}
