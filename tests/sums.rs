//! A ledger answers what its answers say together: days tell their week, their month, and the day that is left.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use support::{Simulated, Workspace, assert_same, csv_table, finish, summary, table, verify_rollup};

const AS_OF: &str = "2026-11-18T06:00:00Z";

/// A job of October, by its cut in time and its other dimensions.
fn job(name: &str, every: &str, matrix: &str) -> String {
    format!(
        "name = \"{name}\"\n[source]\nretention = \"none\"\n[windows]\nstart = \"2026-10-01\"\nend = \"2026-11-01\"\n\
         every = \"{every}\"\n[matrix]\n{matrix}\n[output]\nformats = [\"csv\"]\n"
    )
}

const BY_COUNTRY: &str = "countries = [\"US\", \"CO\", \"DE\", \"IS\"]\nchannels = \"all\"";

/// Runs a job by a strategy, holds its table against the truth, and says how many requests it sent.
fn sent(workspace: &Workspace, server: &Simulated, text: &str, strategy: &str) -> u64 {
    let name = text.split('"').nth(1).unwrap();
    let path = workspace.job(&format!("{name}.toml"), text);
    let mut run = workspace.run(&path, server);
    run.args(["--requests-per-minute", "0", "--strategy", strategy, "--as-of", AS_OF]);
    let said = summary(&mut run, 0);
    let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(&path).args(["--as-of", AS_OF]), 0);
    assert_same(&csv_table(&workspace.path("output").join(name)), &table(&truth.stdout), name);
    said["requests"]["sent"].as_u64().unwrap()
}

/// Evidence is asked anew: the account, each country's sum and the totals once more; nothing else is left to ask.
const EVIDENCE: u64 = 20;

#[test]
fn days_tell_every_longer_window_and_coarser_split() {
    let server = Simulated::unlimited();
    for (first, then) in [("exhaustive", "drill-down"), ("drill-down", "exhaustive")] {
        let workspace = Workspace::new();
        let daily = sent(&workspace, &server, &job("daily", "day", BY_COUNTRY), first);
        assert!(daily > 300, "{daily}");
        for (name, every, matrix) in [
            ("monthly", "month", BY_COUNTRY),
            ("weekly", "week", BY_COUNTRY),
            ("whole", "whole", BY_COUNTRY),
            ("channels", "day", "channels = \"all\""),
            ("channels-by-week", "week", "channels = [\"sms\", \"call\"]"),
            ("fewer", "week", "countries = [\"CO\", \"US\"]\nchannels = [\"sms\"]"),
        ] {
            let asked = sent(&workspace, &server, &job(name, every, matrix), then);
            assert!(asked <= EVIDENCE, "{first}, then {name} by {then}: {asked} requests");
        }
    }
}

#[test]
fn a_month_without_its_other_days_tells_the_day_that_is_left() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let without_the_last = job("days", "day", BY_COUNTRY).replace("2026-11-01", "2026-10-31");
    sent(&workspace, &server, &without_the_last, "exhaustive");
    sent(&workspace, &server, &job("month", "month", BY_COUNTRY), "exhaustive");
    let asked = sent(&workspace, &server, &job("daily", "day", BY_COUNTRY), "exhaustive");
    assert!(asked <= EVIDENCE, "{asked}");
}

#[test]
fn a_refresh_asks_nonetheless() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let path = workspace.job("daily.toml", &job("daily", "day", "channels = [\"sms\"]"));
    let mut run = workspace.run(&path, &server);
    summary(run.args(["--requests-per-minute", "0", "--as-of", AS_OF]), 0);
    let path = workspace.job("month.toml", &job("month", "month", "channels = [\"sms\"]"));
    let mut run = workspace.run(&path, &server);
    let said = summary(run.args(["--requests-per-minute", "0", "--as-of", AS_OF, "--refresh"]), 0);
    assert!(said["requests"]["sent"].as_u64().unwrap() > 0);
    assert_eq!(said["answered_from_ledger"], 0);
}
