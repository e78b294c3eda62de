//! The list against Summary's counts and the truth, page by page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::token::Token;
use super::*;
use crate::simulator::Incidents;
use crate::simulator::settings::{Fractions, Parameters};

const NOW: &str = "2024-01-20T12:00:00.250Z";
const DAYS: &str = "DateCreatedAfter=2024-01-10T06:00:00Z&DateCreatedBefore=2024-01-11T09:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn asked() -> Asked {
    Asked { account: AccountSid::ZEROS, origin: "http://127.0.0.1:81".to_owned() }
}

struct Listed {
    /// What each page held.
    pages: Vec<Vec<Value>>,
    next: Vec<Option<String>>,
}

impl Listed {
    fn attempts(&self) -> impl Iterator<Item = &Value> {
        self.pages.iter().flatten()
    }

    fn sids(&self) -> BTreeSet<&str> {
        self.attempts().map(|attempt| attempt["sid"].as_str().unwrap()).collect()
    }
}

/// All pages of a query, at most 200; only the query of what is named next is used.
fn listed(flaws: ListFlaws, query: &str) -> Listed {
    let settings = Settings { seed: 4, list: flaws, ..Settings::default() };
    let world = World::with(4, Incidents::default());
    let mut listed = Listed { pages: Vec::new(), next: Vec::new() };
    let mut query = query.to_owned();
    while listed.pages.len() < 200 {
        let parsed = ListQuery::parse(&query, Parameters::NONE, Fractions::Heeded).unwrap();
        let body: Value = serde_json::from_str(&page(&world, &settings, &parsed, &asked(), now())).unwrap();
        listed.pages.push(body["attempts"].as_array().unwrap().clone());
        let next = body["meta"]["next_page_url"].as_str().map(str::to_owned);
        listed.next.push(next.clone());
        let Some(next) = next else { break };
        next.split_once('?').unwrap().1.clone_into(&mut query);
    }
    listed
}

/// What Summary counts of the same filters.
fn counted(query: &str) -> (i64, i64) {
    let settings = Settings { seed: 4, ..Settings::default() };
    let query = super::super::query::Query::parse(query, Parameters::NONE, Fractions::Heeded).unwrap();
    let slice = query.slice(&settings, settings.existing(now()).unwrap()).unwrap();
    let counts = World::with(4, Incidents::default()).truth(&slice, now());
    (counts.attempts(), counts.converted())
}

fn count(attempts: &Listed) -> (i64, i64) {
    let converted = attempts.attempts().filter(|attempt| attempt["conversion_status"] == "converted").count();
    (i64::try_from(attempts.attempts().count()).unwrap(), i64::try_from(converted).unwrap())
}

#[test]
fn every_attempt_that_summary_counts_is_on_one_page_whatever_the_order_and_the_size() {
    for order in [ListOrder::NewestFirst, ListOrder::OldestFirst, ListOrder::Scattered] {
        for size in [137, 1000] {
            let flaws = ListFlaws { order, ..ListFlaws::default() };
            let listed = listed(flaws, &format!("{DAYS}&PageSize={size}"));
            assert_eq!(count(&listed), counted(DAYS), "{order:?} {size}");
            assert_eq!(listed.sids().len(), listed.attempts().count(), "each once");
            let full = listed.pages.split_last().unwrap().1;
            assert!(full.iter().all(|page| page.len() == size));
        }
    }
}

#[test]
fn filters_narrow_it_as_they_narrow_summary_and_a_prefix_is_none() {
    for filter in ["Country=US", "Channel=email", "Country=CO&Channel=whatsapp"] {
        let query = format!("{DAYS}&{filter}");
        assert_eq!(
            count(&listed(ListFlaws::default(), &format!("{query}&PageSize=1000"))),
            counted(&query),
            "{filter}"
        );
    }
    let all = listed(ListFlaws::default(), &format!("{DAYS}&PageSize=1000&DestinationPrefix=%2B1"));
    assert_eq!(count(&all), counted(DAYS));
    let converted = listed(ListFlaws::default(), &format!("{DAYS}&PageSize=1000&Status=converted"));
    let (attempts, entered) = counted(DAYS);
    assert_eq!(count(&converted), (entered, entered));
    assert!(entered < attempts);
    let one = all.attempts().find(|attempt| attempt["channel"] == "sms").unwrap();
    let by_sid = format!("{DAYS}&VerificationSid={}", one["verification_sid"].as_str().unwrap());
    assert_eq!(listed(ListFlaws::default(), &by_sid).attempts().collect::<Vec<_>>(), [one]);
    let number = one["channel_data"]["to"].as_str().unwrap().replace('+', "%2B");
    let to = listed(ListFlaws::default(), &format!("{DAYS}&ChannelData.To={number}"));
    assert!(to.attempts().any(|attempt| attempt == one) && to.pages[0].len() < 5);
}

