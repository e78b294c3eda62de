//! `audit` finds what is amiss with a published dataset, as its schema and `docs/STATUS.md` describe it, and changes
//! nothing.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;
#[path = "support/untouched.rs"]
mod untouched;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{ACCOUNT, Simulated, Workspace, finish, searched, summary, verify_rollup};
use untouched::listing;

const AS_OF: &str = "2026-10-20T00:00:00Z";

/// Five days of two countries and two channels, published in both formats.
struct Published {
    server: Simulated,
    workspace: Workspace,
    job: PathBuf,
}

impl Published {
    fn new() -> Self {
        let published = Self::before();
        published.run(0);
        published
    }

    fn before() -> Self {
        let (server, workspace) = (Simulated::unlimited(), Workspace::new());
        let text = "name = \"kept\"\n[source]\nretention = \"none\"\n\
                    [windows]\nstart = \"2026-10-01\"\nend = \"2026-10-06\"\n[matrix]\ncountries = [\"US\", \"CO\"]\n\
                    channels = [\"sms\", \"email\"]\n[output]\nformats = [\"csv\", \"parquet\"]\npartition = \"day\"\n";
        let job = workspace.job("kept.toml", text);
        Self { server, workspace, job }
    }

    fn run(&self, code: i32) {
        finish(self.workspace.run(&self.job, &self.server).args(["-q", "--as-of", AS_OF]), code);
    }

    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.job).unwrap();
        assert!(text.contains(from));
        fs::write(&self.job, text.replace(from, to)).unwrap();
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.workspace.command("audit", &self.job);
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--base-url", &self.server.url]);
        command
    }

    /// The object, which the schema describes; everything lies as it lay.
    fn audit(&self) -> Value {
        let before = listing(self.workspace.folder.path());
        let output = self.command().arg("--json").output().unwrap();
        let shown = searched(&output);
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{shown}"));
        json_schema::check(&schema(), &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
        assert!(before == listing(self.workspace.folder.path()), "something was touched");
        let is_sound = found["findings"].as_array().unwrap().is_empty();
        assert_eq!((output.status.code(), &found["sound"]), (Some(if is_sound { 0 } else { 5 }), &json!(is_sound)));
        found
    }

    /// What is found, without the finding that a changed file is one, each kind once.
    fn kinds(&self) -> Vec<String> {
        let found = self.audit();
        let kinds =
            found["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap().to_owned());
        let kinds: BTreeSet<_> = kinds.filter(|kind| kind != "changed_file").collect();
        kinds.into_iter().collect()
    }

    fn dataset(&self) -> PathBuf {
        self.workspace.path("output/kept")
    }

    fn file(&self, format: &str, day: u32) -> PathBuf {
        self.dataset().join(format!("{format}/day=2026-10-0{day}/kept.{format}"))
    }

    /// Changes the fields of a day's first CSV row in which something was sent.
    fn change_row(&self, change: impl FnOnce(&mut Vec<String>)) {
        let path = self.file("csv", 2);
        let text = fs::read_to_string(&path).unwrap();
        let line = text.lines().find(|line| line.contains(",US,sms,")).unwrap();
        let mut fields: Vec<_> = line.split(',').map(str::to_owned).collect();
        change(&mut fields);
        fs::write(&path, text.replace(line, &fields.join(","))).unwrap();
    }

    /// Makes the manifest say that a changed file is as it was published.
    fn vouch(&self, format: &str, day: u32) {
        let path = self.dataset().join("_manifest.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let bytes = fs::read(self.file(format, day)).unwrap();
        let name = format!("{format}/day=2026-10-0{day}/kept.{format}");
        let files = manifest["files"].as_array_mut().unwrap();
        let file = files.iter_mut().find(|file| file["path"] == name.as_str()).unwrap();
        file["bytes"] = json!(bytes.len());
        file["sha256"] = json!(format!("{:x}", Sha256::digest(&bytes)));
        fs::write(&path, serde_json::to_vec_pretty(&manifest).unwrap()).unwrap();
    }
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.schema.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn add(field: &mut String, number: i64) {
    *field = (field.parse::<i64>().unwrap() + number).to_string();
}

#[test]
fn the_schema_is_that_of_the_program() {
    let printed = verify_rollup().args(["schema", "--audit"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert!(printed == schema(), "renew it: verify-rollup schema --audit > docs/audit.schema.json");
}

#[test]
fn the_documentation_names_every_key_and_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/STATUS.md")).unwrap();
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    for key in schema()["properties"].as_object().unwrap().keys() {
        assert!(named.contains(key.as_str()), "{key} is not explained");
    }
    let kinds = fs::read_to_string(root.join("src/sink/dataset/audit/finding.rs")).unwrap();
    let kinds = kinds.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.strip_suffix("\","));
    let kinds: Vec<_> = kinds.collect();
    assert!(kinds.len() > 15, "{kinds:?}");
    for kind in kinds {
        assert!(named.contains(kind), "{kind} is not explained");
    }
}

#[test]
fn a_dataset_as_it_was_published_is_sound() {
    let published = Published::before();
    let fresh = published.audit();
    assert_eq!((&fresh["windows"], &fresh["sound"]), (&json!(0), &json!(true)));
    assert!(!published.workspace.path("state").exists() && !published.workspace.path("output").exists());
    published.run(0);
    let found = published.audit();
    assert_eq!((&found["windows"], &found["files"], &found["rows"]), (&json!(5), &json!(10), &json!(60)), "{found:#}");
    assert_eq!((&found["windows_compared"], &found["windows_unknown_to_ledger"]), (&json!(5), &json!(0)));
    let text = searched(&finish(&mut published.command(), 0));
    assert!(text.contains("sound"), "{text}");
    let quiet = finish(published.command().arg("-q"), 0);
    assert!(quiet.stdout.is_empty());

    // Without its ledger it is no less sound; nothing is compared.
    fs::remove_dir_all(published.workspace.path("state")).unwrap();
    let found = published.audit();
    assert_eq!((&found["windows_compared"], &found["windows_unknown_to_ledger"]), (&json!(0), &json!(5)));
    assert!(!published.workspace.path("state").exists());
}

#[test]
fn a_provisional_day_is_sound() {
    let published = Published::before();
    finish(
        published.workspace.run(&published.job, &published.server).args(["-q", "--as-of", "2026-10-06T03:00:00Z"]),
        0,
    );
    let found = published.audit();
    assert_eq!((&found["windows_compared"], &found["sound"]), (&json!(4), &json!(true)), "{found:#}");
}

#[test]
fn files_that_are_gone_foreign_or_left_over_are_named() {
    let published = Published::new();
    let good = fs::read(published.file("csv", 3)).unwrap();
    fs::remove_file(published.file("csv", 3)).unwrap();
    assert_eq!(published.kinds(), ["missing_file"]);
    fs::write(published.file("csv", 3), &good).unwrap();
    assert!(published.kinds().is_empty());

    fs::write(published.dataset().join("csv/day=2026-10-03/copy of kept.csv"), &good).unwrap();
    assert_eq!(published.kinds(), ["foreign_file"]);
    fs::create_dir_all(published.dataset().join("csv/month=2026-10")).unwrap();
    fs::write(published.dataset().join("csv/month=2026-10/kept.csv"), &good).unwrap();
    assert_eq!(published.kinds(), ["foreign_file", "unlisted_file"]);
    fs::create_dir_all(published.dataset().join(".staging")).unwrap();
    fs::write(published.dataset().join(".staging/csv.kept.csv"), "half").unwrap();
    fs::create_dir_all(published.dataset().join("_set_aside")).unwrap();
    fs::write(published.dataset().join("_set_aside/csv.kept.csv-2026"), &good).unwrap();
    assert_eq!(published.kinds(), ["foreign_file", "left_over", "set_aside", "unlisted_file"]);
    let text = searched(&finish(&mut published.command(), 5));
    assert!(text.contains("copy of kept.csv") && text.contains("means: ") && text.contains("to do: "), "{text}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_are_read() {
    let published = Published::new();
    let path = published.file("parquet", 2);
    let good = fs::read(&path).unwrap();
    for bytes in [&good[..good.len() / 2], &good[..3], b""] {
        fs::write(&path, bytes).unwrap();
        let found = published.audit();
        assert_eq!(published.kinds(), ["unreadable_file"]);
        assert_eq!((&found["findings"].as_array().unwrap().len(), &found["rows"]), (&2, &json!(54)));
    }
}

/// A count that nobody answered, in a file that reads.
#[test]
fn a_changed_count_is_held_against_manifest_and_ledger() {
    let published = Published::new();
    published.change_row(|fields| {
        add(&mut fields[9], 1);
        add(&mut fields[11], 1);
    });
    assert_eq!(published.kinds(), ["ledger_differs", "other_sums", "wrong_rate"]);
    published.vouch("csv", 2);
    let found = published.audit();
    let kinds: Vec<_> = found["findings"].as_array().unwrap().iter().map(|finding| &finding["kind"]).collect();
    assert!(!kinds.contains(&&json!("changed_file")), "{found:#}");
    assert_eq!(published.kinds(), ["ledger_differs", "other_sums", "wrong_rate"], "whatever the checksum says");
    // What a run then does is what the finding says.
    published.run(0);
}

#[test]
fn rows_that_contradict_themselves_or_their_window_are_named() {
    type Change = fn(&mut Vec<String>);
    let cases: [(&str, Change, [&str; 1]); 5] = [
        ("unconverted", |fields| add(&mut fields[11], 1), ["bad_row"]),
        ("rate", |fields| fields[12] = "0.5".to_owned(), ["wrong_rate"]),
        ("interval", |fields| fields[13] = String::new(), ["wrong_rate"]),
        ("date", |fields| fields[3] = "2026-10-03".to_owned(), ["wrong_date"]),
        (
            "country",
            |fields| {
                fields[6] = "UY".to_owned();
                fields[0] = fields[0].replace("|US|", "|UY|");
            },
            ["wrong_cells"],
        ),
    ];
    for (what, change, kinds) in cases {
        let published = Published::new();
        published.change_row(change);
        assert_eq!(published.kinds(), kinds, "{what}");
    }
}

#[test]
fn rows_that_are_gone_doubled_or_in_another_place_are_named() {
    let published = Published::new();
    let path = published.file("csv", 2);
    let good = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = good.lines().collect();
    let remainder = lines.iter().find(|line| line.contains(",ZZ,sms,")).unwrap();
    let write = |lines: &[&str]| fs::write(&path, lines.join("\n") + "\n").unwrap();

    write(&lines.iter().filter(|line| line != &remainder).copied().collect::<Vec<_>>());
    assert_eq!(published.kinds(), ["other_sums", "wrong_cells"], "no remainder");
    write(&[&lines[..], &lines[lines.len() - 1..]].concat());
    assert_eq!(published.kinds(), ["bad_row"], "twice");
    write(&lines[..1]);
    assert_eq!(published.kinds(), ["absent_rows"]);
    let other = fs::read_to_string(published.file("csv", 3)).unwrap();
    write(&[&lines[..], &other.lines().skip(1).collect::<Vec<_>>()[..]].concat());
    assert_eq!(published.kinds(), ["unlisted_window"], "another day's");
}

#[test]
fn windows_between_which_none_stands_are_named() {
    let published = Published::new();
    published.edit("2026-10-01", "2026-10-08");
    published.edit("2026-10-06", "2026-10-10");
    published.run(0);
    let found = published.audit();
    assert_eq!(published.kinds(), ["gap"]);
    let gap = &found["findings"][0];
    assert_eq!(
        (&gap["window_start"], &gap["window_end"]),
        (&json!("2026-10-06T00:00:00Z"), &json!("2026-10-08T00:00:00Z"))
    );

    // A day whose rows are gone for good is no gap.
    let published = Published::new();
    for format in ["csv", "parquet"] {
        fs::remove_file(published.file(format, 3)).unwrap();
    }
    assert_eq!(published.kinds(), ["missing_file"]);
    fs::remove_dir_all(published.workspace.path("state")).unwrap();
    published.edit("2026-10-01", "2026-10-04");
    published.run(3);
    assert_eq!(published.kinds(), ["lost_window"]);
}

#[test]
fn another_dataset_or_a_damaged_manifest_is_no_finding() {
    let published = Published::new();
    let manifest = published.dataset().join("_manifest.json");
    let good = fs::read_to_string(&manifest).unwrap();
    published.edit("channels = [\"sms\", \"email\"]\n", "");
    let told = searched(&finish(&mut published.command(), 2));
    assert!(told.contains("holds another dataset"), "{told}");
    published.edit("countries", "channels = [\"sms\", \"email\"]\ncountries");
    fs::write(&manifest, good.replace("\"job\": \"kept\"", "\"job\": \"other\"")).unwrap();
    let told = searched(&finish(&mut published.command(), 1));
    assert!(told.contains("it belongs to the job `other`"), "{told}");
    fs::write(&manifest, "{").unwrap();
    finish(&mut published.command(), 1);
    fs::remove_file(&manifest).unwrap();
    assert_eq!(published.kinds(), ["no_manifest"]);
    fs::write(&manifest, good).unwrap();
    fs::write(published.workspace.path("state/ledger.sqlite"), "no ledger").unwrap();
    finish(&mut published.command(), 1);
}

/// What is read page by page, and jobs that split nothing, are sound, too.
#[test]
fn other_kinds_of_datasets_are_sound() {
    for (what, from, to) in [
        ("listed", "retention", "list = true\nretention"),
        ("unsplit", "countries = [\"US\", \"CO\"]\nchannels = [\"sms\", \"email\"]\n", ""),
        ("all", "countries = [\"US\", \"CO\"]", "countries = \"all\""),
        ("no remainder", "countries =", "remainder = false\ncountries ="),
        ("hours", "[windows]", "[windows]\nevery = \"hour\""),
        ("zone", "[windows]", "[windows]\ntimezone = \"America/Bogota\""),
    ] {
        let published = Published::before();
        published.edit(from, to);
        published.run(0);
        let found = summary(&mut published.command(), 0);
        assert_eq!(found["windows_unknown_to_ledger"], 0, "{what}: {found:#}");
    }
}
