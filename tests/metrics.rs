//! `run --metrics-file` and `run --fail-on`: what others watch a job by.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use chrono::Days;
use rustix::fs::{FileType, Mode};
use support::{Simulated, Workspace, finish, stderr};
use verify_rollup::clock::{Clock, SystemClock};

/// Days up to today, of which the last one that is over still grows; or today.
fn job(workspace: &Workspace, days: u64) -> std::path::PathBuf {
    let today = SystemClock.now().date_naive();
    let end = if days == 0 { today + Days::new(1) } else { today };
    let text = format!(
        "name = \"watched\"\n[windows]\nstart = \"{}\"\nend = \"{end}\"\n[matrix]\ncountries = [\"US\"]\n",
        today - Days::new(days),
    );
    workspace.job("watched.toml", &text)
}

/// What a file tells, each with its labels; it ends as the format wants it.
fn metrics(path: &Path) -> BTreeMap<String, i64> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let values: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for line in &values {
        let name = line.split('{').next().unwrap();
        assert!(text.contains(&format!("# TYPE {name} gauge\n{name}{{")), "{line}");
    }
    let parsed = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap();
        #[expect(clippy::cast_possible_truncation, reason = "but for seconds they are whole numbers")]
        let value = value as i64;
        (name.strip_prefix("verify_rollup_").unwrap().replace("job=\"watched\"", ""), value)
    };
    values.into_iter().map(parsed).collect()
}

fn watched(workspace: &Workspace, job: &Path, url: &str, more: &[&str]) -> Command {
    let mut run = workspace.run_at(job, url);
    run.arg("--metrics-file").arg(workspace.path("watched.prom")).args(more);
    run
}

#[test]
fn a_file_tells_how_the_last_run_ended() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, 3);
    let path = workspace.path("watched.prom");
    let said = support::summary(&mut watched(&workspace, &job, &server.url, &[]), 0);
    let first = metrics(&path);
    let number = |value: &serde_json::Value| value.as_i64();
    let told = |name: &str| first.get(name).copied();
    assert_eq!(told("windows{,state=\"published\"}"), Some(3), "{first:?}");
    assert_eq!(told("requests{,kind=\"sent\"}"), number(&said["requests"]["sent"]));
    assert_eq!(told("rows{,state=\"provisional\"}"), number(&said["provisional_rows"]));
    assert_eq!(told("last_day_attempts{}"), number(&said["last_day"]["total_attempts"]));
    assert_eq!(told("last_day_converted{}"), number(&said["last_day"]["total_converted"]));
    assert!(told("last_day_attempts{}") > Some(0));
    assert_eq!(told("last_success_timestamp_seconds{}"), told("last_run_timestamp_seconds{}"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "a collector may read it");

    // A run that fails, or is stopped, keeps when the last one did not, and what the table holds.
    let is_of_table =
        |name: &str| ["windows", "missing", "rows", "last_day"].iter().any(|start| name.starts_with(start));
    let of_table =
        |all: &BTreeMap<String, i64>| all.clone().into_iter().filter(|(name, _)| is_of_table(name)).collect();
    let table: Vec<_> = of_table(&first);
    assert_eq!(table.len(), 10, "{table:?}");
    let url = server.url.clone();
    drop(server);
    for (more, exit) in [(&["--refresh"][..], 1), (&["--refresh", "--stop-after", "1ms"], 3)] {
        finish(&mut watched(&workspace, &job, &url, more), exit);
        let later = metrics(&path);
        assert_eq!(later["exit_code{}"], i64::from(exit));
        assert_eq!(later["last_success_timestamp_seconds{}"], first["last_success_timestamp_seconds{}"]);
        assert!(later["last_run_timestamp_seconds{}"] >= first["last_run_timestamp_seconds{}"]);
        assert_eq!(of_table(&later), table);
    }
    let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".metrics")), "{left:?}");
}

