//! What a newcomer meets in the first minutes: the demo, a job file of one's own, and what is said of a slip.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::Path;
use std::process::Command;

use support::{ACCOUNT, Simulated, Workspace, finish, stderr, summary, verify_rollup};

/// Optimising takes most of a first build, and the demo is done in seconds without. What it builds the tests use too.
#[test]
fn the_demo_builds_what_the_tests_build() {
    let recipe = |target: &str| {
        let mut make = Command::new("make");
        make.args(["--dry-run", "--no-print-directory", target]).current_dir(env!("CARGO_MANIFEST_DIR"));
        let output = make.env_remove("CARGO_TARGET_DIR").env_remove("MAKEFLAGS").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(recipe("demo"), "cargo build --locked\nsh scripts/demo.sh target/debug/verify-rollup\n");
    assert!(recipe("install").starts_with("cargo install --path . --locked\nsh scripts/shell.sh "));
}

/// The binary in a workspace's folder, without credentials.
fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = verify_rollup();
    command.args(arguments).current_dir(workspace.folder.path());
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(finish(command, 0).stdout).unwrap()
}

#[test]
fn a_job_file_from_init_is_checked_planned_and_run_as_it_stands() {
    let server = Simulated::unlimited();
    for (arguments, name, windows) in [
        (&["init"][..], "daily", 28),
        (&["init", "--daily", "mine"], "mine", 28),
        (&["init", "board-2026", "--monthly"], "board-2026", 31),
        (&["init", "--monthly"], "monthly", 31),
        (&["init", "--hourly"], "hourly", 48),
    ] {
        let workspace = Workspace::new();
        let said = stdout(&mut command(&workspace, arguments));
        let file = format!("{name}.toml");
        for step in [format!("wrote {file}"), format!("run {file}"), "TWILIO_ACCOUNT_SID".to_owned()] {
            assert!(said.contains(&step), "{step:?} is not in:\n{said}");
        }
        let checked = stdout(&mut command(&workspace, &["check", &file]));
        assert_eq!(checked, format!("{file}: ok, job {name}, asks https://verify.twilio.com with your credentials\n"));
        let as_of = ["--as-of", "2026-11-15T06:30:00Z"];
        let mut plan = workspace.command("plan", Path::new(&file));
        let plan = summary(plan.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(as_of), 0);
        assert_eq!((&plan["job"], &plan["windows"]), (&name.into(), &windows.into()));
        let run = summary(workspace.run(Path::new(&file), &server).args(as_of).args(["--concurrency", "32"]), 0);
        assert_eq!((&run["status"], &run["windows_published"]), (&"complete".into(), &windows.into()));
    }
}

/// The lines that it says are typed as they stand, but for the credentials.
#[test]
fn what_init_says_comes_next_works_without_an_account() {
    let workspace = Workspace::new();
    let said = stdout(&mut command(&workspace, &["init", "--hourly"]));
    let line = said.lines().find(|line| line.contains("--base-url simulator")).unwrap();
    let arguments: Vec<_> = line.split_whitespace().skip(1).chain(["--state-dir", "state", "--json"]).collect();
    let run = finish(&mut command(&workspace, &arguments), 0);
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&run.stdout).unwrap()["status"], "complete");
    assert!(workspace.path("simulated/hourly").is_dir() && !workspace.path("output").exists());
}

#[test]
fn init_writes_over_nothing_and_takes_no_name_that_a_job_may_not_have() {
    let workspace = Workspace::new();
    let file = workspace.job("daily.toml", "mine");
    let said = stderr(&finish(&mut command(&workspace, &["init"]), 2));
    assert!(said.contains("daily.toml is there already") && said.contains("init NAME"), "{said}");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "mine");
    std::os::unix::fs::symlink("elsewhere", workspace.path("hourly.toml")).unwrap();
    finish(&mut command(&workspace, &["init", "--hourly"]), 2);
    for arguments in [&["init", "Daily"][..], &["init", "jobs/daily.toml"], &["init", "--daily", "--hourly"]] {
        finish(&mut command(&workspace, arguments), 2);
    }
    assert_eq!(support::files(workspace.folder.path()).len(), 2);
}

#[test]
fn a_slip_in_a_path_or_a_command_names_the_nearest() {
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path("jobs")).unwrap();
    workspace.job("jobs/daily.toml", "");
    workspace.job("weekly.toml", "");
    workspace.job("daily.csv", "");
    for (given, near) in [
        ("jobs/dialy.toml", "did you mean jobs/daily.toml?"),
        ("jobs/daily", "did you mean jobs/daily.toml?"),
        ("daily", "did you mean jobs/daily.toml?"),
        ("daily.toml", "did you mean jobs/daily.toml?"),
        ("job/daily.toml", "did you mean jobs/daily.toml?"),
        ("jobs/weekly.toml", "did you mean weekly.toml?"),
        ("wekly.tml", "did you mean weekly.toml?"),
        ("nothing-like-it.toml", "`verify-rollup init` writes one"),
    ] {
        for verb in ["run", "plan", "check", "report", "probe"] {
            let said = stderr(&finish(&mut command(&workspace, &[verb, given]), 2));
            assert_eq!(said.trim_end(), format!("there is no job file {given}; {near}"), "{verb}");
        }
    }
    for (given, near) in [
        ("rnu", "run"),
        ("plna", "plan"),
        ("inti", "init"),
        ("chekc", "check"),
        ("repotr", "report"),
        ("jobs/daily.toml", "run jobs/daily.toml"),
    ] {
        let said = stderr(&finish(&mut command(&workspace, &[given]), 2));
        assert!(said.contains(&format!("'{near}'")), "{given}: {said}");
    }
}

#[test]
fn plan_names_the_host_that_gets_the_credentials() {
    let workspace = Workspace::new();
    stdout(&mut command(&workspace, &["init"]));
    let asks = |arguments: &[&str]| {
        let mut plan = workspace.command("plan", Path::new("daily.toml"));
        let text = stdout(plan.args(arguments).env("TWILIO_ACCOUNT_SID", ACCOUNT));
        text.lines().find_map(|line| line.strip_prefix("  asks ")).unwrap().trim().to_owned()
    };
    assert_eq!(asks(&[]), "https://verify.twilio.com with your credentials");
    assert_eq!(asks(&["--base-url", "https://eu.example.com/x"]), "https://eu.example.com/x with your credentials");
    assert_eq!(asks(&["--base-url", "simulator"]), "the simulated account, without credentials");
}
