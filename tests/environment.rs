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
use support::{ACCOUNT, SECRET, Workspace, finish, stderr, summary, verify_rollup};

type Variables<'a> = &'a [(&'a str, &'a str)];

const JOB: &str = r#"
name = "small"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-02"
[matrix]
channels = ["sms"]
[limits]
max_tries = 1
retry_for = "1s"
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

fn stdout(command: &mut Command) -> String {
    String::from_utf8(finish(command, 0).stdout).unwrap()
}

/// `plan` and `check` name the host that gets the credentials: it is the one that the vendor's own clients ask.
#[test]
fn region_and_edge_are_parts_of_the_host() {
    let (workspace, job) = small();
    let elsewhere =
        workspace.job("elsewhere.toml", &JOB.replace("[source]", "[source]\nbase_url = \"http://[::1]:9\""));
    let fixed = JOB.replace("[source]", "[source]\nbase_url = \"https://verify.dublin.ie1.twilio.com\"");
    let fixed = workspace.job("fixed.toml", &fixed);
    let region = |region| ("TWILIO_REGION", region);
    let edge = |edge| ("TWILIO_EDGE", edge);
    let usual = "https://verify.twilio.com";
    let dublin = "https://verify.dublin.ie1.twilio.com";
    for (job, variables, dotenv, host) in [
        (&job, &[][..], "", usual),
        (&job, &[region(""), edge("")], "", usual),
        (&job, &[region("ie1"), edge("dublin\n")], "", dublin),
        (&job, &[region("ie1")], "", "https://verify.ie1.twilio.com"),
        (&job, &[edge("sydney")], "", "https://verify.sydney.us1.twilio.com"),
        (&job, &[], "TWILIO_REGION=ie1\nTWILIO_EDGE='dublin' # near\n", dublin),
        (&job, &[region("IE1")], "TWILIO_REGION=au1\nTWILIO_EDGE=dublin\n", dublin),
        (&fixed, &[], "", dublin),
        (&fixed, &[region("ie1"), edge("dublin")], "", dublin),
        (&elsewhere, &[region("ie1"), edge("not / a part")], "", "http://[::1]:9"),
    ] {
        std::fs::write(workspace.path(".env"), dotenv).unwrap();
        let mut check = verify_rollup();
        check.current_dir(workspace.folder.path()).arg("check").arg(job).envs(variables.iter().copied());
        assert!(stdout(&mut check).contains(&format!("asks {host} with your credentials")), "{variables:?}");
        let mut plan = workspace.command("plan", job);
        let text = stdout(plan.env("TWILIO_ACCOUNT_SID", ACCOUNT).envs(variables.iter().copied()));
        assert!(text.contains(&format!("asks       {host} with your credentials")), "{variables:?}: {text}");
    }
    std::fs::write(workspace.path(".env"), "TWILIO_EDGE='open\n").unwrap();
    finish(workspace.command("plan", &job).args(["--base-url", "simulator"]), 0);
    std::fs::remove_file(workspace.path(".env")).unwrap();
    for (job, variables, says) in [
        (&job, &[region("i e")][..], "TWILIO_REGION is no part of a host name"),
        (&job, &[region("ie1.evil.example/")], "TWILIO_REGION is no part of a host name"),
        (&job, &[region("ie1"), edge("dublin.x")], "TWILIO_EDGE is no part of a host name"),
        (&fixed, &[region("au1")], "TWILIO_REGION contradicts the base URL https://verify.dublin.ie1.twilio.com"),
        (&fixed, &[edge("sydney")], "TWILIO_EDGE contradicts the base URL"),
    ] {
        for command in ["check", "plan", "run", "probe"] {
            let mut built = verify_rollup();
            built.current_dir(workspace.folder.path()).arg(command).arg(job).env("TWILIO_ACCOUNT_SID", ACCOUNT);
            built.env("TWILIO_AUTH_TOKEN", SECRET).envs(variables.iter().copied());
            let text = stderr(&finish(&mut built, 2));
            assert!(text.contains(says), "{command}: {text}");
        }
    }
}

