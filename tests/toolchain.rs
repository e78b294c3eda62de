//! One version of Rust wherever one is named, and a public CI that runs the same targets as everybody, with actions that
//! cannot change behind their names.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::Command;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn table(name: &str) -> toml::Table {
    read(name).parse().unwrap()
}

/// The oldest compiler that is promised is the one that runs the tests, so the promise needs no second build.
#[test]
fn every_file_names_the_same_rust() {
    let promised = table("Cargo.toml")["package"]["rust-version"].as_str().unwrap().to_owned();
    let pinned = &table("rust-toolchain.toml")["toolchain"];
    let channel = pinned["channel"].as_str().unwrap();
    assert!(channel.starts_with(&format!("{promised}.")), "{channel} is pinned, {promised} promised");
    let components: Vec<_> = pinned["components"].as_array().unwrap().iter().map(|name| name.as_str()).collect();
    assert_eq!(components, [Some("rustfmt"), Some("clippy")]);
    for page in ["README.md", "CONTRIBUTING.md"] {
        let text = read(page);
        let named: Vec<_> = text.split("Rust 1.").skip(1).map(|rest| &rest[..2]).collect();
        assert!(!named.is_empty(), "{page} names no version");
        assert!(named.iter().all(|minor| format!("1.{minor}") == promised), "{page} names 1.{named:?}");
    }
    if let Some(lints_for) = table("clippy.toml").get("msrv") {
        assert_eq!(lints_for.as_str(), Some(promised.as_str()), "clippy.toml");
    }
}

/// `-V` is for scripts; `--version` says what a report of a fault should name.
#[test]
fn the_program_names_its_commit() {
    let said = |argument: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_verify-rollup")).arg(argument).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    let short = said("-V");
    assert_eq!(short, concat!("verify-rollup ", env!("CARGO_PKG_VERSION")));
    let long = said("--version");
    let git = Command::new("git").args(["log", "-1", "--format=%h of %cs"]).output().unwrap();
    let is_repository = Path::new(env!("CARGO_MANIFEST_DIR")).join(".git").exists() && git.status.success();
    let named = String::from_utf8(git.stdout).unwrap().trim_end().to_owned();
    let named = if is_repository { named } else { "unknown commit".to_owned() };
    let start = format!("{short} ({named}, ");
    assert!(long.starts_with(&start) && long.contains(" build for "), "{long} should start with {start}");
}

#[test]
fn the_public_ci_runs_what_everybody_runs() {
    let workflow = read(".github/workflows/ci.yml");
    for line in ["- run: make test", "- run: make interop", "timeout-minutes: 90", "runs-on: ubuntu-latest"] {
        assert!(workflow.lines().any(|found| found.trim() == line), "{line} is missing");
    }
    let actions: Vec<_> = workflow.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")).collect();
    assert_eq!(actions.len(), 2);
    for action in actions {
        let (_, pin) = action.split_once('@').unwrap();
        let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{action} names no version"));
        let is_commit = commit.len() == 40 && commit.chars().all(|letter| letter.is_ascii_hexdigit());
        assert!(is_commit && version.contains('.'), "{action} is not pinned to a commit");
    }
}

/// A snapshot that is rewritten where it is compared proves nothing.
#[test]
fn the_tests_never_rewrite_a_snapshot() {
    assert!(read("Makefile").lines().any(|line| line == "\tINSTA_UPDATE=no cargo test --locked"));
}
