//! `probe` as a user runs it, against simulated accounts of every behaviour.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, stderr, summary, verify_rollup};

const JOB: &str = r#"
name = "probed"
[windows]
range = "last-7-days"
[matrix]
countries = ["US", "CO"]
channels = "all"
[limits]
max_tries = 2
retry_for = "1m"
"#;

fn workspace() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("probed.toml", JOB);
    (workspace, job)
}

/// `probe JOB` with credentials and without a limit.
fn probe_of(workspace: &Workspace, job: &PathBuf, url: &str) -> Command {
    let mut command = verify_rollup();
    command.current_dir(workspace.folder.path()).arg("probe").arg(job).args(["--base-url", url]);
    command.arg("--state-dir").arg(workspace.path("state")).args(["--requests-per-minute", "0"]);
    command.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    command
}

/// A server that holds a month, as making longer pasts takes long.
fn server(flags: &[&str]) -> Simulated {
    Simulated::start(&[&["--requests-per-minute", "0", "--retention", "30d"], flags].concat())
}

fn probed(flags: &[&str], code: i32) -> Value {
    let server = server(flags);
    let (workspace, job) = workspace();
    summary(&mut probe_of(&workspace, &job, &server.url), code)
}

const FILTERS: [&str; 6] =
    ["VerifyServiceSid", "DateCreatedAfter", "DateCreatedBefore", "Country", "Channel", "DestinationPrefix"];

/// What is said of a parameter of an honest account; the job names no service to ask for.
fn honest(filter: &str) -> &'static str {
    if filter == "VerifyServiceSid" { "unproven" } else { "heeded" }
}

#[test]
fn every_treatment_of_bounds_is_found_as_far_as_it_can_be() {
    let either = json!({ "value": null, "candidates": ["[)", "(]"] });
    let sure = |value: &str| json!({ "value": value, "candidates": [value] });
    for (interval, stamps, fractions, expected, found) in [
        ("[)", "whole", "heeded", sure("[)"), "whole"),
        ("[)", "whole", "cut-off", either.clone(), "unknown"),
        ("[)", "whole", "rounded", either.clone(), "unknown"),
        ("[)", "whole", "refused", either.clone(), "unknown"),
        ("(]", "whole", "heeded", either.clone(), "unknown"),
        ("(]", "whole", "refused", either.clone(), "unknown"),
        ("[]", "whole", "heeded", sure("[]"), "whole"),
        ("[]", "whole", "refused", sure("[]"), "whole"),
        ("()", "whole", "heeded", sure("()"), "whole"),
        ("()", "whole", "cut-off", sure("()"), "whole"),
        ("(]", "fractional", "heeded", sure("[)"), "fractional"),
        ("[]", "fractional", "heeded", sure("[)"), "fractional"),
        ("()", "fractional", "cut-off", either, "unknown"),
    ] {
        let said = probed(&["--interval", interval, "--stamps", stamps, "--fractions", fractions], 0);
        assert_eq!(said["interval"], expected, "{interval} {stamps} {fractions}: {said:#}");
        assert_eq!(said["stamps"], found, "{interval} {stamps} {fractions}: {said:#}");
        assert!(said["requests"].as_u64().unwrap() <= 55, "{said:#}");
        assert!(FILTERS.iter().all(|filter| said["filters"][filter] == honest(filter)), "{said:#}");
        let combinations = said["combinations"].as_object().unwrap();
        assert!(combinations.len() == 3 && combinations.values().all(|verdict| verdict == "heeded"), "{said:#}");
        assert_eq!(said["horizon"]["days"], 29, "{said:#}");
        let recommended = expected["value"].as_str().unwrap_or("[)");
        assert_eq!(said["source"], json!({ "interval": recommended, "retention": "30d" }));
        assert_eq!(said["job_agrees"], recommended == "[)");
    }
}

