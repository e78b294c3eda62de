//! Files of other versions of the schema.

use super::*;
use crate::sink::testing::listed;

const CSV: &str = "monthly/csv/month=2026-10/monthly.csv";
const MANIFEST: &str = "monthly/_manifest.json";

/// Columns of the older schemas.
const FIRST: usize = 19;
const SECOND: usize = 20;

/// A dataset as a build of an older schema left it: CSV without the newest columns, and a manifest that says so; of the
/// first one it said nothing.
fn of_an_older_schema(folder: &Path, columns: usize, windows: &[Window]) {
    publish(folder, &Offer { formats: vec![Format::Csv], ..Offer::new(1, windows) });
    let new = fs::read_to_string(folder.join(CSV)).unwrap();
    let lines: Vec<_> = new.lines().map(|line| line.split(',').take(columns).collect::<Vec<_>>().join(",")).collect();
    let old = lines.join("\n") + "\n";
    fs::write(folder.join(CSV), &old).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(MANIFEST)).unwrap()).unwrap();
    if columns == FIRST {
        manifest["format_version"] = 1.into();
        manifest.as_object_mut().unwrap().remove("schema_version");
        manifest["files"][0].as_object_mut().unwrap().remove("schema_version");
    } else {
        manifest["schema_version"] = 2.into();
        manifest["files"][0]["schema_version"] = 2.into();
    }
    let file = manifest["files"][0].as_object_mut().unwrap();
    let digest = crate::sink::atomic::Digest::of(old.as_bytes()).unwrap();
    file["bytes"] = digest.bytes.into();
    file["sha256"] = digest.sha256.into();
    fs::write(folder.join(MANIFEST), manifest.to_string()).unwrap();
}

#[test]
fn a_file_of_the_first_schema_stands_and_grows_with_its_next_change() {
    let folder = scratch();
    of_an_older_schema(folder.path(), FIRST, &each_day(0, 2));
    let before = tree(folder.path());
    assert!(read(folder.path()).differing().is_empty());
    publish(folder.path(), &Offer { formats: vec![Format::Csv], ..Offer::new(2, &each_day(0, 2)) });
    assert_eq!(tree(folder.path())[CSV], before[CSV], "nothing changed");
    publish(folder.path(), &Offer { formats: vec![Format::Csv], ..Offer::new(3, &each_day(2, 3)) });
    let rows = table(folder.path(), Format::Csv);
    let (old, new): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.key.window.end() <= days(0, 2).end());
    assert!(!old.is_empty() && old.iter().all(|row| row.published_at.is_none()), "nobody knows when they changed");
    assert!(!new.is_empty() && new.iter().all(|row| row.published_at.is_some()));
    assert_eq!(read(folder.path()).manifest().unwrap().schema_version, 3);
}

#[test]
fn a_file_of_the_second_schema_takes_costs_with_its_next_change() {
    let folder = scratch();
    of_an_older_schema(folder.path(), SECOND, &each_day(0, 2));
    assert!(read(folder.path()).differing().is_empty());
    assert_eq!(read(folder.path()).manifest().unwrap().schema_version, 2);
    let before = table(folder.path(), Format::Csv);
    assert!(before.iter().all(|row| row.cost.is_none() && row.published_at.is_some()));
    let offer = Offer { formats: vec![Format::Csv], ..Offer::new(2, &each_day(1, 2)) };
    let priced = |window| offer.rows(window).into_iter().map(|row| listed(row, "0.05", "USD"));
    open(folder.path()).publish(&offer.publication(), priced).unwrap();
    let rows = table(folder.path(), Format::Csv);
    assert_eq!(rows[..3], before[..3], "what did not change has no cost");
    assert!(rows[3..].iter().all(|row| row.cost.is_some()));
    assert_eq!(read(folder.path()).manifest().unwrap().schema_version, 3);
}

#[test]
fn files_of_a_newer_schema_are_refused() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    let manifest = fs::read_to_string(folder.path().join(MANIFEST)).unwrap();
    let newer = manifest.replacen("\"schema_version\": 3", "\"schema_version\": 4", 1);
    assert_ne!(newer, manifest);
    fs::write(folder.path().join(MANIFEST), newer).unwrap();
    let error = Stored::read(&layout(folder.path())).unwrap_err().to_string();
    assert!(error.contains("schema version 4") && error.contains("upgrade verify-rollup"), "{error}");
}
