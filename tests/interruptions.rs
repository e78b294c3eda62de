//! Signals, kills and outages: nothing is lost, nothing is asked twice.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use support::{Simulated, Workspace, csv_table, stderr, summary};

const JOB: &str = r#"
name = "interrupted"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-10-01"
[matrix]
countries = ["US", "CO", "DE", "GB", "FR", "IN", "BR", "MX"]
channels = "all"
[output]
formats = ["csv"]
"#;

/// Cells and totals of the exhaustive plan: 30 days × 8 countries × 5 channels, their totals, the range's totals, and
/// the one without channel.
const CELLS_AND_TOTALS: u64 = 30 * 8 * 5 + 30 * 5 + 5 + 1;

/// Each strategy and how many questions an undisturbed run by it puts.
fn strategies() -> [(&'static str, u64); 2] {
    let server = Simulated::unlimited();
    let asked = ["exhaustive", "drill-down"].map(|strategy| {
        let (workspace, job) = workspace();
        let said = summary(workspace.run(&job, &server).args(["--strategy", strategy]), 0);
        (strategy, said["requests"]["sent"].as_u64().unwrap())
    });
    assert!((CELLS_AND_TOTALS..CELLS_AND_TOTALS + 25).contains(&asked[0].1), "{asked:?}");
    // Nearly every cell holds attempts, and so do other countries: what is inferred is asked itself.
    assert!(asked[1].1 < CELLS_AND_TOTALS + 25, "{asked:?}");
    asked
}

fn workspace() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("interrupted.toml", JOB);
    (workspace, job)
}

/// Starts a run that takes some seconds, and waits until it has asked for a while.
fn start(workspace: &Workspace, job: &std::path::Path, server: &Simulated, strategy: &str) -> Child {
    let mut run = workspace.run(job, server);
    let child = run
        .args(["--concurrency", "4", "--strategy", strategy])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ledger = workspace.path("state/ledger.sqlite-wal");
    let has_asked = |_: &u32| {
        std::thread::sleep(Duration::from_millis(5));
        ledger.metadata().is_ok_and(|data| data.len() > 100_000)
    };
    let turns = (0..2000).find(has_asked);
    assert!(turns.is_some(), "the run never wrote to its ledger");
    child
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, signal).unwrap();
}

fn slow_server() -> Simulated {
    Simulated::start(&["--requests-per-minute", "0", "--latency", "4ms-8ms"])
}

#[test]
fn a_signal_stops_in_order_and_the_next_run_goes_on() {
    let server = slow_server();
    let signals = [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)];
    let cases = signals.into_iter().flat_map(|signal| strategies().map(|strategy| (signal, strategy)));
    for ((sent, code), (strategy, questions)) in cases {
        let (workspace, job) = workspace();
        let child = start(&workspace, &job, &server, strategy);
        signal(&child, sent);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains("verify-rollup run"), "it must say how to go on: {}", stderr(&output));
        assert!(csv_table(&workspace.path("output/interrupted")).is_empty());

        let said = summary(workspace.run(&job, &server).args(["--strategy", strategy]), 0);
        let (kept, asked) =
            (said["answered_from_ledger"].as_u64().unwrap(), said["requests"]["sent"].as_u64().unwrap());
        assert!(kept > 0);
        assert_eq!(kept + asked, questions, "every answer was kept, and nothing asked twice");
    }
}

