//! What attempts cost at a job's prices.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::job::{PriceList, Prices, ReportSettings};
use crate::model::Channel;
use crate::report::{CostLine, CostSource, Costs, Report, priced, render};

const PRICES: &str = "country,channel,price,currency\n\
                      CO,sms,0.0538,USD\nCO,call,0.12,EUR\n*,sms,0.1,USD\nZZ,email,0.000001,USD\n";

const CELLS: [(&str, Channel, i64, i64); 6] = [
    ("CO", Channel::Sms, 1_000, 771),
    ("CO", Channel::Call, 10, 0),
    ("US", Channel::Sms, 3, 2),
    ("US", Channel::Call, 77, 70),
    ("ZZ", Channel::Sms, 40, 1),
    ("ZZ", Channel::Email, 12_345, 12_000),
];

fn dataset(prices: Option<&str>, cells: &[(&'static str, Channel, i64, i64)]) -> Dataset {
    let mut dataset = Dataset::of(
        "name = \"costs\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
         [matrix]\ncountries = [\"CO\", \"US\"]\nchannels = \"all\"\n",
    );
    let prices = prices.map(|text| Prices::Known(PriceList::parse(text).unwrap()));
    dataset.job.report = Some(ReportSettings { prices, ..ReportSettings::default() });
    dataset.add_window(window(day("2026-10-12") * DAY, DAY), true);
    for (country, channel, attempts, converted) in cells {
        let cell = Cell { country: Some(country), channel: Some(*channel), ..Cell::default() };
        dataset.add_row(cell, *attempts, *converted);
    }
    dataset
}

fn job_price(line: &CostLine) -> crate::model::Money {
    match line.source {
        CostSource::Job { price, .. } => price,
        CostSource::Listed => panic!("{line:?}"),
    }
}

fn costs(report: &Report) -> &Costs {
    report.costs.as_ref().unwrap()
}

/// Currencies stand by themselves, the most specific row counts, and what has no price is said, not counted as nothing.
#[test]
fn attempts_cost_what_the_prices_say() {
    let report = dataset(Some(PRICES), &CELLS).report("2026-10");
    let found = costs(&report);
    let totals: Vec<String> = found.currencies.iter().map(priced::total).collect();
    assert_eq!(
        totals,
        [
            "EUR 1.20 for 10 attempts, EUR 1.20 of it for the 10 that did not convert",
            // 53.8 + 0.3 + 4 + 0.012345, of it 12.3202 + 0.1 + 3.9 + 0.000345; 58.112345 / 12774.
            "USD 58.112345 for 13,388 attempts, USD 16.320545 of it for the 614 that did not convert, USD 0.004549 for \
             each conversion",
        ]
    );
    let lines: Vec<(String, String, String)> = found.currencies[1]
        .lines
        .iter()
        .map(|line| {
            let name = priced::part_name((line.country, line.channel));
            (name, priced::price(line), line.cost.unconverted.to_string())
        })
        .collect();
    let expected = [
        ("SMS in Colombia", "0.0538", "12.3202"),
        ("SMS elsewhere", "0.10 (any country)", "3.90"),
        ("SMS in United States", "0.10 (any country)", "0.10"),
        ("E-mail", "0.000001", "0.000345"),
    ];
    assert_eq!(lines, expected.map(|(name, price, cost)| (name.to_owned(), price.to_owned(), cost.to_owned())));
    assert_eq!(priced::unpriced(found, 10), ["no price for Call in United States: 77 attempts"]);
    for form in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        for text in ["58.112345", "EUR 1.20", "for Call in United States: 77 attempts", "SMS elsewhere", "3.90"] {
            assert!(form.contains(text), "{text}: {form}");
        }
        assert!(!form.contains("59.3"), "euros and dollars are never one sum: {form}");
    }
    assert!(render::workbook(&report).is_ok());
    let page = render::html(&report);
    assert!(page.contains("at the job&#39;s prices") || page.contains("at the job's prices"), "{page}");
}

#[test]
fn without_prices_nothing_is_said_to_cost_nothing() {
    let report = dataset(None, &CELLS).report("2026-10");
    assert_eq!(report.costs, None);
    assert!(render::terminal(&report).contains("cost         not known: the job gives no prices ([report.prices])"));
    for form in [render::markdown(&report), render::html(&report)] {
        assert!(form.contains("this API knows no prices, and the job gives none ([report.prices])"), "{form}");
    }
}

/// Where channels or countries are not split, only a price for any of them is one.
#[test]
fn what_is_not_split_takes_the_price_for_any() {
    let report = |prices: &str| {
        let mut dataset = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\n");
        let prices = Some(Prices::Known(PriceList::parse(prices).unwrap()));
        dataset.job.report = Some(ReportSettings { prices, ..ReportSettings::default() });
        dataset.add_window(window(day("2026-10-12") * DAY, DAY), true);
        dataset.add_row(Cell::default(), 100, 60);
        dataset.report("2026-10")
    };
    let by_part = report("country,channel,price,currency\nCO,sms,1,USD\n*,sms,1,USD\nCO,*,1,USD\n");
    assert_eq!(priced::unpriced(costs(&by_part), 10), ["no price for All attempts: 100 attempts"]);
    let any = report("country,channel,price,currency\n*,*,0.05,USD\n");
    assert_eq!(priced::total(&costs(&any).currencies[0]).split(" for ").next(), Some("USD 5.00"));
}

#[test]
fn long_lists_are_summed_and_not_cut() {
    let prices = "country,channel,price,currency\n*,*,0.1,USD\n";
    let countries = crate::model::Country::all().take(60).map(|country| country.code().to_owned());
    let codes: Vec<&'static str> = countries.map(|code| &*code.leak()).collect();
    let cells: Vec<_> = (1..).zip(codes).map(|(at, code)| (code, Channel::Sms, at * 10, 0)).collect();
    let report = dataset(Some(prices), &cells).report("2026-10");
    let (lines, rest) = priced::listed(&costs(&report).currencies[0]);
    let (count, rest) = rest.unwrap();
    assert_eq!((lines.len(), count, rest.attempts.to_string()), (20, 40, "820.00".to_owned()));
    assert!(render::markdown(&report).contains("| 40 more parts |  | 8,200 | 820.00 |"));
}

proptest! {
    /// Whatever the prices: every attempt is priced once or said to have none, and the lines add up to the last millionth.
    #[test]
    fn nothing_is_lost(
        cells in prop::collection::vec((0usize..3, 0usize..5, 0i64..1_000_000_000, 0i64..100), 1..15),
        rows in prop::collection::btree_map((0usize..4, 0usize..6), (0u64..1_000_000_000_000, 0usize..2), 1..12),
    ) {
        let (countries, channels) = (["CO", "US", "ZZ", "*"], ["sms", "call", "email", "whatsapp", "rbm", "*"]);
        let mut text = "country,channel,price,currency\n".to_owned();
        for ((country, channel), (price, currency)) in &rows {
            let price = format!("{}.{:06}", price / 1_000_000, price % 1_000_000);
            let (country, channel) = (countries[*country], channels[*channel]);
            writeln!(text, "{country},{channel},{price},{}", ["EUR", "USD"][*currency]).unwrap();
        }
        let cells: Vec<_> = cells
            .into_iter()
            .map(|(country, channel, attempts, percent)| {
                (countries[country], channels[channel].parse().unwrap(), attempts, attempts / 100 * percent)
            })
            .collect();
        let all: i64 = cells.iter().map(|(_, _, attempts, _)| attempts).sum();
        let report = dataset(Some(&text), &cells).report("2026-10");
        let found = costs(&report);
        let priced: i64 = found.currencies.iter().map(|of| of.total.counts.attempts()).sum();
        let unpriced: i64 = found.unpriced.iter().map(|part| part.attempts).sum();
        prop_assert_eq!(priced + unpriced, all);
        for of in &found.currencies {
            let exact = |money: crate::model::Money| -> i128 {
                let text = money.to_string();
                let (whole, part) = text.split_once('.').unwrap();
                format!("{whole}{part:0<6}").parse().unwrap()
            };
            let sum: i128 = of.lines.iter().map(|line| exact(job_price(line)) * i128::from(line.cost.counts.attempts())).sum();
            prop_assert_eq!(exact(of.total.attempts), sum);
            let lost: i128 =
                of.lines.iter().map(|line| exact(job_price(line)) * i128::from(line.cost.counts.unconverted())).sum();
            prop_assert_eq!(exact(of.total.unconverted), lost);
            prop_assert!(of.lines.is_sorted_by_key(|line| std::cmp::Reverse(line.cost.unconverted)));
        }
    }
}
