//! A dataset's manifest, beside the data files of a small dataset: read as reports do, opened and published to as a run
//! does.

use std::fs;
use std::path::Path;

use verify_rollup::model::{
    AccountSid, ChangeLog, Channel, Compression, Counts, Format, MatrixShape, Partition, Provenance, Row, RowKey,
    RunId, UnixMicros, UnixSeconds, Window,
};
use verify_rollup::rollup::window_date;
use verify_rollup::sink::atomic::no_hook;
use verify_rollup::sink::dataset::{
    Dataset, DatasetIdentity, DatasetLock, DatasetPaths, LockHolder, Loss, OpenError, Publication, PublishedWindow,
    Reconciliation, Rewrite, Split, Stored,
};

use super::{START, at, scratch};

/// The one data file.
const DATA: &str = include_str!("../data/fuzzed.csv");
const FILE: &str = "csv/month=2026-10/fuzzed.csv";
const JOB: &str = "fuzzed";
const DAY: i64 = 86_400;

/// Uses a manifest as every command does.
///
/// # Panics
/// If a publication leaves a dataset that differs from its manifest, or anything outside of it has changed.
pub fn replay(bytes: &[u8]) {
    let folder = scratch();
    let layout = DatasetPaths::new(&folder.path().join("output"), JOB);
    for (path, content) in
        [(layout.root().join(FILE), DATA.as_bytes()), (layout.manifest(), bytes), (beside(folder.path()), b"kept")]
    {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    if let Ok(Some(stored)) = Stored::read(&layout) {
        walk(&stored);
    }
    if publish(&layout, 2).is_ok_and(|published| published) {
        let stored = Stored::read(&layout).expect("a sound dataset").expect("a manifest");
        assert!(stored.differing().is_empty(), "{:?}", stored.differing());
    }
    assert_eq!(fs::read(beside(folder.path())).expect("nothing outside is removed"), b"kept");
}

/// A file that a manifest might name by `..`.
fn beside(folder: &Path) -> std::path::PathBuf {
    folder.join("output/other/csv/month=2026-10/fuzzed.csv")
}

/// The manifest and the data file of two days, as the program writes them.
///
/// # Panics
/// If they cannot be written.
pub fn sound() -> (String, String) {
    let folder = scratch();
    let layout = DatasetPaths::new(folder.path(), JOB);
    for which in [0, 1] {
        assert!(publish(&layout, which).expect("a dataset"), "published");
    }
    let read = |path| fs::read_to_string(path).expect("a file");
    (read(layout.manifest()), read(layout.root().join(FILE)))
}

fn walk(stored: &Stored) {
    drop(format!("{:?} {:?}", stored.differing(), stored.lost_windows().map(|(window, _)| window).collect::<Vec<_>>()));
    for window in stored.windows() {
        let _ = stored.archived(window.window, &shape());
    }
    let _ = stored.rows(None).count() + stored.rows(Some(day(0))).count();
}

/// Publishes one day; `false` if that failed.
fn publish(layout: &DatasetPaths, which: i64) -> Result<bool, OpenError> {
    let holder = LockHolder { pid: 1, since: at(0), command: "run fuzzed".to_owned() };
    let lock = DatasetLock::acquire(layout.clone(), &holder).expect("nobody else has it");
    let mut dataset = Dataset::open(lock, identity(), no_hook())?;
    walk(dataset.stored());
    let publication = Publication {
        windows: vec![PublishedWindow { window: day(which), is_final: true }],
        restored: vec![],
        archived: vec![],
        shape: shape(),
        run_id: run_id(),
        as_of: at(3 * DAY),
        now: at(3 * DAY),
        reconciliation: Reconciliation { reconciled: true, identities_checked: 1, differences: vec![] },
        interval: None,
        formats: vec![Format::Csv],
        partition: Partition::Month,
        compression: Compression::Zstd,
        rewrite: Rewrite::Changed,
        loss: Loss::Told,
        history: ChangeLog::Off,
    };
    Ok(dataset.publish(&publication, rows).is_ok())
}

fn identity() -> DatasetIdentity {
    DatasetIdentity {
        account_sid: AccountSid::ZEROS,
        base_url: "simulator".to_owned(),
        timezone: "Europe/Paris".parse().expect("a zone"),
        every: "day".to_owned(),
        split: Split::from(&shape()),
        remainder: false,
    }
}

fn shape() -> MatrixShape {
    let countries = ["CO", "US"].map(|code| code.parse().expect("a country"));
    MatrixShape { countries: Some(countries.into()), channels: Some(vec![Channel::Sms]), ..MatrixShape::default() }
}

fn run_id() -> RunId {
    "01990000-0000-7000-8000-000000000001".parse().expect("a run")
}

fn day(number: i64) -> Window {
    Window::new(at(number * DAY), at((number + 1) * DAY)).expect("a day")
}

fn rows(window: Window) -> Vec<Row> {
    let row = |country| Row {
        key: RowKey {
            account: AccountSid::ZEROS,
            window,
            service: None,
            country: Some(country),
            channel: Some(Channel::Sms),
            prefix: None,
        },
        window_date: window_date(identity().timezone, window),
        counts: Counts::new(10, 7).expect("sound counts"),
        provenance: Provenance::Measured,
        cost: None,
        is_final: true,
        asked_at: UnixMicros(UnixSeconds(START + 3 * DAY).0 * 1_000_000),
        run_id: run_id(),
        published_at: Some(UnixMicros(UnixSeconds(START + 3 * DAY).0 * 1_000_000)),
    };
    shape().countries.into_iter().flatten().map(row).collect()
}