/// It is in time for the next run, which goes on where this one stopped.
#[test]
fn a_run_whose_time_is_up_stops_in_order_and_the_next_one_goes_on() {
    let server = slow_server();
    let (workspace, job) = workspace();
    let strategy = ["--strategy", "exhaustive"];
    let stopped = || {
        let mut run = workspace.run(&job, &server);
        let output =
            support::finish(run.args(["--json", "--concurrency", "1", "--stop-after", "1s"]).args(strategy), 3);
        let told = stderr(&output);
        assert!(told.contains("time is up (--stop-after)"), "{told}");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["status"], "interrupted");
        (said["answered_from_ledger"].as_u64().unwrap(), said["requests"]["sent"].as_u64().unwrap())
    };
    let ((_, first), (kept, second)) = (stopped(), stopped());
    assert_eq!(kept, first, "the second goes on");
    assert!(csv_table(&workspace.path("output/interrupted")).is_empty());
    let said = summary(workspace.run(&job, &server).args(strategy), 0);
    let questions = strategies()[0].1;
    assert_eq!(first + second + said["requests"]["sent"].as_u64().unwrap(), questions, "nothing was asked twice");
}

#[test]
fn a_killed_run_asks_again_only_what_was_in_flight() {
    let server = slow_server();
    for (strategy, questions) in strategies() {
        let (workspace, job) = workspace();
        let mut child = start(&workspace, &job, &server, strategy);
        child.kill().unwrap();
        child.wait().unwrap();
        let said = summary(workspace.run(&job, &server).args(["--strategy", strategy]), 0);
        let (kept, sent) = (said["answered_from_ledger"].as_u64().unwrap(), said["requests"]["sent"].as_u64().unwrap());
        assert!(kept > 0);
        assert_eq!(kept + sent, questions, "{strategy}");
        let (fresh, job) = self::workspace();
        summary(fresh.run(&job, &server).args(["--strategy", strategy]), 0);
        assert_eq!(csv_table(&workspace.path("output/interrupted")), csv_table(&fresh.path("output/interrupted")));
    }
}

#[test]
fn running_twice_changes_no_byte() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let contents = || {
        support::files(&workspace.path("output"))
            .into_iter()
            .filter(|path| !path.ends_with(".lock"))
            .map(|path| (path.clone(), std::fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap()))
            .collect::<Vec<_>>()
    };
    summary(workspace.run(&job, &server).args(["--format", "csv", "--format", "parquet"]), 0);
    let first = contents();
    let said = summary(workspace.run(&job, &server).args(["--format", "csv", "--format", "parquet"]), 0);
    assert_eq!(said["requests"]["sent"], 0);
    assert_eq!(contents(), first);
}

#[test]
fn files_that_differ_from_the_manifest_are_published_again_without_asking() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    summary(&mut workspace.run(&job, &server), 0);
    let before = csv_table(&workspace.path("output/interrupted"));
    let file = support::files(&workspace.path("output/interrupted/csv")).remove(0);
    let text = std::fs::read(&file).unwrap();
    for damage in [&text[..text.len() / 2], b"", b"nonsense"] {
        std::fs::write(&file, damage).unwrap();
        let said = summary(&mut workspace.run(&job, &server), 0);
        assert_eq!(said["requests"]["sent"], 0);
        assert_eq!(csv_table(&workspace.path("output/interrupted")), before);
    }
    std::fs::remove_file(&file).unwrap();
    summary(&mut workspace.run(&job, &server), 0);
    assert_eq!(csv_table(&workspace.path("output/interrupted")), before);
}

#[test]
fn refresh_asks_settled_slices_afresh() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    for (strategy, questions) in strategies() {
        summary(workspace.run(&job, &server).args(["--strategy", strategy]), 0);
        let said = summary(workspace.run(&job, &server).args(["--strategy", strategy, "--refresh"]), 0);
        assert_eq!(said["requests"]["sent"], questions, "{strategy}");
        assert_eq!(said["answered_from_ledger"], 0, "{strategy}");
    }
}

