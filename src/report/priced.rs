//! What all forms of the report say of costs in the same words.

use std::cmp::Reverse;

use super::format::{ELSEWHERE, channel_name, grouped, percent, place_name, service_name};
use super::model::{Cost, CostLine, CostSource, Costs, CurrencyCosts, FlagScope, ServiceCosts, Unpriced, WhyUnpriced};
use crate::job::PricedPart;
use crate::model::{Channel, Country, Currency, Money};

/// So many parts, or services, are listed one by one; a workbook has all.
pub const SHOWN: usize = 20;
/// So many parts without a price are named on a page.
pub const NAMED: usize = 10;

/// `1,234.56`, exact.
#[must_use]
pub fn amount(money: Money) -> String {
    let text = money.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, "00"));
    // A sum of counts times prices has no sign.
    whole.parse::<i128>().map_or_else(|_| text.clone(), |whole| format!("{}.{decimals}", grouped(whole)))
}

/// `USD 1,234.56`
#[must_use]
pub fn money(currency: Currency, money: Money) -> String {
    format!("{currency} {}", amount(money))
}

/// A country and channel, as far as they are split: `SMS in Colombia`, `SMS elsewhere`.
#[must_use]
pub fn part_name((country, channel): PricedPart) -> String {
    match (country, channel) {
        (Some(Country::REMAINDER), None) => ELSEWHERE.to_owned(),
        (Some(Country::REMAINDER), Some(channel)) if channel != Channel::Email => {
            format!("{} elsewhere", channel_name(channel))
        }
        _ => place_name(&FlagScope { country, channel, ..FlagScope::default() }),
    }
}

/// `0.0538`, and where it is no price of the part itself: `0.0538 (any country)`; of listed attempts, each of which has
/// its own, `0.0538 (mean of the listed)`.
#[must_use]
pub fn price(line: &CostLine) -> String {
    let (price, (country, channel)) = match line.source {
        CostSource::Job { price, row } => (price, row),
        CostSource::Listed => {
            return mean(line).map_or("–".to_owned(), |mean| format!("{} (mean of the listed)", amount(mean)));
        }
    };
    let is_open = |is_split: bool, row_has_it: bool| is_split && !row_has_it;
    let open = (is_open(line.country.is_some(), country.is_some()), is_open(line.channel.is_some(), channel.is_some()));
    let how = match open {
        (false, false) => "",
        (true, false) => " (any country)",
        (false, true) => " (any channel)",
        (true, true) => " (any country and channel)",
    };
    format!("{}{how}", amount(price))
}

/// What an attempt of a line costs, on average.
#[must_use]
pub fn mean(line: &CostLine) -> Option<Money> {
    line.cost.attempts.per(line.cost.counts.attempts())
}

/// `USD 12.50 for 250 attempts, USD 2.50 of it for the 50 that did not convert, USD 0.0625 for each conversion`
#[must_use]
pub fn total(costs: &CurrencyCosts) -> String {
    let at_prices = costs.at_the_jobs_prices();
    let source = match (costs.is_listed(), at_prices.counts.attempts()) {
        (false, _) => String::new(),
        (true, 0) => "; channel fees only, unconverted at the mean".to_owned(),
        (true, attempts) => format!(
            "; channel fees only, unconverted at the mean, but {} of it for {} attempts at the job's prices",
            money(costs.currency, at_prices.attempts),
            grouped(attempts),
        ),
    };
    format!("{}{source}", sum(costs.currency, &costs.total))
}

fn sum(currency: Currency, cost: &Cost) -> String {
    let each =
        cost.per_conversion().map_or(String::new(), |each| format!(", {} for each conversion", money(currency, each)));
    format!(
        "{} for {} attempts, {} of it for the {} that did not convert{each}",
        money(currency, cost.attempts),
        grouped(cost.counts.attempts()),
        money(currency, cost.unconverted),
        grouped(cost.counts.unconverted()),
    )
}

/// What a service costs in a currency, or all that are left of a long list.
#[derive(Debug, Clone, PartialEq)]
pub struct OfService {
    /// Its name in the job file, or its SID.
    pub name: String,
    /// All its attempts.
    pub attempts: i64,
    /// Those that have a price; `None` = none has one in this currency.
    pub cost: Option<Cost>,
}

