//! What attempts cost by what their rows say.

use proptest::prelude::*;

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::job::{PriceList, Prices, ReportSettings};
use crate::model::{Channel, Cost, CostUnit, Money, Provenance};
use crate::report::{Report, priced, render};

fn dataset(prices: Option<&str>) -> Dataset {
    let mut dataset = Dataset::of(
        "name = \"costs\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
         [matrix]\ncountries = [\"CO\", \"US\"]\nchannels = \"all\"\n",
    );
    let prices = prices.map(|text| Prices::Known(PriceList::parse(text).unwrap()));
    dataset.job.report = Some(ReportSettings { prices, ..ReportSettings::default() });
    dataset
}

fn of(priced: i64, millionths: i64, currency: &str) -> Cost {
    let unit = if currency.is_empty() { CostUnit::Mixed } else { CostUnit::One(currency.parse().unwrap()) };
    Cost { priced, amount: Money::from_millionths(millionths), unit }
}

fn add(dataset: &mut Dataset, country: &'static str, (attempts, converted): (i64, i64), cost: Option<Cost>) {
    dataset.add_row(
        Cell { country: Some(country), channel: Some(Channel::Sms), ..Cell::default() },
        attempts,
        converted,
    );
    if let Some(row) = dataset.rows.last_mut().filter(|_| cost.is_some()) {
        row.cost = cost;
        row.provenance = Provenance::Listed;
    }
}

/// Two days: Colombia listed in dollars, and in part without a price, then in euros; the United States listed on one day
/// and not on the other; elsewhere two currencies at once.
fn some(prices: Option<&str>) -> Report {
    let mut dataset = dataset(prices);
    dataset.add_window(window(day("2026-10-12") * DAY, DAY), true);
    add(&mut dataset, "CO", (100, 80), Some(of(90, 9_000_000, "USD")));
    add(&mut dataset, "US", (10, 5), Some(of(10, 75_000, "USD")));
    add(&mut dataset, "ZZ", (7, 3), Some(of(7, 1, "")));
    dataset.add_window(window(day("2026-10-13") * DAY, DAY), true);
    add(&mut dataset, "CO", (4, 4), Some(of(4, 400_000, "EUR")));
    add(&mut dataset, "US", (20, 10), None);
    add(&mut dataset, "ZZ", (5, 0), Some(Cost::default()));
    dataset.report("2026-10")
}

#[test]
fn attempts_cost_what_their_rows_say() {
    let report = some(None);
    let found = report.costs.as_ref().unwrap();
    let totals: Vec<String> = found.currencies.iter().map(priced::total).collect();
    assert_eq!(
        totals,
        [
            "EUR 0.40 for 4 attempts, EUR 0.00 of it for the 0 that did not convert, EUR 0.10 for each conversion; channel \
             fees only, unconverted at the mean",
            // A fifth of 9, a half of 0.075; 72 of the 90 and 5 of the 10 are taken for converted.
            "USD 9.075 for 100 attempts, USD 1.8375 of it for the 23 that did not convert, USD 0.117857 for each conversion; \
             channel fees only, unconverted at the mean",
        ]
    );
    assert_eq!(
        priced::unpriced(found, 3),
        [
            "no price for SMS in United States: 20 attempts",
            "no price for SMS in Colombia: 10 attempts",
            "no sum for SMS elsewhere, priced in two currencies: 7 attempts",
            "no price for SMS elsewhere: 5 attempts",
        ]
    );
    assert_eq!(priced::known(found).as_deref(), Some("known of 71.2 % of attempts: 104 of 146"));
    for form in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        for text in ["9.075", "EUR 0.40", "known of 71.2 % of attempts", "priced in two currencies: 7 attempts"] {
            assert!(form.contains(text), "{text}: {form}");
        }
        assert!(!form.contains("9.475"), "euros and dollars are never one sum: {form}");
        assert!(!form.contains("this API knows no prices"), "{form}");
    }
    for form in [render::markdown(&report), render::html(&report)] {
        assert!(form.contains("0.10 (mean of the listed)"), "{form}");
        assert!(form.contains("5 listed attempt by attempt"), "{form}");
        assert!(form.contains("Costs are the channels"), "{form}");
    }
    assert!(render::workbook(&report).is_ok());
}

