//! The limiter's promise with real processes, real time and servers that forgive nothing: three jobs at once, one of
//! them killed and started again, of one machine or of a host each.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/postgres_server.rs"]
mod postgres_server;
mod support;

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use postgres_server::PostgresServer;
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

/// Where the bucket is.
enum State {
    Directory,
    Database(PostgresServer),
}

/// What the three share.
struct Place {
    workspace: Workspace,
    server: Simulated,
    state: State,
}

impl Place {
    fn command(&self, name: &str) -> Command {
        let mut command = verify_rollup();
        command.current_dir(self.workspace.folder.path()).arg("run").arg(format!("{name}.toml"));
        command.args(["--output", "output", "--base-url", &self.server.url]);
        command.env("TWILIO_ACCOUNT_SID", support::ACCOUNT).env("TWILIO_AUTH_TOKEN", support::SECRET);
        match &self.state {
            State::Directory => command.args(["--state-dir", "state"]),
            State::Database(database) => {
                let socket = database.socket().replace('/', "%2F");
                // A killed host's lease is free a while after its last sign of life.
                command.args(["--wait", "60s", "--state", &format!("postgres://tests@{socket}/postgres")]);
                command.env("VERIFY_ROLLUP_MACHINE", format!("{name}/boot-of-{name}"))
            }
        };
        command
    }

    fn start(&self, name: &str) -> Child {
        self.command(name).arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// How many tokens are out, as the bucket's length tells: seven words, and four for each.
    fn tokens_out(&self) -> u64 {
        let length = match &self.state {
            State::Directory => {
                let entries = std::fs::read_dir(self.workspace.path("state")).into_iter().flatten().flatten();
                let is_bucket = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("bucket-");
                entries.into_iter().find(is_bucket).and_then(|entry| entry.metadata().ok()).map_or(0, |data| data.len())
            }
            State::Database(database) => {
                let there = "SELECT to_regclass('verify_rollup.buckets') IS NOT NULL";
                let digits = "SELECT coalesce(max(length(state)), 0) FROM verify_rollup.buckets";
                let is_there = database.ask("postgres", there) == "t";
                if is_there { database.ask("postgres", digits).parse::<u64>().unwrap() / 2 } else { 0 }
            }
        };
        (length / 8).saturating_sub(7) / 4
    }

    fn wait_for_tokens(&self, count: u64) {
        let reached = (0..6000).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            self.tokens_out() >= count
        });
        assert!(reached, "only {} tokens were ever out", self.tokens_out());
    }
}

fn three_jobs_at_once(window: &str, state: State) {
    let limit = PER_MINUTE.to_string();
    let flags = ["--requests-per-minute", &limit, "--window", window, "--latency", "50ms-150ms"];
    let server = Simulated::start(&flags);
    let workspace = Workspace::new();
    for (name, concurrency) in NAMES.into_iter().zip([1, 2, 4]) {
        workspace.job(&format!("{name}.toml"), &job(name, concurrency));
    }
    let place = Place { workspace, server, state };
    // The slowest first, so that the kill finds it half done and with a request under way.
    let mut killed = place.start(NAMES[0]);
    place.wait_for_tokens(3);
    let others = [NAMES[1], NAMES[2]].map(|name| place.start(name));
    place.wait_for_tokens(PER_MINUTE / 2);
    assert!(killed.try_wait().unwrap().is_none(), "it ended before it could be killed");
    killed.kill().unwrap();
    let first_life = killed.wait_with_output().unwrap();
    assert!(!stderr(&first_life).contains("429"), "{}", stderr(&first_life));

    let again = place.start(NAMES[0]);
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
        let job = place.workspace.path(&format!("{name}.toml"));
        let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(job), 0);
        assert_same(&csv_table(&place.workspace.path(&format!("output/{name}"))), &table(&truth.stdout), name);
        let said = summary(&mut place.command(name), 0);
        assert_eq!(said["requests"]["sent"], 0, "{name} was complete");
    }
}

/// All at once, as they mostly wait.
#[test]
fn three_jobs_and_a_kill_meet_no_429_whatever_the_window_and_wherever_the_state_is() {
    std::thread::scope(|scope| {
        scope.spawn(|| three_jobs_at_once("fixed", State::Directory));
        scope.spawn(|| three_jobs_at_once("sliding", State::Directory));
        scope.spawn(|| three_jobs_at_once("sliding", State::Database(PostgresServer::start())));
    });
}
