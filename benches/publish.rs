//! How long a day takes that is published into a month of 40,300 rows: the dataset opened and its file verified, the month
//! read back, merged, written, synced and named, as at the end of a run.

use std::path::Path;

use chrono_tz::Tz;
use divan::Bencher;
use divan::counter::ItemsCount;
use tempfile::TempDir;
use uuid::Uuid;
use verify_rollup::model::{
    AccountSid, ChangeLog, Channel, Compression, Country, Counts, Format, MatrixShape, Partition, Prefix, Provenance,
    Row, RowKey, RunId, UnixSeconds, Window,
};
use verify_rollup::rollup::window_date;
use verify_rollup::sink::atomic::no_hook;
use verify_rollup::sink::dataset::{
    Dataset, DatasetIdentity, DatasetLock, DatasetPaths, LockHolder, Loss, Publication, PublishedWindow,
    Reconciliation, Rewrite, Split,
};

/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800;
const DAY: i64 = 86_400;
const DAYS: u32 = 31;
/// Countries × channels × prefixes.
const ROWS_OF_A_DAY: usize = 26 * 5 * 10;

fn main() {
    divan::main();
}

fn window(day: u32) -> Window {
    let start = START + i64::from(day) * DAY;
    Window::new(UnixSeconds(start), UnixSeconds(start + DAY)).expect("a day is not empty")
}

fn shape() -> MatrixShape {
    let mut channels = Channel::ALL.to_vec();
    channels.sort_unstable();
    let prefixes = (0..10).map(|of| format!("+57{}", 300 + of).parse::<Prefix>().expect("a prefix")).collect();
    let countries = Some(Country::all().take(26).collect());
    MatrixShape { services: None, countries, channels: Some(channels), prefixes: Some(prefixes) }
}

fn rows(day: Window, shape: &MatrixShape) -> Vec<Row> {
    let mut rows = Vec::with_capacity(ROWS_OF_A_DAY);
    for country in shape.countries.iter().flatten() {
        for channel in shape.channels.iter().flatten() {
            for prefix in shape.prefixes.iter().flatten() {
                let attempts = i64::try_from(rows.len() * 7 % 400).expect("fewer than 400");
                rows.push(Row {
                    key: RowKey {
                        account: AccountSid::ZEROS,
                        window: day,
                        service: None,
                        country: Some(*country),
                        channel: Some(*channel),
                        prefix: Some(*prefix),
                    },
                    window_date: window_date(Tz::UTC, day),
                    counts: Counts::new(attempts, attempts / 2).expect("half of them"),
                    provenance: Provenance::Measured,
                    cost: None,
                    is_final: true,
                    asked_at: day.end().to_micros(),
                    run_id: RunId(Uuid::nil()),
                    published_at: Some(day.end().to_micros()),
                });
            }
        }
    }
    rows
}

/// As at the end of a run that was about these days.
fn publish(output: &Path, days: std::ops::Range<u32>, formats: &[Format]) {
    let account_sid = AccountSid::ZEROS;
    let split = Split { services: false, countries: true, channels: true, destination_prefixes: true };
    let identity = DatasetIdentity {
        account_sid,
        base_url: "simulator".into(),
        timezone: Tz::UTC,
        every: "day".into(),
        split,
        remainder: false,
    };
    let now = window(days.end).start();
    let publication = Publication {
        windows: days.map(|day| PublishedWindow { window: window(day), is_final: true }).collect(),
        restored: vec![],
        archived: vec![],
        shape: shape(),
        run_id: RunId(Uuid::from_u128(9)),
        as_of: now,
        now,
        reconciliation: Reconciliation { reconciled: true, identities_checked: 3, differences: vec![] },
        interval: None,
        formats: formats.to_vec(),
        partition: Partition::Month,
        compression: Compression::Zstd,
        rewrite: Rewrite::Changed,
        loss: Loss::Told,
        history: ChangeLog::Off,
    };
    let holder = LockHolder { pid: 1, since: now, command: "bench".into() };
    let lock = DatasetLock::acquire(DatasetPaths::new(output, "month"), &holder).expect("nobody else holds it");
    let mut dataset = Dataset::open(lock, identity, no_hook()).expect("it is whole");
    let published = dataset.publish(&publication, |day| rows(day, &publication.shape)).expect("the disk takes it");
    assert_eq!(published.rows_changed, published.rows, "every row is new");
}

#[divan::bench(args = [&[Format::Parquet][..], &Format::ALL[..]], sample_count = 30)]
fn a_day_into_a_month(bencher: Bencher, formats: &[Format]) {
    bencher
        .counter(ItemsCount::new(ROWS_OF_A_DAY * usize::try_from(DAYS).expect("few days")))
        .with_inputs(|| {
            let output = TempDir::new().expect("a place for the dataset");
            publish(output.path(), 0..DAYS - 1, formats);
            output
        })
        .bench_local_values(|output| {
            publish(output.path(), DAYS - 1..DAYS, formats);
            output
        });
}