#[test]
fn the_jobs_prices_stand_in_where_rows_give_no_cost() {
    let report = some(Some("country,channel,price,currency\nCO,sms,100,USD\nUS,sms,0.01,USD\n"));
    let found = report.costs.as_ref().unwrap();
    assert_eq!(
        priced::total(&found.currencies[1]),
        "USD 9.275 for 120 attempts, USD 1.9375 of it for the 33 that did not convert, USD 0.106609 for each conversion; \
         channel fees only, unconverted at the mean, but USD 0.20 of it for 20 attempts at the job's prices"
    );
    let prices: Vec<(String, String)> = found.currencies[1]
        .lines
        .iter()
        .map(|line| (priced::part_name((line.country, line.channel)), priced::price(line)))
        .collect();
    let expected = [
        ("SMS in Colombia", "0.10 (mean of the listed)"),
        ("SMS in United States", "0.01"),
        ("SMS in United States", "0.0075 (mean of the listed)"),
    ];
    assert_eq!(prices, expected.map(|(name, price)| (name.to_owned(), price.to_owned())));
    let markdown = render::markdown(&report);
    assert!(markdown.contains("Attempts whose rows give no cost are counted at the job's prices"), "{markdown}");
}

/// Prices come late, or never.
#[test]
fn listed_attempts_without_a_price_cost_nobody_knows_what() {
    let mut dataset = dataset(None);
    dataset.add_window(window(day("2026-10-12") * DAY, DAY), true);
    add(&mut dataset, "CO", (100, 80), Some(Cost::default()));
    let report = dataset.report("2026-10");
    let found = report.costs.as_ref().unwrap();
    assert_eq!((found.currencies.len(), found.known(), found.attempts), (0, 0, 100));
    assert!(render::terminal(&report).contains("no price for SMS in Colombia: 100 attempts"));
    assert!(!render::markdown(&report).contains("at the job's prices"));
}

/// The whole period at its mean price, as the prices of single attempts are not kept.
#[test]
fn an_attack_says_about_what_it_cost() {
    let mut dataset = dataset(None);
    for date in day("2026-09-01")..day("2026-11-01") {
        dataset.add_window(window(date * DAY, DAY), true);
        let counts = if date == day("2026-10-20") { (3_050, 41) } else { (50, 41) };
        add(&mut dataset, "CO", counts, Some(of(counts.0, counts.0 * 104_000, "USD")));
        add(&mut dataset, "US", (400, 380), Some(of(400, 400 * 7_500, "USD")));
    }
    let report = dataset.report("2026-10");
    let [flag] = report.attention.flags.as_slice() else { panic!("{:?}", report.attention.flags) };
    assert!(flag.sentence.ends_with("; the attempts beyond cost about USD 312."), "{}", flag.sentence);
    for row in &mut dataset.rows {
        row.cost = None;
    }
    let without = dataset.report("2026-10");
    assert!(!without.attention.flags[0].sentence.contains("cost"), "{}", without.attention.flags[0].sentence);
}

proptest! {
    /// Whatever the rows say: every attempt is priced once or said to have no price, and amounts add up.
    #[test]
    fn nothing_is_lost(
        rows in prop::collection::vec((0usize..3, 0i64..1_000_000, 0i64..100, 0u8..5, 0i64..100, 0i64..1_000_000_000_000), 1..20),
        has_prices in any::<bool>(),
    ) {
        let prices = "country,channel,price,currency\nUS,*,0.1,USD\n";
        let mut dataset = dataset(has_prices.then_some(prices));
        let mut sums = [Money::default(); 2];
        for (at, (country, attempts, percent, kind, share, amount)) in (0..).zip(&rows) {
            dataset.add_window(window((day("2026-10-01") + at) * DAY, DAY), true);
            let priced = attempts * share / 100;
            let cost = match kind {
                0 => None,
                1..=2 if priced > 0 => {
                    let currency = usize::from(kind - 1);
                    sums[currency] = sums[currency] + Money::from_millionths(*amount);
                    Some(of(priced, *amount, ["EUR", "USD"][currency]))
                }
                3 if priced > 0 => Some(of(priced, 0, "")),
                _ => Some(Cost::default()),
            };
            add(&mut dataset, ["CO", "US", "ZZ"][*country], (*attempts, attempts * percent / 100), cost);
        }
        let all: i64 = rows.iter().map(|(_, attempts, ..)| attempts).sum();
        let report = dataset.report("2026-10");
        if let Some(found) = &report.costs {
            let unpriced: i64 = found.unpriced.iter().map(|part| part.attempts).sum();
            prop_assert_eq!((found.known() + unpriced, found.attempts), (all, all));
            for of in &found.currencies {
                let listed = of.total.attempts - of.at_the_jobs_prices().attempts;
                prop_assert_eq!(listed, sums[usize::from(of.currency.to_string() == "USD")]);
                prop_assert!(of.lines.iter().all(|line| line.cost.unconverted <= line.cost.attempts));
            }
        } else {
            prop_assert!(!has_prices && rows.iter().all(|row| row.3 == 0));
        }
    }
}
