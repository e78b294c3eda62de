//! Each sample job, run over HTTP against a simulated account in another process, gives exactly the truth.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};

use support::{
    ACCOUNT, Simulated, Workspace, assert_same, csv_table, finish, parquet_table, summary, table, verify_rollup,
};

/// In the past, so that every window has settled on the simulated account's clock.
const AS_OF: &str = "2026-11-15T06:30:00Z";

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs").join(format!("{name}.toml"))
}

/// By either strategy, and by drill-down from no more requests than that, but for the questions of evidence: where many
/// windows are all busy nothing can be implied.
fn equals_the_truth(name: &str) {
    let server = Simulated::unlimited();
    let (exhaustive, most) = asks(name, &server, "exhaustive");
    let (drill_down, most_drilled) = asks(name, &server, "drill-down");
    println!("{name}: {exhaustive} requests of {most}, {drill_down} of {most_drilled} by drill-down");
    assert!(8 * drill_down <= 9 * exhaustive, "{name}: {drill_down} requests instead of {exhaustive}");
    assert!(exhaustive <= most && drill_down <= most_drilled, "{name}: more than plan says is the most");
    assert!(2 * most_drilled <= 3 * most, "{name}: {most_drilled} is no bound to plan by beside {most}");
}

/// Checks the table, and returns how many requests it took, and how many `plan` said before it takes at most.
fn asks(name: &str, server: &Simulated, strategy: &str) -> (u64, u64) {
    let workspace = Workspace::new();
    let job = sample(name);
    let mut plan = workspace.command("plan", &job);
    plan.args(["--strategy", strategy, "--as-of", AS_OF, "--base-url", &server.url]);
    let plan = summary(plan.env("TWILIO_ACCOUNT_SID", ACCOUNT), 0);
    let mut run = workspace.run(&job, server);
    run.args([
        "--strategy",
        strategy,
        "--as-of",
        AS_OF,
        "--format",
        "csv",
        "--format",
        "parquet",
        "--concurrency",
        "32",
    ]);
    let said = summary(&mut run, 0);
    assert_eq!(said["status"], "complete");
    assert_eq!(said["reconciled"], true);
    assert_eq!(said["windows"], said["windows_published"]);

    let truth = finish(verify_rollup().args(["simulate", "--as-of", AS_OF, "--truth"]).arg(&job), 0);
    let truth = table(&truth.stdout);
    let dataset = workspace.path("output").join(said["job"].as_str().unwrap());
    assert_same(&csv_table(&dataset), &truth, "CSV");
    assert_same(&parquet_table(&dataset), &truth, "Parquet");
    assert_eq!(said["rows"].as_u64().unwrap(), truth.len() as u64);

    let sent = said["requests"]["sent"].as_u64().unwrap();

    let mut again = workspace.run(&job, server);
    let said = summary(again.args(["--strategy", strategy, "--as-of", AS_OF]), 0);
    let asked = said["requests"]["sent"].as_u64().unwrap();
    if said["provisional_rows"] == 0 {
        assert_eq!(asked, 0, "everything is settled, yet something was asked");
    }
    (sent, plan["requests_max"].as_u64().unwrap())
}

#[test]
fn quickstart_equals_the_truth() {
    equals_the_truth("quickstart");
}

#[test]
fn daily_equals_the_truth() {
    equals_the_truth("daily");
}

#[test]
fn monthly_equals_the_truth() {
    equals_the_truth("monthly");
}

#[test]
fn hourly_watch_equals_the_truth() {
    equals_the_truth("hourly-watch");
}

#[test]
fn backfill_equals_the_truth() {
    equals_the_truth("backfill");
}

#[test]
fn by_prefix_equals_the_truth() {
    equals_the_truth("by-prefix");
}

