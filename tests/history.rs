//! `[output] history = true` by the real program: every change of a published row is logged, and the log alone says what
//! the table is.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use support::{Workspace, files, finish, summary};

fn job(workspace: &Workspace, countries: &str) -> std::path::PathBuf {
    let text = format!(
        "name = \"daily\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-3-days\"\n\
         [matrix]\ncountries = [{countries}]\nchannels = [\"sms\", \"call\"]\n[output]\nhistory = true\n"
    );
    workspace.job("daily.toml", &text)
}

fn run(workspace: &Workspace, job: &Path, as_of: &str) {
    summary(workspace.command("run", job).args(["--requests-per-minute", "0", "--as-of", as_of]), 0);
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(ParquetRecordBatchReaderBuilder::build);
    reader.unwrap().map(Result::unwrap).collect()
}

/// Attempts of each row.
type Attempts = BTreeMap<String, i64>;

fn text(batch: &RecordBatch, column: &str, row: usize) -> String {
    batch.column_by_name(column).unwrap().as_string::<i32>().value(row).to_owned()
}

fn number(batch: &RecordBatch, column: &str, row: usize) -> Option<i64> {
    let numbers = batch.column_by_name(column).unwrap().as_primitive::<Int64Type>();
    numbers.is_valid(row).then(|| numbers.value(row))
}

fn published(dataset: &Path) -> Attempts {
    let mut attempts = Attempts::new();
    for batch in files(&dataset.join("parquet")).iter().flat_map(|path| batches(path)) {
        attempts.extend(
            (0..batch.num_rows())
                .map(|row| (text(&batch, "row_key", row), number(&batch, "total_attempts", row).unwrap())),
        );
    }
    attempts
}

/// Plays the files of the log that were not seen yet on a copy of the table; says what kinds of changes there were.
fn load(dataset: &Path, seen: &mut Vec<String>, copy: &mut Attempts) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    let mut sum = copy.values().sum::<i64>();
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dataset.join("_manifest.json")).unwrap()).unwrap();
    for file in manifest["history"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap().to_owned();
        if seen.contains(&path) {
            continue;
        }
        assert_eq!(std::fs::metadata(dataset.join(&path)).unwrap().permissions().mode() & 0o777, 0o600);
        for batch in batches(&dataset.join(&path)) {
            for row in 0..batch.num_rows() {
                let (key, change) = (text(&batch, "row_key", row), text(&batch, "change", row));
                let (new, old) = (number(&batch, "total_attempts", row), number(&batch, "old_total_attempts", row));
                assert_eq!(copy.remove(&key), old, "{key}: what it said before");
                assert_eq!((new.is_none(), old.is_none()), (change == "removed", change == "added"), "{key}");
                assert!(!text(&batch, "run_id", row).is_empty());
                copy.extend(new.map(|new| (key, new)));
                sum += new.unwrap_or(0) - old.unwrap_or(0);
                *kinds.entry(change).or_default() += 1;
            }
        }
        seen.push(path);
    }
    assert_eq!(sum, copy.values().sum::<i64>(), "new less old sums up");
    kinds
}

#[test]
fn a_copy_fed_by_the_log_alone_is_the_table_after_every_run() {
    let workspace = Workspace::new();
    let dataset = workspace.path("output/daily");
    let (mut seen, mut copy) = (Vec::new(), Attempts::new());
    // Two countries and the rest on two channels: six rows a day.
    let steps = [
        ("\"US\", \"CO\"", "2026-10-31T06:00:00Z", [("added", 18)].as_slice()),
        // Nothing happens in between: the last day has not settled.
        ("\"US\", \"CO\"", "2026-10-31T06:00:00Z", &[]),
        // It has settled, and another day is there. What was final stays as it is.
        ("\"US\", \"CO\"", "2026-11-01T06:00:00Z", &[("added", 6), ("changed", 6)]),
        // A country less.
        ("\"US\"", "2026-11-01T06:00:00Z", &[("removed", 6), ("changed", 6)]),
    ];
    for (countries, as_of, expected) in steps {
        run(&workspace, &job(&workspace, countries), as_of);
        let kinds = load(&dataset, &mut seen, &mut copy);
        let expected: BTreeMap<_, _> = expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
        assert_eq!(kinds, expected, "{countries} {as_of}");
        assert_eq!(copy, published(&dataset), "{countries} {as_of}");
    }
    assert!(seen.iter().all(|path| path.starts_with("history/month=2026-10/")), "{seen:?}");
}

fn audit(workspace: &Workspace, job: &Path, code: i32) -> serde_json::Value {
    let output = finish(workspace.command("audit", job).arg("--json"), code);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Said by `audit`, and what it says to do puts it right.
#[test]
fn an_audit_holds_the_log_against_the_table() {
    let workspace = Workspace::new();
    let job = job(&workspace, "\"US\"");
    for as_of in ["2026-10-31T06:00:00Z", "2026-11-01T06:00:00Z"] {
        run(&workspace, &job, as_of);
    }
    // Two kinds of rows on two channels: three days, then another one, and one that has settled.
    let found = audit(&workspace, &job, 0);
    assert_eq!((&found["log_files"], &found["log_changes"]), (&2.into(), &20.into()), "{found:#}");
    let log = files(&workspace.path("output/daily/history"));
    std::fs::remove_file(&log[1]).unwrap();
    std::fs::write(log[0].with_file_name("notes.parquet"), "notes").unwrap();
    let found = audit(&workspace, &job, 5);
    let kinds: Vec<_> = found["findings"].as_array().unwrap().iter().map(|finding| &finding["kind"]).collect();
    assert_eq!(kinds, ["log_differs", "log_damaged", "foreign_file"], "{found:#}");
    assert_eq!(found["findings"][0]["count"], 8, "{found:#}");
    std::fs::remove_file(log[0].with_file_name("notes.parquet")).unwrap();
    summary(
        workspace.command("run", &job).args([
            "--requests-per-minute",
            "0",
            "--as-of",
            "2026-11-01T06:00:00Z",
            "--rewrite",
        ]),
        0,
    );
    audit(&workspace, &job, 0);
}
