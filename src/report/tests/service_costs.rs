//! What attempts cost by service: as exactly as by country and channel, and nothing where there is one or none.

use proptest::prelude::*;

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::job::{PriceList, Prices, ReportSettings};
use crate::model::{self, Channel, CostUnit, Money, Provenance, ServiceSid};
use crate::report::{Cost, Costs, Report, priced, render};

const PRICES: &str = "country,channel,price,currency\nUS,*,0.1,USD\nCO,call,0.02,EUR\n";

fn sid(number: usize) -> ServiceSid {
    format!("VA{number:032}").parse().unwrap()
}

/// A job that lists so many services, of which the first has a name.
fn dataset(services: usize, prices: Option<&str>) -> Dataset {
    let listed: Vec<String> = (2..=services).map(|number| format!(", \"{}\"", sid(number))).collect();
    let listed = format!("services = [{{ sid = \"{}\", name = \"Log|in\" }}{}]", sid(1), listed.concat());
    let mut dataset = Dataset::of(&format!(
        "name = \"costs\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
         [matrix]\ncountries = [\"CO\", \"US\"]\nchannels = \"all\"\n{}\n",
        if services == 0 { "" } else { &listed }
    ));
    let prices = prices.map(|text| Prices::Known(PriceList::parse(text).unwrap()));
    dataset.job.report = Some(ReportSettings { prices, ..ReportSettings::default() });
    dataset.add_window(window(day("2026-10-12") * DAY, DAY), true);
    dataset
}

fn add(
    dataset: &mut Dataset,
    service: usize,
    place: (&'static str, Channel),
    counts: (i64, i64),
    cost: Option<model::Cost>,
) {
    let service = (service > 0).then(|| sid(service));
    dataset.add_row(Cell { service, country: Some(place.0), channel: Some(place.1) }, counts.0, counts.1);
    if let Some(row) = dataset.rows.last_mut().filter(|_| cost.is_some()) {
        row.cost = cost;
        row.provenance = Provenance::Listed;
    }
}

fn of(priced: i64, millionths: i64, currency: &str) -> model::Cost {
    let unit = if currency.is_empty() { CostUnit::Mixed } else { CostUnit::One(currency.parse().unwrap()) };
    model::Cost { priced, amount: Money::from_millionths(millionths), unit }
}

/// Three services: one in dollars, and in part without a price; one in dollars and euros; one without any price.
fn some(prices: Option<&str>) -> Report {
    let (colombia, states) = (("CO", Channel::Sms), ("US", Channel::Sms));
    let mut dataset = dataset(3, prices);
    add(&mut dataset, 1, colombia, (100, 80), Some(of(90, 9_000_000, "USD")));
    add(&mut dataset, 1, states, (50, 40), None);
    add(&mut dataset, 2, colombia, (40, 10), Some(of(40, 3_000_000, "USD")));
    add(&mut dataset, 2, ("CO", Channel::Call), (4, 4), Some(of(4, 400_000, "EUR")));
    add(&mut dataset, 3, ("ZZ", Channel::Sms), (7, 3), Some(model::Cost::default()));
    dataset.report("2026-10")
}

/// In each currency, and of all attempts.
fn assert_sums(costs: &Costs) {
    for of in &costs.currencies {
        let services = costs.services.iter().filter_map(|service| service.currencies.get(&of.currency));
        assert_eq!(Cost::sum(services), of.total, "{costs:#?}");
        assert_eq!(Cost::sum(of.lines.iter().map(|line| &line.cost)), of.total, "{costs:#?}");
    }
    assert_eq!(costs.services.iter().map(|service| service.attempts).sum::<i64>(), costs.attempts, "{costs:#?}");
    assert_eq!(costs.services.iter().map(crate::report::ServiceCosts::known).sum::<i64>(), costs.known());
}

#[test]
fn every_form_says_what_each_service_costs() {
    let report = some(None);
    let costs = report.costs.as_ref().unwrap();
    assert_sums(costs);
    let [eur, usd] = costs.currencies.as_slice() else { panic!("{costs:#?}") };
    let said = |of: &crate::report::CurrencyCosts| -> Vec<String> {
        priced::by_service(costs, of.currency, 5).iter().map(|line| line.sentence(of)).collect()
    };
    let second = sid(2);
    assert_eq!(
        said(usd),
        [
            format!(
                "{second}, 25.0 % of the cost: USD 3.00 for 40 attempts, USD 2.25 of it for the 30 that did not convert, USD 0.30 for \
                 each conversion; no price in USD for 4 attempts"
            ),
            "Log|in, 75.0 % of the cost: USD 9.00 for 90 attempts, USD 1.80 of it for the 18 that did not convert, USD 0.125 for each \
             conversion; no price in USD for 60 attempts"
                .to_owned(),
            format!("{}: no price in USD for 7 attempts", sid(3)),
        ]
    );
    assert!(
        said(eur)[0].starts_with(&format!("{second}, 100.0 % of the cost: EUR 0.40 for 4 attempts")),
        "{:?}",
        said(eur)
    );
    // By country and channel both services are one line, whose unconverted attempts are those of each at its own mean.
    assert_eq!(usd.lines[0].cost.unconverted.to_string(), "4.05");
    let terminal = render::terminal(&report);
    assert!(said(usd).iter().chain(&said(eur)).all(|text| terminal.contains(text.as_str())), "{terminal}");
    let markdown = render::markdown(&report);
    for row in [
        "| service | share of the cost | attempts | with a price | cost in USD | not converted | cost of these |",
        "| Log\\|in | 75.0 % | 150 | 90 | 9.00 | 18 | 1.80 | 0.125 |",
        &format!("| {second} | 25.0 % | 44 | 40 | 3.00 | 30 | 2.25 | 0.30 |"),
        &format!("| {} | – | 7 | 0 | – | – | – | – |", sid(3)),
    ] {
        assert!(markdown.contains(row), "{row}: {markdown}");
    }
    let page = render::html(&report);
    assert!(page.contains("<caption>Costs in USD by service</caption>"), "{page}");
    assert!(
        page.contains("<th scope=\"row\">Log|in</th><td>75.0 %</td><td>150</td><td>90</td><td>9.00</td>"),
        "{page}"
    );
    assert!(render::workbook(&report).unwrap().len() > render::workbook(&alone(1)).unwrap().len());
}

/// The prices are those of countries and channels, whichever service sends there.
#[test]
fn the_jobs_prices_hold_for_every_service() {
    let report = some(Some(PRICES));
    let costs = report.costs.as_ref().unwrap();
    assert_sums(costs);
    let usd = &costs.currencies[1];
    let login = &priced::by_service(costs, usd.currency, 5)[0];
    assert_eq!(
        login.sentence(usd),
        "Log|in, 82.4 % of the cost: USD 14.00 for 140 attempts, USD 2.80 of it for the 28 that did not convert, USD 0.125 for each \
         conversion; no price in USD for 10 attempts"
    );
}

fn alone(service: usize) -> Report {
    let mut dataset = dataset(service, None);
    add(&mut dataset, service, ("CO", Channel::Sms), (100, 80), Some(of(90, 9_000_000, "USD")));
    dataset.report("2026-10")
}

/// The total says what one service costs, and where none is split there is none.
#[test]
fn one_service_or_none_is_the_total() {
    for service in [0, 1] {
        let report = alone(service);
        assert_eq!(report.costs.as_ref().unwrap().services.len(), service);
        let forms = [render::terminal(&report), render::markdown(&report), render::html(&report)];
        assert!(
            forms.iter().all(|form| !form.contains("of the cost: USD") && !form.contains("hare of the cost")),
            "{forms:?}"
        );
    }
}

/// More than are taken apart by country, and than a page lists.
#[test]
fn many_services_are_summed_and_not_cut() {
    let mut dataset = dataset(30, Some(PRICES));
    for service in 1..=30 {
        let attempts = i64::try_from(service).unwrap() * 10;
        add(&mut dataset, service, ("US", Channel::Sms), (attempts, 0), None);
        add(&mut dataset, service, ("CO", Channel::Sms), (1, 0), None);
    }
    let report = dataset.report("2026-10");
    let costs = report.costs.as_ref().unwrap();
    assert_sums(costs);
    assert_eq!(costs.services.len(), 30);
    let markdown = render::markdown(&report);
    assert!(markdown.contains("| 10 more services | 11.8 % | 560 | 550 | 55.00 | 550 | 55.00 | – |"), "{markdown}");
    let terminal = render::terminal(&report);
    assert!(terminal.contains("25 more services, 69.9 % of the cost: USD 325.00 for 3,250 attempts, "), "{terminal}");
}

proptest! {
    /// Whatever rows and prices say: what services cost is what all cost, to the last millionth.
    #[test]
    fn services_add_up_to_the_total(
        rows in prop::collection::vec(
            (1usize..5, 0usize..3, 0usize..3, (0i64..1_000_000, 0i64..101), (0u8..5, 0i64..101, 0i64..1_000_000_000_000)),
            1..40,
        ),
        has_prices in any::<bool>(),
    ) {
        let mut dataset = dataset(4, has_prices.then_some(PRICES));
        for (service, country, channel, (attempts, percent), (kind, share, amount)) in rows {
            let place = (["CO", "US", "ZZ"][country], [Channel::Sms, Channel::Call, Channel::Email][channel]);
            let priced = attempts * share / 100;
            let cost = match kind {
                0 => None,
                1..=3 if priced > 0 => Some(of(priced, amount, ["EUR", "USD", ""][usize::from(kind - 1)])),
                _ => Some(model::Cost::default()),
            };
            add(&mut dataset, service, place, (attempts, attempts * percent / 100), cost);
        }
        let report = dataset.report("2026-10");
        if let Some(costs) = &report.costs {
            assert_sums(costs);
            let unpriced: i64 = costs.unpriced.iter().map(|part| part.attempts).sum();
            prop_assert_eq!((costs.known() + unpriced, costs.attempts), (costs.attempts, report.totals.counts.attempts()));
        } else {
            prop_assert!(!has_prices);
        }
    }
}
