//! A published dataset that somebody or something harmed: no run deletes what it cannot read, what the ledger knows
//! comes back, and what it doesn't is named until somebody says that it may go.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use support::{Simulated, Table, Workspace, assert_same, csv_table, parquet_table, stderr};

const SEPTEMBER: (&str, &str) = ("2026-09-01", "2026-09-06");
const OCTOBER: (&str, &str) = ("2026-10-01", "2026-10-04");

/// Two months that were published one after the other.
struct Published {
    server: Simulated,
    workspace: Workspace,
    formats: &'static str,
    whole: Table,
}

impl Published {
    fn new(formats: &'static str) -> Self {
        let (server, workspace) = (Simulated::unlimited(), Workspace::new());
        let mut published = Self { server, workspace, formats, whole: Table::new() };
        for month in [SEPTEMBER, OCTOBER] {
            published.run(month, &[], 0);
        }
        published.whole = published.table();
        assert_eq!(published.whole.len(), 8 * 2 * 3, "two countries and the rest, two channels, eight days");
        published
    }

    fn run(&self, (start, end): (&str, &str), flags: &[&str], code: i32) -> (Value, String) {
        let job = self.workspace.job(
            "kept.toml",
            &format!(
                "name = \"kept\"\n[source]\nretention = \"none\"\n[windows]\nstart = \"{start}\"\nend = \"{end}\"\n\
                 [matrix]\n\
                 countries = [\"US\", \"CO\"]\nchannels = [\"sms\", \"email\"]\n[output]\nformats = [{}]\n",
                self.formats
            ),
        );
        let mut command = self.workspace.run(&job, &self.server);
        command.args(["--json", "-q"]).args(flags);
        let output = support::finish(&mut command, code);
        (serde_json::from_slice(&output.stdout).unwrap(), stderr(&output))
    }

    /// What is foreseen of the job that ran last.
    fn plan(&self) -> Value {
        let mut command = self.workspace.command("plan", &self.workspace.path("kept.toml"));
        command.args(["--json", "--base-url", &self.server.url]).env("TWILIO_ACCOUNT_SID", support::ACCOUNT);
        let output = support::finish(&mut command, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The daily job goes on: October, of which everything is known.
    fn next(&self, flags: &[&str], code: i32) -> (Value, String) {
        let (said, told) = self.run(OCTOBER, flags, code);
        assert_eq!(said["requests"]["sent"], 0, "{said}");
        (said, told)
    }

    fn dataset(&self) -> PathBuf {
        self.workspace.path("output/kept")
    }

    fn file(&self, format: &str) -> PathBuf {
        self.dataset().join(format!("{format}/month=2026-09/kept.{format}"))
    }

    fn table(&self) -> Table {
        match self.formats {
            "\"csv\"" => csv_table(&self.dataset()),
            _ => parquet_table(&self.dataset()),
        }
    }

    fn aside(&self) -> Vec<PathBuf> {
        support::files(&self.dataset().join("_set_aside"))
    }

    fn lose_the_ledger(&self) {
        fs::remove_dir_all(self.workspace.path("state")).unwrap();
    }
}

/// A Parquet file written anew by other hands, as a query engine copies it onto itself; with a column more, if wanted.
fn copy_onto_itself(path: &Path, more: Option<&str>) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let with_more = |batch: &RecordBatch| {
        let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
        let mut columns = batch.columns().to_vec();
        if let Some(name) = more {
            fields.push(Arc::new(Field::new(name, arrow::datatypes::DataType::Utf8, true)));
            columns.push(Arc::new(StringArray::from(vec!["mine"; batch.num_rows()])) as ArrayRef);
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    let batches: Vec<_> = batches.iter().map(with_more).collect();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batches[0].schema(), None).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
}

fn append_a_byte(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.push(0);
    fs::write(path, bytes).unwrap();
}

/// Before, the next run of the daily job removed an archived month whose file it could not read: exit 0, no warning.
#[test]
fn an_archived_month_that_cannot_be_read_is_set_aside_and_rebuilt() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 4] = [
        ("a byte more", append_a_byte),
        ("half of it", |path| fs::write(path, &fs::read(path).unwrap()[..300]).unwrap()),
        ("nothing", |path| fs::write(path, b"").unwrap()),
        ("a column more", |path| copy_onto_itself(path, Some("note"))),
    ];
    for (what, harm) in harms {
        let published = Published::new("\"parquet\"");
        harm(&published.file("parquet"));
        let harmed = fs::read(published.file("parquet")).unwrap();
        let (said, told) = published.next(&[], 0);
        assert_same(&published.table(), &published.whole, what);
        let aside = published.aside();
        assert_eq!(aside.len(), 1, "{what}: {aside:?}");
        assert_eq!(fs::read(&aside[0]).unwrap(), harmed, "{what}");
        let name = aside[0].file_name().unwrap().to_str().unwrap();
        assert!(name.starts_with("parquet.month=2026-09.kept.parquet-20"), "{name}");
        assert!(said["warnings"].to_string().contains(name) && told.contains(name), "{what}: {said} {told}");
        let (said, told) = published.next(&[], 0);
        assert_eq!((said["warnings"].to_string().as_str(), told.as_str()), ("[]", ""), "{what}: once is enough");
    }
}

#[test]
fn a_copy_onto_itself_costs_no_row_and_no_copy() {
    let published = Published::new("\"parquet\"");
    copy_onto_itself(&published.file("parquet"), None);
    let (said, told) = published.next(&[], 0);
    assert_same(&published.table(), &published.whole, "copied");
    assert!(published.aside().is_empty() && told.contains("changed since it was published"), "{said} {told}");
}

