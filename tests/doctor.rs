//! `doctor`: what keeps a job from being run here, and what to do about it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use support::gate::{Fate, Gate, say};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, stderr, summary};
use verify_rollup::clock::{Clock, SystemClock};

const JOB: &str = "name = \"examined\"\n[source]\nlist = true\n[windows]\nrange = \"last-7-days\"\n";

fn doctor(workspace: &Workspace, job: &Path, url: &str) -> Command {
    let mut command = workspace.command("doctor", job);
    command.args(["--base-url", url]).env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    command
}

/// The state of each check, and of one of them what was found and what is to be done.
fn state<'a>(said: &'a Value, check: &str) -> (&'a str, &'a str, &'a str) {
    let checks = said["checks"].as_array().unwrap();
    let found = checks.iter().find(|found| found["check"] == check).unwrap_or_else(|| panic!("{check}: {said:#}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    (text("state"), text("found"), text("remedy"))
}

fn problems(said: &Value) -> Vec<&str> {
    let checks = said["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["state"] == "problem").map(|check| check["check"].as_str().unwrap()).collect()
}

#[test]
fn where_all_is_well_two_requests_say_so() {
    let server = Simulated::unlimited();
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let gate = Gate::before(&server, move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Fate::Pass
    });
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", JOB);
    let said = summary(&mut doctor(&workspace, &job, &gate.url), 0);
    assert_eq!(problems(&said), Vec::<&str>::new(), "{said:#}");
    assert_eq!((said["requests"].as_u64(), asked.load(Ordering::Relaxed)), (Some(2), 2));
    let (api, found, _) = state(&said, "API");
    assert!(api == "ok" && found.contains("attempts in the last seven days"), "{said:#}");
    for check in ["job", "time zone", "credentials", "output", "state", "ledger", "clock", "list"] {
        assert_eq!(state(&said, check).0, "ok", "{check}: {said:#}");
    }
    // Nothing is published, and both requests took a token.
    assert!(!workspace.path("output").exists());
    let buckets = std::fs::read_dir(workspace.path("state")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(buckets.into_iter().any(|name| name.to_string_lossy().starts_with("bucket-")));

    // Without the list it is one, and the page of text says the same.
    let plain = workspace.job("plain.toml", &JOB.replace("list = true", "list = false"));
    let output = finish(&mut doctor(&workspace, &plain, &gate.url), 0);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n0 problems, 0 warnings; 1 request sent\n"), "{text}");
    assert_eq!(asked.load(Ordering::Relaxed), 3);
    let quiet = finish(doctor(&workspace, &plain, &gate.url).arg("-q"), 0);
    assert!(quiet.stdout.is_empty(), "{quiet:?}");
}

#[test]
fn each_refusal_has_its_remedy_and_the_exit_code_of_a_run() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", JOB);
    let answers: [(&str, &str, &str, i32, &str, &str); 5] = [
        ("401 Unauthorized", r#"{"code": 20003, "status": 401}"#, "problem", 1, "20003", "TWILIO_AUTH_TOKEN"),
        ("404 Not Found", r#"{"code": 20404, "status": 404}"#, "problem", 1, "20404", "base_url"),
        ("302 Found", "", "problem", 1, "redirect", "base_url"),
        ("200 OK", "<html>sign in</html>", "problem", 1, "HTML page", "proxies"),
        ("503 Service Unavailable", "", "warning", 0, "503", "retry_for"),
    ];
    for (status, body, expected, exit, found, remedy) in answers {
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        let gate = Gate::alone(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            say(status, &[], body)
        });
        let said = summary(&mut doctor(&workspace, &job, &gate.url), exit);
        let api = state(&said, "API");
        assert!(api.0 == expected && api.1.contains(found) && api.2.contains(remedy), "{status}: {said:#}");
        assert_eq!((asked.load(Ordering::Relaxed), state(&said, "clock").0), (1, "skipped"), "{status}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = summary(&mut doctor(&workspace, &job, &format!("http://{nobody}")), 1);
    assert!(state(&said, "API").2.contains("firewall"), "{said:#}");
}

#[test]
fn clocks_lists_and_empty_accounts_are_told() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", JOB);
    // A server whose time stands a day and a half ago; it has no attempts of what comes after. A run would come through.
    let then = (SystemClock.now() - chrono::Duration::hours(36)).to_rfc3339();
    let late = Simulated::start(&["--now", &then, "--requests-per-minute", "0"]);
    let said = summary(&mut doctor(&workspace, &job, &late.url), 0);
    let clock = state(&said, "clock");
    assert!(clock.0 == "warning" && clock.1.contains("ahead of the API's"), "{said:#}");

    let closed = Simulated::start(&["--list-flaw", "refused=403", "--requests-per-minute", "0"]);
    let said = summary(&mut doctor(&workspace, &job, &closed.url), 0);
    let list = state(&said, "list");
    assert!(list.0 == "warning" && list.1.contains("403") && list.2.contains("Summary"), "{said:#}");

    // Before, it was told to give the key the permission.
    let busy = Simulated::start(&["--list-flaw", "refused=429", "--requests-per-minute", "0"]);
    let said = summary(&mut doctor(&workspace, &job, &busy.url), 0);
    let list = state(&said, "list");
    assert!(list.1.contains("429") && list.2.contains("others use the account"), "{said:#}");
    assert!(!list.2.contains("permission"), "{said:#}");

    let empty = Gate::alone(|_| {
        let counts = r#"{"total_attempts": 0, "total_converted": 0, "total_unconverted": 0}"#;
        say("200 OK", &[&format!("Date: {}", SystemClock.now().format("%a, %d %b %Y %H:%M:%S GMT"))], counts)
    });
    let said = summary(&mut doctor(&workspace, &job, &empty.url), 0);
    assert!(state(&said, "API").0 == "warning" && state(&said, "API").1.contains("no attempts"), "{said:#}");
}

/// Before, such a proxy was ok, and the remedy to set one.
#[test]
fn a_proxy_that_is_not_there_is_named() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", JOB);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = doctor(&workspace, &job, "https://verify.invalid");
    for name in ["https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    let said = summary(command.env("HTTPS_PROXY", format!("http://user:{SECRET}@{nobody}")), 1);
    assert!(state(&said, "proxy").1.contains("HTTPS_PROXY"), "{said:#}");
    assert!(state(&said, "API").2.contains("the proxy that HTTPS_PROXY names: see that it is up"), "{said:#}");
}

/// Before, the remedy was to name a file there, and a run tried for half a minute where a folder of certificates was named, too.
#[test]
fn a_file_of_certificates_that_is_of_no_use_is_named() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", JOB);
    let garbage = workspace.job("garbage.pem", "garbage\n");
    let cases = [(workspace.path("none.pem"), "cannot read "), (garbage, "holds no certificate")];
    for (file, why) in cases {
        let base = "https://verify.invalid";
        let said = summary(doctor(&workspace, &job, base).env("SSL_CERT_FILE", &file), 1);
        let found = state(&said, "API").1;
        assert!(found.contains("which SSL_CERT_FILE names") && found.contains(why), "{said:#}");
        let told = stderr(&finish(workspace.run_at(&job, base).env("SSL_CERT_FILE", &file), 1));
        assert!(told.contains(found), "{told}");
    }
}

#[test]
fn what_is_amiss_here_is_told_before_anybody_is_asked() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", &format!("{JOB}[notify]\nslack = \"all\"\n"));
    let server = Simulated::unlimited();
    let mut without = workspace.command("doctor", &job);
    let said = summary(without.args(["--base-url", &server.url]), 2);
    assert_eq!((problems(&said), said["requests"].as_u64()), (vec!["credentials"], Some(0)), "{said:#}");
    assert!(state(&said, "notify").1.contains("VERIFY_ROLLUP_SLACK_URL"), "{said:#}");

    let mut nowhere = doctor(&workspace, &job, &server.url);
    let said = summary(nowhere.args(["--state-dir", "/dev/null/state", "--output", "/dev/null/output"]), 1);
    assert_eq!(problems(&said), ["output", "state"], "{said:#}");
    assert_eq!((state(&said, "API").0, said["requests"].as_u64()), ("skipped", Some(0)));

    std::fs::create_dir_all(workspace.path("state")).unwrap();
    std::fs::write(workspace.path("state/ledger.sqlite"), "no ledger").unwrap();
    let said = summary(&mut doctor(&workspace, &job, &server.url), 1);
    assert_eq!(problems(&said), ["ledger"], "{said:#}");

    // A secret that others may read; the folder is outside of the workspace, which is searched for it.
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    std::fs::write(&file, SECRET).unwrap();
    let other = Workspace::new();
    let job = other.job("examined.toml", JOB);
    for (mode, expected) in [(0o644, "warning"), (0o600, "ok")] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let mut command = doctor(&other, &job, &server.url);
        let said = summary(command.env_remove("TWILIO_AUTH_TOKEN").env("TWILIO_AUTH_TOKEN_FILE", &file), 0);
        assert_eq!(state(&said, "credentials").0, expected, "{said:#}");
    }
}

