//! Whatever a user gets wrong: a clear message, the right exit code, nothing lost, never a panic.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use support::{ACCOUNT, SECRET, Simulated, Workspace, csv_table, finish, stderr, summary, verify_rollup};

const SMALL: &str = r#"
name = "small"
[windows]
start = "2026-10-01"
end = "2026-10-03"
[matrix]
countries = ["US", "CO"]
channels = ["sms", "call"]
[limits]
retry_for = "1m"
max_tries = 2
[output]
formats = ["csv"]
"#;

fn small() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("small.toml", SMALL);
    (workspace, job)
}

fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in:\n{text}");
    }
}

#[test]
fn mistakes_of_a_job_file_are_all_shown_at_their_place() {
    let workspace = Workspace::new();
    let job = workspace.job(
        "wrong.toml",
        "name = \"Wrong Name\"\n[windows]\nstart = \"2026-10-03\"\nend = \"2026-10-01\"\ntimezone = \"Mars/Olympus\"\n\
         [matrix]\ncountries = [\"us\", \"UK\"]\nservices = [\"VA12\"]\ndestination_prefixes = [\"57305\"]\n[limit]\n\
         requests = 5\n",
    );
    for command in ["check", "run", "plan", "status", "audit"] {
        let text = stderr(&finish(verify_rollup().arg(command).arg(&job), 2));
        assert_says(
            &text,
            &["wrong.toml", "Mars/Olympus", "us", "US", "UK", "GB", "VA12", "57305", "limit", "limits", "^"],
        );
    }
}

#[test]
fn a_syntax_error_and_a_missing_file_are_usage_errors() {
    let workspace = Workspace::new();
    let job = workspace.job("broken.toml", "name = \n");
    assert_says(&stderr(&finish(verify_rollup().arg("check").arg(&job), 2)), &["broken.toml", "^"]);
    assert_says(&stderr(&finish(verify_rollup().args(["run", "absent.toml"]), 2)), &["absent.toml"]);
    finish(verify_rollup().args(["run", "--no-such-flag", "x.toml"]), 2);
    finish(verify_rollup().args(["no-such-command"]), 2);
}

#[test]
fn without_credentials_run_says_what_to_set_and_plan_needs_no_secret() {
    let (workspace, job) = small();
    assert_says(&stderr(&finish(&mut workspace.command("run", &job), 2)), &["TWILIO_ACCOUNT_SID"]);
    let mut run = workspace.command("run", &job);
    let text = stderr(&finish(run.env("TWILIO_ACCOUNT_SID", ACCOUNT), 2));
    assert_says(&text, &["TWILIO_AUTH_TOKEN", "TWILIO_API_KEY"]);
    let plan = summary(workspace.command("plan", &job).env("TWILIO_ACCOUNT_SID", ACCOUNT), 0);
    assert_eq!(plan["cells"], 8);
    assert!(!workspace.path("state").exists(), "plan must not leave anything behind");
}

#[test]
fn refused_credentials_end_the_run_within_what_is_in_flight() {
    let server = Simulated::start(&["--requests-per-minute", "0", "--auth", &format!("{ACCOUNT}:right")]);
    let (workspace, job) = small();
    let said = summary(workspace.run(&job, &server).args(["--concurrency", "4"]), 1);
    assert_eq!(said["status"], "failed");
    assert!(said["requests"]["sent"].as_u64().unwrap() <= 4);
    let text = stderr(&finish(&mut workspace.run(&job, &server), 1));
    assert_says(&text, &["401", "20003"]);
    assert!(!text.contains("kept") && text.contains("before anything was learnt"), "{text}");
}

