//! `investigate` against the simulated account: what it finds, and that nothing of a person leaves it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use chrono::Days;
use serde_json::Value;
use support::{ACCOUNT, SECRET, Simulated, Workspace, files, finish, private, stderr, verify_rollup};
use verify_rollup::clock::{Clock, SystemClock};

const SEED: &str = "3";
const COUNTRY: &str = "US";

fn job(space: &Workspace, server: &Simulated, list: bool) -> std::path::PathBuf {
    let text = format!(
        "name = \"look\"\n[source]\nbase_url = \"{}\"\nretention = \"none\"\nlist = {list}\n[windows]\nrange = \"yesterday\"\n\
         [limits]\nrequests_per_minute = 0\nretry_for = \"20s\"\n",
        server.url
    );
    space.job(&format!("look-{list}.toml"), &text)
}

fn investigate(space: &Workspace, job: &std::path::Path) -> Command {
    let mut command = verify_rollup();
    command.arg("investigate").arg(job).arg("--state-dir").arg(space.path("state")).current_dir(space.folder.path());
    command.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
    command
}

fn of_country(space: &Workspace, job: &std::path::Path) -> Command {
    let mut command = investigate(space, job);
    command.args(["--country", COUNTRY]);
    command
}

fn json(command: &mut Command, code: i32) -> Value {
    serde_json::from_slice(&finish(command.arg("--json"), code).stdout).unwrap()
}

