//! `--log-format json`: nothing but events comes to stderr, each as the schema says, whatever happens.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::gate::{Fate, Gate, say};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, searched, verify_rollup};

const JOB: &str = r#"
name = "logged"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-08"
[matrix]
countries = ["US", "CO", "DE"]
channels = "all"
[output]
formats = ["csv"]
partition = "day"
"#;

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/log.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The lines of a log, each held against the schema.
fn events(stderr: &str) -> Vec<Value> {
    let schema = schema();
    let read = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        json_schema::check(&schema, &event).unwrap_or_else(|error| panic!("{error}: {line}"));
        event
    };
    stderr.lines().map(read).collect()
}

/// Runs to the end, and reads what it logged.
fn logged(command: &mut Command, code: i32) -> Vec<Value> {
    let output = finish(command.args(["--log-format", "json"]), code);
    events(&String::from_utf8(output.stderr).unwrap())
}

fn named<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

fn names(events: &[Value]) -> BTreeSet<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

fn workspace() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("logged.toml", JOB);
    (workspace, job)
}

#[test]
fn the_schema_is_that_of_the_program() {
    let printed = verify_rollup().args(["schema", "--logs"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert!(printed == schema(), "renew it: verify-rollup schema --logs > docs/log.schema.json");
}

/// Each event and each of its fields stands on the page, and nothing else does.
#[test]
fn the_page_names_every_event_and_field() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LOGS.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect())
        .collect();
    let words = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(|word| word.split([' ', ':']).next().unwrap().to_owned()).collect()
    };
    let common = ["time", "level", "job", "run_id", "account_sid", "message", "event"];
    let schema = schema();
    let events = schema["oneOf"].as_array().unwrap();
    for event in events {
        let fields = event["properties"].as_object().unwrap();
        let name = fields["event"]["const"].as_str().unwrap();
        let row = rows.iter().find(|row| row[0].trim_matches('`') == name);
        let row = row.unwrap_or_else(|| panic!("docs/LOGS.md has no row for {name}"));
        let own: BTreeSet<_> = fields.keys().filter(|field| !common.contains(&field.as_str())).cloned().collect();
        let told = words(row[2]);
        assert!(own.is_subset(&told), "{name} has {own:?}, docs/LOGS.md tells of {told:?}");
    }
    for field in common {
        assert!(rows.iter().any(|row| row[0].trim_matches('`') == field), "docs/LOGS.md does not explain {field}");
    }
    assert_eq!(rows.len(), events.len() + common.len(), "docs/LOGS.md has rows of events that there are not");
}

#[test]
fn a_run_from_its_beginning_to_its_summary() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let told = logged(&mut workspace.run(&job, &server), 0);
    // On a busy machine the first answer may be long in coming.
    let mut order: Vec<_> = told.iter().map(|event| event["event"].as_str().unwrap()).collect();
    order.retain(|name| *name != "no_answer_yet");
    order.dedup();
    assert_eq!(order, ["run_began", "run_foreseen", "progress", "run_ended"]);
    let run_id = told[0]["run_id"].as_str().unwrap();
    assert!(told.iter().all(|event| event["job"] == "logged" && event["run_id"] == run_id));
    let progress = named(&told, "progress");
    let (first, last, end) = (progress[0], progress[progress.len() - 1], &told[told.len() - 1]);
    assert_eq!((&first["done"], &first["basis"]), (&0.into(), &"assumed".into()));
    assert!(progress.len() > 1 && last["done"] == last["expected"], "{last}");
    let summary = &end["summary"];
    assert_eq!((&end["exit"], &summary["status"], &summary["run_id"]), (&0.into(), &"complete".into(), &run_id.into()));
    assert_eq!(summary["requests"]["sent"], last["sent"]);

    // The object is that of `run --json`.
    let output = finish(workspace.run(&job, &server).args(["--log-format", "json", "--json"]), 0);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = events(&String::from_utf8(output.stderr).unwrap());
    assert_eq!(told.last().unwrap()["summary"], printed);
}

#[test]
fn quiet_is_quiet_and_loud_has_every_answer() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    assert_eq!(logged(workspace.run(&job, &server).arg("-q"), 0), [] as [Value; 0]);
    let told = logged(workspace.run(&job, &server).args(["-v", "--refresh"]), 0);
    let sent = told.last().unwrap()["summary"]["requests"]["sent"].as_u64().unwrap();
    assert_eq!(named(&told, "request_answered").len() as u64, sent);
}