/// What services cost in a currency, what unconverted attempts cost most first, the last of them together if they are
/// more than so many; nothing unless several had attempts, as one alone is the total.
#[must_use]
pub fn by_service(costs: &Costs, currency: Currency, most: usize) -> Vec<OfService> {
    if costs.services.len() < 2 {
        return Vec::new();
    }
    let line = |of: &ServiceCosts| OfService {
        name: service_name(of.service, of.name.as_deref()),
        attempts: of.attempts,
        cost: of.currencies.get(&currency).copied(),
    };
    let mut lines: Vec<_> = costs.services.iter().map(line).collect();
    lines.sort_by_key(|line| Reverse(line.cost.map(|cost| (cost.unconverted, cost.attempts))));
    if lines.len() > most + 1 {
        let rest = lines.split_off(most);
        lines.push(OfService {
            name: format!("{} more services", rest.len()),
            attempts: rest.iter().map(|line| line.attempts).sum(),
            cost: rest.iter().filter_map(|line| line.cost).reduce(|sum, cost| sum.with(&cost)),
        });
    }
    lines
}

impl OfService {
    /// `55.1 %`, of what all cost in the currency.
    #[must_use]
    pub fn share(&self, of: &CurrencyCosts) -> Option<String> {
        self.cost.and_then(|cost| cost.share_of(&of.total)).map(percent)
    }

    /// `Login, 55.1 % of the cost: USD 5.00 for 80 attempts, …; no price in USD for 10 attempts`
    #[must_use]
    pub fn sentence(&self, of: &CurrencyCosts) -> String {
        let share = self.share(of).map_or(String::new(), |share| format!(", {share} of the cost"));
        let priced = self.cost.map_or(0, |cost| cost.counts.attempts());
        let unpriced = self.attempts - priced;
        let unpriced = (unpriced > 0).then(|| format!("no price in {} for {}", of.currency, some_attempts(unpriced)));
        let said = [self.cost.map(|cost| sum(of.currency, &cost)), unpriced];
        let said: Vec<String> = said.into_iter().flatten().collect();
        format!("{}{share}: {}", self.name, said.join("; "))
    }
}

/// `1 attempt`, `2,040 attempts`
fn some_attempts(attempts: i64) -> String {
    if attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", grouped(attempts)) }
}

/// The first lines, and the sum of the others with their number.
#[must_use]
pub fn listed(costs: &CurrencyCosts) -> (&[CostLine], Option<(usize, Cost)>) {
    let shown = if costs.lines.len() <= SHOWN + 1 { costs.lines.len() } else { SHOWN };
    let (lines, rest) = costs.lines.split_at(shown);
    (lines, (!rest.is_empty()).then(|| (rest.len(), Cost::sum(rest.iter().map(|line| &line.cost)))))
}

/// That the cost is `known of 98.2 % of attempts: 13,388 of 13,633`; `None` where it is that of all, or none is listed.
#[must_use]
pub fn known(costs: &Costs) -> Option<String> {
    let (known, all) = (costs.known(), costs.attempts);
    if !costs.is_listed() || known >= all {
        return None;
    }
    // Rounded down: what is not known of all must not read as all.
    let tenths = i128::from(known) * 1000 / i128::from(all);
    let (known, all) = (grouped(known), grouped(all));
    Some(format!("known of {}.{} % of attempts: {known} of {all}", tenths / 10, tenths % 10))
}

/// `no price for SMS in Madagascar: 2,040 attempts`, a line for each of so many, and one for what is left, if that is
/// more than one.
#[must_use]
pub fn unpriced(costs: &Costs, most: usize) -> Vec<String> {
    let line = |part: &Unpriced| {
        let (name, attempts) = (part_name((part.country, part.channel)), some_attempts(part.attempts));
        match part.why {
            WhyUnpriced::NoPrice => format!("no price for {name}: {attempts}"),
            WhyUnpriced::TwoCurrencies => format!("no sum for {name}, priced in two currencies: {attempts}"),
        }
    };
    let named = if costs.unpriced.len() <= most + 1 { costs.unpriced.len() } else { most };
    let (named, rest) = costs.unpriced.split_at(named);
    let mut lines: Vec<String> = named.iter().map(line).collect();
    if !rest.is_empty() {
        let attempts = rest.iter().map(|part| part.attempts).sum();
        lines.push(format!("no price or no sum for {} more parts: {}", rest.len(), some_attempts(attempts)));
    }
    lines
}
