//! From an attack down to its block of numbers: the job that a report offers is run and reported, and so on, as a user
//! would, until nothing finer is offered.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use support::{Workspace, csv_table, finish, searched, summary};

const AS_OF: &str = "2026-11-05T00:00:00Z";

/// Three months of the embedded account; its world has an attack on Madagascar on 25 October.
const JOB: &str = r#"
name = "watch"
[source]
base_url = "simulator"
retention = "none"
settle_after = "36h"
[windows]
start = "2026-08-01"
end = "2026-11-01"
[matrix]
countries = ["US", "CO", "MG"]
channels = ["sms", "call", "whatsapp"]
[limits]
requests_per_minute = 0
[output]
formats = ["csv"]
"#;

/// The line of a sample job's head that reports it: `--day 2026-10-25`.
fn period(job: &str) -> Vec<String> {
    let line = job.lines().find(|line| line.starts_with("#     verify-rollup report ")).unwrap();
    line.split_whitespace().skip(4).map(str::to_owned).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Each report names the block by more digits, over the same attempts as the report before, until they are spread evenly
/// over the thousand numbers that the attacker had; these are told from the dataset in every form.
#[test]
fn an_attack_is_followed_down_to_its_block() {
    let workspace = Workspace::new();
    let mut job = workspace.job("watch.toml", JOB);
    let mut arguments = vec!["--month".to_owned(), "2026-10".to_owned()];
    let mut blocks = Vec::new();
    loop {
        finish(workspace.command("run", &job).args(["--as-of", AS_OF]), 0);
        let report = || {
            let mut command = workspace.report(&job);
            command.args(&arguments).args(["--format", "md,html,xlsx", "--as-of", AS_OF]);
            command
        };
        let found = summary(&mut report(), 0);
        let flags: Vec<&Value> =
            found["attention"].as_array().unwrap().iter().filter(|flag| flag["kind"] == "pumping").collect();
        assert_eq!(flags.len(), 1, "{found:#}");
        let flag = flags[0];
        assert_eq!((flag["country"].as_str(), flag["total_attempts"].as_i64()), (Some("MG"), Some(2_418)), "{flag:#}");
        assert_eq!(flag["total_converted"], 31);
        let block = text(&flag["destination_prefix"]);
        let said = searched(&finish(&mut report(), 0));
        assert!(said.contains("Possible SMS pumping") && said.contains(&block), "{said}");
        if !block.is_empty() {
            is_told_in_every_form(&found, &block);
        }
        blocks.push(block);
        let Some(next) = flag["job"].as_str() else { break };
        assert!(next.contains("retention = \"none\"") && next.contains("settle_after = \"36h\""), "{next}");
        arguments = period(next);
        let name = next.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).unwrap();
        job = workspace.job(&format!("{name}.toml"), next);
        assert!(blocks.len() < 10, "{blocks:?}");
    }
    assert_eq!(blocks, ["", "+26132", "+2613210", "+261321011", "+261321011"]);
}

/// The ranking is the table's, and stands in each form.
fn is_told_in_every_form(found: &Value, block: &str) {
    let page = text(&found["outputs"][0]["path"]);
    let folder = Path::new(&page).parent().unwrap().parent().unwrap();
    let mut rows = BTreeMap::new();
    for (key, values) in csv_table(folder) {
        let sum: &mut (i64, i64) = rows.entry(key[7].clone()).or_default();
        sum.0 += values[0].parse::<i64>().unwrap();
        sum.1 += values[1].parse::<i64>().unwrap();
    }
    rows.retain(|_, sum| sum.0 > 0);
    let ranked = found["destination_prefixes"].as_array().unwrap();
    let counts = |part: &Value| (part["total_attempts"].as_i64().unwrap(), part["total_converted"].as_i64().unwrap());
    let ranking = ranked.iter().map(|part| (text(&part["destination_prefix"]), counts(part)));
    assert_eq!(ranking.collect::<BTreeMap<_, _>>(), rows);
    assert!(ranked.is_sorted_by_key(|part| -counts(part).0));
    assert!(ranked.iter().all(|part| part["conversion_rate_low"].is_f64() && part["conversion_rate_high"].is_f64()));
    for form in ["md", "html"] {
        let path = folder.join(format!("reports/2026-10-25.{form}"));
        let written = std::fs::read_to_string(path).unwrap();
        assert!(
            written.contains("Destination prefixes") && written.contains(&format!("numbers {block}…")),
            "{written}"
        );
        assert!(written.contains(ranked[0]["destination_prefix"].as_str().unwrap()), "{written}");
    }
}
