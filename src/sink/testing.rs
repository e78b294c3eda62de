//! Rows for tests.

use std::path::Path;

use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

use crate::model::{
    AccountSid, Channel, Cost, CostUnit, Country, Counts, Money, Prefix, Provenance, Row, RowKey, RunId, ServiceSid,
    UnixMicros, UnixSeconds, Window,
};
use crate::rollup::window_date;

/// A folder of its own, in memory where there is such a place: these tests sync often, and a disk would only slow them.
pub(super) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap()
}

/// 2026-10-01T00:00:00Z.
pub(super) const START: i64 = 1_790_812_800;

pub(super) fn hours(from: i64, to: i64) -> Window {
    let at = |hour: i64| UnixSeconds(START + 3600 * hour);
    Window::new(at(from), at(to)).unwrap()
}

pub(super) fn run(number: u128) -> RunId {
    RunId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number))
}

/// A final, measured row of one hour, channel sms, of which all but two attempts converted.
pub(super) fn row(hour: i64, country: &str, attempts: i64) -> Row {
    row_of(hours(hour, hour + 1), country, attempts)
}

pub(super) fn row_of(window: Window, country: &str, attempts: i64) -> Row {
    Row {
        key: RowKey {
            account: AccountSid::ZEROS,
            window,
            service: None,
            country: Country::from_table(country),
            channel: Some(Channel::Sms),
            prefix: None,
        },
        window_date: window_date(Tz::UTC, window),
        counts: Counts::new(attempts, (attempts - 2).max(0)).unwrap(),
        provenance: if country == "ZZ" { Provenance::Implied } else { Provenance::Measured },
        cost: None,
        is_final: true,
        asked_at: UnixMicros(START * 1_000_000 + 123),
        run_id: run(1),
        published_at: Some(UnixMicros(START * 1_000_000 + 456)),
    }
}

/// None, of nothing, in one of two currencies, or mixed; nothing can cost anything without an attempt.
fn arbitrary_cost(kind: u8, attempts: i64, millionths: i64) -> Option<Cost> {
    let priced = attempts - millionths.rem_euclid(attempts.max(1));
    let amount = Money::from_millionths(millionths);
    let one = |currency: &str| Cost { priced, amount, unit: CostUnit::One(currency.parse().unwrap()) };
    match kind {
        0 => None,
        _ if kind == 1 || priced == 0 => Some(Cost::default()),
        2 => Some(one("USD")),
        3 => Some(one("EUR")),
        _ => Some(Cost { priced, amount: Money::default(), unit: CostUnit::Mixed }),
    }
}

/// A row whose attempts were listed; one of them costs so much.
pub(super) fn listed(row: Row, price: &str, currency: &str) -> Row {
    let price = Cost::of(Some((price.parse().unwrap(), currency.parse().unwrap())));
    let cost = (0..row.counts.attempts()).fold(Cost::default(), |sum, _| sum.with(price));
    Row { provenance: Provenance::Listed, cost: Some(cost), ..row }
}

prop_compose! {
    fn arbitrary_row()(
        (hour, length) in (-1_000_000..1_000_000i64, 1..800i64),
        service in proptest::option::of(0..3usize),
        country in proptest::option::of(0..251usize),
        channel in proptest::option::of(0..5usize),
        prefix in proptest::option::of(1..1_000_000_000_000_000u64),
        (attempts, part) in (0..=i64::MAX, 0..=i64::MAX),
        small in any::<bool>(),
        is_final in any::<bool>(),
        provenance in 0..3usize,
        asked in -4_000_000_000_000_000..40_000_000_000_000_000i64,
        (cost, millionths) in (0..5u8, -999_999_999_999_999_999..1_000_000_000_000_000_000i64),
        published in proptest::option::of(0..40_000_000_000_000_000i64),
        run_id in any::<u128>(),
    ) -> Row {
        let window = hours(hour, hour + length);
        let attempts = if small { attempts % 20 } else { attempts };
        let sid = |n: usize| format!("VA{}", ["0", "a", "F"][n].repeat(32)).parse().unwrap();
        let service: Option<ServiceSid> = service.map(sid);
        Row {
            key: RowKey {
                account: AccountSid::ZEROS,
                window,
                service,
                country: country.map(|n| Country::all().nth(n).unwrap_or(Country::REMAINDER)),
                channel: channel.map(|n| Channel::ALL[n]),
                prefix: prefix.and_then(Prefix::from_digits),
            },
            window_date: window_date(Tz::UTC, window),
            counts: Counts::new(attempts, if attempts == 0 { 0 } else { part % attempts }).unwrap(),
            provenance: [Provenance::Measured, Provenance::Implied, Provenance::Listed][provenance],
            cost: arbitrary_cost(cost, attempts, millionths),
            is_final,
            asked_at: UnixMicros(asked),
            run_id: RunId(Uuid::from_u128(run_id)),
            published_at: published.map(UnixMicros),
        }
    }
}

/// Rows in the table's order, with unique keys.
pub(super) fn arbitrary_rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec(arbitrary_row(), 0..40).prop_map(|mut rows| {
        rows.sort_by_key(|row| row.key);
        rows.dedup_by_key(|row| row.key);
        rows
    })
}