#[test]
fn an_ignored_filter_is_found_and_only_that() {
    for ignored in FILTERS {
        let said = probed(&["--ignore-filter", ignored], 0);
        for filter in FILTERS {
            let expected = if filter == ignored { "ignored" } else { honest(filter) };
            assert_eq!(said["filters"][filter], expected, "{ignored}: {said:#}");
        }
        assert!(said["suggestions"].to_string().contains(ignored), "{said:#}");
        let is_used = !["VerifyServiceSid", "DestinationPrefix"].contains(&ignored);
        assert_eq!(said["job_agrees"], !is_used, "{ignored}: {said:#}");
        let needs_dates = ignored.starts_with("DateCreated");
        assert_eq!(said["interval"]["candidates"].as_array().unwrap().is_empty(), needs_dates, "{said:#}");
        assert_eq!(said["horizon"]["days"].is_null(), ignored == "DateCreatedBefore", "{said:#}");
    }
}

#[test]
fn a_shorter_history_than_the_job_says_is_told() {
    let said = probed(&["--retention", "12d"], 0);
    assert_eq!(said["horizon"]["days"], 11, "{said:#}");
    assert_eq!(said["source"]["retention"], "11d");
    assert_eq!(said["job_agrees"], false);
}

#[test]
fn the_text_says_what_to_put_into_the_job_file() {
    let server = server(&["--interval", "[]", "--ignore-filter", "Country"]);
    let (workspace, job) = workspace();
    let output = finish(&mut probe_of(&workspace, &job, &server.url), 0);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for words in [
        "VerifyServiceSid   unproven: the job names no value to ask for\n",
        " attempts for times after 20",
        "Country            IGNORED: ",
        " for the country US",
        "Channel            heeded: ",
        " attempts for the channel sms\n",
        "No question from outside can show: an API whose every answer is wrong by one factor;",
        "oldest attempts 29 to 30 days ago",
        "interval           []: an attempt on a bound counts on both sides of it (seen of ",
        "Put this into the job file:\n\n[source]\ninterval = \"[]\"       # the job has \"[)\"\n",
        "retention = \"30d\"     # as the job has it; confirmed\n",
        "- Country is ignored: remove countries from [matrix]\n",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(stderr(&output).contains("asking how bounds are treated"));
    assert!(!workspace.path("state").exists() && !workspace.path("output").exists(), "a probe leaves nothing behind");

    // What it says to put there is what a run needs.
    let start = text.find("[source]").unwrap();
    let source = text[start..].lines().take(3).collect::<Vec<_>>().join("\n");
    let job = JOB.replace("countries = [\"US\", \"CO\"]\n", "").replace("[windows]", &format!("{source}\n[windows]"));
    let job = workspace.job("probed.toml", &job);
    assert_eq!(summary(&mut probe_of(&workspace, &job, &server.url), 0)["job_agrees"], true);
    let run = summary(&mut workspace.run(&job, &server), 0);
    assert_eq!(run["reconciled"], true, "{run:#}");
}

#[test]
fn the_embedded_account_needs_no_credentials() {
    let (workspace, _) = workspace();
    // An unoptimised build takes long to make a history of years.
    let text = format!("{JOB}timeout = \"5m\"\n[source]\nbase_url = \"simulator\"\ninterval = \"()\"");
    let job = workspace.job("probed.toml", &text);
    let mut probe = verify_rollup();
    probe.current_dir(workspace.folder.path()).arg("probe").arg(&job).args(["--requests-per-minute", "0"]);
    let said = summary(probe.env("HOME", workspace.folder.path()), 0);
    assert_eq!(said["interval"]["value"], "()", "{said:#}");
    assert_eq!(said["horizon"], json!({ "oldest": null, "days": 400 }));
}

#[test]
fn credentials_are_asked_for_and_their_refusal_ends_it() {
    let server = server(&["--auth", &format!("{ACCOUNT}:right")]);
    let (workspace, job) = workspace();
    let mut without = verify_rollup();
    without.current_dir(workspace.folder.path()).arg("probe").arg(&job).args(["--base-url", &server.url]);
    assert!(stderr(&finish(without.env("HOME", "/nowhere"), 2)).contains("TWILIO_ACCOUNT_SID"));
    let refused = finish(&mut probe_of(&workspace, &job, &server.url), 1);
    assert!(stderr(&refused).contains("401") && stderr(&refused).contains("20003"), "{}", stderr(&refused));
    assert!(refused.stdout.is_empty());
}

#[test]
fn a_server_that_is_down_is_a_failure() {
    // A port of the system's range that nothing listens on, and that no test is given by chance.
    let (workspace, job) = workspace();
    let output = finish(&mut probe_of(&workspace, &job, "http://127.0.0.1:1"), 1);
    assert!(stderr(&output).contains("127.0.0.1:1"), "{}", stderr(&output));
}

/// Passing faults are outlasted; where tries run out, what could not be asked is named and the rest stands.
#[test]
fn faults_cost_tries_or_leave_something_unknown() {
    let faulty = server(&["--fault-5xx", "0.06", "--fault-reset", "0.04", "--fault-counts", "0.02"]);
    let (workspace, _) = workspace();
    let patient = workspace.job("patient.toml", &JOB.replace("max_tries = 2", "max_tries = 40"));
    let said = summary(&mut probe_of(&workspace, &patient, &faulty.url), 0);
    assert_eq!(said["interval"]["value"], "[)", "{said:#}");

    let server = server(&["--fault-5xx", "0.2"]);
    let hasty = workspace.job("hasty.toml", &JOB.replace("max_tries = 2", "max_tries = 1"));
    let mut has_failed = false;
    for _ in 0..20 {
        let output = probe_of(&workspace, &hasty, &server.url).arg("--json").output().unwrap();
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        let failures = said["failures"].as_array().unwrap();
        assert_eq!(output.status.code(), Some(if failures.is_empty() { 0 } else { 3 }), "{said:#}");
        let values = said["interval"]["candidates"].as_array().unwrap();
        assert!(values.is_empty() || values.contains(&json!("[)")), "{said:#}");
        has_failed |= !failures.is_empty();
    }
    assert!(has_failed, "one request in five fails");
}

#[test]
fn requests_go_through_the_shared_bucket() {
    let server = Simulated::start(&["--requests-per-minute", "100", "--retention", "30d"]);
    let (workspace, job) = workspace();
    let mut probe = probe_of(&workspace, &job, &server.url);
    let said = summary(probe.args(["--requests-per-minute", "100"]), 0);
    let sent = said["requests"].as_u64().unwrap();
    let mut buckets = support::files(&workspace.path("state"));
    buckets.retain(|path| !path.ends_with("holder"));
    assert_eq!(buckets.len(), 1, "{buckets:?}");
    // The bucket remembers them: a run that may send one more than the probe did is not let beyond that.
    let mut next = probe_of(&workspace, &job, &server.url);
    next.args(["--requests-per-minute", &(sent + 1).to_string()]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = next.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let waits = lines.any(|line| line.unwrap().contains("for the rate limit"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(waits, "the second probe did not wait");
}

#[test]
fn a_signal_ends_it_at_once() {
    let server = server(&["--fault-hang", "1"]);
    let (workspace, job) = workspace();
    for (signal, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let mut probe = probe_of(&workspace, &job, &server.url);
        let mut child = probe.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
        assert!(lines.next().unwrap().unwrap().contains("asking"), "it says what it asks before it asks");
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        let rest: Vec<_> = lines.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{rest:?}");
        assert!(output.stdout.is_empty());
        // On a busy machine the signal may come before the first request leaves.
        let is_stopped =
            |line: &String| ["0 requests", "1 request"].iter().any(|it| line.contains(&format!("stopped after {it}")));
        assert!(rest.iter().any(is_stopped), "{rest:?}");
        assert!(!rest.iter().any(|line| line.contains("no answer")), "it waited for the answer: {rest:?}");
    }
}

#[test]
fn messages_may_be_objects_and_quiet_is_quiet() {
    let server = server(&[]);
    let (workspace, job) = workspace();
    let output = finish(probe_of(&workspace, &job, &server.url).args(["--log-format", "json", "-v"]), 0);
    assert!(stderr(&output).lines().count() > 20);
    for line in stderr(&output).lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok_and(|value| value.is_object()), "{line}");
    }
    let quiet = finish(probe_of(&workspace, &job, &server.url).arg("-q"), 0);
    assert_eq!(stderr(&quiet), "");
    assert!(!quiet.stdout.is_empty());
}
