//! `docs/JOB_FILE.md` is what the program prints, and every key of the schema has its row there.
//! After a change: `cargo run -q -- schema --markdown > docs/JOB_FILE.md`.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::Path;

use support::{finish, verify_rollup};

fn printed(arguments: &[&str]) -> String {
    String::from_utf8(finish(verify_rollup().args(arguments), 0).stdout).unwrap()
}

#[test]
fn the_page_is_what_the_program_prints() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/JOB_FILE.md")).unwrap();
    assert!(page == printed(&["schema", "--markdown"]), "run: cargo run -q -- schema --markdown > docs/JOB_FILE.md");
}

#[test]
fn every_key_has_its_row_with_its_default_and_its_meaning() {
    let page = printed(&["schema", "--markdown"]);
    let rows: Vec<Vec<_>> =
        page.lines().filter(|line| line.starts_with("| `")).map(|line| line.split(" | ").collect()).collect();
    let schema: serde_json::Value = serde_json::from_str(&printed(&["schema"])).unwrap();
    // A service's own keys are told with `services`.
    let tables = schema["$defs"].as_object().unwrap().iter().filter(|(name, _)| *name != "Service");
    let mut expected = 0;
    for table in tables.map(|(_, table)| table).chain([&schema]) {
        for (key, property) in table["properties"].as_object().unwrap() {
            expected += 1;
            let default = property.get("default").map_or(String::new(), |value| format!("`{value}`"));
            let is_required = table["required"].as_array().is_some_and(|names| names.contains(&key.as_str().into()));
            let default = if is_required { "required".to_owned() } else { default };
            let row = rows.iter().find(|row| row[0] == format!("| `{key}`") && row[2] == default);
            let row = row.unwrap_or_else(|| panic!("{key} has no row with the default {default:?}"));
            assert_eq!(row.len(), 4, "{row:?}");
            assert!(!row[1].is_empty() && row[3].len() > 8, "{row:?}");
        }
    }
    assert_eq!(rows.len(), expected);
}