/// Which of several variables counted, and from where, is what one looks for first. Values are never shown.
#[test]
fn refused_credentials_are_named_by_their_variables() {
    let server = Simulated::start(&["--requests-per-minute", "0", "--auth", &format!("{ACCOUNT}:right")]);
    let (environment, dotenv) = (" (from the environment)", " (from .env)");
    for (exported, in_file, used) in [
        (
            &[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", SECRET)][..],
            String::new(),
            format!("TWILIO_ACCOUNT_SID{environment} and TWILIO_AUTH_TOKEN{environment}; check that the token"),
        ),
        (
            &[("TWILIO_AUTH_TOKEN_FILE", "secret")],
            format!("TWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN=x\n"),
            format!("TWILIO_ACCOUNT_SID{dotenv} and TWILIO_AUTH_TOKEN_FILE{environment}; check that the token"),
        ),
        (
            &[("TWILIO_ACCOUNT_SID", ACCOUNT), ("TWILIO_AUTH_TOKEN", SECRET)],
            "TWILIO_API_KEY=SKstale\nTWILIO_API_SECRET=stale\n".to_owned(),
            format!("TWILIO_ACCOUNT_SID{environment}, TWILIO_API_KEY{dotenv} and TWILIO_API_SECRET{dotenv}; check"),
        ),
    ] {
        for verb in ["run", "probe"] {
            let (workspace, job) = small();
            workspace.job(".env", &in_file);
            workspace.job("secret", "wrong");
            let mut command = verify_rollup();
            command.current_dir(workspace.folder.path()).arg(verb).arg(&job).args(["--base-url", &server.url]);
            command.args(["--state-dir", "state"]).envs(exported.iter().copied());
            let text = stderr(&finish(&mut command, 1));
            assert_says(&text, &["the API refused the credentials: HTTP 401", &used, &server.url]);
            assert!(!text.contains("stale"), "{text}");
        }
    }
}

#[test]
fn an_unreachable_host_ends_the_run_after_its_tries() {
    // A port of the system's range that nothing listens on, and that no test is given by chance.
    let free = "127.0.0.1:1";
    let (workspace, job) = small();
    let mut run = workspace.command("run", &job);
    run.args(["--base-url", &format!("http://{free}"), "--requests-per-minute", "0"]);
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    let text = stderr(&finish(&mut run, 1));
    assert_says(&text, &[free, "refused"]);
    // The cause comes first, with the first failure: not after all tries, and nothing is promised before.
    let cause = format!("no usable answer yet: cannot connect to http://{free}: ");
    assert!(text.starts_with(&cause), "{text}");
    assert_eq!(text.matches(&cause).count(), 1, "{text}");
    assert!(!text.contains(" left") && text.contains("failed before anything was learnt"), "{text}");
}

#[test]
fn tls_failure_is_named() {
    // A server that speaks plain HTTP where TLS is expected.
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    let mut run = workspace.command("run", &job);
    run.args(["--base-url", &server.url.replace("http://", "https://"), "--requests-per-minute", "0"]);
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    run.envs(std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SSL_CERT_")));
    let text = stderr(&finish(&mut run, 1));
    assert_says(&text, &["TLS"]);
}

#[test]
fn plain_http_to_another_host_is_refused_before_anything_is_sent() {
    let (workspace, job) = small();
    let mut run = workspace.command("run", &job);
    run.args(["--base-url", "http://verify.example.com"]);
    run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    assert_says(&stderr(&finish(&mut run, 2)), &["https"]);
    let job = workspace.job("http.toml", &format!("{SMALL}\n[source]\nbase_url = \"http://10.0.0.1\"\n"));
    assert_says(&stderr(&finish(verify_rollup().arg("check").arg(&job), 2)), &["https", "http.toml"]);
}

#[test]
fn folders_that_cannot_be_made_are_named() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    std::fs::write(workspace.path("output"), "a file where a folder should be").unwrap();
    assert_says(&stderr(&finish(&mut workspace.run(&job, &server), 1)), &["output", "ot a directory"]);

    let (workspace, job) = small();
    std::fs::write(workspace.path("state"), "a file where a folder should be").unwrap();
    assert_says(&stderr(&finish(&mut workspace.run(&job, &server), 1)), &["state"]);
}

#[test]
fn a_damaged_ledger_is_named_and_left_alone() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    std::fs::create_dir(workspace.path("state")).unwrap();
    let ledger = workspace.path("state/ledger.sqlite");
    std::fs::write(&ledger, "not a database, and longer than a header of one hundred bytes ".repeat(200)).unwrap();
    let before = std::fs::read(&ledger).unwrap();
    assert_says(&stderr(&finish(&mut workspace.run(&job, &server), 1)), &["ledger.sqlite", "damaged"]);
    assert_eq!(std::fs::read(&ledger).unwrap(), before);
}

