//! The page and the workbook as `report` writes them, and `--open`.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Workspace, finish, stderr, summary};

/// A service's name is the job file's to choose, and the page's to escape.
const JOB: &str = r#"
name = "forms"
description = "By <channel> & country"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-11-01"
[matrix]
countries = ["US", "CO"]
channels = ["sms", "call"]
[limits]
requests_per_minute = 0
[plan]
strategy = "drill-down"
[output]
formats = ["csv"]
"#;

fn published() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("forms.toml", JOB);
    finish(workspace.command("run", &job).args(["--as-of", "2026-11-05T00:00:00Z"]), 0);
    (workspace, job)
}

fn report(workspace: &Workspace, job: &Path) -> Command {
    let mut command = workspace.report(job);
    command.args(["--month", "2026-10", "--as-of", "2026-11-05T00:00:00Z"]);
    command
}

#[test]
fn a_page_and_a_workbook_are_written_unless_something_else_is_asked_for() {
    let (workspace, job) = published();
    let found = summary(&mut report(&workspace, &job), 0);
    let names: Vec<_> =
        found["outputs"].as_array().unwrap().iter().map(|file| file["format"].as_str().unwrap()).collect();
    assert_eq!(names, ["html", "xlsx"]);
    let folder = workspace.path("output/forms/reports");
    let read = || ["2026-10.html", "2026-10.xlsx"].map(|name| std::fs::read(folder.join(name)).unwrap());
    let [page, book] = read();
    for name in ["2026-10.html", "2026-10.xlsx"] {
        assert_eq!(std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let page = String::from_utf8(page).unwrap();
    let attempts = found["totals"]["total_attempts"].as_i64().unwrap();
    let grouped = format!("{},{:03}", attempts / 1000, attempts % 1000);
    assert!(page.contains(&format!("<dd class=\"number\">{grouped}</dd>")), "{grouped}");
    assert!(page.contains("By &lt;channel&gt; &amp; country") && page.contains("every number is invented"));
    assert!(book.starts_with(b"PK"));
    // The same dataset gives the same bytes.
    finish(&mut report(&workspace, &job), 0);
    assert_eq!(read(), [page.into_bytes(), book]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
}

/// A program in the place of the desktop's opener, that ends with a code and writes down what it was given.
fn opener(workspace: &Workspace, code: i32) -> PathBuf {
    let folder = workspace.path("bin");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["xdg-open", "open"] {
        let path = folder.join(name);
        let seen = workspace.path("opened");
        let script = format!("#!/bin/sh\n/usr/bin/env > {0}.env\necho \"$@\" > {0}\nexit {code}\n", seen.display());
        std::fs::write(&path, script).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
    folder
}

#[test]
fn open_hands_the_page_to_the_desktop_and_no_secret() {
    let (workspace, job) = published();
    let path = opener(&workspace, 0);
    let mut command = report(&workspace, &job);
    finish(command.arg("--open").env("PATH", &path).env("TWILIO_AUTH_TOKEN", "not-to-be-handed-on"), 0);
    let page = workspace.path("output/forms/reports/2026-10.html").canonicalize().unwrap();
    let opened = std::fs::read_to_string(workspace.path("opened")).unwrap();
    assert_eq!(Path::new(opened.trim()).canonicalize().unwrap(), page);
    let environment = std::fs::read_to_string(workspace.path("opened.env")).unwrap();
    assert!(environment.contains("PATH=") && !environment.contains("TWILIO"), "{environment}");
}

/// The report is written all the same, so neither is a failure.
#[test]
fn what_cannot_be_opened_is_named_with_its_place() {
    let (workspace, job) = published();
    let page = workspace.path("output/forms/reports/2026-10.html");
    let nothing = workspace.path("nothing");
    for path in [nothing, opener(&workspace, 3)] {
        let output = finish(report(&workspace, &job).arg("--open").env("PATH", &path), 0);
        let text = stderr(&output);
        assert!(text.contains("did not open the page") && text.contains(page.to_str().unwrap()), "{text}");
    }
    let output = finish(report(&workspace, &job).args(["--open", "--format", "md"]), 2);
    assert!(stderr(&output).contains("add html to --format"), "{}", stderr(&output));
    assert!(!workspace.path("output/forms/reports/2026-10.md").exists());
}
