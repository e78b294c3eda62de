//! `report --json` holds what the page, Markdown and the terminal say, as its schema and `docs/REPORT.md` describe it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::{Workspace, finish, searched, summary, verify_rollup};

const AS_OF: &str = "2026-11-05T00:00:00Z";

/// Months with an attack, names, prices, and a day that is missing.
const MONTHS: &str = r#"
name = "months"
description = "What a form says"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-08-01"
end = "2026-10-30"
[matrix]
countries = ["US", "CO", "MG", "DE", "AQ"]
channels = ["sms", "call", "whatsapp"]
[limits]
requests_per_minute = 0
[output]
formats = ["csv"]
[[report.prices.list]]
channel = "sms"
price = "0.05"
currency = "USD"
"#;

/// A week of hours of one country, by prefix.
const HOURS: &str = r#"
name = "hours"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-12"
end = "2026-10-19"
every = "hour"
[matrix]
countries = ["CO"]
channels = ["sms"]
destination_prefixes = ["+57300", "+57305", "+57999"]
remainder = false
[limits]
requests_per_minute = 0
"#;

/// Nothing is split.
const WHOLE: &str = r#"
name = "whole"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-12"
end = "2026-10-19"
every = "week"
[limits]
requests_per_minute = 0
"#;

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A report's object, which the schema describes to the last key, with its Markdown, page and terminal summary.
fn reported(text: &str, period: [&str; 2]) -> (Value, [String; 3]) {
    let workspace = Workspace::new();
    let job = workspace.job("job.toml", text);
    finish(workspace.command("run", &job).args(["--as-of", AS_OF]), 0);
    let report = || {
        let mut command = workspace.report(&job);
        command.args(period).args(["--format", "md,html", "--as-of", AS_OF]);
        command
    };
    let found = summary(&mut report(), 0);
    json_schema::check(&schema(), &found).unwrap_or_else(|error| panic!("{error}: {found:#}"));
    let terminal = searched(&finish(&mut report(), 0));
    let file = |at: usize| std::fs::read_to_string(found["outputs"][at]["path"].as_str().unwrap()).unwrap();
    let (page, markdown) = (file(0), file(1));
    (found, [markdown, page, terminal])
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn grouped(number: &Value) -> String {
    let digits = number.as_i64().unwrap().to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

fn percent(rate: &Value) -> String {
    rate.as_f64().map_or("–".to_owned(), |rate| format!("{:.1} %", rate * 100.0))
}

/// The cells of a row, by its name, in each table that has one: of Markdown and of the page.
fn rows(form: &str, name: &str) -> Vec<Vec<String>> {
    let markdown = form.lines().filter_map(|line| line.strip_prefix(&format!("| {name} | ")));
    let markdown = markdown.map(|rest| rest.trim_end_matches(" |").split(" | ").map(str::to_owned).collect());
    let page = form.split("<th scope=\"row\">").filter_map(|row| row.strip_prefix(&format!("{name}</th>")));
    let cell = |cell: &str| cell.split_once('>').unwrap().1.split("</td>").next().unwrap().to_owned();
    let page = page.map(|row| row.split("</tr>").next().unwrap().split("<td").skip(1).map(cell).collect());
    markdown.chain(page).collect()
}

/// Whether some row of that name has attempts and rate.
fn has(form: &str, name: &str, numbers: &Value) -> bool {
    let wanted = [grouped(&numbers["total_attempts"]), percent(&numbers["conversion_rate"])];
    rows(form, name).iter().any(|cells| wanted.iter().all(|text| cells.contains(text)))
}

#[test]
fn the_schema_is_that_of_the_program() {
    let printed = verify_rollup().args(["schema", "--report"]).output().unwrap().stdout;
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    assert!(printed == schema(), "renew it: verify-rollup schema --report > docs/report.schema.json");
    finish(verify_rollup().args(["schema", "--report", "--logs"]), 2);
}

/// Every key of the object itself stands on the page that explains it.
#[test]
fn the_documentation_names_every_key() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/REPORT.md")).unwrap();
    let (_, section) = page.split_once("## The object of `--json`").unwrap();
    let named: BTreeSet<&str> = section.split('`').skip(1).step_by(2).collect();
    let schema = schema();
    for key in schema["properties"].as_object().unwrap().keys() {
        assert!(named.contains(key.as_str()), "{key} is not explained");
    }
}

#[test]
fn what_a_month_says_stands_in_the_object() {
    let (found, [markdown, page, terminal]) = reported(MONTHS, ["--month", "2026-10"]);
    let countries = [("US", "United States"), ("CO", "Colombia"), ("MG", "Madagascar"), ("DE", "Germany")];
    let part = |parts: &str, key: &str, value: &str| {
        list(&found[parts])
            .iter()
            .find(|part| part[key] == value)
            .unwrap_or_else(|| panic!("{value}: {found:#}"))
            .clone()
    };
    for form in [&markdown, &page] {
        for (code, name) in countries {
            assert!(has(form, name, &part("countries", "country", code)), "{name}: {form}");
        }
        for (code, name) in [("sms", "SMS"), ("call", "Call"), ("whatsapp", "WhatsApp")] {
            assert!(has(form, name, &part("channels", "channel", code)), "{name}: {form}");
        }
        // Sentences and notes are the same everywhere.
        let flags = list(&found["attention"]).iter().chain(list(&found["taken_out"]));
        let sentences = flags.map(|flag| &flag["sentence"]);
        for text in sentences.chain(list(&found["notes"]).iter().take(1)) {
            assert!(form.contains(text.as_str().unwrap()), "{text}: {form}");
        }
        for look in list(&found["looks"]) {
            let sentence = &look["sentence"].as_str().unwrap()[1..];
            assert!(form.contains(sentence), "{sentence}: {form}");
        }
        for cell in list(&found["cells"]).iter().filter(|cell| cell["ranked"] == true) {
            let name = countries
                .iter()
                .find(|(code, _)| cell["country"] == *code)
                .map_or("Elsewhere, or no country", |it| it.1);
            let wanted = [
                format!("{} of {}", percent(&cell["conversion_rate"]), grouped(&cell["total_attempts"])),
                format!("{} of {}", grouped(&cell["total_converted"]), grouped(&cell["total_attempts"])),
            ];
            let found = rows(form, name).into_iter().flatten().any(|text| wanted.contains(&text));
            assert!(found, "{name}, {wanted:?}: {form}");
        }
    }
    assert_eq!((found["silent_countries"].as_u64(), list(&found["cells"]).len()), (Some(1), 14));
    assert!(page.contains("One more country was asked for and had no attempt."));
    let totals = &found["totals"];
    // Of what is compared: with which dates, and the change with and without the attack.
    let comparison = &found["comparison"];
    assert_eq!(
        (comparison["period"].as_str(), comparison["first_date"].as_str()),
        (Some("2026-09"), Some("2026-09-01"))
    );
    assert_eq!((comparison["days"].as_u64(), comparison["covered_days"].as_u64()), (Some(30), Some(30)));
    assert_eq!(comparison["mix"], "weekdays");
    let change = |numbers: &Value| {
        let attempts = numbers["attempts_change"].as_f64().unwrap();
        let sign = if attempts < 0.0 { "−" } else { "+" };
        format!("attempts {sign}{:.1} %", attempts.abs() * 100.0).replace("+0.0", "±0.0").replace("−0.0", "±0.0")
    };
    assert!(terminal.contains(&format!("{}, rate", change(totals))), "{terminal}");
    assert!(terminal.contains("against 2026-09 at the same weekday mix"), "{terminal}");
    let without = &totals["without_attacks"];
    let said = format!("without them {} converted, {}", percent(&without["conversion_rate"]), change(without));
    assert!(terminal.contains(&said), "{said}: {terminal}");
    let before = grouped(&totals["attempts_before"]);
    assert!(page.contains(&format!("({before} attempts, {} converted)", percent(&totals["rate_before"]))), "{before}");
    // Two days are missing, and it is said everywhere.
    assert_eq!(found["coverage"]["missing"], serde_json::json!(["2026-10-30", "2026-10-31"]));
    assert!(terminal.contains("29 of 31 days; missing 2026-10-30 – 2026-10-31"), "{terminal}");
    let run = found["origin"]["last_run"]["run_id"].as_str().unwrap();
    assert!(page.contains(run) && markdown.contains(run));
    let history = &found["history"];
    let said = format!(
        "the {} days before ({} – {})",
        history["days"],
        text(&history["first_date"]),
        text(&history["last_date"])
    );
    assert!(page.contains(&said), "{said}");
    let cost = text(&found["costs"]["currencies"][0]["cost"]);
    for form in [&markdown, &page, &terminal] {
        assert!(form.replace(',', "").contains(&format!("USD {cost} for ")), "{cost}: {form}");
    }
    // An object's parts are those of the day: what is missing has no numbers.
    let missing = &list(&found["days"])[30];
    assert_eq!((missing["state"].as_str(), &missing["numbers"]), (Some("missing"), &Value::Null));
    for mover in list(&found["movers"]["rose"]).iter().chain(list(&found["movers"]["fell"])) {
        assert!(markdown.contains(&format!("{:.1} pp", mover["moved"].as_f64().unwrap().abs() * 100.0)), "{mover}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn hours_and_prefixes_stand_in_the_object() {
    let (found, [markdown, page, terminal]) = reported(HOURS, ["--week", "2026-W42"]);
    let hours = list(&found["hours"]);
    assert_eq!(hours.len(), 7 * 24);
    let sum = |parts: &[Value]| parts.iter().map(|part| part["total_attempts"].as_i64().unwrap()).sum::<i64>();
    assert_eq!(Some(sum(hours)), found["totals"]["total_attempts"].as_i64());
    let prefixes = list(&found["destination_prefixes"]);
    assert_eq!(Some(sum(prefixes)), found["totals"]["total_attempts"].as_i64());
    assert_eq!((prefixes.len(), found["silent_prefixes"].as_u64()), (2, Some(1)));
    assert!(page.contains("One more prefix was asked for and had no attempt."));
    for prefix in prefixes {
        let name = prefix["destination_prefix"].as_str().unwrap();
        for form in [&markdown, &page] {
            assert!(has(form, name, prefix), "{name}: {form}");
        }
        assert!(terminal.contains(&format!("{name} {} of ", percent(&prefix["conversion_rate"]))), "{terminal}");
    }
    assert_eq!((&found["costs"], &found["comparison"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_is_not_split_is_empty_or_null() {
    let (found, _) = reported(WHOLE, ["--week", "2026-W42"]);
    for key in ["countries", "channels", "services", "cells", "destination_prefixes", "hours"] {
        assert_eq!(found[key], Value::Array(vec![]), "{key}");
    }
    assert_eq!(found["history"], Value::Null);
}