/// Before, a settled rerun over a hundred prefixes asked 63 of 80 slices again, and a range of a week that moved by a
/// day cost more than a day by itself.
#[test]
fn a_settled_rerun_over_prefixes_asks_nothing() {
    let server = Simulated::unlimited();
    let prefixes: Vec<_> =
        (0..60).map(|n| format!("+57{}", 300 + n)).chain((0..40).map(|n| format!("+1{}", 202 + n))).collect();
    let sent = |workspace: &Workspace, name: &str, start: &str, end: &str| {
        let text = format!(
            "name = \"{name}\"\n[source]\nretention = \"none\"\n[windows]\nstart = \"{start}\"\nend = \"{end}\"\n\
             [matrix]\n\
             destination_prefixes = {prefixes:?}\n"
        );
        let job = workspace.job(&format!("{name}.toml"), &text);
        summary(&mut workspace.run(&job, &server), 0)["requests"]["sent"].as_u64().unwrap()
    };
    let workspace = Workspace::new();
    let week = sent(&workspace, "week", "2026-09-01", "2026-09-08");
    assert!(week > 0 && sent(&workspace, "week", "2026-09-01", "2026-09-08") == 0);
    let moved = sent(&workspace, "week", "2026-09-02", "2026-09-09");
    let fresh = sent(&Workspace::new(), "day", "2026-09-08", "2026-09-09");
    assert!(moved <= fresh, "{moved} instead of {fresh}");
}

/// Before, such a run ended with exit 0 and "complete", and every answer of it was in a file that had no name any more.
#[test]
fn a_ledger_that_is_removed_or_replaced_under_a_run_ends_it() {
    let server = slow_server();
    let harms: [fn(&std::path::Path); 3] = [
        |state| std::fs::remove_file(state.join("ledger.sqlite")).unwrap(),
        |state| std::fs::rename(state, state.with_extension("moved")).unwrap(),
        |state| {
            std::fs::copy(state.join("ledger.sqlite"), state.join("copy")).unwrap();
            std::fs::rename(state.join("copy"), state.join("ledger.sqlite")).unwrap();
        },
    ];
    for harm in harms {
        let (workspace, job) = workspace();
        let child = start(&workspace, &job, &server, "exhaustive");
        harm(&workspace.path("state"));
        let output = child.wait_with_output().unwrap();
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        // The bucket lies in the same directory, and may notice first.
        assert!(told.contains("was removed or replaced") || told.contains("bucket"), "{told}");
        assert!(!workspace.path("output/interrupted/_manifest.json").exists());
    }
}

/// The reader of the summary may have gone: what was published stays, and nothing panics.
#[test]
fn a_closed_pipe_is_no_failure() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut child = workspace.run(&job, &server).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!csv_table(&workspace.path("output/interrupted")).is_empty());
}

/// The API answers for a while, then fails until `retry_for`: the answers are kept and serve the next run.
#[test]
fn an_outage_loses_no_answer() {
    for (strategy, questions) in strategies() {
        an_outage_loses_none_of(strategy, questions);
    }
}

fn an_outage_loses_none_of(strategy: &str, questions: u64) {
    let (workspace, job) = workspace();
    let text = std::fs::read_to_string(&job).unwrap() + "[limits]\nretry_for = \"2s\"\nmax_tries = 3\n";
    std::fs::write(&job, text).unwrap();
    // Below the ports that the system hands out, so that nobody takes it while the server is away.
    let port = (20_000 + std::process::id() % 10_000).to_string();
    let flags = ["--requests-per-minute", "0", "--port", &port, "--latency", "4ms-8ms"];
    let server = Simulated::start(&flags);
    let mut child = start(&workspace, &job, &server, strategy);
    drop(server);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let server = Simulated::start(&flags);
    let said = summary(workspace.run(&job, &server).args(["--strategy", strategy]), 0);
    let (kept, asked) = (said["answered_from_ledger"].as_u64().unwrap(), said["requests"]["sent"].as_u64().unwrap());
    assert!(kept > 0, "{said:#}");
    // A long question that the outage left without an answer is asked again in parts: each is a question of its own.
    assert!((questions..=questions + 150).contains(&(kept + asked)), "{kept} kept, {asked} asked: nothing is lost");
}
