//! What people see, word for word: help, mistakes, summaries, the report. Each text is a file of `tests/snapshots`.
//!
//! `make test` compares and never writes. After a change that is meant, `INSTA_UPDATE=always cargo test --test snapshots`
//! writes the files anew, and the commit shows what people will see. What differs from run to run (identifiers, times,
//! ports) is replaced by a word in brackets.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, searched, verify_rollup};

const AS_OF: &str = "2026-11-05T00:00:00Z";

/// Holds a text against the file of that name.
fn compare(name: &str, about: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(about);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The binary in a workspace's folder, where all its files have relative paths.
fn command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = verify_rollup();
    command.args(arguments).current_dir(workspace.folder.path());
    command
}

/// Both streams of a command line that ends with a code, without what differs from run to run.
fn shown(command: &mut Command, code: i32) -> String {
    redacted(&searched(&finish(command, code)))
}

/// Replaces what follows some marks, up to an end, and leaves out lines of progress, which come with the clock.
fn redacted(text: &str) -> String {
    const CHANGING: [(&str, &str, &str); 14] = [
        ("\"run_id\": \"", "\"", "[run]"),
        (" by run ", " ", "[run]"),
        ("\"started_at\": \"", "\"", "[time]"),
        ("\"done_at\": \"", "\"", "[time]"),
        ("\"published_at\": \"", "\"", "[time]"),
        ("\"first_asked_at\": \"", "\"", "[time]"),
        ("\"last_asked_at\": \"", "\"", "[time]"),
        (", done at ", "", "[time]"),
        ("ended at ", ",", "[time]"),
        (", run ", "", "[run]"),
        ("last change  ", " ", "[time]"),
        ("\"elapsed_seconds\": ", ",", "[seconds]"),
        (" sent in ", ";", "[seconds]"),
        ("http://127.0.0.1:", "/ \"", "[port]"),
    ];
    let line = |line: &str| {
        let mut line = line.trim_end().to_owned();
        // A run in a list of its own kind.
        let word = line.trim().trim_end_matches(',').trim_matches('"').to_owned();
        if word.parse::<uuid::Uuid>().is_ok() {
            line = line.replace(&word, "[run]");
        }
        for (mark, ends, word) in CHANGING {
            if let Some(start) = line.find(mark).map(|at| at + mark.len()) {
                let end =
                    line[start..].find(|letter| ends.contains(letter)).map_or(line.len(), |length| start + length);
                line.replace_range(start..end, word);
            }
        }
        line
    };
    text.lines().filter(|line| !line.contains(" answered · ")).map(line).collect::<Vec<_>>().join("\n")
}

/// Prints the help of a command and of those below it; gives all their names.
fn help(path: &[String]) -> BTreeSet<String> {
    let mut asked = verify_rollup();
    let text = shown(asked.args(path).arg("--help"), 0);
    let name = [vec!["help".to_owned()], path.to_vec()].concat().join("-");
    compare(&name, &[&["verify-rollup".to_owned()], path, &["--help".to_owned()]].concat().join(" "), &text);
    let below = text.split_once("\nCommands:\n").map_or("", |(_, rest)| rest.split("\n\n").next().unwrap());
    // A description that is too long goes on further to the right.
    let commands = below.lines().filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let mut names = BTreeSet::from([name]);
    for command in commands {
        names.extend(help(&[path, &[command.split(' ').next().unwrap().to_owned()]].concat()));
    }
    names
}