#[test]
fn failures_of_the_api_are_events() {
    let server = Simulated::start(&["--requests-per-minute", "0", "--fault-5xx", "0.2"]);
    let (workspace, job) = workspace();
    let mut run = workspace.run(&job, &server);
    let output = run.args(["-v", "--log-format", "json"]).output().unwrap();
    searched(&output);
    let told = events(&String::from_utf8(output.stderr).unwrap());
    assert!(names(&told).contains("retrying"), "{:?}", names(&told));
    let end = told.iter().find(|event| event["event"] == "run_ended").unwrap();
    assert!(end["summary"]["requests"]["retries"].as_u64().unwrap() > 0);
}

/// A 429, and what is waited for meanwhile.
#[test]
fn a_refusal_by_the_limit_is_an_event_and_so_is_the_wait() {
    let server = Simulated::unlimited();
    let gate = Gate::before(&server, |asked| match asked.number {
        12 => say("429 Too Many Requests", &["Retry-After: 12"], ""),
        _ => Fate::Pass,
    });
    let (workspace, job) = workspace();
    let told = logged(&mut workspace.run_at(&job, &gate.url), 0);
    assert_eq!(named(&told, "throttled")[0]["seconds"], 12.0, "{:?}", names(&told));
    let waiting: Vec<_> =
        named(&told, "progress").into_iter().map(|event| &event["waiting"]).filter(|it| !it.is_null()).collect();
    assert!(!waiting.is_empty(), "ten seconds pass");
    assert!(waiting.iter().all(|it| it["reason"] == "throttled" && it["cause"] == "HTTP 429"), "{waiting:?}");
}

#[test]
fn what_ends_a_command_is_its_last_event() {
    let server =
        Simulated::start(&["--requests-per-minute", "0", "--auth", "AC00000000000000000000000000000001:other"]);
    let (workspace, job) = workspace();
    let told = logged(&mut workspace.run(&job, &server), 1);
    let last = told.last().unwrap();
    assert_eq!((&last["event"], &last["exit"]), (&"command_failed".into(), &1.into()));
    assert!(last["error"].as_str().unwrap().contains("TWILIO_AUTH_TOKEN"), "{last}");
    assert_eq!(named(&told, "run_ended")[0]["summary"]["status"], "failed");

    let broken = workspace.job("broken.toml", "name = \"Broken\"\nextra = 1\n");
    let (broken, missing) = (broken.to_str().unwrap(), "missing.toml");
    for (arguments, says) in [
        (&["run", broken][..], "extra"),
        (&["plan", broken], "extra"),
        (&["report", broken], "extra"),
        (&["probe", broken], "extra"),
        (&["run", missing], "missing.toml"),
        (&["-C", "/no/such/folder", "run", missing], "/no/such/folder"),
        (&["run", missing, "--no-such-flag"], "--no-such-flag"),
        (&["run", missing, "--concurrency", "0"], "--concurrency"),
        (&["run"], "<JOB>"),
        (&["rnu", missing], "rnu"),
    ] {
        let told = logged(verify_rollup().args(arguments).current_dir(workspace.folder.path()), 2);
        let [event] = &told[..] else { panic!("{arguments:?}: {told:?}") };
        assert_eq!(
            (&event["event"], &event["exit"], &event["level"]),
            (&"command_failed".into(), &2.into(), &"ERROR".into())
        );
        let error = event["error"].as_str().unwrap();
        assert!(error.contains(says) && !error.contains('\u{1b}'), "{error}");
    }
}

