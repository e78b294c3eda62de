//! The dataset's promises.

mod crash;
mod damage;
mod history;
mod history_audit;
mod model;
mod order;
mod partition;
mod rules;
mod schema;

use crate::sink::RowReader;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono_tz::Tz;

use super::*;
use crate::model::{
    AccountSid, ChangeLog, Channel, Compression, Country, Format, MatrixShape, Partition, Row, UnixSeconds, Window,
};
use crate::sink::atomic::{StepHook, no_hook};
use crate::sink::testing::{START, row_of, run, scratch};

/// Windows of a run with their rows: `countries` and the remainder, counts that follow from window, country and `salt`.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) run: u128,
    pub(super) windows: Vec<PublishedWindow>,
    pub(super) countries: Vec<&'static str>,
    pub(super) salt: i64,
    pub(super) formats: Vec<Format>,
    pub(super) partition: Partition,
    pub(super) compression: Compression,
    pub(super) history: ChangeLog,
}

impl Offer {
    pub(super) fn new(run: u128, windows: &[Window]) -> Self {
        Self {
            run,
            windows: windows.iter().map(|window| PublishedWindow { window: *window, is_final: true }).collect(),
            countries: vec!["CO", "US"],
            salt: 0,
            formats: Format::ALL.to_vec(),
            partition: Partition::Month,
            compression: Compression::Zstd,
            history: ChangeLog::Off,
        }
    }

    fn provisional(mut self) -> Self {
        self.windows.iter_mut().for_each(|offer| offer.is_final = false);
        self
    }

    fn shape(&self) -> MatrixShape {
        let countries: Vec<Country> = self.countries.iter().map(|code| code.parse().unwrap()).collect();
        MatrixShape { countries: Some(countries), channels: Some(vec![Channel::Sms]), ..MatrixShape::default() }
    }

    fn rows(&self, window: Window) -> Vec<Row> {
        let offer = self.windows.iter().find(|offer| offer.window == window).unwrap();
        let codes = self.countries.iter().copied().chain(["ZZ"]);
        codes
            .map(|code| {
                let spread = window.start().0 / 3600 % 7 + i64::from(code.as_bytes()[0]) % 5;
                let mut row = row_of(window, code, spread + self.salt);
                row.run_id = run(self.run);
                row.published_at = Some(UnixSeconds(START + i64::try_from(self.run).unwrap()).to_micros());
                row.asked_at.0 += i64::try_from(self.run).unwrap();
                row.is_final = offer.is_final;
                row
            })
            .collect()
    }

    fn publication(&self) -> Publication {
        Publication {
            windows: self.windows.clone(),
            restored: vec![],
            archived: vec![],
            shape: self.shape(),
            run_id: run(self.run),
            as_of: UnixSeconds(START),
            now: UnixSeconds(START + i64::try_from(self.run).unwrap()),
            reconciliation: Reconciliation { reconciled: true, identities_checked: 3, differences: vec![] },
            interval: None,
            formats: self.formats.clone(),
            partition: self.partition,
            compression: self.compression,
            rewrite: Rewrite::Changed,
            loss: Loss::Told,
            history: self.history,
        }
    }
}

fn identity() -> DatasetIdentity {
    DatasetIdentity {
        account_sid: AccountSid::ZEROS,
        base_url: "simulator".into(),
        timezone: Tz::UTC,
        every: "day".into(),
        split: Split { services: false, countries: true, channels: true, destination_prefixes: false },
        remainder: true,
    }
}

fn layout(folder: &Path) -> DatasetPaths {
    DatasetPaths::new(folder, "monthly")
}

fn open_with(folder: &Path, hook: StepHook) -> Dataset {
    open_at(layout(folder), hook)
}

fn open_at(layout: DatasetPaths, hook: StepHook) -> Dataset {
    let holder = LockHolder { pid: 1, since: UnixSeconds(START), command: "test".into() };
    let lock = DatasetLock::acquire(layout, &holder).unwrap();
    Dataset::open(lock, identity(), hook).unwrap()
}

pub(super) fn open_copy(layout: DatasetPaths) -> Dataset {
    open_at(layout, no_hook())
}

fn open(folder: &Path) -> Dataset {
    open_with(folder, no_hook())
}

/// What the file system knows.
#[derive(Debug, Clone, Copy)]
enum System {
    Exchanges,
    /// It cannot exchange folders, only move them.
    Moves,
}

impl System {
    fn of(self, mut dataset: Dataset) -> Dataset {
        match self {
            Self::Exchanges => {}
            Self::Moves => dataset.refuse_exchange(),
        }
        dataset
    }
}

fn publish(folder: &Path, offer: &Offer) -> Published {
    publish_to(&mut open(folder), offer).unwrap()
}

pub(super) fn publish_to(dataset: &mut Dataset, offer: &Offer) -> Result<Published, PublishError> {
    dataset.publish(&offer.publication(), |window| offer.rows(window))
}

/// Every file below a folder but the lock, by path.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                walk(&path, root, files);
            } else if path.file_name().unwrap() != ".lock" {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(folder, folder, &mut files);
    files
}

/// What was set aside, by its name without the time.
fn set_aside(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let in_it = |(name, bytes): (String, Vec<u8>)| {
        let name = name.strip_prefix("monthly/_set_aside/")?.rsplit_once("-2")?.0.to_owned();
        Some((name, bytes))
    };
    tree(folder).into_iter().filter_map(in_it).collect()
}

/// Every file below a folder but the lock and what was set aside, by path.
pub(super) fn own_tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    tree(folder).into_iter().filter(|(name, _)| !name.contains("/_set_aside/")).collect()
}

/// The table of one format, read as a folder reader does: every data file there is.
fn table(folder: &Path, format: Format) -> Vec<Row> {
    let layout = layout(folder);
    let places = layout.data_files().unwrap().into_iter().filter(|place| place.format == format);
    let mut rows: Vec<Row> =
        places.flat_map(|place| RowReader::open(format, &layout.path(place)).unwrap().map(Result::unwrap)).collect();
    rows.sort_by_key(|row| row.key);
    rows
}

fn read(folder: &Path) -> Stored {
    Stored::read(&layout(folder)).unwrap().unwrap()
}

fn days(from: i64, to: i64) -> Window {
    let at = |day: i64| UnixSeconds(START + 86_400 * day);
    Window::new(at(from), at(to)).unwrap()
}

pub(super) fn each_day(from: i64, to: i64) -> Vec<Window> {
    (from..to).map(|day| days(day, day + 1)).collect()
}
