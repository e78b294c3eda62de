//! Variables, and a `.env` that other programs share: what is ours is read, whatever stands around it, and what nobody
//! misses is no failure.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use support::gate::{Gate, say};
use support::{ACCOUNT, SECRET, Workspace, finish, stderr, verify_rollup};

const JOB: &str = r#"
name = "small"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-02"
[matrix]
channels = ["sms"]
"#;

/// An account without attempts that takes this secret and no other.
fn account() -> Gate {
    let basic = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{SECRET}")));
    Gate::alone(move |asked| {
        if asked.head.contains(&basic) {
            say("200 OK", &[], r#"{"total_attempts":0,"total_converted":0,"total_unconverted":0}"#)
        } else {
            say("401 Unauthorized", &[], r#"{"code":20003,"message":"Authenticate","status":401}"#)
        }
    })
}

fn small() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("small.toml", JOB);
    (workspace, job)
}

/// `run`, without any variable of ours.
fn bare_run(workspace: &Workspace, job: &Path, url: &str) -> Command {
    let mut run = workspace.command("run", job);
    run.args(["--base-url", url, "--requests-per-minute", "0"]);
    run
}

/// Whoever has all variables in the environment needs no `.env`, and no simulated account does.
#[test]
fn a_dotenv_that_nobody_misses_is_no_failure() {
    let server = account();
    let kinds = ["a folder", "a pipe", "noise", "UTF-16", "a flood", "a loop", "mistakes of ours"];
    let make = |kind, workspace: &Workspace| {
        let path = workspace.path(".env");
        match kind {
            "a folder" => std::fs::create_dir(&path).unwrap(),
            "a pipe" => drop(finish(Command::new("mkfifo").arg(&path), 0)),
            "noise" => std::fs::write(&path, b"\xff\0noise\xff\n=\n'\n\"").unwrap(),
            "UTF-16" => std::fs::write(&path, b"\xff\xfeA\0=\0").unwrap(),
            "a flood" => std::fs::write(&path, "A=B\n".repeat(300_000)).unwrap(),
            "a loop" => std::os::unix::fs::symlink(".env", &path).unwrap(),
            _ => {
                let text = "TWILIO_ACCOUNT_SID='AC\nTWILIO_AUTH_TOKEN=\"x\nTWILIO_AUTH_TOKEN_FILE 'x\n";
                std::fs::write(&path, text).unwrap();
            }
        }
    };
    for kind in kinds {
        let (workspace, job) = small();
        make(kind, &workspace);
        finish(&mut workspace.run_at(&job, &server.url), 0);
        let mut plan = workspace.command("plan", &job);
        let text = stderr(&finish(plan.args(["--base-url", &server.url]), 2));
        let expected = if kind == "noise" { "TWILIO_ACCOUNT_SID is not set" } else { ".env" };
        assert!(text.contains(expected) && text.contains("TWILIO_ACCOUNT_SID"), "{kind}: {text}");

        finish(workspace.command("plan", &job).args(["--base-url", "simulator"]), 0);
        let mut prune = verify_rollup();
        prune.current_dir(workspace.folder.path()).args(["ledger", "prune", "--before", "2020-01-01"]);
        finish(prune.arg("--state-dir").arg(workspace.path("state")), 0);
    }
}

/// A key of another program, a Windows path, a section: none of it is a mistake of ours, and nothing inside another's
/// value is our variable.
#[test]
fn foreign_content_of_dotenv_is_passed_over() {
    let server = account();
    let (workspace, job) = small();
    let inside = format!("TWILIO_ACCOUNT_SID=AC{}\r\nTWILIO_AUTH_TOKEN=inside\r\n", "1".repeat(32));
    let text = format!(
        "\u{feff}[section]\r\na.b=c\r\n\"C:\\temp\"\r\nDIR=\"C:\\temp\"\r\nno assignment\r\nexport PATH\r\n\
         PEM=\"-----BEGIN RSA PRIVATE KEY-----\r\n{inside}-----END RSA PRIVATE KEY-----\r\n\"\r\n\
         export TWILIO_ACCOUNT_SID={ACCOUNT}\r\nTWILIO_AUTH_TOKEN='{SECRET}' # it's ours\r\n\
         JSON='{{\r\n{inside}}}'\r\nOPEN=\"never closed\r\nTWILIO_PHONE='+1\r\nBLOB="
    );
    let blob = [text.as_bytes(), b"\xff\0\xfe\r\n"].concat();
    std::fs::write(workspace.path(".env"), blob).unwrap();
    finish(&mut bare_run(&workspace, &job, &server.url), 0);
    // It holds the secret by design.
    std::fs::remove_file(workspace.path(".env")).unwrap();
}

#[test]
fn a_line_of_ours_that_means_nothing_is_named_and_never_shown() {
    let (workspace, job) = small();
    for (line, problem) in [
        (format!("TWILIO_AUTH_TOKEN=\"{SECRET}"), "line 3 of .env: TWILIO_AUTH_TOKEN has a quote that is not closed"),
        (format!("TWILIO_AUTH_TOKEN='{SECRET}'x"), "line 3 of .env: TWILIO_AUTH_TOKEN goes on after"),
        (format!("TWILIO_AUTH_TOKEN: {SECRET}"), "line 3 of .env: TWILIO_AUTH_TOKEN is not followed by ="),
        (format!("TWILIO_API_KEY=SK1\nTWILIO_API_SECRET='{SECRET}"), "line 4 of .env: TWILIO_API_SECRET has a quote"),
    ] {
        std::fs::write(workspace.path(".env"), format!("A=\"1\n2\"\n{line}\n")).unwrap();
        let mut run = bare_run(&workspace, &job, "https://verify.invalid");
        let text = stderr(&finish(run.env("TWILIO_ACCOUNT_SID", ACCOUNT), 2));
        assert!(text.contains(problem), "{text}");
    }
    std::fs::remove_file(workspace.path(".env")).unwrap();
    let mut run = bare_run(&workspace, &job, "https://verify.invalid");
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", OsString::from_vec(b"s3cret-\xff".to_vec()));
    let text = stderr(&finish(&mut run, 2));
    assert!(text.contains("the environment: TWILIO_AUTH_TOKEN is not UTF-8 text"), "{text}");
}

/// `$(cat token)` leaves none behind, but a secret store that fills variables from files does.
#[test]
fn the_line_end_behind_a_variable_is_no_part_of_it() {
    let server = account();
    for end in ["\n", "\r\n"] {
        let (workspace, job) = small();
        let mut run = bare_run(&workspace, &job, &server.url);
        run.env("TWILIO_ACCOUNT_SID", format!("{ACCOUNT}{end}"));
        finish(run.env("TWILIO_AUTH_TOKEN", format!("{SECRET}{end}")), 0);
    }
}