#[test]
fn without_a_job_it_looks_at_what_any_job_needs() {
    let workspace = Workspace::new();
    let mut command = support::verify_rollup();
    command.current_dir(workspace.folder.path()).args(["doctor", "--base-url", "simulator", "--state-dir", "state"]);
    let said = summary(&mut command, 0);
    assert_eq!((state(&said, "API").0, state(&said, "credentials").0), ("ok", "skipped"), "{said:#}");
    let mistakes = workspace.job("broken.toml", "name = 1\n");
    let told = stderr(&finish(&mut doctor(&workspace, &mistakes, "simulator"), 2));
    assert!(told.contains("broken.toml"), "{told}");
}

#[test]
fn a_store_that_refuses_has_its_remedy_and_one_that_lets_in_is_only_read() {
    let workspace = Workspace::new();
    let job = workspace.job("examined.toml", &format!("{JOB}[output]\ndirectory = \"s3://bucket/of/ours\"\n"));
    let look = |url: &str, variables: &[(&str, &str)], exit| {
        let mut command = support::verify_rollup();
        command.current_dir(workspace.folder.path()).arg("doctor").arg(&job);
        command
            .args(["--base-url", "simulator", "--state-dir", "state"])
            .env("AWS_ENDPOINT_URL", url)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        summary(command.envs(variables.iter().copied()), exit)
    };
    let code = |code: &str| format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>No.</Message></Error>");
    let empty = "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>".to_owned();
    let manifest = "s3://bucket/of/ours/examined/_manifest.json";
    let denied = "by these credentials; check AWS_ACCESS_KEY_ID";
    // What the manifest's place is answered with, and what the list.
    let answers = [
        (("404 Not Found", code("NoSuchKey")), ("200 OK", empty.clone()), "ok", manifest),
        (("200 OK", "{}".to_owned()), ("200 OK", empty), "ok", manifest),
        (("404 Not Found", code("NoSuchBucket")), ("404 Not Found", code("NoSuchBucket")), "problem", "make it first"),
        (("404 Not Found", code("NoSuchKey")), ("403 Forbidden", code("AccessDenied")), "problem", denied),
        (("403 Forbidden", code("SignatureDoesNotMatch")), ("500 Never", String::new()), "problem", denied),
    ];
    for (of_manifest, of_list, expected, found) in answers {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let gate = Gate::alone(move |asked| {
            let words: Vec<_> = asked.head.split(' ').take(2).map(str::to_owned).collect();
            let (status, body) = if words[1].contains("list-type") { &of_list } else { &of_manifest };
            seen.lock().unwrap().push(words[0].clone());
            let headers =
                ["ETag: \"1\"", "Last-Modified: Thu, 15 Oct 2026 12:00:00 GMT", "Content-Type: application/xml"];
            say(status, &headers, body)
        });
        let is_well = expected == "ok";
        let said = look(&gate.url, &[], i32::from(!is_well));
        assert_store(&said, expected, found);
        assert_eq!(problems(&said), if is_well { vec![] } else { vec!["store"] }, "{said:#}");
        assert_eq!(state(&said, "API").0, "ok", "the account is asked all the same: {said:#}");
        // Nothing is written, nor tried again.
        let heads = heads.lock().unwrap();
        assert!(heads.len() <= 2 && heads.iter().all(|method| method == "GET"), "{heads:?}");
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_store(&look(&format!("http://{nobody}"), &[], 1), "problem", "cannot read s3://bucket/of/ours/");
    let nothing = Gate::alone(|_| panic!("nobody is asked without keys"));
    let said = look(&nothing.url, &[("AWS_ACCESS_KEY_ID", "")], 2);
    assert_store(&said, "problem", "no credentials; set AWS_ACCESS_KEY_ID");
    let said = look("https://store.invalid", &[("SSL_CERT_FILE", "/nowhere/ca.pem")], 2);
    assert_store(&said, "problem", "cannot read /nowhere/ca.pem, which SSL_CERT_FILE names");
}

fn assert_store(said: &Value, expected: &str, found: &str) {
    let (state, told, _) = state(said, "store");
    assert!(state == expected && told.contains(found) && !said.to_string().contains(SECRET), "{found}: {said:#}");
}

/// A database that is not there, and one that lets nobody in; `make interop` looks at one that does.
#[test]
fn a_database_that_refuses_has_its_remedy_after_the_password_was_tried() {
    let workspace = Workspace::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let somebody = listener.local_addr().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = std::thread::spawn(move || password_of(&listener));
    for (address, reason) in [(nobody, "refused"), (somebody, "not you")] {
        let output = format!("[output]\npostgres = \"postgres://loader@{address}/rollup\"\n");
        let job = workspace.job("examined.toml", &format!("{JOB}{output}"));
        let mut command = doctor(&workspace, &job, "simulator");
        let said = summary(command.env("PGPASSWORD", SECRET), 1);
        let found = state(&said, "database").1;
        assert_eq!(problems(&said), ["database"], "{said:#}");
        assert!(
            found.contains("see that it is up, and that role, password and pg_hba.conf let the run in"),
            "{said:#}"
        );
        assert!(found.contains(reason) && !said.to_string().contains(SECRET), "{said:#}");
    }
    // doctor had tried without the environment's password.
    assert_eq!(server.join().unwrap(), SECRET);
}

/// Speaks as `PostgreSQL` does until it has the password of whoever comes first, and refuses it.
fn password_of(listener: &TcpListener) -> String {
    let mut client = listener.accept().unwrap().0;
    let mut message = |head: usize| {
        let mut bytes = vec![0; head + 4];
        client.read_exact(&mut bytes).unwrap();
        let length = u32::from_be_bytes(bytes[head..].try_into().unwrap());
        let mut rest = vec![0; length as usize - 4];
        client.read_exact(&mut rest).unwrap();
        let answer: &[u8] = match (head, rest.len()) {
            // No TLS; then the role is asked for its password in the clear, and is none of those that may come in.
            (0, 4) => b"N",
            (0, _) => b"R\0\0\0\x08\0\0\0\x03",
            _ => b"E\0\0\0\x1cSFATAL\0C28P01\0Mnot you\0\0",
        };
        client.write_all(answer).unwrap();
        rest
    };
    while message(0).len() == 4 {}
    String::from_utf8(message(1)).unwrap().trim_end_matches('\0').to_owned()
}
