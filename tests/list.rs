//! `run` by pages of the list, against the simulated account: the same table, far fewer requests, and nothing of a person.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use chrono::Days;
use serde_json::Value;
use support::{Simulated, Workspace, assert_same, csv_table, files, finish, private, summary};
use verify_rollup::clock::{Clock, SystemClock};

const UNLIMITED: [&str; 4] = ["--seed", "3", "--requests-per-minute", "0"];

/// The days from so many to so many days ago, by country and channel. All have settled but that before today.
fn job(space: &Workspace, from: u64, to: u64) -> PathBuf {
    let today = SystemClock.now().date_naive();
    let text = format!(
        "name = \"pages\"\n[source]\nlist = true\nretention = \"30d\"\n[windows]\nstart = \"{}\"\nend = \"{}\"\n\
         [matrix]\ncountries = \"all\"\nchannels = \"all\"\n[output]\nformats = [\"csv\"]\n[limits]\n\
         requests_per_minute = 0\nretry_for = \"20s\"\n",
        today - Days::new(from),
        today - Days::new(to)
    );
    space.job("pages.toml", &text)
}

fn run(space: &Workspace, job: &std::path::Path, server: &Simulated, strategy: &str) -> Command {
    let mut command = space.run(job, server);
    command.args(["--strategy", strategy]);
    command
}

#[test]
fn pages_give_the_table_of_questions_in_far_fewer_requests() {
    let server = Simulated::start(&UNLIMITED);
    let (by_pages, by_questions) = (Workspace::new(), Workspace::new());
    let listed = summary(&mut run(&by_pages, &job(&by_pages, 6, 1), &server, "auto"), 0);
    let asked = summary(&mut run(&by_questions, &job(&by_questions, 6, 1), &server, "drill-down"), 0);
    let table = |space: &Workspace| csv_table(&space.path("output/pages"));
    assert_same(&table(&by_pages), &table(&by_questions), "pages and questions");
    let sent = |said: &Value| said["requests"]["sent"].as_u64().unwrap();
    assert!(3 * sent(&listed) < sent(&asked), "{} for {}", sent(&listed), sent(&asked));
    assert_eq!(listed["listed_differences"], serde_json::json!([]));
    let (attempts, pages) = (listed["listed_attempts"].as_u64().unwrap(), listed["pages"].as_u64().unwrap());
    assert!(attempts > 1000 && pages > attempts / 1000, "{attempts} on {pages} pages");
    let again = summary(&mut run(&by_pages, &job(&by_pages, 6, 1), &server, "auto"), 0);
    assert_eq!((sent(&again), &again["pages"]), (0, &0.into()), "everything is known");
    // Another split of the same days needs no page, but margins of its own.
    let hours =
        std::fs::read_to_string(job(&by_pages, 6, 1)).unwrap().replace("[matrix]", "every = \"hour\"\n[matrix]");
    let hours = by_pages.job("hours.toml", &hours.replace("name = \"pages\"", "name = \"hours\""));
    let hourly = summary(&mut run(&by_pages, &hours, &server, "list"), 0);
    assert_eq!(hourly["pages"], 0, "{hourly}");
    assert_eq!(hourly["total_attempts"], listed["total_attempts"]);
}

/// Before, rows that were lost with their file could not be rebuilt where they had been listed: what was listed was not
/// looked for before the job's matrix was known.
#[test]
fn what_was_listed_and_lost_is_rebuilt_from_the_ledger() {
    let (server, space) = (Simulated::start(&UNLIMITED), Workspace::new());
    let by_day = |from| {
        let job = job(&space, from, 2);
        let text = std::fs::read_to_string(&job).unwrap().replace("[output]", "[output]\npartition = \"day\"");
        std::fs::write(&job, text.replace("countries = \"all\"", "countries = [\"US\", \"CO\", \"DE\"]")).unwrap();
        job
    };
    let listed = summary(&mut run(&space, &by_day(6), &server, "list"), 0);
    assert!(listed["pages"].as_u64().unwrap() > 0, "{listed}");
    let dataset = space.path("output/pages");
    let whole = csv_table(&dataset);
    let audit = |job: &std::path::Path| {
        let mut audit = space.command("audit", job);
        audit.env("TWILIO_ACCOUNT_SID", support::ACCOUNT).args(["--base-url", &server.url]);
        summary(&mut audit, 0)
    };
    let found = audit(&by_day(6));
    assert_eq!((&found["windows_compared"], &found["windows_unknown_to_ledger"]), (&4.into(), &0.into()), "{found}");

    let lost = files(&dataset.join("csv")).remove(0);
    assert!(std::fs::read_to_string(&lost).unwrap().contains(",listed,"));
    std::fs::remove_file(&lost).unwrap();
    let said = summary(&mut run(&space, &by_day(4), &server, "list"), 0);
    assert_eq!((&said["windows_lost"], &said["pages"]), (&serde_json::json!([]), &0.into()), "{said}");
    assert_same(&csv_table(&dataset), &whole, "rebuilt");
}

