//! Tells the program of which commit it is, and for what it was built, for `--version`.
//!
//! A package is built without a repository: `VERIFY_ROLLUP_COMMIT` says it then. Nothing of the machine or the hour is
//! told, so that the same source gives the same program.

use std::path::Path;
use std::process::Command;

/// Grows with each commit; what is not there would have the program built each time.
const LOG: &str = ".git/logs/HEAD";

fn main() {
    println!("cargo:rerun-if-env-changed=VERIFY_ROLLUP_COMMIT");
    println!("cargo:rerun-if-changed=build.rs");
    if Path::new(LOG).exists() {
        println!("cargo:rerun-if-changed={LOG}");
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let commit = variable("VERIFY_ROLLUP_COMMIT").or_else(commit).unwrap_or_else(|| "unknown commit".to_owned());
    let of = |name: &str| variable(name).unwrap_or_default();
    println!(
        "cargo:rustc-env=VERIFY_ROLLUP_VERSION={} ({commit}, {} build for {})",
        of("CARGO_PKG_VERSION"),
        of("PROFILE"),
        of("TARGET")
    );
}

/// The commit and its date, if this folder is a repository's own.
fn commit() -> Option<String> {
    if !Path::new(".git").exists() {
        return None;
    }
    let told =
        Command::new("git").args(["log", "-1", "--format=%h of %cs"]).output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8(told.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}
