//! `audit --json`: one object.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::job::Job;
use crate::pipeline::Audit;
use crate::sink::dataset::AuditFinding;

/// What an audit of a dataset found.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What verify-rollup audit --json prints")]
struct AuditRecord {
    job: String,
    /// The dataset's folder.
    dataset: String,
    /// Whether nothing is amiss.
    sound: bool,
    /// Windows that the manifest lists.
    windows: usize,
    /// Data files that the manifest lists and that are there.
    files: usize,
    /// Rows that were read, of each format.
    rows: u64,
    /// Files of the log of changes; 0 where none is kept.
    log_files: usize,
    /// Changes that were read from them.
    log_changes: u64,
    /// Final windows whose rows were held against the ledger.
    windows_compared: usize,
    /// Final windows that the ledger cannot tell of.
    windows_unknown_to_ledger: usize,
    findings: Vec<FindingRecord>,
}

/// Something amiss.
#[derive(Serialize, JsonSchema)]
struct FindingRecord {
    /// `docs/STATUS.md` lists them.
    kind: &'static str,
    /// The file or folder; null of windows alone.
    path: Option<String>,
    /// The window or time that it is about, or the first one; null of files.
    window_start: Option<String>,
    window_end: Option<String>,
    /// How many cases of this kind there are in the file.
    count: u64,
    /// What was found, or the first case of it.
    what: String,
    meaning: &'static str,
    remedy: &'static str,
}

/// The JSON Schema of the object. `docs/audit.schema.json` is this text.
pub fn schema() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<AuditRecord>().to_value();
    crate::cli::log::close(&mut schema);
    schema
}

/// One object, ended by a line feed.
pub fn json(job: &Job, audit: &Audit) -> String {
    let record = AuditRecord {
        job: job.name.to_string(),
        dataset: audit.dataset.to_string_lossy().into_owned(),
        sound: audit.audited.findings.is_empty(),
        windows: audit.audited.windows,
        files: audit.audited.files,
        rows: audit.audited.rows,
        log_files: audit.audited.log_files,
        log_changes: audit.audited.log_changes,
        windows_compared: audit.compared,
        windows_unknown_to_ledger: audit.unknown,
        findings: audit.audited.findings.iter().map(FindingRecord::from).collect(),
    };
    let mut text = serde_json::to_string_pretty(&record).expect("texts and numbers are JSON");
    text.push('\n');
    text
}

impl From<&AuditFinding> for FindingRecord {
    fn from(finding: &AuditFinding) -> Self {
        Self {
            kind: finding.kind.word(),
            path: finding.path.as_ref().map(|path| path.to_string_lossy().into_owned()),
            window_start: finding.window.map(|window| window.start().to_string()),
            window_end: finding.window.map(|window| window.end().to_string()),
            count: finding.count,
            what: finding.what.clone(),
            meaning: finding.kind.meaning(),
            remedy: finding.kind.remedy(),
        }
    }
}
