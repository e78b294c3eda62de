//! `_manifest.json` is what `docs/manifest.schema.json` and `docs/WAREHOUSES.md` say, so that loads may rely on it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{Workspace, finish, verify_rollup};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn schema() -> Value {
    json(&root().join("docs/manifest.schema.json"))
}

#[test]
fn the_schema_is_that_of_the_program() {
    let printed = verify_rollup().args(["schema", "--manifest"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert!(printed == schema(), "renew it: verify-rollup schema --manifest > docs/manifest.schema.json");
    finish(verify_rollup().args(["schema", "--manifest", "--audit"]), 2);
}

#[test]
fn the_documentation_names_every_key() {
    let page = fs::read_to_string(root().join("docs/WAREHOUSES.md")).unwrap();
    let (_, section) = page.split_once("## The manifest is the list of changes").unwrap();
    let named: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
    let schema = schema();
    let records = ["FileRecord", "WindowRecord"].map(|record| &schema["$defs"][record]);
    for key in [&schema].into_iter().chain(records).flat_map(|it| it["properties"].as_object().unwrap().keys()) {
        assert!(named.contains(key.as_str()), "{key} is not explained");
    }
}

/// A dataset of two months in both formats, with its history.
struct Published(Workspace);

impl Published {
    /// Publishes a job of some countries, at noon of a day of October.
    fn run(&self, countries: &str, range: [&str; 2], day: u32, code: i32) -> Value {
        let [start, end] = range;
        let text = format!(
            "name = \"kept\"\n[source]\nbase_url = \"simulator\"\nretention = \"none\"\n\
             [windows]\nstart = \"{start}\"\nend = \"{end}\"\n[matrix]\ncountries = [{countries}]\n\
             channels = [\"sms\"]\n[output]\nformats = [\"csv\", \"parquet\"]\nhistory = true\n"
        );
        let job = self.0.job("kept.toml", &text);
        let mut run = self.0.command("run", &job);
        run.args(["-q", "--requests-per-minute", "0", "--as-of", &format!("2026-10-{day:02}T12:00:00Z")]);
        finish(&mut run, code);
        self.manifest()
    }

    /// The manifest, which the schema describes, as it does the files that lie there.
    fn manifest(&self) -> Value {
        let dataset = self.0.path("output/kept");
        let manifest = json(&dataset.join("_manifest.json"));
        json_schema::check(&schema(), &manifest).unwrap_or_else(|error| panic!("{error}: {manifest:#}"));
        for file in ["files", "history"].iter().flat_map(|key| manifest[key].as_array().unwrap()) {
            let bytes = fs::read(dataset.join(file["path"].as_str().unwrap())).unwrap();
            assert_eq!(file["bytes"], json!(bytes.len()), "{file}");
            assert_eq!(file["sha256"], json!(format!("{:x}", Sha256::digest(&bytes))), "{file}");
        }
        manifest
    }
}

/// What tells that something changed, by what it is.
fn records<'m>(manifest: &'m Value, list: &str, name: &str, mark: &str) -> BTreeMap<&'m str, &'m Value> {
    let records = manifest[list].as_array().unwrap();
    records.iter().map(|record| (record[name].as_str().unwrap(), &record[mark])).collect()
}

fn changed<'m>(before: &'m Value, after: &'m Value, list: &str, name: &str, mark: &str) -> BTreeSet<&'m str> {
    let [before, after] = [before, after].map(|manifest| records(manifest, list, name, mark));
    before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).copied().collect()
}

#[test]
fn what_changed_is_told_by_checksums_and_by_the_runs_of_windows() {
    let published = Published(Workspace::new());
    let noon = "2026-09-29T12:00:00Z";
    let all_days = [noon, "2026-10-02"];
    let all = "\"CO\", \"NA\", \"US\"";
    let first = published.run(all, [noon, "2026-10-01T12:00:00Z"], 1, 0);
    assert_eq!(first["format_version"], 2);
    let whole = published.run(all, all_days, 2, 0);
    // The settled day is as it was; half of the last one gave way to all of it.
    let windows = changed(&first, &whole, "windows", "start", "run_id");
    assert_eq!(windows, BTreeSet::from(["2026-09-30T00:00:00Z", "2026-10-01T00:00:00Z"]));
    let settled = published.run(all, all_days, 4, 0);
    let files = changed(&whole, &settled, "files", "path", "sha256");
    assert_eq!(files, BTreeSet::from(["csv/month=2026-10/kept.csv", "parquet/month=2026-10/kept.parquet"]));
    // A country less, a row less, whatever it said.
    let fewer = published.run("\"CO\", \"US\"", all_days, 4, 0);
    assert_eq!(changed(&settled, &fewer, "windows", "start", "run_id").len(), 3);
    assert_eq!(published.run("\"CO\", \"US\"", all_days, 4, 0), fewer);
}

#[test]
fn windows_that_were_lost_are_described_too() {
    let published = Published(Workspace::new());
    published.run("\"CO\"", ["2026-09-29", "2026-10-01"], 1, 0);
    fs::remove_dir_all(published.0.path("state")).unwrap();
    for format in ["csv", "parquet"] {
        fs::remove_dir_all(published.0.path(&format!("output/kept/{format}/month=2026-09"))).unwrap();
    }
    let manifest = published.run("\"CO\"", ["2026-10-01", "2026-10-02"], 10, 3);
    assert!(!manifest["lost"].as_array().unwrap().is_empty(), "{manifest:#}");
}