#[test]
fn an_attempt_is_told_in_full() {
    let all = listed(ListFlaws::default(), &format!("{DAYS}&PageSize=1000"));
    for attempt in all.attempts() {
        assert_eq!(attempt["sid"].as_str().unwrap().len(), 34);
        let data = &attempt["channel_data"];
        let is_email = attempt["channel"] == "email";
        assert_eq!(data.get("country").is_none() && data["mcc"].is_null(), is_email, "{attempt}");
        assert_eq!(data["to"].as_str().unwrap().starts_with('+'), !is_email);
        let price: f64 = attempt["price"]["value"].as_str().unwrap().parse().unwrap();
        assert!((0.001..0.5).contains(&price), "{price}");
        assert!(attempt["date_created"].as_str() < attempt["date_updated"].as_str());
    }
    let carriers: BTreeSet<&str> =
        all.attempts().filter_map(|attempt| attempt["channel_data"]["carrier"].as_str()).collect();
    assert!(carriers.len() > 100, "{}", carriers.len());
}

#[test]
fn prices_come_late_and_a_list_forgets() {
    let fresh = "DateCreatedAfter=2024-01-20T11:00:01Z&PageSize=1000";
    let old = "DateCreatedAfter=2024-01-20T10:00:00Z&DateCreatedBefore=2024-01-20T11:00:00Z&PageSize=1000";
    assert!(listed(ListFlaws::default(), fresh).attempts().all(|attempt| attempt["price"].is_null()));
    assert!(listed(ListFlaws::default(), old).attempts().all(|attempt| attempt["price"].is_object()));
    let flaws = || ListFlaws::default().with("reach=7").unwrap();
    let all = listed(flaws(), "PageSize=1000");
    let reach = "DateCreatedAfter=2024-01-13T12:00:01Z";
    assert_eq!(count(&all), counted(reach));
    assert_eq!(count(&listed(flaws(), DAYS)), (0, 0));
}

#[test]
fn what_is_dropped_doubled_or_bare_is_so_in_every_walk() {
    let (whole, _) = counted(DAYS);
    let part = |text: &str, size: u32| {
        let flaws = ListFlaws::default().with(text).unwrap();
        let listed = listed(flaws, &format!("{DAYS}&PageSize={size}"));
        let bare = |is_bare: fn(&Value) -> bool| listed.attempts().filter(|attempt| is_bare(attempt)).count();
        let counts = (listed.attempts().count(), listed.sids().len());
        (counts, bare(|it| it["channel_data"].get("country").is_none()), bare(|it| it["price"].is_null()))
    };
    let whole = usize::try_from(whole).unwrap();
    let mails = part("dropped=0", 1000).1;
    for (text, size) in [("dropped=0.05", 100), ("doubled=0.05", 100), ("no-country=0.05", 100), ("no-price=0.05", 100)]
    {
        let found = part(text, size);
        assert_eq!(found, part(text, 1000), "{text}");
        let ((attempts, distinct), without_country, without_price) = found;
        let near = |count: usize| count * 30 > whole && count * 12 < whole;
        match text {
            "dropped=0.05" => assert!(near(whole - attempts) && distinct == attempts),
            "doubled=0.05" => assert!(near(attempts - whole) && distinct == whole),
            "no-country=0.05" => assert!(near(without_country - mails) && attempts == whole),
            _ => assert!(near(without_price) && attempts == whole),
        }
    }
}

#[test]
fn pages_may_be_short_foreign_or_without_end() {
    let query = format!("{DAYS}&PageSize=1000");
    let honest = listed(ListFlaws::default(), &query);
    let capped = listed(ListFlaws::default().with("page-cap=300").unwrap(), &query);
    assert!(capped.pages.iter().all(|page| page.len() <= 300));
    assert_eq!(capped.sids(), honest.sids());
    let foreign = listed(ListFlaws::default().with("next=foreign").unwrap(), &query);
    assert_eq!(foreign.sids(), honest.sids());
    let own = |url: &String| url.starts_with("http://127.0.0.1:81/v2/Attempts?");
    assert!(honest.next.iter().flatten().all(own), "a client that was pointed here stays here");
    assert!(foreign.next.iter().flatten().all(|url| url.starts_with(FOREIGN_URL)));
    let endless = listed(ListFlaws::default().with("next=endless").unwrap(), &query);
    assert_eq!(endless.pages.len(), 200);
    assert_eq!(endless.sids(), honest.sids());
    let named: BTreeSet<_> = endless.next.iter().collect();
    assert_eq!(named.len(), 200, "no token comes twice");
    let without = listed(ListFlaws::default().with("lacks=email").unwrap(), &query);
    let by_channel = |listed: &Listed| {
        listed.attempts().fold(BTreeMap::<String, u32>::new(), |mut channels, attempt| {
            *channels.entry(attempt["channel"].as_str().unwrap().to_owned()).or_default() += 1;
            channels
        })
    };
    let mut expected = by_channel(&honest);
    assert!(expected.remove("email").is_some());
    assert_eq!(by_channel(&without), expected);
}

#[test]
fn a_token_from_anywhere_is_survived() {
    let settings = Settings { seed: 4, ..Settings::default() };
    let world = World::new(4);
    for token in [Token::new(0, 0, 0), Token::new(19_740, u32::MAX, 255), Token::new(4_000_000_000, 1, 0)] {
        for range in [DAYS, "DateCreatedAfter=2030-01-01T00:00:00Z"] {
            let query = format!("{range}&PageToken={token}");
            let query = ListQuery::parse(&query, Parameters::NONE, Fractions::Heeded).unwrap();
            assert!(page(&world, &settings, &query, &asked(), now()).starts_with("{\"attempts\":["));
        }
    }
}
