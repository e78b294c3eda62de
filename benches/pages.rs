//! How fast pages of the list are read and counted, and what three million attempts take: one core, no HTTP.
//!
//! `make bench-pages` prints the table that stands in `docs/MEASURED.md`. Each page has a thousand attempts with every
//! field that the API documents. Segments have twenty pages, as a run's, and each one's sums are kept as a plan keeps them.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people")]

mod memory;

use std::fmt::Write as _;
use std::time::Duration;

use memory::resident;
use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::fetch::{NextPage, read_page};
use verify_rollup::listing::{Counter, Reading};
use verify_rollup::model::{Channel, Country, UnixSeconds, Window};

const PAGE: usize = 1000;
const PAGES: usize = 20;
const SEGMENTS: usize = 150;
const HOUR: i64 = 3600;
/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800;

fn main() {
    let range = Window::new(UnixSeconds(START), UnixSeconds(START + 48 * HOUR)).unwrap();
    let windows: Vec<Window> = (0..2)
        .map(|day| {
            Window::new(UnixSeconds(START + day * 24 * HOUR), UnixSeconds(START + (day + 1) * 24 * HOUR)).unwrap()
        })
        .collect();
    let mut random = fastrand::Rng::with_seed(1);
    let pages: Vec<String> = (0..PAGES).map(|number| page(number, &mut random)).collect();
    let bytes: usize = pages.iter().map(String::len).sum();
    let before = resident();
    let began = SystemClock.monotonic();
    let mut kept = Vec::new();
    let mut attempts = 0;
    for _ in 0..SEGMENTS {
        let (mut reading, mut counter) = (Reading::expecting(PAGES as u64), Counter::new(range, &windows, &[]));
        for page in &pages {
            let page = read_page(page.as_bytes()).unwrap();
            let follows = page.next.as_ref().map(NextPage::fingerprint);
            for attempt in reading.take(page.attempts, follows).unwrap() {
                counter.add(&attempt);
                attempts += 1;
            }
        }
        let rows = counter.finish();
        kept.push(rows.iter().map(|row| row.counts.attempts()).sum::<i64>());
    }
    let took = SystemClock.monotonic().saturating_sub(began);
    assert_eq!(kept.iter().sum::<i64>(), attempts);
    println!("| attempts | bytes of a page | attempts/s | grown by at most |");
    println!("| --- | --- | --- | --- |");
    println!(
        "| {attempts} | {} | {:.0} | {} MB |",
        bytes / PAGES,
        rate(attempts, took),
        resident().saturating_sub(before) / 1024
    );
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(attempts: i64, took: Duration) -> f64 {
    attempts as f64 / took.as_secs_f64()
}

fn page(number: usize, random: &mut fastrand::Rng) -> String {
    let countries: Vec<Country> = Country::all().take(90).collect();
    let mut text = "{\"attempts\": [".to_owned();
    for index in 0..PAGE {
        let id = number * PAGE + index;
        let at = UnixSeconds(START + random.i64(0..48 * HOUR));
        let (country, channel) = (countries[random.usize(0..90)], Channel::ALL[random.usize(0..5)]);
        let status = if random.f64() < 0.7 { "converted" } else { "unconverted" };
        let comma = if index == 0 { "" } else { ", " };
        let _ = write!(
            text,
            "{comma}{{\"sid\": \"VL{id:032x}\", \"account_sid\": \"AC{id:032x}\", \"service_sid\": \"VA{:032x}\", \
             \"verification_sid\": \"VE{id:032x}\", \"date_created\": \"{at}\", \"date_updated\": \"{at}\", \
             \"conversion_status\": \"{status}\", \"channel\": \"{channel}\", \"price\": {{\"value\": \"0.0075\", \
             \"currency\": \"usd\"}}, \"channel_data\": {{\"to\": \"+57300{:07}\", \"country\": \"{country}\", \"mcc\": \
             \"732\", \"mnc\": \"103\", \"carrier\": \"Colombia Movil (Tigo)\", \"status\": \"{status}\", \
             \"message_status\": \"delivered\", \"error_code\": null, \"code_length\": 6, \"locale\": \"es\"}}, \
             \"url\": \"https://verify.twilio.com/v2/Attempts/VL{id:032x}\"}}",
            id % 3,
            random.u32(0..10_000_000),
        );
    }
    let next = if number + 1 == PAGES {
        "null".to_owned()
    } else {
        format!("\"https://verify.twilio.com/v2/Attempts?PageSize=1000&Page={}\"", number + 1)
    };
    let _ = write!(text, "], \"meta\": {{\"key\": \"attempts\", \"next_page_url\": {next}}}}}");
    text
}