/// A command that is running, and what it logged so far.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    told: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        command.args(["-v", "--log-format", "json"]).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines, told: String::new() }
    }

    /// Waits until so many events of a name were told.
    fn wait_for(&mut self, name: &str, count: usize) {
        let mark = format!("\"event\":\"{name}\"");
        while self.told.matches(&mark).count() < count {
            let line = self.lines.next().unwrap_or_else(|| panic!("no {name} came: {}", self.told)).unwrap();
            self.told += &(line + "\n");
        }
    }

    /// Stops it with a signal, and reads the rest.
    fn stop(mut self, signal: Signal, code: i32) -> Vec<Value> {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        for line in &mut self.lines {
            self.told += &(line.unwrap() + "\n");
        }
        assert_eq!(self.child.wait().unwrap().code(), Some(code), "{}", self.told);
        support::secrets::assert_absent(self.told.as_bytes(), "a log");
        events(&self.told)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A run that may send no more than so many requests.
fn limited(workspace: &Workspace, job: &Path, server: &Simulated, requests: u32) -> Command {
    let mut run = workspace.command("run", job);
    run.args(["--base-url", &server.url, "--requests-per-minute", &requests.to_string()]);
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    run
}

/// What was answered before is done: it is no work that is left, and the total is as it was. What the process before
/// took of the limit is waited for.
#[test]
fn a_signal_and_a_run_that_is_taken_up_again() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut first = Running::start(limited(&workspace, &job, &server, 40));
    first.wait_for("request_answered", 40);
    let first = first.stop(Signal::TERM, 143);
    let signal = named(&first, "signal")[0];
    assert_eq!((&signal["signal"], &signal["then"]), (&"SIGTERM".into(), &"drain".into()));
    let end = first.last().unwrap();
    assert_eq!((&end["exit"], &end["summary"]["status"]), (&143.into(), &"interrupted".into()));
    let before = named(&first, "progress").pop().unwrap();
    assert_eq!((&before["done"], &before["sent"]), (&40.into(), &40.into()));

    let mut second = Running::start(limited(&workspace, &job, &server, 40));
    second.wait_for("progress", 2);
    let second = second.stop(Signal::INT, 130);
    let began = named(&second, "run_began")[0];
    assert_eq!((&began["taken_up"], &began["run_id"]), (&true.into(), &first[0]["run_id"]));
    let told = named(&second, "progress")[1];
    assert_eq!((&told["done"], &told["sent"]), (&40.into(), &0.into()), "{told}");
    assert_eq!(told["expected"], before["expected"], "{told}");
    assert_eq!(told["waiting"]["reason"], "limit", "{told}");
    let (waiting, left) = (told["waiting"]["seconds"].as_u64().unwrap(), told["seconds_left"].as_u64());
    assert!((10..=60).contains(&waiting) && left.is_some_and(|left| left >= waiting + 60), "{told}");
}

#[test]
fn a_wait_for_others_and_a_stop_in_it() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut holder = Running::start(limited(&workspace, &job, &server, 1));
    holder.wait_for("request_answered", 1);
    let refused = logged(&mut limited(&workspace, &job, &server, 1), 4);
    assert_eq!(names(&refused), ["command_failed"].into());
    assert_eq!(refused[0]["exit"], 4);
    let mut waiting = limited(&workspace, &job, &server, 1);
    waiting.args(["--wait", "1h"]);
    let mut waiting = Running::start(waiting);
    waiting.wait_for("dataset_awaited", 1);
    let told = waiting.stop(Signal::INT, 130);
    assert_eq!(names(&told), ["dataset_awaited", "signal", "command_stopped"].into());
    holder.stop(Signal::INT, 130);
}

#[test]
fn other_commands_tell_events_too() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    finish(&mut workspace.run(&job, &server), 0);
    let mut probe = verify_rollup();
    probe.current_dir(workspace.folder.path()).arg("probe").arg(&job).args(["--base-url", &server.url]);
    probe.args(["--requests-per-minute", "0", "-v"]).arg("--state-dir").arg(workspace.path("state"));
    let told = logged(probe.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET), 0);
    let some = ["probe_asks", "probe_answered", "request_answered"].into();
    assert!(names(&told).is_superset(&some), "{:?}", names(&told));
    assert_eq!(logged(workspace.report(&job).args(["--day", "2026-10-03"]), 0), [] as [Value; 0]);
    std::fs::write(&support::files(&workspace.path("output/logged/csv"))[0], "no table").unwrap();
    let told = logged(workspace.report(&job).args(["--day", "2026-10-03"]), 0);
    assert!(names(&told).contains("report_damaged"), "{:?}", names(&told));
    let told = logged(&mut workspace.run(&job, &server), 0);
    assert!(names(&told).contains("dataset_damaged"), "{:?}", names(&told));
}
