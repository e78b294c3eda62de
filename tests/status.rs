//! `status` tells how a job stands, as its schema and `docs/STATUS.md` describe it, and changes nothing.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;
#[path = "support/untouched.rs"]
mod untouched;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{ACCOUNT, Simulated, Workspace, finish, searched, summary, verify_rollup};
use untouched::listing;

/// A job of two countries and two channels over days of October.
struct Account {
    server: Simulated,
    workspace: Workspace,
    job: PathBuf,
}

const DAYS: &str = "[windows]\nstart = \"2026-10-01\"\nend = \"2026-10-06\"\n";

impl Account {
    fn new(windows: &str, source: &str) -> Self {
        let (server, workspace) = (Simulated::unlimited(), Workspace::new());
        let text = format!(
            "name = \"kept\"\n[source]\n{source}\n{windows}[matrix]\ncountries = [\"US\", \"CO\"]\n\
             channels = [\"sms\", \"email\"]\n[output]\nformats = [\"csv\", \"parquet\"]\npartition = \"day\"\n"
        );
        let job = workspace.job("kept.toml", &text);
        Self { server, workspace, job }
    }

    fn run(&self, as_of: &str) {
        finish(self.workspace.run(&self.job, &self.server).args(["-q", "--as-of", as_of]), 0);
    }

    fn command(&self, as_of: &str, flags: &[&str]) -> std::process::Command {
        let mut command = self.workspace.command("status", &self.job);
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--base-url", &self.server.url, "--as-of", as_of]).args(flags);
        command
    }

