//! State and output on disks that are full or read-only: a clear end, nothing lost, and the next run goes on.
//!
//! Where the tests may mount, a small file system of their own gives the system's true answers. Where they may not,
//! a limit on the size of files stands in for the full one and a folder that nobody may write for the read-only one;
//! the tests say so and assert the same ends.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use support::{ACCOUNT, SECRET, Simulated, Table, Workspace, assert_same, csv_table, finish, searched, stderr, table};

const JOB: &str = r#"
name = "cramped"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-10-01"
[matrix]
countries = ["US", "CO", "DE", "GB"]
channels = "all"
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
compression = "none"
"#;

/// 30 days × 4 countries × 5 channels, their totals, the range's totals, and the one without channel; four questions
/// for the account, each country's sum, the totals again, and both ends of a range at the end.
const QUESTIONS: u64 = 30 * 4 * 5 + 30 * 5 + 5 + 1 + 4 + 4 + 6 + 2;

/// How this process can have a mount of its own.
fn may_mount() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-r", "-m"]];
    let folder = tempfile::tempdir().unwrap();
    let works = |way: &&&[&str]| {
        let mut probe = Command::new(way[0]);
        probe.args(&way[1..]).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path());
        probe.output().is_ok_and(|output| output.status.success())
    };
    let way = ways.iter().find(works).copied();
    if way.is_none() {
        eprintln!("no mount for tests here: a file size limit and a forbidden folder stand in");
    }
    way
}

/// A command of a workspace as a shell runs it, `$0 "$@"`, in its folder and environment.
fn shell(script: &str, command: &Command) -> Command {
    shell_by(&["sh"], script, command)
}

fn shell_by(way: &[&str], script: &str, command: &Command) -> Command {
    let mut shell = Command::new(way[0]);
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.current_dir(command.get_current_dir().unwrap()).args(&way[1..]);
    shell.args(["-c", script]).arg(command.get_program()).args(command.get_args());
    shell
}

/// What a run in a script left: its exit code, and its streams in files.
struct Left {
    code: String,
    text: String,
    said: Value,
}

fn left(workspace: &Workspace, name: &str) -> Left {
    let read = |ending: &str| fs::read_to_string(workspace.path(&format!("{name}.{ending}"))).unwrap();
    let said = serde_json::from_str(&read("out")).unwrap_or_default();
    assert!(!read("err").contains("panicked"), "{}", read("err"));
    Left { code: read("code").trim().to_owned(), text: read("err"), said }
}

fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    searched(&output);
    output
}

fn truth(job: &Path) -> Table {
    table(&finish(support::verify_rollup().args(["simulate", "--truth"]).arg(job), 0).stdout)
}

fn workspace() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("cramped.toml", JOB);
    fs::create_dir(workspace.path("state")).unwrap();
    fs::create_dir(workspace.path("output")).unwrap();
    (workspace, job)
}

/// Runs with a folder on a file system of some KiB, then once more after it has grown.
///
/// Without mounts, under a limit on the size of each file, then without. That would meet the ledger first, so for the
/// sake of the output everything is learnt beforehand, into another one.
fn run_cramped(workspace: &Workspace, folder: &str, kib: u32, run: &Command) -> (Left, Left) {
    let second = r#""$0" "$@" >second.out 2>second.err; echo $? >second.code"#;
    if let Some(way) = may_mount() {
        let script = format!(
            r#"mount -t tmpfs -o size={kib}k tmpfs {folder} || exit 9
                "$0" "$@" >first.out 2>first.err; echo $? >first.code
                mount -o remount,size=64m {folder} || exit 9
                {second}
                cp -R output kept"#
        );
        let output = ran(&mut shell_by(&[way, &["sh"]].concat(), &script, run));
        assert!(output.status.success(), "{}", stderr(&output));
    } else {
        let (before, kib) = match folder {
            "output" => (r#""$0" "$@" --output elsewhere >/dev/null 2>&1"#, 140),
            _ => (":", 100),
        };
        // In blocks of 512 bytes.
        let script = format!(
            r#"{before}
                (trap '' XFSZ; ulimit -f {}; exec "$0" "$@") >first.out 2>first.err; echo $? >first.code
                {second}
                cp -R output kept"#,
            2 * kib
        );
        assert!(ran(&mut shell(&script, run)).status.success());
    }
    (left(workspace, "first"), left(workspace, "second"))
}

/// The ledger's disk is full in the middle of a run: it says so, and what it had learnt serves the next run.
#[test]
fn a_ledger_on_a_full_disk_ends_the_run_and_loses_nothing() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut run = workspace.run(&job, &server);
    let (first, second) = run_cramped(&workspace, "state", 400, run.arg("--json"));
    assert_eq!(first.code, "1", "{}", first.text);
    assert!(first.text.contains("ledger.sqlite"), "{}", first.text);
    if may_mount().is_some() {
        assert!(first.text.contains("no space left for the ledger"), "{}", first.text);
    }
    assert_eq!(first.said["status"], "failed");
    assert_eq!(second.code, "0", "{}", second.text);
    let (kept, asked) = (&second.said["answered_from_ledger"], &second.said["requests"]["sent"]);
    let (kept, asked) = (kept.as_u64().unwrap(), asked.as_u64().unwrap());
    assert!(kept > 0, "{}", second.said);
    assert_eq!(kept + asked, QUESTIONS, "nothing was asked twice");
    assert_same(&csv_table(&workspace.path("kept/cramped")), &truth(&job), "after a full disk");
}