#[test]
fn no_number_address_or_identifier_is_printed_or_stored() {
    let flags = ["--seed", SEED, "--requests-per-minute", "0", "--fault-5xx", "0.2", "--fault-json", "0.1"];
    let server = Simulated::start(&flags);
    let whole = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0"]);
    let today = SystemClock.now().date_naive();
    let private = private::of_days(&whole, today - Days::new(1), today);
    let space = Workspace::new();
    let job = job(&space, &server, true);
    let mut seen = BTreeSet::new();
    for form in [&["-vv"][..], &["--json", "-vv", "--log-format", "json"], &["--format", "md"]] {
        let output = finish(of_country(&space, &job).args(form), 0);
        seen.extend(private::words(&output.stdout));
        seen.extend(private::words(&output.stderr));
    }
    for file in files(space.folder.path()) {
        seen.extend(private::words(&std::fs::read(file).unwrap()));
    }
    assert!(seen.contains("attempts") && seen.len() > 100, "there was something to search");
    let told: Vec<_> = seen.intersection(&private).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn the_list_and_summary_tell_the_same_of_a_calm_day() {
    let server = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0", "--incidents", "none"]);
    let space = Workspace::new();
    let (by_list, by_prefix) = (job(&space, &server, true), job(&space, &server, false));
    // On one day in fifty a country's carrier fails in this world: the latest day without that is calm.
    let today = SystemClock.now().date_naive();
    let calm = (1..20).find_map(|ago| {
        let day = (today - Days::new(ago)).to_string();
        let mut command = of_country(&space, &by_prefix);
        let text = String::from_utf8(finish(command.args(["--day", &day]), 0).stdout).unwrap();
        text.contains("as many convert as usually do").then_some(day)
    });
    let day = calm.unwrap();
    let at = |job: &std::path::Path| json(of_country(&space, job).args(["--day", &day]), 0);
    let (listed, asked) = (at(&by_list), at(&by_prefix));
    assert_eq!((listed["method"].as_str(), asked["method"].as_str()), (Some("list"), Some("prefixes")));
    assert_eq!(listed["whole"], asked["whole"]);
    assert!(listed["whole"]["attempts"].as_i64().unwrap() > 500);
    assert_eq!((&listed["notes"], &listed["block"]), (&serde_json::json!([]), &Value::Null));
    assert_eq!(listed["costs"][0]["currency"], "USD");
    let carriers = listed["tables"].as_array().unwrap().iter().find(|table| table["title"] == "Carriers").unwrap();
    let groups = carriers["groups"].as_array().unwrap();
    assert!(groups.iter().all(|group| group["name"] == "others" || group["attempts"].as_i64().unwrap() >= 10));
    let sum: i64 = groups.iter().map(|group| group["attempts"].as_i64().unwrap()).sum();
    assert_eq!(listed["whole"]["attempts"], sum);
}

#[test]
fn a_list_that_cannot_be_trusted_or_read_leaves_summary_to_be_asked() {
    for (flaw, note) in [
        ("refused=401", "The list gave no page: HTTP 401"),
        ("refused=403", "The list gave no page: HTTP 403"),
        ("refused=404", "The list gave no page: HTTP 404"),
        ("next=endless", "The list is not to be trusted: a page of the list holds nothing new"),
        ("lacks=sms", "Summary counts "),
        ("reach=0", "Summary counts "),
    ] {
        let server = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0", "--list-flaw", flaw]);
        let space = Workspace::new();
        let seen = json(&mut of_country(&space, &job(&space, &server, true)), 0);
        assert_eq!(seen["method"], "prefixes", "{flaw}");
        let notes = seen["notes"].as_array().unwrap();
        assert!(notes[0].as_str().unwrap().starts_with(note), "{notes:?}");
    }
    for (flaw, differs) in [
        ("doubled=0.1", false),
        ("order=scattered", false),
        ("next=foreign", false),
        ("page-cap=300", false),
        ("dropped=0.05", true),
    ] {
        let server = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0", "--list-flaw", flaw]);
        let space = Workspace::new();
        let seen = json(&mut of_country(&space, &job(&space, &server, true)), 0);
        assert_eq!(seen["method"], "list", "{flaw}");
        assert_eq!(seen["notes"].as_array().unwrap().len(), usize::from(differs), "{flaw}: {}", seen["notes"]);
    }
}

#[test]
fn no_more_is_asked_than_was_allowed_and_nothing_where_nothing_is() {
    let server = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0"]);
    let space = Workspace::new();
    let job = job(&space, &server, true);
    let few = json(of_country(&space, &job).args(["--max-requests", "3"]), 0);
    assert!(few["requests"].as_i64().unwrap() <= 3, "{few}");
    let none = finish(of_country(&space, &job).args(["--max-requests", "0"]), 2);
    assert!(stderr(&none).contains("expected a number from 1 on"));
    let nothing = json(of_country(&space, &job).args(["--channel", "email"]), 0);
    assert_eq!((nothing["requests"].as_i64(), nothing["whole"]["attempts"].as_i64()), (Some(1), Some(0)));
    let future = finish(of_country(&space, &job).args(["--day", "2999-01-01"]), 2);
    assert!(stderr(&future).contains("has passed yet"));
    // Elsewhere than in UTC, the year 1 was told as 1800.
    for long_ago in [&["--day", "0001-01-01"][..], &["--from", "0001-01-01T00:00:00Z", "--to", "2026-11-01"]] {
        let refused = finish(of_country(&space, &job).args(long_ago), 2);
        assert!(stderr(&refused).contains("from the year 2000 on"), "{}", stderr(&refused));
    }
    let backwards = finish(of_country(&space, &job).args(["--from", "2026-11-02", "--to", "2026-11-01"]), 2);
    assert!(stderr(&backwards).contains("--to is not later than --from"));
}

/// A budget that is used up before any block was asked about is no all-clear, nor is a stretch that may have expired.
#[test]
fn what_was_not_looked_for_is_never_called_calm() {
    let server = Simulated::start(&["--seed", SEED, "--requests-per-minute", "0"]);
    let space = Workspace::new();
    let text = std::fs::read_to_string(job(&space, &server, false)).unwrap();
    // In that world Bangladesh is pumped on this day; it lies within history for as long as the job says so.
    let job = space.job("pumped.toml", &text);
    let pumped = |most: &str| {
        let mut command = investigate(&space, &job);
        command.args(["--country", "BD", "--day", "2026-11-16", "--max-requests", most]);
        command
    };
    let cut = json(&mut pumped("5"), 0);
    assert_eq!((&cut["block"], &cut["is_cut_short"]), (&Value::Null, &Value::Bool(true)), "{cut}");
    let text = String::from_utf8(finish(&mut pumped("5"), 0).stdout).unwrap();
    assert!(text.contains("block       not found within --max-requests"), "{text}");
    assert_eq!(json(&mut pumped("60"), 0)["block"]["prefix"], "+8801537");
    let short = space.job("short.toml", &std::fs::read_to_string(&job).unwrap().replace("\"none\"", "\"30d\""));
    let old = json(of_country(&space, &short).args(["--day", "2026-10-01"]), 0);
    assert!(old["notes"][0].as_str().unwrap().contains("may have expired"), "{old}");
    let mut calm = of_country(&space, &job);
    let calm = String::from_utf8(finish(calm.args(["--day", "2026-11-16"]), 0).stdout).unwrap();
    // 77.7 % of 1,406 where 82.4 % are usual: a day like many, and no block of numbers.
    assert!(calm.contains("block       none: what did not convert is spread over many"), "{calm}");
}
