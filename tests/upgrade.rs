//! What release 0.1 left behind is read, gone on with and published again (`tests/fixtures/0.1`).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use support::{Workspace, assert_same, csv_table, finish, parquet_table, summary, verify_rollup};

const AS_OF: &str = "2026-11-10T06:00:00Z";

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1").join(path)
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
        return;
    }
    for entry in std::fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

/// A workspace with the ledger and the job file of a fixture.
fn workspace(name: &str) -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    copy(&fixture(name).join("ledger.sqlite"), &workspace.path("state/ledger.sqlite"));
    let job = workspace.path("job.toml");
    copy(&fixture(name).join(format!("{name}.toml")), &job);
    (workspace, job)
}

fn run(workspace: &Workspace, job: &Path) -> serde_json::Value {
    let mut run = workspace.command("run", job);
    summary(run.args(["--requests-per-minute", "0", "--as-of", AS_OF]), 0)
}

fn sent(said: &serde_json::Value) -> u64 {
    said["requests"]["sent"].as_u64().unwrap()
}

/// The requests of a run that knows nothing.
fn sent_afresh(job: &Path) -> u64 {
    sent(&run(&Workspace::new(), job))
}

#[test]
fn a_finished_job_stands_as_it_was_published() {
    let (workspace, job) = workspace("finished");
    let dataset = workspace.path("output/finished");
    copy(&fixture("finished/dataset"), &dataset);
    let said = run(&workspace, &job);
    assert!(sent(&said) < sent_afresh(&job), "{said}");
    assert_eq!(said["windows_published"], 4, "{said}");
    let published = fixture("finished/dataset");
    assert_same(&csv_table(&dataset), &csv_table(&published), "CSV");
    assert_same(&parquet_table(&dataset), &parquet_table(&published), "Parquet");
}

/// The table's columns as a file of each format has them.
fn columns(dataset: &Path) -> Vec<Vec<String>> {
    let csv = support::files(&dataset.join("csv")).into_iter().map(|path| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().next().unwrap().split(',').map(str::to_owned).collect()
    });
    let parquet = support::files(&dataset.join("parquet")).into_iter().map(|path| {
        let file = std::fs::File::open(path).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        reader.schema().fields().iter().map(|field| field.name().clone()).collect()
    });
    csv.chain(parquet).collect()
}

#[test]
fn files_of_the_first_schema_stay_until_they_are_rewritten() {
    let (workspace, job) = workspace("finished");
    let dataset = workspace.path("output/finished");
    copy(&fixture("finished/dataset"), &dataset);
    let manifest = || -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(dataset.join("_manifest.json")).unwrap()).unwrap()
    };
    let published = csv_table(&dataset);
    run(&workspace, &job);
    assert!(columns(&dataset).iter().all(|names| names.len() == 19));
    assert_eq!((&manifest()["format_version"], &manifest()["schema_version"]), (&2.into(), &1.into()));
    let mut rewrite = workspace.command("run", &job);
    summary(rewrite.args(["--requests-per-minute", "0", "--as-of", AS_OF, "--rewrite"]), 0);
    let found = columns(&dataset);
    assert!(
        found.iter().all(|names| names.len() == 23 && names[19] == "published_at" && names[22] == "cost_currency"),
        "{found:?}"
    );
    assert_eq!(manifest()["schema_version"], 3);
    // No row changed, so nobody knows when one did last.
    assert_same(&csv_table(&dataset), &published, "CSV");
    assert_same(&parquet_table(&dataset), &published, "Parquet");
    let rewritten = std::fs::read(&support::files(&dataset.join("csv"))[0]).unwrap();
    assert!(String::from_utf8(rewritten).unwrap().lines().skip(1).all(|line| line.ends_with(",,,,")));
}

#[test]
fn a_dataset_alone_is_taken_as_answers_and_told_as_unproved() {
    let (workspace, job) = workspace("finished");
    std::fs::remove_file(workspace.path("state/ledger.sqlite")).unwrap();
    let dataset = workspace.path("output/finished");
    copy(&fixture("finished/dataset"), &dataset);
    let is_told = |said: &serde_json::Value| said["warnings"].to_string().contains("before evidence was kept");
    for _ in 0..2 {
        let said = run(&workspace, &job);
        assert!(sent(&said) < 20 && is_told(&said), "{said}");
        assert_same(&csv_table(&dataset), &csv_table(&fixture("finished/dataset")), "CSV");
    }
    let mut refresh = workspace.command("run", &job);
    let said = summary(refresh.args(["--requests-per-minute", "0", "--as-of", AS_OF, "--refresh"]), 0);
    assert!(sent(&said) > 20 && !is_told(&said), "{said}");
    assert!(!is_told(&run(&workspace, &job)));
}

#[test]
fn a_ledger_alone_brings_the_same_rows_back() {
    let (workspace, job) = workspace("finished");
    let said = run(&workspace, &job);
    assert!(sent(&said) < sent_afresh(&job), "{said}");
    assert_same(&csv_table(&workspace.path("output/finished")), &csv_table(&fixture("finished/dataset")), "CSV");
}

/// The text that release 0.1 hashed of `open/open.toml`, but for the dataset's path.
#[expect(clippy::unnecessary_debug_formatting, reason = "that release wrote the path so")]
fn fingerprint(dataset: &Path) -> String {
    let text = format!(
        "(JobName(\"open\"), Source {{ endpoint: Simulator, interval: ClosedOpen, settle_after: 86400s, \
         attempts_settle: 3600s, retention: None }}, WindowPlan {{ what: Between {{ start: UnixSeconds(1793491200), \
         end: UnixSeconds(1793836800) }}, every: Day, timezone: UTC }}, MatrixShape {{ services: None, countries: \
         Some([CO, IS, US]), channels: Some([Call, Email, Rbm, Sms, Whatsapp]), prefixes: None }}, (Listed, All, \
         Keep), Exhaustive, false, {dataset:?})"
    );
    format!("{:x}", Sha256::digest(text))
}

#[test]
fn an_open_run_is_taken_up_and_finished() {
    let (workspace, job) = workspace("open");
    let ledger = Connection::open(workspace.path("state/ledger.sqlite")).unwrap();
    let (run_id, recorded): (String, String) =
        ledger.query_row("SELECT run_id, fingerprint FROM runs", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(recorded, fingerprint(Path::new("/tmp/rollup-0.1/output/open")), "the text is that of the release");
    // As if that run had been killed just now, and here.
    let here = fingerprint(&workspace.path("output/open"));
    ledger
        .execute("UPDATE runs SET seen_at = unixepoch() * 1000000, fingerprint = ?1", params![here])
        .map(|changed| assert_eq!(changed, 1))
        .unwrap();
    drop(ledger);

    let said = run(&workspace, &job);
    assert_eq!(said["run_id"], run_id.as_str(), "{said}");
    assert_eq!(said["status"], "complete", "{said}");
    assert!(sent(&said) < sent_afresh(&job), "{said}");
    let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(&job).args(["--as-of", AS_OF]), 0);
    assert_same(&csv_table(&workspace.path("output/open")), &support::table(&truth.stdout), "open");
}
