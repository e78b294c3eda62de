//! Everything that can go wrong between a run and the API, over real HTTP: the table is exact, or what is missing is
//! named and nothing else is.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use support::gate::{Asked, Fate, Gate, say};
use support::{Simulated, Table, Workspace, assert_same, csv_table, finish, stderr, summary, table, verify_rollup};

const JOB: &str = r#"
name = "faulty"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-05"
[matrix]
countries = ["US", "CO", "DE"]
channels = "all"
[limits]
timeout = "1s"
max_tries = 4
retry_for = "2m"
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
"#;

/// 4 days × 3 countries × 5 channels, their totals, the range's totals, and the one without channel; three more for
/// the account, a cell once more, each country's sum, the totals again, and both ends of a range at the end.
const QUESTIONS: u64 = 4 * 3 * 5 + 4 * 5 + 5 + 3 + 1 + 1 + 3 + 6 + 2;

fn truth(job: &Path, seed: &str) -> Table {
    table(&finish(verify_rollup().args(["simulate", "--seed", seed, "--truth"]).arg(job), 0).stdout)
}

/// The window that a row, a cell or a window of the summary belongs to, as both write it.
fn start_of(value: &Value) -> String {
    value["window_start"].as_str().unwrap().to_owned()
}

/// The published rows are right, and whole windows are there or absent just as the summary says.
fn assert_right_as_far_as_told(workspace: &Workspace, said: &Value, truth: &Table) {
    let absent: BTreeSet<String> = said["windows_incomplete"].as_array().unwrap().iter().map(start_of).collect();
    let expected: Table = truth.clone().into_iter().filter(|(key, _)| !absent.contains(&key[1])).collect();
    let published = csv_table(&workspace.path("output/faulty"));
    if expected.is_empty() {
        assert!(published.is_empty());
    } else {
        assert_same(&published, &expected, "published windows");
    }
    let missing: BTreeSet<String> = said["missing"].as_array().unwrap().iter().map(start_of).collect();
    assert_eq!(missing, absent, "an incomplete window says what it lacks, and no other does: {said:#}");
}

/// Lines for people: short, and no markup of somebody's error page.
fn assert_readable(text: &str) {
    for line in text.lines() {
        assert!(line.chars().count() < 400, "a flood: {line}");
    }
    let lower = text.to_lowercase();
    assert!(!lower.contains("<html") && !lower.contains("<body") && !lower.contains("</"), "markup:\n{text}");
}

/// 20 % 5xx (half of them HTML pages), 10 % resets, 5 % hangs, 5 % broken or contradicting JSON, and a burst of 429.
#[test]
fn all_faults_at_once_end_exact_or_name_what_is_missing() {
    std::thread::scope(|scope| {
        for seed in ["1", "2", "3"] {
            for strategy in ["exhaustive", "drill-down"] {
                scope.spawn(move || all_faults_at_once(seed, strategy));
            }
        }
    });
}

fn all_faults_at_once(seed: &str, strategy: &str) {
    let rates = [("5xx", "0.2"), ("reset", "0.1"), ("hang", "0.05"), ("json", "0.025"), ("counts", "0.025")];
    let mut flags: Vec<String> = ["--requests-per-minute", "0", "--seed", seed].map(str::to_owned).to_vec();
    flags.extend(rates.iter().flat_map(|(fault, rate)| [format!("--fault-{fault}"), (*rate).to_owned()]));
    let server = Simulated::start(&flags.iter().map(String::as_str).collect::<Vec<_>>());
    let gate = Gate::before(&server, |asked| match asked.number {
        30..42 => say("429 Too Many Requests", &["Retry-After: 1"], "{}"),
        _ => Fate::Pass,
    });
    let workspace = Workspace::new();
    let job = workspace.job("faulty.toml", JOB);
    let truth = truth(&job, seed);
    let (mut sent, mut retries) = (0, 0);
    for _ in 0..5 {
        let output = workspace.run_at(&job, &gate.url).args(["--json", "-v", "--strategy", strategy]).output().unwrap();
        let text = stderr(&output);
        let said: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_readable(&text);
        assert_right_as_far_as_told(&workspace, &said, &truth);
        sent += said["requests"]["sent"].as_u64().unwrap();
        retries += said["requests"]["retries"].as_u64().unwrap();
        if output.status.code() == Some(0) {
            assert_eq!(said["windows_published"], 4);
            assert_eq!(gate.asked().len() as u64, sent, "every request was counted");
            assert!(5 * retries > sent, "the faults hardly struck: {retries} retries");
            if strategy == "exhaustive" {
                let retries = sent - QUESTIONS;
                assert!(retries > 12 + QUESTIONS / 5, "the faults hardly struck: {retries} retries");
            }
            return;
        }
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(["incomplete", "unreconciled"].contains(&said["status"].as_str().unwrap()));
        assert!(!said["missing"].as_array().unwrap().is_empty());
    }
    panic!("five runs did not get through the faults");
}

