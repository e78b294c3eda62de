//! What the black-box tests share: the binary as a user runs it, a simulated account in a process of its own, and
//! tables read back from disk.
//!
//! Everything that a run prints or leaves in a workspace is searched for the marked secret: outputs when they are
//! collected, files when the workspace ends.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod gate;
pub mod private;
pub mod secrets;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
/// Marked, so that it is found wherever it turns up.
pub const SECRET: &str = "s3cret-marker-7f1c";

/// The binary under test, with an environment of its own.
pub fn verify_rollup() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verify-rollup"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
    command
}

/// `simulate` in a process of its own; it ends with the value.
pub struct Simulated {
    child: Child,
    pub url: String,
}

impl Simulated {
    pub fn start(flags: &[&str]) -> Self {
        let mut child = verify_rollup()
            .args(["simulate", "-q"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("simulate starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line).expect("a first line");
        let url = line.trim().strip_prefix("listening on ").expect("the line of the contract").to_owned();
        Self { child, url }
    }

    /// Without a limit, as quick as it can.
    pub fn unlimited() -> Self {
        Self::start(&["--requests-per-minute", "0"])
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder with state, output and job files of one test. None of them may hold the secret.
pub struct Workspace {
    pub folder: TempDir,
}

impl Workspace {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn job(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("the job file is written");
        path
    }

    /// `run JOB` against a simulated account, with its own state and output folders, without a limit.
    pub fn run(&self, job: &Path, server: &Simulated) -> Command {
        self.run_at(job, &server.url)
    }

    /// The same at any address.
    pub fn run_at(&self, job: &Path, url: &str) -> Command {
        let mut command = self.command("run", job);
        command.args(["--base-url", url, "--requests-per-minute", "0"]);
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
        command
    }

    /// `report JOB` on this workspace's datasets: it needs no state directory and no credentials.
    pub fn report(&self, job: &Path) -> Command {
        let mut built = verify_rollup();
        built.current_dir(self.folder.path()).arg("report").arg(job).arg("--output").arg(self.path("output"));
        built
    }

    /// `COMMAND JOB` with this workspace's folders and no credentials.
    pub fn command(&self, command: &str, job: &Path) -> Command {
        let mut built = verify_rollup();
        built.current_dir(self.folder.path()).arg(command).arg(job);
        built.arg("--output").arg(self.path("output")).arg("--state-dir").arg(self.path("state"));
        built
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // A second panic would hide the first.
        if !std::thread::panicking() {
            let found = secrets::files_with_secret(self.folder.path());
            assert!(found.is_empty(), "the secret stands in {found:?}");
        }
    }
}

/// Runs to the end and returns what it printed; fails on another exit code.
pub fn finish(command: &mut Command, code: i32) -> Output {
    let output = command.output().expect("the binary starts");
    let shown = searched(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{shown}");
    output
}

/// What was printed, for messages, once it is known to hold no secret and no panic.
pub fn searched(output: &Output) -> String {
    let shown = format!(
        "--- stdout\n{}\n--- stderr\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    secrets::assert_absent(shown.as_bytes(), "the output");
    assert!(!shown.contains("panicked"), "{shown}");
    shown
}

/// Runs with `--json` and returns the object.
pub fn summary(command: &mut Command, code: i32) -> serde_json::Value {
    let output = finish(command.arg("--json"), code);
    serde_json::from_slice(&output.stdout).expect("one JSON object on stdout")
}

pub fn stderr(output: &Output) -> String {
    searched(output);
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Key columns → (attempts, converted, unconverted, rate), as text.
pub type Table = BTreeMap<Vec<String>, Vec<String>>;

const KEY: [&str; 8] =
    ["row_key", "window_start", "window_end", "window_date", "service_sid", "country", "channel", "destination_prefix"];
const VALUES: [&str; 6] = [
    "total_attempts",
    "total_converted",
    "total_unconverted",
    "conversion_rate",
    "conversion_rate_low",
    "conversion_rate_high",
];

fn without_account(row_key: &str) -> String {
    row_key.split_once('|').expect("an account and more").1.to_owned()
}

/// Reads CSV text into a table without the columns that tell of the asking. The account differs between truth and
/// table, so the key's first part is cut off.
pub fn table(text: &[u8]) -> Table {
    let mut reader = csv::Reader::from_reader(text);
    let headers = reader.headers().expect("a header").clone();
    let column = |name: &str| headers.iter().position(|header| header == name).expect("every column is there");
    let keys: Vec<usize> = KEY.iter().map(|name| column(name)).collect();
    let values: Vec<usize> = VALUES.iter().map(|name| column(name)).collect();
    let mut table = Table::new();
    for record in reader.records() {
        let record = record.expect("well-formed CSV");
        let pick = |columns: &[usize]| columns.iter().map(|&at| record[at].to_owned()).collect::<Vec<_>>();
        let mut key = pick(&keys);
        key[0] = without_account(&key[0]);
        assert!(table.insert(key.clone(), pick(&values)).is_none(), "twice in the table: {key:?}");
    }
    table
}

/// Every file below a folder with one of the dataset's endings, ascending.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The table of all CSV files below a dataset.
pub fn csv_table(dataset: &Path) -> Table {
    let mut whole = Table::new();
    for path in files(&dataset.join("csv")) {
        whole.extend(table(&std::fs::read(path).expect("a readable file")));
    }
    whole
}

/// The table of all Parquet files below a dataset, by way of the arrow crates alone.
pub fn parquet_table(dataset: &Path) -> Table {
    let mut whole = Table::new();
    for path in files(&dataset.join("parquet")) {
        let file = std::fs::File::open(path).expect("a readable file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .expect("a Parquet file");
        for batch in reader {
            whole.extend(parquet_batch(&batch.expect("readable rows")));
        }
    }
    whole
}

fn parquet_batch(batch: &arrow::record_batch::RecordBatch) -> Table {
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
    let text = |name: &str, row: usize| -> String {
        let column = batch.column_by_name(name).expect("every column is there");
        if column.is_null(row) {
            return String::new();
        }
        match column.data_type() {
            DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
            DataType::Date32 => column.as_primitive::<Date32Type>().value_as_date(row).expect("a date").to_string(),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let time = column.as_primitive::<TimestampMicrosecondType>().value_as_datetime(row).expect("a time");
                time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
            }
            other => panic!("{name} has type {other}"),
        }
    };
    (0..batch.num_rows())
        .map(|row| {
            let mut key: Vec<_> = KEY.iter().map(|name| text(name, row)).collect();
            key[0] = without_account(&key[0]);
            (key, VALUES.iter().map(|name| text(name, row)).collect())
        })
        .collect()
}

/// Two tables, equal up to the spelling of floats.
pub fn assert_same(left: &Table, right: &Table, what: &str) {
    assert!(!left.is_empty(), "{what}: the table is empty");
    let keys = |table: &Table| table.keys().cloned().collect::<Vec<_>>();
    assert_eq!(left.len(), right.len(), "{what}: {:?}", first_difference(&keys(left), &keys(right)));
    for ((key, values), (other_key, other_values)) in left.iter().zip(right) {
        assert_eq!(key, other_key, "{what}");
        for (value, other) in values.iter().zip(other_values) {
            let same = match (value.parse::<f64>(), other.parse::<f64>()) {
                (Ok(value), Ok(other)) => value.total_cmp(&other).is_eq(),
                _ => value == other,
            };
            assert!(same, "{what}: {key:?}: {values:?} against {other_values:?}");
        }
    }
}

fn first_difference<'a>(left: &'a [Vec<String>], right: &'a [Vec<String>]) -> Option<&'a Vec<String>> {
    left.iter().find(|key| !right.contains(key)).or_else(|| right.iter().find(|key| !left.contains(key)))
}