/// Cron stops for three days; one run leaves no gap and settles what was provisional.
#[test]
fn daily_catches_up_after_three_days() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = sample("daily");
    let run = |as_of: &str| {
        let mut run = workspace.run(&job, &server);
        summary(run.args(["--as-of", as_of, "--format", "csv", "--concurrency", "32"]), 0)
    };
    let first = run("2026-11-11T05:00:00Z");
    assert!(first["provisional_rows"].as_u64().unwrap() > 0, "yesterday has not settled yet");
    let late = run("2026-11-15T05:00:00Z");
    let cells_a_day = late["cells"].as_u64().unwrap() / late["windows"].as_u64().unwrap();
    let asked = late["requests"]["sent"].as_u64().unwrap();
    assert!(asked >= 4 * cells_a_day, "four days are new or were provisional: {asked}");
    assert!(asked < 7 * cells_a_day, "settled days must cost nothing: {asked}");

    let truth = finish(verify_rollup().args(["simulate", "--as-of", "2026-11-15T05:00:00Z", "--truth"]).arg(&job), 0);
    let published = csv_table(&workspace.path("output/daily-conversion"));
    let truth = table(&truth.stdout);
    for (key, values) in &truth {
        assert_eq!(published.get(key), Some(values), "{key:?}");
    }
    let days: std::collections::BTreeSet<_> = published.keys().map(|key| key[1].clone()).collect();
    assert_eq!(days.len(), 32, "28 days and the four that the first run was ahead: no gap");
    let text = support::files(&workspace.path("output/daily-conversion/csv"))
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect::<String>();
    let provisional: std::collections::BTreeSet<_> =
        text.lines().filter(|line| line.contains(",false,")).map(|line| line.split('|').nth(1).unwrap()).collect();
    assert!(
        provisional.iter().all(|start| *start >= "2026-11-14"),
        "only yesterday may be provisional: {provisional:?}"
    );
}

/// What a comment says of a run's cost: requests, and minutes at the vendor's limit.
struct Claim {
    requests: f64,
    minutes: Option<f64>,
}

/// Each `about N requests, M minutes` of a job file, in order.
fn claims(text: &str) -> Vec<Claim> {
    let comments: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# ")).collect();
    let comments = comments.join(" ");
    let number = |text: &str| text.split(' ').next().unwrap().parse().ok();
    let claim = |claim: &str| {
        let (requests, rest) = claim.split_once(" requests")?;
        let minutes = rest.strip_prefix(", ").filter(|rest| rest.contains(" minutes")).and_then(number);
        Some(Claim { requests: number(requests)?, minutes })
    };
    comments.split("about ").skip(1).filter_map(claim).collect()
}

/// A comment's first figure is what `plan` expects of a first run, the second one what it expects of the run that cron
/// starts next.
#[test]
fn what_comments_say_of_requests_and_time_plan_says_too() {
    let server = Simulated::unlimited();
    for (name, next, figures) in [
        ("quickstart", AS_OF, 1),
        ("daily", "2026-11-16T06:30:00Z", 2),
        ("monthly", AS_OF, 1),
        ("hourly-watch", "2026-11-15T07:30:00Z", 2),
        ("backfill", AS_OF, 1),
        ("by-prefix", AS_OF, 1),
    ] {
        let job = sample(name);
        let claims = claims(&std::fs::read_to_string(&job).unwrap());
        assert_eq!(claims.len(), figures, "{name}: a figure is missing, or cannot be held against plan");
        let workspace = Workspace::new();
        for (claim, as_of) in claims.iter().zip([AS_OF, next]) {
            let mut plan = workspace.command("plan", &job);
            plan.args(["--as-of", as_of, "--base-url", &server.url, "--requests-per-minute", "100"]);
            let plan = summary(plan.env("TWILIO_ACCOUNT_SID", ACCOUNT), 0);
            let estimates = plan["estimates"].as_array().unwrap();
            assert_eq!(plan["strategy"], "auto", "{name}");
            let expected = estimates.iter().find(|estimate| estimate["strategy"] == "drill-down").unwrap();
            let (requests, seconds) = (expected["requests"].as_f64().unwrap(), expected["seconds"].as_f64().unwrap());
            assert!((claim.requests / requests - 1.0).abs() < 0.05, "{name} says {}: {expected}", claim.requests);
            let minutes = claim.minutes.unwrap_or(seconds / 60.0);
            assert!((minutes - seconds / 60.0).abs() < 1.0, "{name} says {minutes} minutes: {expected}");
            if figures == 2 {
                let mut run = workspace.run(&job, &server);
                summary(run.args(["--as-of", as_of, "--concurrency", "32"]), 0);
            }
        }
    }
}