/// A server that never answers two cells and one total: these are missing, three windows are published, and the next
/// run asks nothing else.
#[test]
fn what_fails_for_ever_is_missing_and_nothing_else() {
    fn is_dead(asked: &Asked) -> bool {
        let key = ["DateCreatedAfter", "Country", "Channel"].map(|name| asked.parameter(name));
        let is_day = asked.parameter("DateCreatedBefore") == "2026-10-03T00:00:00Z";
        is_day && matches!(key, ["2026-10-02T00:00:00Z", "CO", "sms" | "call"] | ["2026-10-02T00:00:00Z", "", "rbm"])
    }
    let server = Simulated::unlimited();
    let healed = Arc::new(AtomicBool::new(false));
    let is_healed = Arc::clone(&healed);
    let gate = Gate::before(&server, move |asked| {
        if is_dead(asked) && !is_healed.load(Ordering::Relaxed) {
            say("503 Service Unavailable", &[], r#"{"code":20503,"message":"Service is temporarily unavailable"}"#)
        } else {
            Fate::Pass
        }
    });
    let workspace = Workspace::new();
    let job = workspace.job("faulty.toml", &JOB.replace("max_tries = 4", "max_tries = 2").replace("1s", "20s"));
    let truth = truth(&job, "0");
    let said = summary(&mut workspace.run_at(&job, &gate.url), 3);
    assert_eq!((&said["status"], &said["windows_published"]), (&"incomplete".into(), &3.into()));
    assert_right_as_far_as_told(&workspace, &said, &truth);
    let missing: BTreeSet<_> = said["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| {
            assert!(cell["reason"].as_str().unwrap().contains("HTTP 503, code 20503"), "{cell}");
            ["window_start", "window_end", "country", "channel"].map(|name| cell[name].as_str().unwrap().to_owned())
        })
        .collect();
    let day = ["2026-10-02T00:00:00Z", "2026-10-03T00:00:00Z"];
    let expected = [("CO", "call"), ("CO", "sms"), ("ZZ", "rbm")];
    let expected: BTreeSet<_> =
        expected.into_iter().map(|(country, channel)| [day[0], day[1], country, channel].map(str::to_owned)).collect();
    assert_eq!(missing, expected);

    healed.store(true, Ordering::Relaxed);
    let before = gate.asked().len();
    let said = summary(&mut workspace.run_at(&job, &gate.url), 0);
    let asked = gate.asked()[before..].to_vec();
    assert_eq!(asked.iter().filter(|asked| is_dead(asked)).count(), 3, "what was missing is asked once: {said:#}");
    let is_cell = |asked: &&Asked| !asked.parameter("Country").is_empty() && !asked.parameter("Channel").is_empty();
    assert!(asked.iter().filter(is_cell).all(is_dead), "and no other cell: {said:#}");
    assert!(asked.len() < 20, "its proofs come besides: {said:#}");
    assert_same(&csv_table(&workspace.path("output/faulty")), &truth, "after healing");
}

/// With a single try per question, a 429 that cost one would leave holes. A burst is one message, not a dozen.
#[test]
fn a_burst_of_429_costs_its_pause_and_no_try() {
    let server = Simulated::unlimited();
    let gate = Gate::before(&server, |asked| match asked.number {
        52..64 => say("429 Too Many Requests", &["Retry-After: 1"], r#"{"code":20429,"message":"Too Many Requests"}"#),
        _ => Fate::Pass,
    });
    let workspace = Workspace::new();
    let job = workspace.job("faulty.toml", &JOB.replace("max_tries = 4", "max_tries = 1").replace("1s", "20s"));
    let output = finish(workspace.run_at(&job, &gate.url).arg("--json"), 0);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["requests"]["throttled"], &said["requests"]["retries"]), (&12.into(), &12.into()));
    assert_eq!(said["requests"]["sent"], QUESTIONS + 12);
    assert_same(&csv_table(&workspace.path("output/faulty")), &truth(&job, "0"), "after a burst of 429");
    // A line of progress, which comes with the clock, may say what is waited for besides.
    let messages = stderr(&output);
    let told = messages.lines().filter(|line| !line.contains(" answered · ") && line.contains("429")).count();
    assert!((1..=3).contains(&told), "{told} messages for one burst:\n{}", stderr(&output));
}

/// A gateway's page of 30 kB is one short line that says what it was.
#[test]
fn an_html_error_page_is_told_in_a_few_words() {
    let page =
        format!("<!DOCTYPE html>\n<html><body><h1>502 Bad Gateway</h1>{}</body></html>", "<p>x</p>".repeat(4000));
    for status in ["502 Bad Gateway", "504 Gateway Timeout", "200 OK"] {
        let page = page.clone();
        let gate = Gate::alone(move |_| say(status, &["Content-Type: text/html"], &page));
        let workspace = Workspace::new();
        let job = workspace.job(
            "faulty.toml",
            &JOB.replace("max_tries = 4", "max_tries = 1").replace("1s", "20s").replace("2m", "1s"),
        );
        let said = finish(workspace.run_at(&job, &gate.url).arg("-v"), 3);
        let text = stderr(&said);
        assert_readable(&text);
        let code = &status[..3];
        assert!(text.contains(&format!("HTTP {code}")) && text.contains("HTML page"), "{text}");
        assert!(csv_table(&workspace.path("output/faulty")).is_empty());
    }
}
