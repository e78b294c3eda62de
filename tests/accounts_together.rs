//! What is told of a job's accounts together, as a process: the report's sums are those of their tables, `status` counts
//! what stands, and what is wrong with one account is named, and keeps no other from being told.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/accounts.rs"]
mod accounts;
#[path = "support/json_schema.rs"]
mod json_schema;
#[path = "support/postgres_server.rs"]
mod postgres_server;
mod support;

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use accounts::{JOB, sid};
use serde_json::Value;
use support::{finish, searched, summary, verify_rollup};

const ACCOUNTS: usize = 12;

struct Place(accounts::Place);

impl Deref for Place {
    type Target = accounts::Place;

    fn deref(&self) -> &accounts::Place {
        &self.0
    }
}

impl Place {
    /// Months of twelve accounts, the last of which is refused, and their report.
    fn new() -> Self {
        let place = accounts::Place::new(ACCOUNTS, &[(ACCOUNTS - 1, "suspended")]);
        let months = JOB.replace("2026-10-01", "2026-08-20").replace("2026-10-04", "2026-11-01");
        place.workspace.job("job.toml", &format!("{months}[report]\nformats = [\"html\", \"xlsx\", \"md\"]\n"));
        Self(place)
    }

    fn run(&self) -> Command {
        let mut command = self.command("run");
        command.args(["--as-of", "2026-11-05T00:00:00Z"]);
        command
    }

    fn report(&self, flags: &[&str]) -> Command {
        let mut command = self.workspace.report(&PathBuf::from("job.toml"));
        command.args(["--month", "2026-10", "--as-of", "2026-11-05T00:00:00Z"]).args(flags);
        command
    }

    /// Attempts and conversions of October, by the rows of an account's file.
    fn october(&self, number: usize) -> (i64, i64) {
        let file = self.dataset(number).join("csv/month=2026-10/many.csv");
        let mut reader = csv::Reader::from_path(file).unwrap();
        let names = reader.headers().unwrap().clone();
        let column = |name: &str| names.iter().position(|known| known == name).unwrap();
        let (attempts, converted) = (column("total_attempts"), column("total_converted"));
        reader.records().map(Result::unwrap).fold((0, 0), |sum, row| {
            (sum.0 + row[attempts].parse::<i64>().unwrap(), sum.1 + row[converted].parse::<i64>().unwrap())
        })
    }
}

fn schema(of: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{of}.schema.json"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_schemas_are_those_of_the_program_and_their_keys_are_documented() {
    for (of, page, head) in
        [("accounts-report", "REPORT", "## Over many accounts"), ("accounts-status", "STATUS", "## Many accounts")]
    {
        let printed = verify_rollup().args(["schema", &format!("--{of}")]).output().unwrap().stdout;
        let printed: Value = serde_json::from_slice(&printed).unwrap();
        assert!(printed == schema(of), "renew it: verify-rollup schema --{of} > docs/{of}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{page}.md"));
        let text = fs::read_to_string(path).unwrap();
        let (_, text) = text.split_once(head).unwrap();
        for key in printed["properties"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("`{key}`")), "{key}");
        }
    }
}