/// Every byte that is written or printed, with faults on the way, is searched.
#[test]
fn no_number_address_or_identifier_is_printed_or_stored() {
    let server = Simulated::start(&[&UNLIMITED[..], &["--fault-5xx", "0.05", "--fault-json", "0.03"]].concat());
    let whole = Simulated::start(&UNLIMITED);
    let today = SystemClock.now().date_naive();
    let private = private::of_days(&whole, today - Days::new(3), today);
    let space = Workspace::new();
    let job = job(&space, 3, 0);
    let mut seen = BTreeSet::new();
    for form in [&["-vv"][..], &["--json", "-vv", "--log-format", "json", "--refresh"]] {
        let output = finish(run(&space, &job, &server, "list").args(form), 0);
        seen.extend(private::words(&output.stdout));
        seen.extend(private::words(&output.stderr));
    }
    for file in files(space.folder.path()) {
        seen.extend(private::words(&std::fs::read(file).unwrap()));
    }
    assert!(seen.contains("listed") && seen.len() > 1000, "there was something to search");
    let told: Vec<_> = seen.intersection(&private).collect();
    assert!(told.is_empty(), "{told:?}");
    // The same search finds what is there.
    assert!(private.iter().all(|text| private::words(format!("to +{text}, VL{text}").as_bytes()).contains(text)));
}

#[test]
fn a_list_with_flaws_leaves_the_table_as_it_is() {
    let (honest, asked) = (Simulated::start(&UNLIMITED), Workspace::new());
    summary(&mut run(&asked, &job(&asked, 4, 1), &honest, "drill-down"), 0);
    let truth = csv_table(&asked.path("output/pages"));
    for (flaw, word) in [
        ("refused=401", Some("the list is not used: HTTP 401")),
        ("refused=403", Some("the list is not used: HTTP 403")),
        ("refused=429", Some("the list is not used: HTTP 429")),
        ("next=endless", Some("the list is not used")),
        ("lacks=email", None),
        ("lacks=sms", None),
        ("dropped=0.01", None),
        ("doubled=0.1", None),
        ("order=scattered", None),
        ("next=foreign", None),
        ("page-cap=300", None),
        ("no-country=0.05", None),
        ("no-price=0.2", None),
        ("reach=0", None),
    ] {
        let server = Simulated::start(&[&UNLIMITED[..], &["--list-flaw", flaw]].concat());
        let space = Workspace::new();
        let mut job = job(&space, 4, 1);
        if flaw == "refused=429" {
            let text = std::fs::read_to_string(&job).unwrap();
            job = space.job("hasty.toml", &text.replace("retry_for = \"20s\"", "retry_for = \"2s\""));
        }
        let said = summary(&mut run(&space, &job, &server, "list"), 0);
        let table = |space: &Workspace| csv_table(&space.path("output/pages"));
        assert_same(&table(&space), &truth, flaw);
        let told = said["warnings"].to_string();
        assert!(word.is_none_or(|word| told.contains(word)), "{flaw}: {told}");
        let is_told = said["listed_differences"] != serde_json::json!([]);
        let is_short = ["lacks=email", "lacks=sms", "dropped=0.01", "reach=0"].contains(&flaw);
        assert!(is_told || !is_short, "{flaw}: {said}");
    }
}
