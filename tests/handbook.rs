//! `docs/TUTORIAL.md` and `docs/RECIPES.md` by their word: each job file is one, and the lines of each block `sh run` end well
//! with it, on the simulated account.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use support::{ACCOUNT, Workspace, finish, stderr, verify_rollup};

/// In the past, so that every window has settled on the simulated account's clock.
const AS_OF: &str = "2026-11-15T06:30:00Z";

/// What follows the fence of a block, and its lines.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page)).unwrap();
    let inside = text.split("\n```").skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).map(|(head, body)| (head.to_owned(), body.to_owned())).collect()
}

/// The same job for the simulated account.
fn simulated(job: &str) -> String {
    let mut job: toml::Table = job.parse().unwrap();
    for (table, key, value) in
        [("source", "base_url", "simulator".into()), ("limits", "requests_per_minute", toml::Value::Integer(0))]
    {
        let table = job.entry(table).or_insert_with(|| toml::Table::new().into());
        table.as_table_mut().unwrap().insert(key.to_owned(), value);
    }
    job.to_string()
}

/// A shell that stops at the first line that fails, with the program on its path, to which it is always the same instant.
fn shell(workspace: &Workspace, lines: &str) -> Command {
    let bin = env!("CARGO_BIN_EXE_verify-rollup");
    let refers =
        "run plan status report simulate".split(' ').map(|verb| format!("*' {verb} '*")).collect::<Vec<_>>().join("|");
    let program =
        format!("#!/bin/sh\ncase \" $* \" in {refers}) set -- \"$@\" --as-of {AS_OF};; esac\nexec {bin} \"$@\"\n");
    std::fs::create_dir_all(workspace.path("bin")).unwrap();
    let file = workspace.job("bin/verify-rollup", &program);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", workspace.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", lines]).current_dir(workspace.folder.path()).env_clear().env("PATH", path);
    command.env("XDG_STATE_HOME", workspace.path("state"));
    command
}

/// Plays a page, block by block; gives the jobs that it has.
fn played(page: &str) -> (Workspace, Vec<String>) {
    let workspace = Workspace::new();
    let mut jobs = Vec::new();
    let mut lines = 0;
    for (head, body) in blocks(page) {
        if let Some(name) = head.strip_prefix("toml ") {
            let file = workspace.job(name, &body);
            let said = finish(verify_rollup().arg("check").arg(&file).env("TWILIO_ACCOUNT_SID", ACCOUNT), 0);
            assert!(String::from_utf8_lossy(&said.stdout).contains(": ok, job "), "{}", stderr(&said));
            workspace.job(name, &simulated(&body));
            jobs.push(name.to_owned());
        } else if head == "sh run" {
            lines += body.lines().count();
            let said = finish(&mut shell(&workspace, &body), 0);
            assert!(!stderr(&said).contains("exit "), "{body}{}", stderr(&said));
        }
    }
    assert!(lines > 6, "{page}: only {lines} lines");
    (workspace, jobs)
}

#[test]
fn the_tutorial_ends_with_the_truth() {
    let (workspace, jobs) = played("TUTORIAL.md");
    assert_eq!(jobs, ["first.toml"]);
    let counts = |text: &str| -> Vec<Vec<String>> {
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        rows.records().map(|row| row.unwrap().iter().take(12).map(str::to_owned).collect()).collect()
    };
    let truth = counts(&std::fs::read_to_string(workspace.path("truth.csv")).unwrap());
    let mut files: Vec<_> = std::fs::read_dir(workspace.path("output/first/csv")).unwrap().collect();
    files.sort_by_key(|entry| entry.as_ref().unwrap().path());
    let published: Vec<_> = files
        .into_iter()
        .flat_map(|folder| counts(&std::fs::read_to_string(folder.unwrap().path().join("first.csv")).unwrap()))
        .collect();
    assert_eq!(published.len(), 28 * 35);
    assert_eq!(published, truth);
    let reports = std::fs::read_dir(workspace.path("output/first/reports")).unwrap().count();
    assert_eq!(reports, 2);
}

#[test]
fn every_recipe_is_run() {
    let (workspace, jobs) = played("RECIPES.md");
    assert_eq!(jobs, ["board.toml", "watch.toml", "daily.toml", "keep.toml", "warehouse.toml"]);
    for there in [
        "output/board/reports",
        "accounts/north/output/daily",
        "accounts/south/output/daily",
        "output/warehouse/history",
    ] {
        assert!(workspace.path(there).is_dir(), "{there}");
    }
}