/// What was true of another range, or of another job with the same file, is no longer.
#[test]
fn a_file_forgets_what_the_table_holds_no_more() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let path = workspace.path("watched.prom");
    let text = fs::read_to_string(job(&workspace, 2)).unwrap();
    let other = workspace.job("other.toml", &text.replace("watched", "other"));
    finish(&mut watched(&workspace, &other, &server.url, &[]), 0);
    let first = job(&workspace, 2);
    finish(&mut watched(&workspace, &first, &server.url, &["--stop-after", "1ms"]), 3);
    assert!(!metrics(&path).contains_key("last_day_attempts{}"), "{:?}", metrics(&path));
    finish(&mut watched(&workspace, &first, &server.url, &[]), 0);
    assert_eq!(metrics(&path)["windows{,state=\"published\"}"], 2);
    // Today has not ended.
    let later = job(&workspace, 0);
    finish(&mut watched(&workspace, &later, &server.url, &[]), 0);
    let told = metrics(&path);
    assert_eq!(told["windows{,state=\"published\"}"], 0);
    assert!(!told.contains_key("last_day_attempts{}"), "{told:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_refused_before_anything_is_asked() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, 3);
    for path in ["nowhere/watched.prom", "output"] {
        fs::create_dir_all(workspace.path("output")).unwrap();
        let mut run = workspace.run_at(&job, &server.url);
        let output = finish(run.arg("--metrics-file").arg(workspace.path(path)), 2);
        let told = stderr(&output);
        assert!(told.contains("cannot write the metrics file") && !told.contains(".metrics-"), "{told}");
    }
    assert!(!workspace.path("state").exists());
}

/// Before, a run without end read from a pipe, and put a file in the place of a device; and a file among the data was
/// damage to the next run.
#[test]
fn only_a_file_is_replaced_and_none_of_the_dataset() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, 3);
    let dataset = workspace.path("output/watched/data");
    fs::create_dir_all(&dataset).unwrap();
    let (link, pipe, socket) = (workspace.path("link"), workspace.path("pipe"), workspace.path("socket"));
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _listener = UnixListener::bind(&socket).unwrap();
    let in_data = workspace.path("output/../output/watched/data/watched.prom");
    for (path, why) in [
        (&link, "it is a link; name the file itself"),
        (&socket, "it is no regular file"),
        (&pipe, "it is no regular file"),
        (&in_data, "it would lie in the dataset's folder"),
    ] {
        let kind = || fs::symlink_metadata(path).ok().map(|data| data.file_type());
        let before = kind();
        let mut run = workspace.run_at(&job, &server.url);
        let told = stderr(&finish(run.arg("--metrics-file").arg(path), 2));
        assert!(told.contains("cannot write the metrics file") && told.contains(why), "{told}");
        assert_eq!(kind(), before, "{why}");
    }
    assert!(!workspace.path("state").exists());
}

/// Before, a run whose windows were all provisional, or had all expired, looked like any other to a script.
#[test]
fn a_run_fails_on_what_it_is_told_to() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, 3);
    let mut run = watched(&workspace, &job, &server.url, &["-q", "--fail-on", "missing,expired,provisional"]);
    let told = stderr(&finish(&mut run, 5));
    assert!(told.lines().any(|line| line == "--fail-on: provisional"), "{told}");
    assert_eq!(metrics(&workspace.path("watched.prom"))["exit_code{}"], 5);
    finish(&mut watched(&workspace, &job, &server.url, &["--fail-on", "missing,expired"]), 0);

    let old = Simulated::start(&["--retention", "30d", "--requests-per-minute", "0"]);
    let workspace = Workspace::new();
    let text =
        "name = \"watched\"\n[windows]\nstart = \"2026-01-01\"\nend = \"2026-01-03\"\n[matrix]\ncountries = [\"US\"]\n";
    let job = workspace.job("watched.toml", text);
    finish(&mut watched(&workspace, &job, &old.url, &[]), 0);
    let told = stderr(&finish(&mut watched(&workspace, &job, &old.url, &["--fail-on", "missing,expired"]), 5));
    assert!(told.contains("--fail-on: missing, expired"), "{told}");
}