/// A proxy that refuses whatever it is asked, and what it was asked.
fn proxy() -> Gate {
    Gate::alone(|_| say("502 Bad Gateway", &[], ""))
}

#[test]
fn a_run_names_the_host_and_goes_through_the_proxy_that_is_set() {
    let trust: Vec<_> =
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SSL_CERT_")).collect();
    // Longer than a label may be, so that no resolver is ever asked.
    let far = format!("https://{}.invalid", "x".repeat(64));
    let routed: Variables<'_> = &[("TWILIO_REGION", "ie1"), ("TWILIO_EDGE", "dublin")];
    for (base, more, names, is_asked) in [
        ("https://verify.twilio.com", routed, &[("HTTPS_PROXY", "")][..], true),
        (&far, &[], &[("https_proxy", ""), ("HTTPS_PROXY", "")], true),
        (&far, &[], &[("HTTPS_PROXY", ""), ("all_proxy", ""), ("ALL_PROXY", "")], true),
        (&far, &[("no_proxy", ""), ("NO_PROXY", "invalid")], &[("HTTPS_PROXY", "")], false),
        (&far, &[("no_proxy", "example"), ("NO_PROXY", "invalid")], &[("HTTPS_PROXY", "")], true),
    ] {
        let proxy = proxy();
        let (workspace, job) = small();
        let mut run = workspace.run_at(&job, base);
        run.envs(trust.iter().cloned()).envs(more.iter().copied()).envs(names.iter().copied());
        run.env(names.last().unwrap().0, format!("http://user:{SECRET}@127.0.0.1:{}", proxy.port()));
        let text = stderr(&finish(&mut run, 1));
        let host = if base == far { &far } else { "https://verify.dublin.ie1.twilio.com" };
        assert!(text.starts_with(&format!("asking {host}\n")), "{text}");
        let asked = proxy.asked();
        assert_eq!(!asked.is_empty(), is_asked, "{names:?}");
        let connect = format!("CONNECT {}:443 ", host.trim_start_matches("https://"));
        assert!(asked.iter().all(|asked| asked.head.starts_with(&connect)), "{asked:?}");
    }
}

#[test]
fn what_is_no_proxy_of_ours_is_refused_by_name() {
    let (workspace, job) = small();
    for (variables, says) in [
        (&[("HTTPS_PROXY", "socks5://127.0.0.1:1")][..], "HTTPS_PROXY names a SOCKS proxy"),
        (&[("https_proxy", ""), ("all_proxy", "socks5h://127.0.0.1:1")], "all_proxy names a SOCKS proxy"),
        (&[("https_proxy", "ftp://127.0.0.1:1")], "https_proxy is no proxy URL"),
        (&[("ALL_PROXY", "http://[")], "ALL_PROXY is no proxy URL"),
    ] {
        for command in ["run", "probe"] {
            let mut built = verify_rollup();
            built.current_dir(workspace.folder.path()).arg(command).arg(&job).args(["--state-dir", "state"]);
            built.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET).envs(variables.iter().copied());
            let text = stderr(&finish(&mut built, 2));
            assert!(text.contains(says), "{command}: {text}");
        }
        // Loopback needs none, so that nothing is wrong with it.
        let server = account();
        finish(workspace.run_at(&job, &server.url).envs(variables.iter().copied()), 0);
        std::fs::remove_dir_all(workspace.path("output")).unwrap();
    }
    assert!(!workspace.path("output").exists());
}

/// The root's dot, capitals and slashes name no other host: neither another ledger nor another dataset.
#[test]
fn a_host_is_one_however_it_is_written() {
    let server = account();
    let (workspace, job) = small();
    let port = server.port();
    for (at, base) in ["localhost", "localhost.", "LOCALHOST", "LocalHost./"].into_iter().enumerate() {
        let (host, path) = base.split_once('/').map_or((base, ""), |(host, _)| (host, "/"));
        let said = summary(&mut workspace.run_at(&job, &format!("http://{host}:{port}{path}")), 0);
        assert!(at == 0 || said["answered_from_ledger"].as_u64().unwrap() > 0, "{base}: {said}");
    }
}
