//! Several runs at once: one publisher per dataset, any number of jobs over one ledger and one bucket.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::gate::{Fate, Gate};
use support::{
    ACCOUNT, SECRET, Simulated, Workspace, assert_same, csv_table, finish, searched, stderr, summary, table,
    verify_rollup,
};

const JOB: &str = r#"
name = "held"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-10-01"
[matrix]
countries = ["US", "CO", "DE", "GB", "FR", "IN", "BR", "MX"]
channels = "all"
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
"#;

fn workspace() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("held.toml", JOB);
    (workspace, job)
}

/// A process that a failing test doesn't leave behind.
struct Running(Child);

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A run that has taken its lock and asks for some seconds.
fn start(workspace: &Workspace, job: &Path, server: &Simulated) -> Running {
    let mut run = workspace.run(job, server);
    let run = run.args(["--concurrency", "4"]).stdout(Stdio::null()).stderr(Stdio::null());
    let running = Running(run.spawn().unwrap());
    let wal = workspace.path("state/ledger.sqlite-wal");
    let has_asked = |_: &u32| {
        std::thread::sleep(Duration::from_millis(5));
        wal.metadata().is_ok_and(|data| data.len() > 100_000)
    };
    assert!((0..2000).any(|turn| has_asked(&turn)), "the run never wrote to its ledger");
    running
}

fn slow_server() -> Simulated {
    Simulated::start(&["--requests-per-minute", "0", "--latency", "4ms-8ms"])
}

fn truth(job: &Path) -> support::Table {
    table(&finish(verify_rollup().args(["simulate", "--truth"]).arg(job), 0).stdout)
}

#[test]
fn a_second_run_of_the_same_dataset_is_told_who_holds_it_or_waits() {
    let server = slow_server();
    let (workspace, job) = workspace();
    let mut holder = start(&workspace, &job, &server);
    for wait in ["0", "200ms"] {
        let refused = finish(workspace.run(&job, &server).args(["--wait", wait]), 4);
        let text = stderr(&refused);
        for word in [&format!("process {}", holder.0.id()), "held.toml", "--wait", "since 20"] {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
    }
    let waited = summary(workspace.run(&job, &server).args(["--wait", "60s"]), 0);
    assert_eq!(waited["requests"]["sent"], 0, "the first run had asked everything");
    assert!(holder.0.wait().unwrap().success());
}

/// The lock is the system's: a process that stands still keeps it, one that died does not, whatever it left behind.
#[test]
fn a_stopped_holder_blocks_and_a_dead_one_does_not() {
    let server = slow_server();
    let (workspace, job) = workspace();
    let mut holder = start(&workspace, &job, &server);
    holder.signal(Signal::STOP);
    let text = stderr(&finish(&mut workspace.run(&job, &server), 4));
    assert!(text.contains(&holder.0.id().to_string()), "{text}");
    holder.kill();
    let left = std::fs::read_to_string(workspace.path("output/held/.lock")).unwrap();
    assert!(left.contains(&holder.0.id().to_string()), "the test needs a lock file that names the dead: {left:?}");
    let said = summary(&mut workspace.run(&job, &server), 0);
    assert!(said["answered_from_ledger"].as_u64().unwrap() > 0);
    assert_same(&csv_table(&workspace.path("output/held")), &truth(&job), "after a kill");
}

/// Who waits says for whom, once, and a signal ends it.
#[test]
fn waiting_for_a_lock_can_be_interrupted() {
    let server = slow_server();
    let (workspace, job) = workspace();
    let holder = start(&workspace, &job, &server);
    holder.signal(Signal::STOP);
    let mut run = workspace.run(&job, &server);
    let mut waiting = Running(run.args(["--wait", "30s"]).stderr(Stdio::piped()).spawn().unwrap());
    let mut told = String::new();
    BufReader::new(waiting.0.stderr.as_mut().unwrap()).read_line(&mut told).unwrap();
    let named = format!("waiting for process {}", holder.0.id());
    assert!(told.contains(&named), "{told}");
    waiting.signal(Signal::INT);
    assert_eq!(waiting.0.wait().unwrap().code(), Some(130));
}

/// Four jobs at once, two of which ask the same: nobody fails, every table is right, and no answer was lost.
#[test]
fn jobs_share_one_ledger_and_one_bucket() {
    let server = Simulated::start(&["--requests-per-minute", "0", "--latency", "1ms-5ms"]);
    let gate = Gate::before(&server, |_| Fate::Pass);
    let workspace = Workspace::new();
    let short = JOB.replace("start = \"2026-09-01\"", "start = \"2026-09-26\"");
    let jobs: Vec<PathBuf> = [
        ("one", short.clone()),
        ("two", short.clone()),
        ("three", short.replace("\"US\", \"CO\", \"DE\", \"GB\"", "\"US\", \"CO\", \"ES\", \"IT\"")),
        ("four", short.replace("end = \"2026-10-01\"", "end = \"2026-09-29\"")),
    ]
    .into_iter()
    .map(|(name, text)| workspace.job(&format!("{name}.toml"), &text.replace("\"held\"", &format!("\"{name}\""))))
    .collect();
    let run = |job: &Path| {
        let mut run = workspace.command("run", job);
        // More than the jobs need in a minute, so that the bucket is shared and nobody waits.
        run.args(["--base-url", &gate.url, "--requests-per-minute", "6000", "--json"]);
        run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
        run
    };
    let spawn = |job: &PathBuf| run(job).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = jobs.iter().map(spawn).collect();
    let mut sent = 0;
    for (child, job) in children.into_iter().zip(&jobs) {
        let output = child.wait_with_output().unwrap();
        let text = searched(&output);
        assert_eq!(output.status.code(), Some(0), "{text}");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&said["status"], &said["requests"]["throttled"]), (&"complete".into(), &0.into()));
        sent += said["requests"]["sent"].as_u64().unwrap();
        let dataset = workspace.path("output").join(job.file_stem().unwrap());
        assert_same(&csv_table(&dataset), &truth(job), "beside other runs");
    }
    assert_eq!(gate.asked().len() as u64, sent, "every request was counted by one run");
    let buckets = std::fs::read_dir(workspace.path("state")).unwrap().flatten();
    let buckets = buckets.filter(|entry| entry.file_name().to_string_lossy().starts_with("bucket-")).count();
    assert_eq!(buckets, 1, "one account at one origin has one bucket");
    for job in &jobs {
        let output = finish(&mut run(job), 0);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["requests"]["sent"], 0, "{} lost an answer", job.display());
    }
}
