//! How fast the table is written: 1.26 million rows as Parquet (encoded on two threads) or CSV (on one), and the memory
//! that takes.
//!
//! `table parquet|csv FILE` writes once, syncs nothing, and prints `seconds bytes peak-KiB`; `benches/table.py` runs it in
//! turns with what others use. Rows come one after the other, as a run's findings do, and count as formed when written.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for people")]

mod memory;

use std::fs::File;
use std::io::BufWriter;

use chrono::NaiveDate;
use memory::resident;
use uuid::Uuid;
use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::model::{
    AccountSid, Channel, Compression, Country, Counts, Format, Prefix, Provenance, Row, RowKey, RunId, ServiceSid,
    UnixMicros, UnixSeconds, Window,
};
use verify_rollup::sink::TableWriter;
use verify_rollup::splitmix64;

const DAYS: i64 = 28;
const SERVICES: u128 = 10;
const COUNTRIES: usize = 90;
const PREFIXES: u32 = 10;
const DAY: i64 = 86_400;
/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [format, path] = &arguments[..] else {
        println!("run by benches/table.py: table parquet|csv FILE");
        return;
    };
    let format = if format == "csv" { Format::Csv } else { Format::Parquet };
    let file = BufWriter::with_capacity(1 << 16, File::create(path).unwrap());
    let began = SystemClock.monotonic();
    let mut writer = TableWriter::new(format, Compression::Zstd, file).unwrap();
    each_row(|row| writer.write(row).unwrap());
    writer.finish().unwrap();
    let took = SystemClock.monotonic().saturating_sub(began);
    println!("{} {} {}", took.as_secs_f64(), std::fs::metadata(path).unwrap().len(), resident());
}

/// Most cells are small, some are not, as on a real account.
fn each_row(mut each: impl FnMut(&Row)) {
    let account: AccountSid = format!("AC{:032x}", 0xa1).parse().unwrap();
    let services: Vec<ServiceSid> = (0..SERVICES).map(|of| format!("VA{of:032x}").parse().unwrap()).collect();
    let countries: Vec<Country> = Country::all().take(COUNTRIES).collect();
    let prefixes: Vec<Prefix> = (0..PREFIXES).map(|of| format!("+57{:03}", 300 + of).parse().unwrap()).collect();
    let first: NaiveDate = "2026-10-01".parse().unwrap();
    let mut random = 7;
    let mut channels = Channel::ALL;
    channels.sort_unstable();
    for day in 0..DAYS {
        let window = Window::new(UnixSeconds(START + day * DAY), UnixSeconds(START + (day + 1) * DAY)).unwrap();
        let run_id = RunId(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::try_from(day).unwrap()));
        let published_at = Some(UnixMicros((START + (day + 2) * DAY) * 1_000_000));
        for service in &services {
            for country in &countries {
                for channel in channels {
                    for prefix in &prefixes {
                        let drawn = splitmix64::next(&mut random);
                        let attempts = if drawn.is_multiple_of(4) { (drawn >> 8) % 400 } else { (drawn >> 8) % 12 };
                        let attempts = i64::try_from(attempts).unwrap();
                        let converted = attempts * i64::try_from((drawn >> 32) % 101).unwrap() / 100;
                        each(&Row {
                            key: RowKey {
                                account,
                                window,
                                service: Some(*service),
                                country: Some(*country),
                                channel: Some(channel),
                                prefix: Some(*prefix),
                            },
                            window_date: first + chrono::Days::new(day.unsigned_abs()),
                            counts: Counts::new(attempts, converted).unwrap(),
                            provenance: if drawn.is_multiple_of(3) {
                                Provenance::Measured
                            } else {
                                Provenance::Implied
                            },
                            cost: None,
                            is_final: true,
                            asked_at: UnixMicros(
                                (START + (day + 2) * DAY) * 1_000_000 + i64::try_from(drawn >> 44).unwrap(),
                            ),
                            run_id,
                            published_at,
                        });
                    }
                }
            }
        }
    }
}
