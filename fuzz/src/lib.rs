//! What every kind of outside input is put through: one function for each, `replay`, which libFuzzer's targets and
//! `tests/fuzz_corpora.rs` both call.
//!
//! Each takes any bytes, uses them as the program would, and asserts what must hold whatever they are. They must not
//! panic, and must end soon, in memory bounded by the input's size. Only the public interface is used: what is fuzzed
//! is what runs.

pub mod api_body;
pub mod bucket_file;
pub mod cli_arguments;
pub mod job_file;
pub mod ledger_file;
pub mod manifest;

use std::path::Path;

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use verify_rollup::model::UnixSeconds;

/// 2026-10-01T00:00:00Z.
const START: i64 = 1_790_812_800;

fn at(seconds: i64) -> UnixSeconds {
    UnixSeconds(START + seconds)
}

fn now() -> DateTime<Utc> {
    at(40 * 86_400).to_datetime()
}

/// A folder of its own, in memory where there is such a place: inputs are many, and disks slow.
fn scratch() -> TempDir {
    tempfile::tempdir_in(Path::new("/dev/shm")).or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}