    /// The object, which the schema describes; everything lies as it lay.
    fn status(&self, as_of: &str) -> Value {
        let before = listing(self.workspace.folder.path());
        let found = summary(&mut self.command(as_of, &[]), 0);
        json_schema::check(&schema(), &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
        assert!(before == listing(self.workspace.folder.path()), "something was touched");
        found
    }

    fn text(&self, as_of: &str) -> String {
        searched(&finish(&mut self.command(as_of, &[]), 0))
    }

    /// With `-q --fail-on WHAT`: what is printed.
    fn fails(&self, as_of: &str, what: &str, code: i32) -> String {
        let output = finish(&mut self.command(as_of, &["-q", "--fail-on", what]), code);
        String::from_utf8(output.stdout).unwrap()
    }

    fn dataset(&self) -> PathBuf {
        self.workspace.path("output/kept")
    }
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/status.schema.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Published, provisional, missing, expired, lost.
fn counts(found: &Value) -> [u64; 5] {
    ["published", "provisional", "missing", "expired", "lost"].map(|key| found[key].as_u64().unwrap())
}

const SETTLED: &str = "2026-10-20T00:00:00Z";

#[test]
fn the_schema_is_that_of_the_program() {
    let printed = verify_rollup().args(["schema", "--status"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert!(printed == schema(), "renew it: verify-rollup schema --status > docs/status.schema.json");
    finish(verify_rollup().args(["schema", "--status", "--report"]), 2);
}

#[test]
fn the_documentation_names_every_key() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/STATUS.md")).unwrap();
    let (_, section) = page.split_once("### The object of `status --json`").unwrap();
    let named: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
    for key in schema()["properties"].as_object().unwrap().keys() {
        assert!(named.contains(key.as_str()), "{key} is not explained");
    }
}

#[test]
fn a_fresh_job_misses_everything_and_a_run_publishes_it() {
    let account = Account::new(DAYS, "");
    let fresh = account.status(SETTLED);
    assert_eq!((counts(&fresh), &fresh["windows"]), ([0, 0, 5, 0, 0], &json!(5)));
    assert_eq!((&fresh["last_run"], &fresh["last_published"]), (&Value::Null, &Value::Null));
    assert_eq!(fresh["unread"]["expires_at"], "2026-10-31T00:00:00Z");
    assert_eq!((&fresh["unread"]["days_left"], &fresh["unread"]["state"]), (&json!(11), &json!("missing")));
    assert!(!account.workspace.path("state").exists() && !account.workspace.path("output").exists());
    assert_eq!(account.fails(SETTLED, "missing,unfinished", 5).lines().count(), 2);

    // As `plan` has it.
    let mut plan = account.workspace.command("plan", &account.job);
    plan.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--base-url", &account.server.url, "--as-of", SETTLED]);
    let plan = summary(&mut plan, 0);
    for key in ["requests_min", "requests_max", "answered_from_ledger"] {
        assert_eq!(plan[key], fresh["next_run"][key], "{key}");
    }

    account.run(SETTLED);
    let after = account.status(SETTLED);
    assert_eq!(counts(&after), [5, 0, 0, 0, 0], "{after:#}");
    assert_eq!((&after["last_run"]["status"], &after["next_run"]["requests"]), (&json!("published"), &json!(0)));
    assert_eq!(after["last_run"]["run_id"], after["last_published"]["run_id"]);
    assert_eq!((&after["unread"], &after["damage"]), (&Value::Null, &json!([])));
    let text = account.text(SETTLED);
    assert!(text.contains("5 by day: 5 published") && text.contains("2026-10-01 – 2026-10-05"), "{text}");
    assert_eq!(account.fails(SETTLED, "missing,provisional,expired,lost,unfinished", 0), "");
}

#[test]
fn a_growing_day_is_provisional_until_it_settles() {
    let account = Account::new(DAYS, "");
    account.run("2026-10-06T06:00:00Z");
    let found = account.status("2026-10-06T06:00:00Z");
    assert_eq!(counts(&found), [4, 1, 0, 0, 0]);
    assert_eq!((&found["days"][4]["provisional"], &found["unread"]["state"]), (&json!(1), &json!("provisional")));
    assert_eq!(account.fails("2026-10-06T06:00:00Z", "provisional", 5), "kept: provisional: 2026-10-05\n");
    account.fails("2026-10-06T06:00:00Z", "missing,expired", 0);

    // Of a day that is cut at the present a shorter part is there a moment later.
    let account = Account::new("[windows]\nrange = \"today\"\n", "");
    account.run("2026-10-06T06:00:00Z");
    assert_eq!(counts(&account.status("2026-10-06T06:00:09Z")), [0, 1, 0, 0, 0]);
}

#[test]
fn what_the_api_need_not_hold_has_expired() {
    let account = Account::new(DAYS, "");
    let found = account.status("2026-11-02T12:00:00Z");
    assert_eq!(counts(&found), [0, 0, 2, 3, 0], "{found:#}");
    // What is left of it expires next.
    assert_eq!(found["unread"]["window_start"], "2026-10-04T00:00:00Z");
    assert_eq!(found["unread"]["days_left"], 0);
    assert_eq!(account.fails("2026-11-02T12:00:00Z", "expired", 5), "kept: expired: 2026-10-01 – 2026-10-03\n");
    // What was published does not expire.
    account.run(SETTLED);
    assert_eq!(counts(&account.status("2027-01-01T00:00:00Z")), [5, 0, 0, 0, 0]);
    // Nothing does where the API holds all.
    let account = Account::new(DAYS, "retention = \"none\"");
    let found = account.status("2027-11-02T12:00:00Z");
    assert_eq!(
        (counts(&found), &found["unread"], &found["retention_seconds"]),
        ([0, 0, 5, 0, 0], &Value::Null, &Value::Null)
    );
}

#[test]
fn a_deleted_file_costs_its_windows() {
    let account = Account::new(DAYS, "");
    account.run(SETTLED);
    fs::remove_file(account.dataset().join("csv/day=2026-10-03/kept.csv")).unwrap();
    let found = account.status(SETTLED);
    assert_eq!(counts(&found), [5, 0, 0, 0, 0], "the other format has it");
    assert_eq!(found["damage"].as_array().unwrap().len(), 1);
    fs::remove_file(account.dataset().join("parquet/day=2026-10-03/kept.parquet")).unwrap();
    let found = account.status(SETTLED);
    assert_eq!((counts(&found), found["lost_windows"].as_array().unwrap().len()), ([4, 0, 0, 0, 1], 1));
    assert_eq!(account.fails(SETTLED, "lost", 5), "kept: lost: 2026-10-03\n");
}

#[test]
fn without_its_state_a_job_stands_as_its_dataset_says() {
    let account = Account::new(DAYS, "");
    account.run(SETTLED);
    fs::remove_dir_all(account.workspace.path("state")).unwrap();
    let found = account.status(SETTLED);
    assert_eq!((counts(&found), &found["last_run"]), ([5, 0, 0, 0, 0], &Value::Null));
    assert!(found["last_published"]["run_id"].is_string() && !account.workspace.path("state").exists());
    assert_eq!(account.fails(SETTLED, "unfinished", 5), "kept: unfinished: the ledger knows of none\n");
}

#[test]
fn a_wider_job_misses_what_was_not_asked() {
    let account = Account::new(DAYS, "");
    account.run(SETTLED);
    let text = fs::read_to_string(&account.job).unwrap();
    fs::write(&account.job, text.replace("\"CO\"]", "\"CO\", \"DE\"]").replace("10-06", "10-07")).unwrap();
    assert_eq!(counts(&account.status(SETTLED)), [0, 0, 6, 0, 0]);
    fs::write(&account.job, text.replace("\"US\", ", "").replace("10-06", "10-08")).unwrap();
    let found = account.status(SETTLED);
    assert_eq!((counts(&found), found["days"].as_array().unwrap().len()), ([5, 0, 2, 0, 0], 7));
}

#[test]
fn hours_stand_by_day_and_longer_windows_one_by_one() {
    let hours = "[windows]\nstart = \"2026-10-01T20:00:00Z\"\nend = \"2026-10-03\"\nevery = \"hour\"\n\
                 timezone = \"America/Bogota\"\n";
    let account = Account::new(hours, "");
    account.run(SETTLED);
    let found = account.status(SETTLED);
    let days: Vec<_> =
        found["days"].as_array().unwrap().iter().map(|day| (&day["first_date"], &day["windows"])).collect();
    assert_eq!(days, [(&json!("2026-10-01"), &json!(9)), (&json!("2026-10-02"), &json!(24))]);
    let account = Account::new(&DAYS.replace("[windows]", "[windows]\nevery = \"whole\""), "");
    let found = account.status(SETTLED);
    assert_eq!(found["days"][0]["last_date"], "2026-10-05");
    assert_eq!((counts(&found), found["days"].as_array().unwrap().len()), ([0, 0, 1, 0, 0], 1));
}

#[test]
fn another_dataset_in_the_place_is_refused() {
    let account = Account::new(DAYS, "");
    account.run(SETTLED);
    let text = fs::read_to_string(&account.job).unwrap();
    fs::write(&account.job, text.replace("channels = [\"sms\", \"email\"]", "")).unwrap();
    let told = searched(&finish(&mut account.command(SETTLED, &[]), 2));
    assert!(told.contains("holds another dataset"), "{told}");
    fs::write(account.dataset().join("_manifest.json"), "{").unwrap();
    finish(&mut account.command(SETTLED, &[]), 1);
}

#[test]
fn a_job_without_a_window_yet_stands_at_nothing() {
    let account = Account::new(DAYS, "");
    let found = account.status("2026-09-01T00:00:00Z");
    assert_eq!((&found["windows"], &found["range_start"], &found["days"]), (&json!(0), &Value::Null, &json!([])));
    assert!(account.text("2026-09-01T00:00:00Z").contains("none has ended by 2026-09-01T00:00:00Z"));
}