#[test]
fn the_help_of_every_command() {
    let commands = help(&[]);
    assert!(commands.len() > 10, "{commands:?}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept: BTreeSet<_> = files
        .filter_map(|name| Some(name.strip_suffix(".snap")?.to_owned()))
        .filter(|name| name.starts_with("help"))
        .collect();
    assert_eq!(kept, commands, "a snapshot of a command that is no more");
}

/// All mistakes of a file at once, of every kind that the checks know.
#[test]
fn mistakes_of_job_files() {
    for (name, text) in [
        ("keys", "nam = \"keys\"\n[source]\nbase_ur = \"simulator\"\n[windows]\nrange = \"last-month\"\nevery = 3\n"),
        (
            "values",
            "name = \"Values\"\n[source]\nsettle_after = \"a day\"\n[windows]\nrange = \"last-0-days\"\n\
             timezone = \"Europe/Berln\"\n[matrix]\ncountries = [\"us\", \"UK\", \"ZZ\", \"CO\", \"CO\"]\n\
             channels = [\"smss\"]\nservices = []\ndestination_prefixes = [\"57305\", \"+573\", \"+57305\"]\n\
             [output]\nformats = [\"xml\"]\n",
        ),
        (
            "together",
            "name = \"together\"\n[source]\nbase_url = \"http://verify.example.com\"\n[windows]\nrange = \"today\"\n\
             start = \"2026-10-02\"\nend = \"2026-10-01\"\n",
        ),
        ("syntax", "name = \"syntax\"\n[windows\nrange = \"last-month\"\n"),
        (
            "size",
            "name = \"size\"\n[windows]\nstart = \"2000-01-01\"\nend = \"2026-01-01\"\nevery = \"hour\"\n\
             [matrix]\ncountries = \"all\"\nchannels = \"all\"\n",
        ),
    ] {
        let workspace = Workspace::new();
        let file = format!("{name}.toml");
        workspace.job(&file, text);
        let text = shown(&mut command(&workspace, &["check", &file]), 2);
        compare(&format!("mistakes-{name}"), &format!("verify-rollup check {file}"), &text);
    }
}

#[test]
fn mistakes_on_the_command_line() {
    let workspace = Workspace::new();
    workspace.job("week.toml", WEEK);
    for (name, arguments) in [
        ("no-account", &["run", "week.toml", "--base-url", "https://verify.twilio.com"][..]),
        ("plain-http", &["run", "week.toml", "--base-url", "http://verify.example.com"]),
        ("no-such-flag", &["run", "week.toml", "--as-off", AS_OF]),
        ("no-such-command", &["rnu", "week.toml"]),
        ("no-such-file", &["run", "weak.toml"]),
    ] {
        let text = shown(&mut command(&workspace, arguments), 2);
        compare(&format!("slip-{name}"), &format!("verify-rollup {}", arguments.join(" ")), &text);
    }
}

/// One request after the other: how many there are must not depend on which of two answers comes first.
const WEEK: &str = r#"
name = "week"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-29"
end = "2026-11-05"
[matrix]
countries = ["US", "CO", "IS"]
channels = ["sms", "call"]
[limits]
requests_per_minute = 0
concurrency = 1
[output]
formats = ["csv"]
"#;

/// `COMMAND week.toml` at a fixed instant: the last day is provisional.
fn week(workspace: &Workspace, verb: &str) -> Command {
    let file = workspace.job("week.toml", WEEK);
    let mut built = command(workspace, &[verb, file.file_name().unwrap().to_str().unwrap()]);
    built.args(["--as-of", AS_OF, "--state-dir", "state"]);
    built
}

#[test]
fn what_a_run_says() {
    let workspace = Workspace::new();
    compare("plan", "verify-rollup plan week.toml", &shown(&mut week(&workspace, "plan"), 0));
    compare("plan-json", "verify-rollup plan week.toml --json", &shown(week(&workspace, "plan").arg("--json"), 0));
    compare("run", "verify-rollup run week.toml", &shown(&mut week(&workspace, "run"), 0));
    compare("status", "verify-rollup status week.toml", &shown(&mut week(&workspace, "status"), 0));
    let audit = ["audit", "week.toml", "--state-dir", "state"];
    compare("audit", &format!("verify-rollup {}", audit.join(" ")), &shown(&mut command(&workspace, &audit), 0));
    std::fs::write(workspace.path("output/week/csv/notes.txt"), "").unwrap();
    compare("audit-finds", "the same with a file beside", &shown(&mut command(&workspace, &audit), 5));
    std::fs::remove_file(workspace.path("output/week/csv/notes.txt")).unwrap();
    compare("run-again", "the same again", &shown(&mut week(&workspace, "run"), 0));
    let workspace = Workspace::new();
    compare("run-json", "verify-rollup run week.toml --json", &shown(week(&workspace, "run").arg("--json"), 0));
}

/// An account whose API ignores the country: nothing is published, and the run says why.
#[test]
fn what_a_run_says_that_publishes_nothing() {
    let server = Simulated::start(&["--requests-per-minute", "0", "--ignore-filter", "Country"]);
    let lied_to = |arguments: &[&str]| {
        let workspace = Workspace::new();
        let mut run = week(&workspace, "run");
        run.args(["--base-url", &server.url]).args(arguments);
        run.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
        shown(&mut run, 3)
    };
    compare("run-lied-to", "an API that ignores Country: verify-rollup run week.toml", &lied_to(&[]));
    compare("run-lied-to-json", "the same with --json", &lied_to(&["--json"]));
}

/// October of the embedded account, with the attack that its world has on Madagascar, against September.
#[test]
fn a_report_as_text() {
    let job = WEEK
        .replace("\"week\"", "\"month\"")
        .replace("2026-10-29", "2026-09-01")
        .replace("end = \"2026-11-05\"", "end = \"2026-11-01\"")
        .replace("\"IS\"", "\"MG\"");
    let workspace = Workspace::new();
    workspace.job("month.toml", &job);
    let run = ["run", "month.toml", "--as-of", AS_OF, "--state-dir", "state", "--quiet"];
    finish(&mut command(&workspace, &run), 0);
    let report = ["report", "month.toml", "--month", "2026-10", "--as-of", AS_OF, "--format", "md"];
    let about = format!("verify-rollup {}", report.join(" "));
    compare("report", &about, &shown(&mut command(&workspace, &report), 0));
    let text = std::fs::read_to_string(workspace.path("output/month/reports/2026-10.md")).unwrap();
    compare("report-markdown", &about, &redacted(&text));
    let json = ["report", "month.toml", "--week", "2026-W43", "--as-of", AS_OF, "--json", "--format", "md"];
    let about = format!("verify-rollup {}", json.join(" "));
    compare("report-json", &about, &shown(&mut command(&workspace, &json), 0));
}

/// A day by hours of two services, a morning after: what is missing is told, and services stand where countries do.
#[test]
fn a_report_of_a_day_of_two_services() {
    let job = WEEK
        .replace("\"week\"", "\"day\"")
        .replace("end = \"2026-11-05\"", "end = \"2026-10-30\"\nevery = \"hour\"")
        .replace("\"IS\"]", "\"BR\"]\nservices = [{ sid = \"VA4f2514c355531b500d8de5efea9cf596\", name = \"Login\" }, \"VA00ae47ac1a7fdba50aaf35dcc755e1b9\"]");
    let workspace = Workspace::new();
    workspace.job("day.toml", &job);
    let run = ["run", "day.toml", "--as-of", "2026-10-29T20:30:00Z", "--state-dir", "state", "--quiet"];
    finish(&mut command(&workspace, &run), 0);
    let report = ["report", "day.toml", "--day", "yesterday", "--as-of", "2026-10-30T06:00:00Z", "--format", "md"];
    let about = format!("verify-rollup {}", report.join(" "));
    compare("report-day", &about, &shown(&mut command(&workspace, &report), 0));
    let text = std::fs::read_to_string(workspace.path("output/day/reports/2026-10-29.md")).unwrap();
    compare("report-day-markdown", &about, &redacted(&text));
}
