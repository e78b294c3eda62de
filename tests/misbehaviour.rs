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

const STRATEGIES: [&str; 2] = ["exhaustive", "drill-down"];

fn run_against(flags: &[&str], job: &str, strategy: &str, code: i32) -> (Workspace, serde_json::Value) {
    let server = Simulated::start(&[&["--requests-per-minute", "0"], flags].concat());
    let workspace = Workspace::new();
    let job = workspace.job("doubtful.toml", job);
    let said = summary(workspace.run(&job, &server).args(["--strategy", strategy]), code);
    (workspace, said)
}

#[test]
fn an_ignored_filter_is_named_and_nothing_is_published() {
    let world = verify_rollup::simulator::World::new(0);
    // One alone could hold everything: that is published, and told as unproven.
    let [first, second] = [world.services()[0], world.services()[1]];
    let short = JOB.replace("end = \"2026-10-06\"", "end = \"2026-10-03\"");
    let split =
        format!("[matrix]\nservices = [\"{first}\", \"{second}\"]\ndestination_prefixes = [\"+57300\", \"+57310\"]");
    let by_number = short.replace("[matrix]\ncountries = [\"US\", \"CO\", \"DE\"]", &split);
    let cases = [
        ("Country", &short),
        ("Channel", &short),
        ("DateCreatedAfter", &short),
        ("DateCreatedBefore", &short),
        ("VerifyServiceSid", &by_number),
        ("DestinationPrefix", &by_number),
    ];
    for ((filter, job), strategy) in cases.into_iter().flat_map(|case| STRATEGIES.map(|strategy| (case, strategy))) {
        let (workspace, said) = run_against(&["--ignore-filter", filter], job, strategy, 3);
        assert_eq!(said["windows_published"], 0, "{filter}: {said:#}");
        assert!(said["warnings"].to_string().contains(filter), "{filter} is not named: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{filter}");
    }
    for strategy in STRATEGIES {
        let (workspace, said) = run_against(&["--ignore-filter", "all"], &short, strategy, 3);
        assert_eq!(said["windows_published"], 0, "{strategy}: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{strategy}");
    }
}

/// 75 cells, 25 window totals, 5 range totals and the one of all channels: the last cells are forged. The drill-down
/// has asked for most of what it needs by its 80th question.
#[test]
fn a_filter_that_ceases_to_be_heeded_is_named_and_nothing_is_published() {
    for filter in ["Country", "Channel", "DateCreatedBefore"] {
        let flags = ["--ignore-filter", filter, "--ignore-from", "100"];
        let (workspace, said) = run_against(&flags, JOB, "exhaustive", 3);
        assert_eq!(said["windows_published"], 0, "{filter}: {said:#}");
        let name = if filter.starts_with("Date") { "DateCreated" } else { filter };
        assert!(said["warnings"].to_string().contains(name) || said["status"] == "unreconciled", "{filter}: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{filter}");

        let flags = ["--ignore-filter", filter, "--ignore-from", "80"];
        let (workspace, said) = run_against(&flags, JOB, "drill-down", 3);
        assert_eq!(said["windows_published"], 0, "{filter}: {said:#}");
        let is_told = said["warnings"].to_string().contains(name) || said["status"] == "unreconciled";
        assert!(is_told, "{filter}: {said:#}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{filter}");
    }
}

#[test]
fn faults_are_outlasted_and_the_table_is_exact() {
    let flags = ["--fault-5xx", "0.05", "--fault-reset", "0.03", "--fault-json", "0.02", "--fault-counts", "0.02"];
    for strategy in STRATEGIES {
        let (workspace, said) = run_against(&flags, JOB, strategy, 0);
        assert!(said["requests"]["retries"].as_u64().unwrap() > 0, "{strategy}: {said:#}");
        let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(workspace.path("doubtful.toml")), 0);
        assert_same(&csv_table(&workspace.path("output/doubtful")), &table(&truth.stdout), strategy);
    }
}

/// Under `(]` every window moves by one second and still adds up; the other two lose or count edges twice.
#[test]
fn other_edge_semantics_than_the_job_says_are_found() {
    let hourly = JOB.replace("end = \"2026-10-06\"", "end = \"2026-10-06\"\nevery = \"hour\"");
    for (interval, strategy) in ["[]", "()"].into_iter().flat_map(|it| STRATEGIES.map(|strategy| (it, strategy))) {
        let (workspace, said) = run_against(&["--interval", interval], &hourly, strategy, 3);
        assert_eq!(said["status"], "unreconciled", "{interval}: {said:#}");
        assert!(said["differences"].as_array().unwrap().iter().any(|found| found["identity"] == "R2"), "{interval}");
        assert!(csv_table(&workspace.path("output/doubtful")).is_empty(), "{interval}");
    }
}

#[test]
fn the_job_can_say_which_edge_semantics_the_account_has() {
    let intervals = ["[)", "(]", "[]", "()"].into_iter();
    for (interval, strategy) in intervals.flat_map(|it| STRATEGIES.map(|strategy| (it, strategy))) {
        let job = JOB.replace("[source]", &format!("[source]\ninterval = \"{interval}\""));
        let (workspace, said) = run_against(&["--interval", interval], &job, strategy, 0);
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
