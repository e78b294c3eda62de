//! `run --spot-check N%`: what the drill-down implied, asked directly.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use support::{Simulated, Workspace, assert_same, csv_table, finish, stderr, summary, table, verify_rollup};

const JOB: &str = r#"
name = "checked"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-06"
[matrix]
countries = ["US", "CO", "DE", "FR", "IS", "LI"]
channels = "all"
[output]
formats = ["csv"]
"#;

#[test]
fn every_implied_cell_is_asked_and_the_table_is_the_truth() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job("checked.toml", JOB);
    let mut unchecked = workspace.run(&job, &server);
    unchecked.args(["--strategy", "drill-down", "--output"]).arg(workspace.path("unchecked"));
    let said = summary(&mut unchecked, 0);
    let implied = said["implied_cells"].as_u64().unwrap();
    assert!(implied > 0, "{said:#}");
    assert_eq!(said["measured_cells"].as_u64().unwrap() + implied, said["cells"].as_u64().unwrap());
    assert_eq!((&said["spot_checked"], &said["spot_check_differences"]), (&0.into(), &serde_json::json!([])));

    // A ledger of its own, so that the cells are implied again.
    let workspace = Workspace::new();
    let job = workspace.job("checked.toml", JOB);
    let mut run = workspace.run(&job, &server);
    let said = summary(run.args(["--strategy", "drill-down", "--spot-check", "100%"]), 0);
    assert!(said["spot_checked"].as_u64().unwrap() >= implied, "{said:#}");
    assert_eq!(said["spot_check_differences"], serde_json::json!([]));
    assert_eq!(said["implied_cells"], 0);
    assert_eq!(said["measured_cells"], said["cells"]);
    assert_eq!(said["remainder_rows"], 25);
    let truth = finish(verify_rollup().args(["simulate", "--truth"]).arg(&job), 0);
    assert_same(&csv_table(&workspace.path("output/checked")), &table(&truth.stdout), "spot-checked");
}

#[test]
fn the_text_says_on_what_grounds_cells_are_known() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job("checked.toml", JOB);
    let mut run = workspace.run(&job, &server);
    let said = stderr(&finish(run.args(["--strategy", "drill-down", "--spot-check", "5"]), 0));
    let line = |label: &str| said.lines().find_map(|line| line.trim_start().strip_prefix(label)).unwrap_or_default();
    let cells = line("cells ");
    assert!(cells.contains(" asked, ") && cells.contains(" implied by totals; 25 remainders of totals"), "{said}");
    let checked: Vec<&str> = line("spot check ").split_whitespace().collect();
    let [asked, "of", implied, "implied", "cells", "and", "totals", "asked,", "0", "differ"] = checked[..] else {
        panic!("{said}")
    };
    assert_eq!(asked.parse::<u64>().unwrap(), implied.parse::<u64>().unwrap().div_ceil(20));
}

#[test]
fn an_exhaustive_run_says_that_there_is_nothing_to_check() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job("checked.toml", JOB);
    let mut run = workspace.run(&job, &server);
    let said = stderr(&finish(run.args(["--strategy", "exhaustive", "--spot-check", "100%"]), 0));
    assert_eq!(said.matches("no cell is implied: there is nothing to spot-check").count(), 1, "{said}");
    let mut wrong = workspace.run(&job, &server);
    let said = stderr(&finish(wrong.args(["--spot-check", "101%"]), 2));
    assert!(said.contains("expected a whole percentage from 0 to 100"), "{said}");
}
