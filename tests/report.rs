//! `report` as a user runs it: a job on the simulated account, then its report against the published table.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Workspace, csv_table, finish, searched, stderr, summary, verify_rollup};

const AS_OF: &str = "2026-11-05T00:00:00Z";

/// Three months of the embedded account's days; its world has an attack on Madagascar on 25 October.
const JOB: &str = r#"
name = "watch"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-08-01"
end = "2026-11-01"
[matrix]
countries = ["US", "CO", "MG"]
channels = ["sms", "call", "whatsapp"]
[limits]
requests_per_minute = 0
[plan]
strategy = "drill-down"
[output]
formats = ["csv"]
"#;

fn run(workspace: &Workspace, job: &Path) -> Command {
    let mut command = workspace.command("run", job);
    command.args(["--as-of", AS_OF]);
    command
}

fn published() -> (Workspace, PathBuf) {
    let workspace = Workspace::new();
    let job = workspace.job("watch.toml", JOB);
    finish(&mut run(&workspace, &job), 0);
    (workspace, job)
}

/// Attempts and conversions of October in the published table, summed by a column.
fn october(workspace: &Workspace, column: usize) -> BTreeMap<String, (i64, i64)> {
    let mut sums = BTreeMap::new();
    for (key, values) in csv_table(&workspace.path("output/watch")) {
        if key[3].starts_with("2026-10") {
            let sum: &mut (i64, i64) = sums.entry(key[column].clone()).or_default();
            sum.0 += values[0].parse::<i64>().unwrap();
            sum.1 += values[1].parse::<i64>().unwrap();
        }
    }
    sums
}

fn counts(numbers: &Value) -> (i64, i64) {
    (numbers["total_attempts"].as_i64().unwrap(), numbers["total_converted"].as_i64().unwrap())
}

fn by(parts: &Value, key: &str) -> BTreeMap<String, (i64, i64)> {
    let parts = parts.as_array().unwrap().iter();
    parts.map(|part| (part[key].as_str().unwrap().to_owned(), counts(part))).collect()
}

