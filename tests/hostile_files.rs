//! Files that no reader expects: devices, pipes, folders and floods in the places of job files, `.env` and manifests;
//! and arguments that are no text. The real binary says what is wrong, in bounded memory, and ends.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use support::{Workspace, finish, stderr, verify_rollup};

const SMALL: &str =
    "name = \"small\"\n[source]\nbase_url = \"simulator\"\n[windows]\nstart = \"2026-10-01\"\nend = \"2026-10-02\"\n";

/// A command that may use half a gigabyte of addresses and ten seconds of a processor, and may wait for a minute.
fn bounded(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
        .args(["-c", "ulimit -v 524288; ulimit -t 10; exec timeout 60 \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    shell
}

fn refused(command: &Command, code: i32, words: &[&str]) -> Output {
    let output = finish(&mut bounded(command), code);
    let text = stderr(&output);
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
    output
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_job_file_without_end_is_refused() {
    for command in ["check", "plan", "run"] {
        refused(verify_rollup().arg(command).arg("/dev/zero"), 2, &["/dev/zero", "longer than 2097152 bytes"]);
    }
    let workspace = Workspace::new();
    let flood = workspace.path("flood.toml");
    fs::File::create(&flood).unwrap().set_len(1 << 40).unwrap();
    refused(verify_rollup().arg("check").arg(&flood), 2, &["flood.toml", "longer than"]);
    refused(verify_rollup().arg("check").arg(workspace.folder.path()), 2, &["directory"]);
    refused(verify_rollup().args(["check", "/dev/null"]), 2, &["/dev/null", "`name` is missing"]);
}

#[test]
fn an_environment_file_without_end_is_refused() {
    let workspace = Workspace::new();
    let job = workspace.job("small.toml", &SMALL.replace("simulator", "https://verify.invalid"));
    symlink("/dev/zero", workspace.path(".env")).unwrap();
    refused(&workspace.command("plan", &job), 2, &["cannot read .env", "longer than 1048576 bytes"]);
    fs::remove_file(workspace.path(".env")).unwrap();
    pipe(&workspace.path(".env"));
    refused(&workspace.command("plan", &job), 2, &["cannot read .env", "pipe"]);
    fs::remove_file(workspace.path(".env")).unwrap();
    fs::write(workspace.path(".env"), b"\xff\xfeA\0=\0").unwrap();
    refused(&workspace.command("plan", &job), 2, &["cannot read .env", "UTF-16"]);
}

/// Before, the run waited for ever for somebody to write into the pipe.
#[test]
fn a_manifest_that_is_no_file_is_refused() {
    for make in [pipe as fn(&Path), |path| symlink("/dev/zero", path).unwrap()] {
        let workspace = Workspace::new();
        let job = workspace.job("small.toml", SMALL);
        fs::create_dir_all(workspace.path("output/small")).unwrap();
        make(&workspace.path("output/small/_manifest.json"));
        refused(&workspace.command("run", &job), 1, &["_manifest.json", "it is not a regular file"]);
    }
}

#[test]
fn a_ledger_and_a_state_directory_that_are_no_files_are_refused() {
    let workspace = Workspace::new();
    let job = workspace.job("small.toml", SMALL);
    fs::create_dir(workspace.path("state")).unwrap();
    symlink("/dev/zero", workspace.path("state/ledger.sqlite")).unwrap();
    refused(&workspace.command("run", &job), 1, &["ledger.sqlite"]);
    fs::remove_file(workspace.path("state/ledger.sqlite")).unwrap();
    pipe(&workspace.path("state/ledger.sqlite"));
    refused(&workspace.command("run", &job), 1, &["ledger.sqlite"]);
    for odd in ["/dev/null", "/proc/self/mem"] {
        let mut run = verify_rollup();
        run.current_dir(workspace.folder.path()).arg("run").arg(&job).args(["--state-dir", odd]);
        refused(&run, 1, &[odd, "--state-dir"]);
    }
}

#[test]
fn odd_directories_are_named() {
    let workspace = Workspace::new();
    let job = workspace.job("small.toml", SMALL);
    for odd in ["/dev/null", "no/such/folder", "/proc/self/fd/9999"] {
        refused(verify_rollup().args(["-C", odd, "check"]).arg(&job), 2, &["cannot change to"]);
    }
    symlink("loop", workspace.path("loop")).unwrap();
    refused(verify_rollup().arg("-C").arg(workspace.path("loop")).arg("schema"), 2, &["cannot change to"]);
    let deep = workspace.folder.path().join("a/..".repeat(3000));
    refused(verify_rollup().arg("-C").arg(deep).arg("schema"), 2, &["cannot change to"]);
}

#[test]
fn arguments_that_are_no_text_are_refused_or_are_paths() {
    let raw = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    refused(verify_rollup().arg(raw(b"\xff")), 2, &[]);
    refused(verify_rollup().arg("run").arg("x").arg("--format").arg(raw(b"\xf0\x9f")), 2, &["UTF-8"]);
    refused(verify_rollup().arg("run").arg("x").arg(raw(b"--\xff")), 2, &[]);
    refused(verify_rollup().arg("check").arg(raw(b"\xff\xfe.toml")), 2, &["there is no job file"]);

    let workspace = Workspace::new();
    let job = workspace.folder.path().join(raw(b"\xff.toml"));
    fs::write(&job, SMALL).unwrap();
    let said = finish(&mut bounded(verify_rollup().arg("check").arg(&job)), 0);
    assert!(String::from_utf8_lossy(&said.stdout).contains("ok, job small"));
}

/// As many as the system lets through.
#[test]
fn a_flood_of_arguments_is_answered() {
    let flood = vec![OsStr::new("/x"); 100_000];
    let said = refused(verify_rollup().arg("check").args(&flood), 2, &["there is no job file /x"]);
    assert!(stderr(&said).ends_with("100000 of 100000 job files have mistakes\n"));
    refused(verify_rollup().arg("run").args(&flood), 2, &["unexpected argument"]);
}