/// Wherever the making of the ledger meets the end of the disk, that is said in words; before, the file of its shared
/// memory gave `code 4874`.
#[test]
fn a_disk_too_small_for_a_ledger_is_told_in_words() {
    let server = Simulated::unlimited();
    let mut failed = 0;
    for kib in (8..=128).step_by(12) {
        let (workspace, job) = workspace();
        let (first, second) = run_cramped(&workspace, "state", kib, workspace.run(&job, &server).arg("--json"));
        assert_eq!(second.code, "0", "{kib} KiB, then enough: {}", second.text);
        if first.code != "0" {
            failed += 1;
            assert_eq!(first.code, "1", "{kib} KiB: {}", first.text);
            let is_told = ["no space left", "No space left", "File too large"].iter().any(|it| first.text.contains(it));
            assert!(is_told && !first.text.contains("code "), "{kib} KiB: {}", first.text);
        }
    }
    assert!(failed > 3, "{failed} disks were too small");
}

/// The dataset's disk is full: nothing half is visible, and the next run publishes without asking.
#[test]
fn a_dataset_on_a_full_disk_shows_no_half_file() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut run = workspace.run(&job, &server);
    let (first, second) = run_cramped(&workspace, "output", 64, run.arg("--json"));
    assert_eq!(first.code, "1", "{}", first.text);
    assert!(first.text.contains("output"), "{}", first.text);
    if may_mount().is_some() {
        assert!(first.text.contains("no space left to"), "{}", first.text);
        assert!(first.text.contains("nothing is lost"), "{}", first.text);
    }
    assert_eq!(second.code, "0", "{}", second.text);
    assert_eq!(second.said["requests"]["sent"], 0, "everything had been learnt");
    assert_same(&csv_table(&workspace.path("kept/cramped")), &truth(&job), "after a full disk");
}

/// State that cannot be written is named before anything is asked.
#[test]
fn state_on_a_read_only_disk_is_named_before_anything_is_asked() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    finish(&mut workspace.run(&job, &server), 0);
    let before = csv_table(&workspace.path("output/cramped"));
    let mut run = workspace.run(&job, &server);
    run.args(["--json", "--refresh"]);
    let output = match may_mount() {
        Some(way) => {
            let script = r#"mount --bind state state && mount -o remount,bind,ro state || exit 9; exec "$0" "$@""#;
            ran(&mut shell_by(&[way, &["sh"]].concat(), script, &run))
        }
        None => ran(run.args(["--state-dir", "/proc/verify-rollup"])),
    };
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = stderr(&output);
    assert!(text.contains("cannot use the state directory") && text.contains("--state-dir"), "{text}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["status"], &said["requests"]["sent"]), (&"failed".into(), &0.into()));
    assert_eq!(csv_table(&workspace.path("output/cramped")), before);
}

