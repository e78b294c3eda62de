//! What all forms of the report say of costs in the same words.

use super::format::{ELSEWHERE, channel_name, grouped, place_name};
use super::model::{Cost, CostLine, CostSource, Costs, CurrencyCosts, FlagScope, Unpriced, WhyUnpriced};
use crate::job::PricedPart;
use crate::model::{Channel, Country, Currency, Money};

/// So many parts without a price are named.
const NAMED: usize = 10;
/// So many parts are listed one by one; a workbook has all.
const SHOWN: usize = 20;

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
    let CurrencyCosts { currency, total, .. } = costs;
    let (attempts, unconverted) = (total.counts.attempts(), total.counts.unconverted());
    let each = total
        .per_conversion()
        .map_or(String::new(), |each| format!(", {} for each conversion", money(*currency, each)));
    let at_prices = costs.at_the_jobs_prices();
    let source = match (costs.is_listed(), at_prices.counts.attempts()) {
        (false, _) => String::new(),
        (true, 0) => "; channel fees only, unconverted at the mean".to_owned(),
        (true, attempts) => format!(
            "; channel fees only, unconverted at the mean, but {} of it for {} attempts at the job's prices",
            money(*currency, at_prices.attempts),
            grouped(attempts),
        ),
    };
    format!(
        "{} for {} attempts, {} of it for the {} that did not convert{each}{source}",
        money(*currency, total.attempts),
        grouped(attempts),
        money(*currency, total.unconverted),
        grouped(unconverted),
    )
}

/// The first lines, and the sum of the others with their number.
#[must_use]
pub fn listed(costs: &CurrencyCosts) -> (&[CostLine], Option<(usize, Cost)>) {
    let shown = if costs.lines.len() <= SHOWN + 1 { costs.lines.len() } else { SHOWN };
    let (lines, rest) = costs.lines.split_at(shown);
    (lines, (!rest.is_empty()).then(|| (rest.len(), Cost::sum(rest.iter().map(|line| &line.cost)))))
}

/// `cost of 98.2 % of attempts: 13,388 of 13,633`; `None` where it is that of all, or none is listed.
fn known(costs: &Costs) -> Option<String> {
    let (known, all) = (costs.known(), costs.attempts);
    if !costs.is_listed() || known >= all {
        return None;
    }
    // Rounded down: what is not known of all must not read as all.
    let tenths = i128::from(known) * 1000 / i128::from(all);
    let (known, all) = (grouped(known), grouped(all));
    Some(format!("cost of {}.{} % of attempts: {known} of {all}", tenths / 10, tenths % 10))
}

/// `no price for SMS in Madagascar: 2,040 attempts`, a line for each of the first, and what is left; before them of how
/// many the cost is known.
#[must_use]
pub fn unpriced(costs: &Costs) -> Vec<String> {
    let of =
        |attempts: i64| if attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", grouped(attempts)) };
    let line = |part: &Unpriced| {
        let (name, attempts) = (part_name((part.country, part.channel)), of(part.attempts));
        match part.why {
            WhyUnpriced::NoPrice => format!("no price for {name}: {attempts}"),
            WhyUnpriced::TwoCurrencies => format!("no sum for {name}, priced in two currencies: {attempts}"),
        }
    };
    let mut lines: Vec<String> = known(costs).into_iter().collect();
    let told = lines.len();
    lines.extend(costs.unpriced.iter().take(NAMED).map(line));
    let rest = &costs.unpriced[lines.len() - told..];
    if !rest.is_empty() {
        let attempts = rest.iter().map(|part| part.attempts).sum();
        lines.push(format!("no price or no sum for {} more parts: {}", rest.len(), of(attempts)));
    }
    lines
}