#[test]
fn a_dataset_of_another_identity_is_refused_and_kept() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    finish(&mut workspace.run(&job, &server), 0);
    let before = csv_table(&workspace.path("output/small"));
    let other = workspace
        .job("other.toml", &SMALL.replace("end = \"2026-10-03\"", "end = \"2026-10-03\"\ntimezone = \"Asia/Tokyo\""));
    let text = stderr(&finish(&mut workspace.run(&other, &server), 2));
    assert_says(&text, &["Asia/Tokyo", "name"]);
    assert_eq!(csv_table(&workspace.path("output/small")), before);
}

/// New folders are as private as the files in them, whatever the umask, unless a folder that is there lets others in.
#[test]
fn folders_are_as_private_as_files() {
    let server = Simulated::unlimited();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    for (umask, existing, folders, files) in [
        ("022", None, 0o700, 0o600),
        ("000", None, 0o700, 0o600),
        ("077", None, 0o700, 0o600),
        ("022", Some(0o700), 0o700, 0o600),
        ("022", Some(0o755), 0o755, 0o600),
        ("027", Some(0o755), 0o750, 0o600),
        ("022", Some(0o750), 0o750, 0o600),
        ("022", Some(0o2750), 0o2750, 0o640),
        ("077", Some(0o2750), 0o2700, 0o600),
    ] {
        let (workspace, job) = small();
        std::fs::set_permissions(workspace.folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let output = workspace.path("made/output");
        if let Some(existing) = existing {
            std::fs::create_dir_all(&output).unwrap();
            std::fs::set_permissions(&output, std::fs::Permissions::from_mode(existing)).unwrap();
        }
        let run = workspace.run(&job, &server);
        let mut masked = std::process::Command::new("sh");
        masked.env_clear().envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
        masked.arg("-c").arg(format!("umask {umask}; exec \"$0\" \"$@\"")).arg(run.get_program()).args(run.get_args());
        finish(masked.arg("--output").arg(&output), 0);
        let kept = existing.unwrap_or(0o700);
        assert_eq!(mode(&output), kept, "{umask} {existing:?}");
        let file = output.join("small/csv/month=2026-10/small.csv");
        for folder in file.ancestors().skip(1).take(3) {
            assert_eq!(mode(folder), folders, "{umask} {existing:?}: {}", folder.display());
        }
        assert_eq!(mode(&file), files, "{umask} {existing:?}");
        if existing.is_none() {
            assert_eq!(mode(&workspace.path("made")), 0o700, "{umask}");
        }
    }
}

/// A zone that was renamed, or has two names, is no other dataset: nothing is refused, asked twice or written anew.
#[test]
fn a_zone_by_another_name_is_the_same_dataset() {
    let server = Simulated::unlimited();
    for (old, new) in [("Europe/Kiev", "Europe/Kyiv"), ("UTC", "Etc/UTC")] {
        let (workspace, job) = small();
        let named = |zone: &str| {
            let text = SMALL.replace("[matrix]", &format!("timezone = \"{zone}\"\n[matrix]"));
            std::fs::write(&job, text.replace("\"2026-10-03\"", "\"2026-10-03\"\nevery = \"day\"")).unwrap();
        };
        let dataset = workspace.path("output/small");
        let held = || -> Vec<_> {
            support::files(&dataset).into_iter().map(|path| (std::fs::read(&path).unwrap(), path)).collect()
        };
        named(old);
        finish(&mut workspace.run(&job, &server), 0);
        let before = held();
        for zone in [new, old, new] {
            named(zone);
            let said = summary(&mut workspace.run(&job, &server), 0);
            assert_eq!(said["requests"]["sent"], 0, "{zone}: {said}");
            assert!(held() == before, "{zone} changed the dataset");
            finish(workspace.report(&job).args(["--day", "2026-10-01", "--format", "md"]), 0);
            std::fs::remove_dir_all(dataset.join("reports")).unwrap();
        }
        named("Europe/Warsaw");
        finish(&mut workspace.run(&job, &server), 2);
    }
}

#[test]
fn account_data_is_readable_by_its_owner_only() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    let mut run = workspace.command("run", &job);
    run.args(["--base-url", &server.url, "--requests-per-minute", "6000"]);
    finish(run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET), 0);
    let mut seen = 0;
    for root in ["state", "output"] {
        for path in support::files(&workspace.path(root)) {
            let mode = path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
            let bytes = std::fs::read(&path).unwrap();
            let marked = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!marked, "the secret stands in {}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 4, "ledger, bucket, table and manifest: {seen}");
}

#[test]
fn a_full_disk_while_publishing_loses_nothing() {
    // A file size limit stands in for a full disk: the write fails in the middle, as on a full disk.
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job(
        "small.toml",
        &SMALL
            .replace("countries = [\"US\", \"CO\"]", "countries = \"all\"")
            .replace("[output]", "[output]\ncompression = \"none\""),
    );
    let run = workspace.run(&job, &server);
    let mut limited = std::process::Command::new("sh");
    limited
        .env_clear()
        .envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(workspace.folder.path());
    limited.args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""]).arg(run.get_program()).args(run.get_args());
    let output = limited.output().unwrap();
    support::searched(&output);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(support::files(&workspace.path("output/small/csv")).is_empty(), "half a file is visible");
    let said = summary(&mut workspace.run(&job, &server), 0);
    assert_eq!(said["status"], "complete");
}