#[test]
fn the_numbers_are_those_of_the_table() {
    let (workspace, job) = published();
    let found = summary(workspace.report(&job).args(["--format", "md", "--as-of", AS_OF]), 0);
    assert_eq!((found["period"].as_str(), found["compared"].as_str()), (Some("2026-10"), Some("2026-09")));
    assert_eq!(by(&found["channels"], "channel"), october(&workspace, 6));
    assert_eq!(by(&found["countries"], "country"), october(&workspace, 5));
    let days = october(&workspace, 3);
    assert_eq!(days.len(), 31);
    for day in found["days"].as_array().unwrap() {
        assert_eq!(counts(&day["numbers"]), days[day["first_date"].as_str().unwrap()], "{day}");
        assert_eq!(day["state"], "final");
    }
    let total = days.values().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
    assert_eq!(counts(&found["totals"]), total);
    assert!(total.0 > 20_000, "{total:?}");
    assert_eq!((found["coverage"]["covered"].as_u64(), found["coverage"]["days"].as_u64()), (Some(31), Some(31)));
    // Four countries with the remainder, three channels, 31 days.
    assert_eq!((found["rows"].as_u64(), found["reconciled"].as_bool()), (Some(31 * 12), Some(true)));

    let path = workspace.path("output/watch/reports/2026-10.md");
    assert_eq!(Path::new(found["outputs"][0]["path"].as_str().unwrap()), path);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let grouped = |number: i64| format!("{},{:03}", number / 1000, number % 1000);
    assert!(text.contains(&format!("**{}** attempts, **{}** converted", grouped(total.0), grouped(total.1))), "{text}");
    assert!(text.contains("# watch · October 2026") && text.contains("every number is invented"), "{text}");

    // The same dataset gives the same bytes, and the summary names the file.
    let again = finish(workspace.report(&job).args(["--month", "2026-10", "--format", "md", "--as-of", AS_OF]), 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert!(searched(&again).contains("2026-10.md") && searched(&again).contains(&grouped(total.0)));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn what_deserves_attention_ends_with_5_and_brings_a_job_that_check_accepts() {
    let (workspace, job) = published();
    let alarm =
        |month: &str, code| summary(workspace.report(&job).args(["--month", month, "--fail-on", "attention"]), code);
    let found = alarm("2026-10", 5);
    let flags = found["attention"].as_array().unwrap();
    assert_eq!(flags.len(), 1, "{flags:#?}");
    assert_eq!((flags[0]["kind"].as_str(), flags[0]["country"].as_str()), (Some("pumping"), Some("MG")));
    assert!(flags[0]["sentence"].as_str().unwrap().starts_with("Madagascar: "));
    let prefixes = workspace.job("prefixes.toml", flags[0]["job"].as_str().unwrap());
    finish(verify_rollup().arg("check").arg(&prefixes), 0);
    assert_eq!(alarm("2026-09", 0)["attention"], Value::Array(vec![]));
    // Without the option the same is no failure.
    finish(workspace.report(&job).args(["--month", "2026-10"]), 0);
    // The day alone says it too, as the next morning's cron would.
    let day = summary(workspace.report(&job).args(["--day", "2026-10-25", "--fail-on", "attention"]), 5);
    assert_eq!((day["period"].as_str(), day["compared"].as_str()), (Some("2026-10-25"), Some("2026-10-18")));
    // The same by the words that a crontab can hold: at half past one in UTC.
    for (words, period) in
        [(["--day", "yesterday"], "2026-10-25"), (["--week", "last"], "2026-W43"), (["--month", "last"], "2026-09")]
    {
        let found = summary(workspace.report(&job).args(words).args(["--as-of", "2026-10-26T01:30:00Z"]), 0);
        assert_eq!(found["period"].as_str(), Some(period), "{words:?}");
    }
}

/// What `report -q` prints on stdout, and with which code it ends.
fn quiet(workspace: &Workspace, job: &Path, arguments: &[&str], code: i32) -> String {
    let output = finish(workspace.report(job).arg("-q").args(arguments), code);
    assert_eq!(stderr(&output), "", "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Each kind of failure ends with 5 where it is asked for, alone or with others; -q prints what failed and nothing else.
#[test]
fn what_is_to_fail_does_and_quiet_says_only_that() {
    let workspace = Workspace::new();
    let days = JOB.replace("start = \"2026-08-01\"", "start = \"2026-08-20\"");
    let job = workspace.job("watch.toml", &days.replace("end = \"2026-11-01\"", "end = \"2026-10-30\""));
    finish(run(&workspace, &job).args(["--as-of", "2026-10-30T06:00:00Z"]), 0);
    let october = |fails: &str, code| {
        quiet(&workspace, &job, &["--month", "2026-10", "--as-of", AS_OF, "--fail-on", fails, "--format", "md"], code)
    };
    let missing = "watch 2026-10: missing: 2026-10-30 – 2026-10-31\n";
    let provisional = "watch 2026-10: provisional: 2026-10-29\n";
    assert_eq!(october("missing", 5), missing);
    assert_eq!(october("provisional", 5), provisional);
    let attention = october("attention", 5);
    assert!(attention.starts_with("watch 2026-10: attention: Possible SMS pumping: Madagascar: "), "{attention}");
    assert_eq!(attention.lines().count(), 1);
    assert_eq!(october("provisional,missing,attention", 5), format!("{attention}{missing}{provisional}"));
    let september = |arguments: &[&str]| quiet(&workspace, &job, &[&["--month", "2026-09"], arguments].concat(), 0);
    assert_eq!(september(&["--fail-on", "attention,missing,provisional"]), "");
    assert_eq!(quiet(&workspace, &job, &["--month", "2026-10"], 0), "", "nothing is to fail");
    // A month that goes on lacks what was over, not what is to come; what is not published at all is missing, too.
    let now = ["--month", "2026-10", "--fail-on", "missing", "--as-of"];
    assert_eq!(quiet(&workspace, &job, &[&now[..], &["2026-10-30T06:00:00Z"]].concat(), 0), "");
    assert_eq!(
        quiet(&workspace, &job, &[&now[..], &["2026-10-31T00:00:00Z"]].concat(), 5),
        missing.replace(" – 2026-10-31", "")
    );
    let absent = finish(workspace.report(&job).args(["-q", "--day", "2026-10-30", "--fail-on", "missing"]), 5);
    assert!(stderr(&absent).contains("holds nothing of 2026-10-30"), "{}", stderr(&absent));
    finish(workspace.report(&job).args(["--day", "2026-10-30", "--fail-on", "attention"]), 2);
    // A day that is not over misses nothing yet, also where nothing of it is published.
    let today = ["--day", "2026-10-30", "--fail-on", "missing", "--as-of"];
    finish(workspace.report(&job).args(today).arg("2026-10-30T23:59:59Z"), 2);
    finish(workspace.report(&job).args(today).arg("2026-10-31T00:00:00Z"), 5);
    let empty = workspace.job("empty.toml", &days.replace("name = \"watch\"", "name = \"empty\""));
    finish(workspace.report(&empty).args(today).arg("2026-10-30T23:59:59Z"), 2);
    finish(workspace.report(&empty).args(today).arg("2026-10-31T00:00:00Z"), 5);
    // The object is printed whole, whatever failed.
    let found =
        summary(workspace.report(&job).args(["-q", "--month", "2026-10", "--as-of", AS_OF, "--fail-on", "missing"]), 5);
    assert_eq!(found["coverage"]["absent"], serde_json::json!(["2026-10-30", "2026-10-31"]));
}

/// A day of which the whole account is silent, as rows in the table: the simulated account has none, so the table is
/// rewritten. What is said of it stands in every form, as numbers in the object.
#[test]
fn an_outage_is_told_in_every_form() {
    let (workspace, job) = published();
    let file = workspace.path("output/watch/csv/month=2026-10/watch.csv");
    let mut rows = csv::Reader::from_path(&file).unwrap();
    let head = rows.headers().unwrap().clone();
    let column = |name: &str| head.iter().position(|column| column == name).unwrap();
    let mut written = csv::Writer::from_writer(Vec::new());
    written.write_record(&head).unwrap();
    for row in rows.records() {
        let mut row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        if row[column("window_date")] == "2026-10-14" {
            for name in ["total_attempts", "total_converted", "total_unconverted"] {
                row[column(name)] = "0".to_owned();
            }
            for (at, name) in head.iter().enumerate() {
                if name.contains("rate") {
                    row[at].clear();
                }
            }
        }
        written.write_record(&row).unwrap();
    }
    std::fs::write(&file, written.into_inner().unwrap()).unwrap();
    let found = summary(
        workspace.report(&job).args([
            "--month",
            "2026-10",
            "--fail-on",
            "attention",
            "--format",
            "md,html",
            "--as-of",
            AS_OF,
        ]),
        5,
    );
    let flags = found["attention"].as_array().unwrap();
    let outage = flags.iter().find(|flag| flag["kind"] == "outage").unwrap();
    assert_eq!((outage["outage_of"].as_str(), outage["first_date"].as_str()), (Some("attempts"), Some("2026-10-14")));
    assert_eq!((outage["total_attempts"].as_i64(), outage["country"].as_str()), (Some(0), None));
    assert!(outage["usual_attempts"].as_f64().unwrap() > 1000.0 && outage["usual_units"] == 5, "{outage}");
    assert_eq!(flags.len(), 2, "besides the attack: {flags:#?}");
    let looks = found["looks"].as_array().unwrap();
    let kinds: Vec<_> = looks.iter().map(|look| look["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["pumping", "outage", "outage", "drop", "new-country"]);
    assert!(looks.iter().all(|look| look["looked_for"] == true && look["judged"].as_u64() > Some(0)), "{looks:#?}");
    let sentence = outage["sentence"].as_str().unwrap();
    for form in ["md", "html"] {
        let text = std::fs::read_to_string(workspace.path(&format!("output/watch/reports/2026-10.{form}"))).unwrap();
        assert!(text.contains(sentence) && text.contains("look like pumping; without them"), "{form}");
    }
    let printed = searched(&finish(workspace.report(&job).args(["--month", "2026-10", "--as-of", AS_OF]), 0));
    assert!(printed.contains(&format!("Attempts fell away: {sentence}")), "{printed}");
}

#[test]
fn whatever_cannot_be_reported_says_why() {
    let (workspace, job) = published();
    let says = |arguments: &[&str], job: &Path, code, words: &[&str]| {
        let text = stderr(&finish(workspace.report(job).args(arguments), code));
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
    };
    says(&["--month", "2026-06"], &job, 2, &["holds nothing of 2026-06", "it covers 2026-08-01 – 2026-10-31"]);
    says(&["--month", "2026-10", "--compare", "2025-10"], &job, 2, &["holds nothing of 2025-10"]);
    says(&["--month", "2026-10", "--compare", "2026-W40"], &job, 2, &["--compare names a week", "a month is reported"]);
    says(&["--month", "2026-10", "--compare", "2026-10"], &job, 2, &["--compare names the period that is reported"]);
    says(&["--period", "week", "--month", "2026-10"], &job, 2, &["--period week does not go with --month"]);
    says(&["--month", "2026-10", "--week", "2026-W43"], &job, 2, &["--month", "--week"]);
    says(&["--month", "2026-W43"], &job, 2, &["expected a month such as 2026-10"]);
    says(&["--format", "pdf"], &job, 2, &["pdf", "md"]);
    says(&["--fail-on", "atention"], &job, 2, &["--fail-on", "did you mean attention?"]);
    says(
        &["--fail-on", "attention,mising"],
        &job,
        2,
        &["did you mean missing? (one of attention, missing, provisional)"],
    );
    says(&["--fail-on", "everything"], &job, 2, &["write one of attention, missing, provisional"]);
    says(&["--fail-on", ""], &job, 2, &["write one of attention, missing, provisional"]);

    let other = workspace.job("other.toml", &JOB.replace("[windows]", "[windows]\ntimezone = \"America/Bogota\""));
    says(&["--month", "2026-10"], &other, 2, &["holds another dataset", "timezone: UTC there, America/Bogota here"]);
    let split = workspace.job("split.toml", &JOB.replace("channels =", "#"));
    says(&["--month", "2026-10"], &split, 2, &["the matrix splits: countries, channels there, countries here"]);
    let unknown = workspace.job("unknown.toml", &JOB.replace("\"watch\"", "\"nobody\""));
    says(&[], &unknown, 2, &["nothing is published in", "nobody", "run the job first"]);
    let wrong = workspace.job("wrong.toml", &format!("{JOB}[report]\ntop = 5\n[report.attention]\nspike_facto = 2\n"));
    says(&[], &wrong, 2, &["unknown key `top`", "did you mean `spike_factor`?"]);

    let manifest = workspace.path("output/watch/_manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"format_version\": 2", "\"format_version\": 9")).unwrap();
    says(&["--month", "2026-10"], &job, 1, &["has format version 9", "upgrade verify-rollup"]);
    std::fs::write(&manifest, &text[..text.len() / 2]).unwrap();
    says(&["--month", "2026-10"], &job, 1, &["_manifest.json is damaged"]);
}

#[test]
fn a_month_that_is_partly_covered_names_its_days() {
    let workspace = Workspace::new();
    let days = JOB.replace("start = \"2026-08-01\"", "start = \"2026-10-03\"");
    let job = workspace.job("watch.toml", &days.replace("end = \"2026-11-01\"", "end = \"2026-10-30\""));
    finish(run(&workspace, &job).args(["--as-of", "2026-10-30T06:00:00Z"]), 0);
    let output = finish(workspace.report(&job).args(["--month", "2026-10", "--as-of", AS_OF]), 0);
    let text = searched(&output);
    let coverage = "27 of 31 days; missing 2026-10-01 – 2026-10-02, 2026-10-30 – 2026-10-31; provisional 2026-10-29";
    assert!(text.contains(coverage), "{text}");
    let found = summary(workspace.report(&job).args(["--month", "2026-10", "--as-of", AS_OF]), 0);
    assert_eq!(found["days"][0]["numbers"], Value::Null);
    assert_eq!((found["days"][0]["state"].as_str(), found["compared"].as_str()), (Some("missing"), None));
    // A changed file is told, and reported as far as it can be read.
    let file = workspace.path("output/watch/csv/month=2026-10/watch.csv");
    let mut rows = std::fs::read_to_string(&file).unwrap();
    rows.truncate(rows.trim_end().rfind('\n').unwrap() + 1);
    std::fs::write(&file, rows).unwrap();
    let output = finish(workspace.report(&job).args(["--month", "2026-10"]), 0);
    assert!(stderr(&output).contains("differs from the manifest"), "{}", searched(&output));
}

/// A report that belongs to the job is written by its run; one that cannot be written does not pass unnoticed, and
/// takes nothing from what is published.
#[test]
fn a_run_writes_the_report_that_its_job_asks_for() {
    let workspace = Workspace::new();
    let with = |table: &str| workspace.job("watch.toml", &format!("{JOB}{table}"));
    let short = JOB.replace("start = \"2026-08-01\"", "start = \"2026-10-25\"");
    let job = workspace.job("watch.toml", &short);
    let silent = summary(&mut run(&workspace, &job), 0);
    assert_eq!(silent["reports"], Value::Array(vec![]));
    assert!(!workspace.path("output/watch/reports").exists());

    let job = with("[report]\nformats = [\"md\"]\ntop_countries = 2\n");
    std::fs::write(workspace.path("output/watch/reports"), "in the way").unwrap();
    let failed = summary(&mut run(&workspace, &job), 1);
    assert_eq!(failed["status"], "complete");
    let warnings = failed["warnings"].to_string();
    assert!(warnings.contains("the report was not written"), "{warnings}");
    assert_eq!(october(&workspace, 3).len(), 31);

    std::fs::remove_file(workspace.path("output/watch/reports")).unwrap();
    let written = summary(&mut run(&workspace, &job), 0);
    let path = workspace.path("output/watch/reports/2026-10.md");
    assert_eq!(Path::new(written["reports"][0]["path"].as_str().unwrap()), path);
    assert!(path.is_file());
    // A week that the run did not touch is left alone.
    std::fs::remove_file(&path).unwrap();
    let job = with("[report]\nperiod = \"week\"\n");
    let later = summary(workspace.command("run", &job).args(["--as-of", "2026-11-20T00:00:00Z"]), 0);
    assert_eq!(later["reports"], Value::Array(vec![]));
}