#[test]
fn status_tells_how_each_account_stands_and_names_who_is_behind() {
    let place = Place::new();
    let status = |flags: &[&str]| {
        let mut command = place.workspace.command("status", Path::new("job.toml"));
        command.args(["--base-url", &place.server.url, "--as-of", "2026-11-05T00:00:00Z"]).args(flags);
        command
    };
    let found = summary(&mut status(&[]), 0);
    assert_eq!((&found["up_to_date"], &found["missing"]), (&0.into(), &(ACCOUNTS * 73).into()));
    finish(&mut place.run(), 3);
    let found = summary(&mut status(&[]), 0);
    json_schema::check(&schema("accounts-status"), &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
    assert_eq!((&found["total"], &found["up_to_date"], &found["unreadable"]), (&12.into(), &11.into(), &0.into()));
    assert_eq!((&found["windows"], &found["missing"]), (&(12 * 73).into(), &73.into()));
    assert_eq!(
        (&found["accounts"][11]["missing"], &found["accounts"][11]["last_run"]["status"]),
        (&73.into(), &"failed".into())
    );
    let told = searched(&finish(&mut status(&[]), 0));
    assert!(told.contains("12: 11 up to date, 1 behind"), "{told}");
    assert!(told.contains("sub 11: missing 2026-08-20 – 2026-10-31; last run failed at"), "{told}");
    let failed = finish(&mut status(&["-q", "--fail-on", "missing,unfinished"]), 5);
    let failed = String::from_utf8(failed.stdout).unwrap();
    assert_eq!(failed.lines().count(), 2, "{failed}");
    assert!(
        failed.starts_with("sub 11: many: missing: 2026-08-20 – 2026-10-31\nsub 11: many: unfinished: failed at"),
        "{failed}"
    );

    fs::write(place.dataset(1).join("_manifest.json"), "{").unwrap();
    let told = searched(&finish(&mut status(&[]), 1));
    assert!(
        told.contains("10 up to date, 1 behind, 1 that cannot be read") && told.contains("unreadable   sub 1: "),
        "{told}"
    );
    let one = searched(&finish(&mut status(&["--account", "sub 0"]), 0));
    assert!(one.contains("windows      73 by day: "), "{one}");
}

#[test]
fn a_run_and_the_command_report_all_accounts_together() {
    let place = Place::new();
    let ran = summary(&mut place.run(), 3);
    let written: Vec<_> =
        ran["reports"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(
        written,
        ["html", "xlsx", "md"].map(|form| {
            let path = place.workspace.path(&format!("output/many/reports/2026-10.{form}"));
            path.to_string_lossy().into_owned()
        }),
        "{ran:#}"
    );
    assert!(place.dataset(0).join("reports/2026-10.html").exists());

    let found = summary(&mut place.report(&[]), 0);
    json_schema::check(&schema("accounts-report"), &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
    let accounts = found["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), ACCOUNTS - 1);
    let mut sums = (0, 0);
    for account in accounts {
        let name = account["name"].as_str().unwrap();
        let its = place.october(name.trim_start_matches("sub ").parse().unwrap());
        assert_eq!(account["total_attempts"], its.0, "{name}");
        assert_eq!(account["total_converted"], its.1, "{name}");
        sums = (sums.0 + its.0, sums.1 + its.1);
    }
    assert_eq!(
        (&found["totals"]["total_attempts"], &found["totals"]["total_converted"]),
        (&sums.0.into(), &sums.1.into())
    );
    let attempts: Vec<i64> = accounts.iter().map(|account| account["total_attempts"].as_i64().unwrap()).collect();
    assert!(attempts.is_sorted_by(|a, b| a >= b), "{attempts:?}");
    assert_eq!(found["days"].as_array().unwrap().len(), 31);
    assert_eq!((&found["peers"]["needed"], &found["accounts_of_job"]), (&10.into(), &12.into()));
    assert_eq!(found["peers"]["compared"], 7, "{}", found["peers"]);
    let unreported = &found["unreported"][0];
    assert_eq!((&unreported["name"], &unreported["why"]), (&"sub 11".into(), &"missing".into()));
    assert_eq!(found["unreported"].as_array().unwrap().len(), 1);

    // All forms say the same; the page of the command has the bytes of the run's.
    let file = |form: &str| fs::read(place.workspace.path(&format!("output/many/reports/2026-10.{form}"))).unwrap();
    let (page, book) = (file("html"), file("xlsx"));
    let terminal = searched(&finish(&mut place.report(&[]), 0));
    assert!(file("html") == page && file("xlsx") == book);
    let page = String::from_utf8(page).unwrap();
    let total = found["totals"]["total_attempts"].as_i64().unwrap();
    let digits = total.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    let grouped = groups.join(",");
    for form in [&terminal, &page, &String::from_utf8(file("md")).unwrap()] {
        assert!(form.contains(&grouped) && form.contains("sub 11") && form.contains("11 of 12 accounts"), "{form}");
    }
    // What an account's own report is sure of alone, the report over all does not repeat; what it tells, it names.
    for flag in found["attention"].as_array().unwrap() {
        assert!(flag["account"].as_str().unwrap().starts_with("sub "));
        assert!(flag["q_value"].as_f64().is_none_or(|q| q <= 0.01), "{flag:#}");
    }
}

/// Its own report is that of all; another one would stand beside it and grow old.
#[test]
fn a_job_of_one_account_has_one_report() {
    let place = Place::new();
    place.workspace.job("accounts.csv", &format!("name,sid,auth_token_variable\nsub 0,{},SUB_TOKEN\n", sid(0)));
    finish(&mut place.run(), 0);
    assert!(place.dataset(0).join("reports/2026-10.html").exists());
    assert!(!place.workspace.path("output/many/reports").exists());
}

#[test]
fn what_cannot_be_reported_is_told_by_name_and_the_others_are() {
    let place = Place::new();
    let alone = searched(&finish(&mut place.report(&[]), 2));
    assert!(
        alone.contains("none of the 12 accounts has numbers of 2026-10; of sub 0: nothing is published in"),
        "{alone}"
    );
    assert!(searched(&finish(&mut place.report(&["--fail-on", "missing"]), 5)).contains("none of the 12 accounts"));
    finish(place.run().args(["--account", "sub 0", "--account", "sub 1", "--account", "sub 2"]), 0);
    // Some were run: the report over all is left to who asks for it.
    assert!(!place.workspace.path("output/many/reports").exists());

    let missing = finish(&mut place.report(&["-q", "--fail-on", "missing"]), 5);
    let lines = String::from_utf8(missing.stdout).unwrap();
    assert_eq!(lines.lines().count(), 9, "{lines}");
    assert!(lines.contains("many 2026-10: missing: sub 3: nothing is published in "), "{lines}");

    fs::write(place.dataset(1).join("_manifest.json"), "{").unwrap();
    let told = searched(&finish(&mut place.report(&["--json"]), 1));
    assert!(told.contains("account sub 1 is not in the report: "), "{told}");
    assert!(told.contains("\"why\": \"unreadable\""), "{told}");

    // One is reported by itself, some together.
    let one: Value =
        serde_json::from_slice(&finish(&mut place.report(&["--account", "sub 0", "--json"]), 0).stdout).unwrap();
    assert_eq!(one["account_sid"], sid(0));
    let some = ["--account", "sub 0", "--account", &sid(2)];
    let found = summary(&mut place.report(&some), 0);
    assert_eq!((found["accounts"].as_array().unwrap().len(), &found["accounts_of_job"]), (2, &12.into()));
    // Files of some would take the place of those of all.
    assert_eq!(found["outputs"], serde_json::json!([]));
    assert!(searched(&finish(&mut place.report(&some), 0)).contains("2 of the job's 12 accounts"));
    finish(place.report(&some).args(["--format", "html"]), 2);
    let told = searched(&finish(place.report(&some).args(["--compare", "2026-06"]), 2));
    assert!(told.contains("no account's dataset holds anything of 2026-06"), "{told}");
}
