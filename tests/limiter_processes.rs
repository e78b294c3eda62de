//! The limiter's promise with real processes, real time and servers that forgive nothing: three jobs at once, one of
//! them killed and started again.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::{Simulated, Workspace, assert_same, csv_table, finish, stderr, summary, table, verify_rollup};

const PER_MINUTE: u64 = 60;
const NAMES: [&str; 3] = ["one", "two", "three"];

/// Together the three need a second bucketful, and no third.
fn job(name: &str, concurrency: u32) -> String {
    format!(
        r#"
name = "{name}"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-09-04"
[matrix]
countries = ["US", "CO", "DE", "GB"]
channels = ["sms", "call"]
[limits]
requests_per_minute = {PER_MINUTE}
concurrency = {concurrency}
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
"#
    )
}

fn command(workspace: &Workspace, server: &Simulated, name: &str) -> Command {
    let mut command = workspace.command("run", &workspace.path(&format!("{name}.toml")));
    command.args(["--base-url", &server.url]);
    command.env("TWILIO_ACCOUNT_SID", support::ACCOUNT).env("TWILIO_AUTH_TOKEN", support::SECRET);
    command
}

fn start(workspace: &Workspace, server: &Simulated, name: &str) -> Child {
    let mut command = command(workspace, server, name);
    command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// How many tokens are out, as the bucket file's length tells: seven words, and four for each.
fn tokens_out(state: &Path) -> u64 {
    let entries = std::fs::read_dir(state).into_iter().flatten().flatten();
    let bucket = entries.into_iter().find(|entry| entry.file_name().to_string_lossy().starts_with("bucket-"));
    let length = bucket.and_then(|entry| entry.metadata().ok()).map_or(0, |data| data.len());
    (length / 8).saturating_sub(7) / 4
}

fn wait_for_tokens(state: &Path, count: u64) {
    let reached = (0..6000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        tokens_out(state) >= count
    });
    assert!(reached, "only {} tokens were ever out", tokens_out(state));
}

fn three_jobs_at_once(window: &str) {
    let limit = PER_MINUTE.to_string();
    let flags = ["--requests-per-minute", &limit, "--window", window, "--latency", "50ms-150ms"];
    let server = Simulated::start(&flags);
    let workspace = Workspace::new();
    for (name, concurrency) in NAMES.into_iter().zip([1, 2, 4]) {
        workspace.job(&format!("{name}.toml"), &job(name, concurrency));
    }
    // The slowest first, so that the kill finds it half done and with a request under way.
    let mut killed = start(&workspace, &server, NAMES[0]);
    wait_for_tokens(&workspace.path("state"), 3);
    let others = [NAMES[1], NAMES[2]].map(|name| start(&workspace, &server, name));
    wait_for_tokens(&workspace.path("state"), PER_MINUTE / 2);
    assert!(killed.try_wait().unwrap().is_none(), "it ended before it could be killed");
    killed.kill().unwrap();
    let first_life = killed.wait_with_output().unwrap();
    assert!(!stderr(&first_life).contains("429"), "{}", stderr(&first_life));

    let again = start(&workspace, &server, NAMES[0]);
    let mut sent = 0;
    for (child, name) in others.into_iter().chain([again]).zip([NAMES[1], NAMES[2], NAMES[0]]) {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{window} {name}: {}", stderr(&output));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["requests"]["throttled"], 0, "{window} {name}: {said:#}");
        assert_eq!(said["requests"]["retries"], 0, "{window} {name}: {said:#}");
        sent += said["requests"]["sent"].as_u64().unwrap();
        if name == NAMES[0] {
            assert!(said["answered_from_ledger"].as_u64().unwrap() > 0, "the first life left nothing: {said:#}");
        }
    }
    assert!(sent > PER_MINUTE, "{sent} requests fit into one bucketful");
    for name in NAMES {
        let truth =
            finish(verify_rollup().args(["simulate", "--truth"]).arg(workspace.path(&format!("{name}.toml"))), 0);
        assert_same(&csv_table(&workspace.path(&format!("output/{name}"))), &table(&truth.stdout), name);
        let said = summary(&mut command(&workspace, &server, name), 0);
        assert_eq!(said["requests"]["sent"], 0, "{name} was complete");
    }
}

#[test]
fn three_jobs_and_a_kill_meet_no_429_at_a_fixed_window() {
    three_jobs_at_once("fixed");
}

#[test]
fn three_jobs_and_a_kill_meet_no_429_at_a_sliding_window() {
    three_jobs_at_once("sliding");
}