#[test]
fn what_the_ledger_does_not_know_is_named_until_its_loss_is_accepted() {
    let published = Published::new("\"parquet\"");
    let good = fs::read(published.file("parquet")).unwrap();
    append_a_byte(&published.file("parquet"));
    published.lose_the_ledger();
    // The months that are left are asked anew, as nothing else knows of them.
    let lost = |said: &Value| said["windows_lost"].as_array().unwrap().len();
    let (said, told) = published.run(OCTOBER, &[], 3);
    assert_eq!((lost(&said), &said["status"]), (5, &"incomplete".into()), "{said}");
    assert!(told.contains("--accept-loss"), "{told}");
    assert_eq!(published.aside().len(), 1);
    let (said, _) = published.next(&[], 3);
    assert_eq!(lost(&said), 5, "on every run: {said}");

    // Whoever has the file puts it back.
    fs::create_dir_all(published.file("parquet").parent().unwrap()).unwrap();
    fs::write(published.file("parquet"), &good).unwrap();
    let (said, _) = published.next(&[], 0);
    assert_eq!(lost(&said), 0, "{said}");
    assert_same(&published.table(), &published.whole, "put back");

    fs::remove_file(published.file("parquet")).unwrap();
    assert_eq!(lost(&published.next(&[], 3).0), 5);
    let (said, _) = published.next(&["--accept-loss"], 0);
    assert!(lost(&said) == 0 && said["warnings"].to_string().contains("accepted"), "{said}");
    let (said, told) = published.next(&[], 0);
    assert_eq!((lost(&said), told.as_str()), (0, ""), "{said}");
}

/// A run over the lost windows brings them back too.
#[test]
fn windows_that_are_asked_again_are_lost_no_more() {
    let published = Published::new("\"parquet\"");
    fs::remove_file(published.file("parquet")).unwrap();
    published.lose_the_ledger();
    published.run(OCTOBER, &[], 3);
    let (said, _) = published.run(SEPTEMBER, &[], 0);
    assert_eq!(said["windows_lost"].to_string(), "[]");
    assert_same(&published.table(), &published.whole, "asked again");
}

/// A file that reads, with a number that nobody answered.
#[test]
fn changed_rows_are_held_against_the_ledger() {
    let published = Published::new("\"csv\"");
    let path = published.file("csv");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.contains(",US,sms,")).unwrap();
    let mut fields: Vec<_> = line.split(',').map(str::to_owned).collect();
    // One attempt more, which did not convert; rates are not read back.
    for index in [9, 11] {
        fields[index] = (fields[index].parse::<i64>().unwrap() + 1).to_string();
    }
    let harmed = text.replace(line, &fields.join(","));
    fs::write(&path, &harmed).unwrap();
    let (said, told) = published.next(&[], 0);
    assert_same(&published.table(), &published.whole, "rebuilt");
    assert!(told.contains("the rows of 1 window differed from the ledger"), "{said} {told}");

    fs::write(&path, &harmed).unwrap();
    published.lose_the_ledger();
    let (said, told) = published.run(OCTOBER, &[], 0);
    assert!(told.contains("the ledger does not know 5 windows of changed files"), "{said} {told}");
    assert_ne!(published.table(), published.whole, "the rows stay as they stand");
}

#[test]
fn files_of_somebody_else_are_named_and_never_touched() {
    let published = Published::new("\"parquet\"");
    let foreign = published.dataset().join("parquet/month=2026-09/mine.parquet");
    fs::copy(published.file("parquet"), &foreign).unwrap();
    fs::write(published.dataset().join("parquet/_SUCCESS"), "").unwrap();
    for _ in 0..2 {
        let (said, told) = published.next(&[], 0);
        assert!(said["warnings"].to_string().contains("mine.parquet") && told.contains("mine.parquet"), "{said}");
        assert!(!told.contains("_SUCCESS") && foreign.exists());
    }
}

/// The table is as it was, whatever befell a file of one format: the other one has it.
#[test]
fn the_other_format_helps_out() {
    let published = Published::new("\"parquet\", \"csv\"");
    fs::write(published.file("csv"), "a,b\n1,2\n").unwrap();
    let (said, _) = published.next(&[], 0);
    assert_same(&csv_table(&published.dataset()), &published.whole, "CSV");
    assert_eq!((published.aside().len(), said["windows_lost"].to_string().as_str()), (1, "[]"));
}

/// Before, a machine that lost its state asked for all of it anew, though the dataset lay there whole.
#[test]
fn a_lost_ledger_is_made_up_for_by_the_dataset() {
    for formats in ["\"parquet\"", "\"csv\""] {
        let published = Published::new(formats);
        let fresh = Published::new(formats);
        published.lose_the_ledger();
        let foreseen = published.plan();
        assert!(foreseen["answered_from_ledger"].as_u64() >= foreseen["cells"].as_u64(), "{foreseen}");
        let (said, told) = published.run(SEPTEMBER, &[], 0);
        assert_eq!((&said["requests"]["sent"], told.as_str()), (&0.into(), ""), "{said}");
        assert_eq!((&said["windows_published"], &said["warnings"]), (&5.into(), &serde_json::json!([])));
        assert_same(&published.table(), &fresh.whole, "nothing changed");
        // Of a file that is not as the manifest says nothing is taken.
        published.lose_the_ledger();
        let format = formats.trim_matches('"');
        match format {
            "csv" => {
                let text = fs::read_to_string(published.file(format)).unwrap();
                fs::write(published.file(format), text.replace(",measured,", ",implied,")).unwrap();
            }
            _ => copy_onto_itself(&published.file(format), None),
        }
        let (said, _) = published.run(SEPTEMBER, &[], 0);
        assert!(said["requests"]["sent"].as_u64().unwrap() > 30, "{said}");
    }
}
