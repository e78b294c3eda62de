//! What a run says deserves attention: every finding of what it touched, once. The simulated account has an attack on
//! Madagascar on 25 October 2026, all day long.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};

use support::{Workspace, summary};

const REPORT: &str = "[report]\nformats = [\"md\"]\nperiod = \"day\"\n";

fn job(workspace: &Workspace, windows: &str, more: &str) -> PathBuf {
    let text = format!(
        "name = \"watch\"\n[source]\nbase_url = \"simulator\"\n[windows]\n{windows}\n[matrix]\n\
         countries = [\"US\", \"MG\"]\nchannels = [\"sms\", \"call\", \"whatsapp\"]\n[limits]\n\
         requests_per_minute = 0\n{more}"
    );
    workspace.job("watch.toml", &text)
}

/// How many findings a run as of an instant of October tells; it ends with 5 if there are any.
fn told(workspace: &Workspace, job: &Path, instant: &str, code: i32) -> usize {
    let mut run = workspace.command("run", job);
    run.args(["--as-of", &format!("2026-10-{instant}:00Z"), "--fail-on", "attention"]);
    let flags = summary(&mut run, code)["attention"].as_array().unwrap().clone();
    assert!(flags.iter().all(|flag| flag.as_str().unwrap().contains("Madagascar")), "{flags:?}");
    flags.len()
}

const DAYS: &str = "range = \"last-14-days\"";

#[test]
fn a_finding_is_told_once_also_when_its_day_becomes_final() {
    let workspace = Workspace::new();
    let job = job(&workspace, DAYS, REPORT);
    assert_eq!(told(&workspace, &job, "25T06:00", 0), 0);
    assert_eq!(told(&workspace, &job, "26T06:00", 5), 1);
    assert_eq!(told(&workspace, &job, "27T06:00", 0), 0);
    assert_eq!(told(&workspace, &job, "28T06:00", 0), 0);
}

#[test]
fn mornings_that_were_missed_lose_no_finding() {
    let workspace = Workspace::new();
    let job = job(&workspace, DAYS, REPORT);
    assert_eq!(told(&workspace, &job, "25T06:00", 0), 0);
    assert_eq!(told(&workspace, &job, "28T06:00", 5), 1);
    assert_eq!(told(&workspace, &job, "29T06:00", 0), 0);
}

#[test]
fn a_day_that_is_half_over_is_judged_and_its_finding_is_told_once() {
    let workspace = Workspace::new();
    let job = job(&workspace, "range = \"last-200-hours\"\nevery = \"hour\"", REPORT);
    assert_eq!(told(&workspace, &job, "25T06:05", 0), 0);
    assert_eq!(told(&workspace, &job, "25T13:05", 5), 1);
    assert_eq!(told(&workspace, &job, "25T18:05", 0), 0);
    assert_eq!(told(&workspace, &job, "26T00:05", 0), 0);
}

#[test]
fn who_asks_for_attention_gets_it_without_a_report() {
    let workspace = Workspace::new();
    let job = job(&workspace, DAYS, "");
    assert_eq!(told(&workspace, &job, "26T06:00", 5), 1);
    assert!(!workspace.path("output/watch/reports").exists());
}

/// Neither the run that goes on nor that of the next morning has anything to change of that day.
#[test]
fn a_run_that_died_after_publishing_leaves_its_findings_to_the_next() {
    for next in ["28T06:00", "29T06:00"] {
        dies_before(next);
    }
}

fn dies_before(next: &str) {
    let workspace = Workspace::new();
    let job = job(&workspace, DAYS, REPORT);
    let mut dying = workspace.command("run", &job);
    dying.args(["--as-of", "2026-10-28T06:00:00Z"]).env("VERIFY_ROLLUP_CRASH", "renamed:2");
    assert_eq!(dying.output().unwrap().status.code(), None);
    assert!(workspace.path("output/watch/_manifest.json").exists());
    assert_eq!(told(&workspace, &job, next, 5), 1);
    assert_eq!(told(&workspace, &job, next, 0), 0);
}
