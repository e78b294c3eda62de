//! Accounts that misbehave: the run tells it, and no wrong row is published.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use support::{Simulated, Workspace, assert_same, csv_table, finish, stderr, summary, table, verify_rollup};

const JOB: &str = r#"
name = "doubtful"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-06"
[matrix]
countries = ["US", "CO", "DE"]
channels = "all"
[output]
formats = ["csv"]
"#;

fn run_against(flags: &[&str], job: &str, code: i32) -> (Workspace, serde_json::Value) {
    let server = Simulated::start(&[&["--requests-per-minute", "0"], flags].concat());
    let workspace = Workspace::new();
    let job = workspace.job("doubtful.toml", job);
    let said = summary(&mut workspace.run(&job, &server), code);
    (workspace, said)
}

#[test]
fn an_ignored_filter_is_named_and_nothing_is_published() {
    let service = verify_rollup::simulator::World::new(0).services()[0];
    let short = JOB.replace("end = \"2026-10-06\"", "end = \"2026-10-03\"");
    let split = format!("[matrix]\nservices = [\"{service}\"]\ndestination_prefixes = [\"+57300\", \"+57310\"]");
    let by_number = short.replace("[matrix]\ncountries = [\"US\", \"CO\", \"DE\"]", &split);
    for (filter, job) in [
        ("Country", &short),
        ("Channel", &short),
        ("DateCreatedAfter", &short),
        ("DateCreatedBefore", &short),
        ("VerifyServiceSid", &by_number),
        ("DestinationPrefix", &by_number),
    ] {
        let (workspace, said) = run_against(&["--ignore-filter", filter], job, 3);
        assert_eq!(said["windows_published"], 0, "{filter}: {said:#}");
        assert!(said["warnings"].to_string().contains(filter), "{filter} is not named: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{filter}");
    }
    let (workspace, said) = run_against(&["--ignore-filter", "all"], &short, 3);
    assert_eq!(said["windows_published"], 0, "{said:#}");
    assert!(csv_table(&workspace.path("output/doubtful")).is_empty());
}

/// 75 cells, 25 window totals, 5 range totals and the one of all channels: the last cells are forged.
#[test]
fn a_filter_that_ceases_to_be_heeded_is_named_and_nothing_is_published() {
    for filter in ["Country", "Channel", "DateCreatedBefore"] {
        let (workspace, said) = run_against(&["--ignore-filter", filter, "--ignore-from", "100"], JOB, 3);
        assert_eq!(said["windows_published"], 0, "{filter}: {said:#}");
        let name = if filter.starts_with("Date") { "DateCreated" } else { filter };
        assert!(said["warnings"].to_string().contains(&format!("ceased to heed {name}")), "{filter}: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{filter}");
    }
}

#[test]
fn faults_are_outlasted_and_the_table_is_exact() {
    let flags = ["--fault-5xx", "0.05", "--fault-reset", "0.03", "--fault-json", "0.02", "--fault-counts", "0.02"];
    let (workspace, said) = run_against(&flags, JOB, 0);
    assert!(said["requests"]["retries"].as_u64().unwrap() > 0, "{said:#}");
    let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(workspace.path("doubtful.toml")), 0);
    assert_same(&csv_table(&workspace.path("output/doubtful")), &table(&truth.stdout), "under faults");
}

/// Under `(]` every window moves by one second and still adds up; the other two lose or count edges twice.
#[test]
fn other_edge_semantics_than_the_job_says_are_found() {
    let hourly = JOB.replace("end = \"2026-10-06\"", "end = \"2026-10-06\"\nevery = \"hour\"");
    for interval in ["[]", "()"] {
        let (workspace, said) = run_against(&["--interval", interval], &hourly, 3);
        assert_eq!(said["status"], "unreconciled", "{interval}: {said:#}");
        assert!(said["differences"].as_array().unwrap().iter().any(|found| found["identity"] == "R2"), "{interval}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{interval}");
    }
}

#[test]
fn the_job_can_say_which_edge_semantics_the_account_has() {
    for interval in ["[)", "(]", "[]", "()"] {
        let job = JOB.replace("[source]", &format!("[source]\ninterval = \"{interval}\""));
        let (workspace, said) = run_against(&["--interval", interval], &job, 0);
        assert_eq!(said["reconciled"], true);
        let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(workspace.path("doubtful.toml")), 0);
        assert_same(&csv_table(&workspace.path("output/doubtful")), &table(&truth.stdout), interval);
    }
}

#[test]
fn ground_that_the_api_forgot_is_expired_not_zero() {
    let job = JOB.replace("retention = \"none\"", "retention = \"30d\"");
    let server = Simulated::start(&["--requests-per-minute", "0", "--retention", "30d"]);
    let workspace = Workspace::new();
    let job = workspace.job("doubtful.toml", &job);
    let output = finish(workspace.run(&job, &server).args(["--as-of", "2026-11-20T00:00:00Z"]), 0);
    assert!(stderr(&output).contains("expired"), "{}", stderr(&output));
    assert!(csv_table(&workspace.path("output/doubtful")).is_empty());
    let said = summary(workspace.run(&job, &server).args(["--as-of", "2026-11-20T00:00:00Z"]), 0);
    assert_eq!(said["windows_expired"].as_array().unwrap().len(), 5);
    assert_eq!(said["windows_published"], 0);
}