/// Nobody, root included, may make a folder below /proc.
#[test]
fn a_state_folder_that_may_not_be_written_is_named() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    let mut run = support::verify_rollup();
    run.arg("run").arg(&job).args(["--base-url", &server.url, "--state-dir", "/proc/verify-rollup"]);
    run.current_dir(workspace.folder.path()).env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    assert_says(&stderr(&finish(&mut run, 1)), &["/proc/verify-rollup", "--state-dir", "No such file"]);
}

#[test]
fn a_failed_run_prints_its_object_too() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    std::fs::create_dir(workspace.path("state")).unwrap();
    std::fs::write(workspace.path("state/ledger.sqlite"), "no database ".repeat(500)).unwrap();
    let said = summary(&mut workspace.run(&job, &server), 1);
    assert_eq!(said["status"], "failed");
    assert_eq!(said["run_id"], serde_json::Value::Null);
}

#[test]
fn every_line_of_a_json_log_is_an_object() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    for (more, code) in [(vec![], 0), (vec!["-v"], 0), (vec!["-C", "/no/such/folder"], 2)] {
        let mut run = workspace.run(&job, &server);
        let output = finish(run.args(["--log-format", "json"]).args(more), code);
        let lines = stderr(&output);
        assert!(!lines.is_empty());
        for line in lines.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|value| value.is_object()), "{line}");
        }
    }
}

/// A day that was cut at noon lies inside the whole day: it is refused, named, and the whole day stays.
#[test]
fn a_window_inside_a_longer_stored_one_is_refused_and_told() {
    let server = Simulated::unlimited();
    let (workspace, job) = small();
    finish(&mut workspace.run(&job, &server), 0);
    let before = csv_table(&workspace.path("output/small"));
    let cut =
        SMALL.replace("start = \"2026-10-01\"", "start = \"2026-10-01T12:00:00Z\"").replace("2026-10-03", "2026-10-02");
    let cut = workspace.job("cut.toml", &cut);
    let said = summary(&mut workspace.run(&cut, &server), 3);
    assert_eq!(said["windows_published"], 0);
    assert_eq!(said["windows_incomplete"].as_array().unwrap().len(), 1);
    assert_eq!(csv_table(&workspace.path("output/small")), before);
}