/// A limit on the size of files is told, and nothing is lost; before, the process died without a word.
#[test]
fn a_limit_on_the_size_of_files_is_told() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let limited = ran(&mut shell(r#"ulimit -f 64; exec "$0" "$@""#, &workspace.run(&job, &server)));
    assert_eq!(limited.status.code(), Some(1), "{}", stderr(&limited));
    assert!(stderr(&limited).contains("ledger"), "{}", stderr(&limited));
    finish(&mut workspace.run(&job, &server), 0);
    assert_same(&csv_table(&workspace.path("output/cramped")), &truth(&job), "afterwards");
}

/// Who may only read the dataset is told what stdout shows, and in plain words why there are no files.
#[test]
fn a_report_without_write_access_is_told_all_the_same() {
    let Some(way) = may_mount() else { return };
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    finish(&mut workspace.run(&job, &server), 0);
    let script = r#"mount --bind output output && mount -o remount,bind,ro output || exit 9; exec "$0" "$@""#;
    let report = |flags: &[&str]| {
        let mut command = workspace.report(&job);
        command.args(["--month", "2026-09"]).args(flags);
        ran(&mut shell_by(&[way, &["sh"]].concat(), script, &command))
    };
    let told = report(&[]);
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    assert!(stderr(&told).contains("may not be written") && !told.stdout.is_empty(), "{}", stderr(&told));
    let said: Value = serde_json::from_slice(&report(&["--json"]).stdout).unwrap();
    assert_eq!(said["outputs"].as_array().map(Vec::len), Some(0), "{said}");
    let asked = report(&["--format", "md"]);
    assert_eq!(asked.status.code(), Some(1));
    assert!(stderr(&asked).contains("leave --format out"), "{}", stderr(&asked));
}

/// A folder of data on another file system is found before anything is asked.
#[test]
fn a_folder_of_data_elsewhere_is_found_before_asking() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::create_dir_all(workspace.path("output/cramped")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), workspace.path("output/cramped/csv")).unwrap();
    let output = finish(workspace.run(&job, &server).arg("--json"), 1);
    assert!(stderr(&output).contains("another file system"), "{}", stderr(&output));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["requests"]["sent"], 0, "{said}");
}

/// Without its bucket nobody may ask: `/dev/full` takes no byte.
#[test]
fn a_bucket_that_cannot_be_written_ends_the_run() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let run = || {
        let mut run = workspace.command("run", &job);
        run.args(["--base-url", &server.url, "--requests-per-minute", "6000", "--json", "--refresh"]);
        run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
        run
    };
    finish(&mut run(), 0);
    let is_bucket = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("bucket-");
    let bucket = support::files(&workspace.path("state")).into_iter().find(is_bucket).unwrap();
    fs::remove_file(&bucket).unwrap();
    std::os::unix::fs::symlink("/dev/full", &bucket).unwrap();
    let output = finish(&mut run(), 1);
    let text = stderr(&output);
    assert!(text.contains("cannot write the limiter's bucket") && text.contains("No space left"), "{text}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["requests"]["sent"], 0, "a request without a token");
    fs::remove_file(&bucket).unwrap();
    finish(&mut run(), 0);
}

/// The reader's disk is full: the summary is lost, the table is not, and the exit code tells.
#[test]
fn a_summary_that_cannot_be_written_is_a_failure() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut run = workspace.run(&job, &server);
    run.arg("--json").stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = ran(run.stderr(std::process::Stdio::piped()));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write to stdout"), "{}", stderr(&output));
    assert_same(&csv_table(&workspace.path("output/cramped")), &truth(&job), "with a full stdout");
}

/// The log for programs held nothing but `command_failed` then.
#[test]
fn a_summary_that_cannot_be_written_is_in_the_log() {
    let server = Simulated::unlimited();
    let (workspace, job) = workspace();
    let mut run = workspace.run(&job, &server);
    run.args(["--json", "--log-format", "json"]).stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let output = ran(run.stderr(std::process::Stdio::piped()));
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<Value> = stderr(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [.., ended, failed] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(
        (&ended["event"], &ended["exit"], &ended["summary"]["status"]),
        (&"run_ended".into(), &1.into(), &"complete".into())
    );
    assert_eq!((&failed["event"], &failed["exit"]), (&"command_failed".into(), &1.into()));
}
