//! Data flows one way: lower rooms never import higher ones, and each foreign crate stays in its place and is accounted
//! for.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Which rooms of ours each room may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 16] = [
    ("model", &[]),
    ("clock", &[]),
    ("job", &["model"]),
    ("planner", &["model"]),
    ("recall", &["model"]),
    ("probe", &["model"]),
    ("rollup", &["model"]),
    ("state", &["model"]),
    ("fetch", &["model", "clock", "state"]),
    ("ledger", &["model", "clock", "recall", "state"]),
    ("simulator", &["model", "clock"]),
    ("sink", &["model", "rollup"]),
    ("report", &["model", "job", "rollup", "sink"]),
    ("run", &["model", "clock", "planner", "fetch", "ledger"]),
    ("progress", &["model", "clock", "run"]),
    (
        "cli",
        &[
            "model",
            "clock",
            "job",
            "planner",
            "recall",
            "probe",
            "rollup",
            "state",
            "fetch",
            "ledger",
            "simulator",
            "sink",
            "report",
            "run",
            "progress",
        ],
    ),
];

/// Words that must not appear in the pure rooms.
const IMPURE: [&str; 8] =
    ["tokio::", "reqwest::", "std::fs", "std::net", "SystemTime", "Instant::now", "Utc::now", "rusqlite::"];

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                found.insert(path, text);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 30, "the walk found only {} files", found.len());
    found
}

/// The first folder below src, or the file's stem: `fetch` for src/fetch/http.rs.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn is_test(path: &Path) -> bool {
    path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    })
}

/// The code without line comments and without a trailing `mod tests`.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end]
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| if code.ends_with(':') { line } else { code }))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names that stand right below `crate::`, also those in groups: `run` and `model` for `crate::{run::X, model}`.
fn imports(code: &str) -> BTreeSet<String> {
    fn is_part_of_name(letter: char) -> bool {
        letter.is_alphanumeric() || letter == '_'
    }
    fn first_name(path: &str) -> String {
        let name: String = path.trim_start().chars().take_while(|letter| is_part_of_name(*letter)).collect();
        // A glob stands for every room.
        if name.is_empty() { "everything".to_owned() } else { name }
    }
    let mut found = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with(is_part_of_name)) {
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.insert(first_name(rest));
            continue;
        };
        let mut depth = 1;
        let mut entries = vec![String::new()];
        for letter in group.chars() {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            match letter {
                _ if depth == 0 => break,
                ',' if depth == 1 => entries.push(String::new()),
                _ => entries.last_mut().unwrap().push(letter),
            }
        }
        found.extend(entries.iter().filter(|entry| !entry.trim().is_empty()).map(|entry| first_name(entry)));
    }
    found
}

#[test]
fn imports_are_found_in_every_form() {
    let table: [(&str, &[&str]); 10] = [
        ("use crate::ledger::Record;", &["ledger"]),
        ("use crate::ledger;", &["ledger"]),
        ("use crate::ledger as book;", &["ledger"]),
        ("use crate::{run::X};", &["run"]),
        (
            "use crate::{\n    model::{Cell, run},\n    fetch,\n    sink::{atomic::{self, A}, csv},\n};",
            &["fetch", "model", "sink"],
        ),
        ("fn f(x: crate::run::Stop) -> crate::model::Cell", &["model", "run"]),
        ("use crate::*;", &["everything"]),
        ("use crate::{model, *};", &["everything", "model"]),
        ("use crate::runner::X;", &["runner"]),
        ("pub(crate) use subcrate::run::X;", &[]),
    ];
    for (code, names) in table {
        assert_eq!(imports(code), names.iter().map(|&name| name.to_owned()).collect(), "{code}");
    }
}

#[test]
fn lower_rooms_never_import_higher_ones() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room(&path);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room.as_str()), "{room} has no rule here");
            continue;
        };
        if is_test(&path) {
            continue;
        }
        for other in imports(&code(&text)) {
            if other != room && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{} imports {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    for (path, text) in sources() {
        if ["model", "job", "planner", "recall", "probe", "rollup", "report"].contains(&room(&path).as_str())
            && !is_test(&path)
        {
            for word in IMPURE {
                assert!(!code(&text).contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn each_foreign_crate_stays_in_its_place() {
    let places: [(&str, &[&str]); 9] = [
        ("reqwest::", &["fetch/http.rs"]),
        ("indicatif::", &["progress.rs"]),
        ("parquet::", &["sink/parquet.rs", "sink/parquet/"]),
        ("arrow::", &["rollup/schema.rs", "sink/parquet.rs", "sink/parquet/"]),
        ("rusqlite::", &["ledger/"]),
        ("maud::", &["report/render/html/"]),
        ("plotters::", &["report/render/chart/canvas.rs"]),
        ("rust_xlsxwriter::", &["report/render/workbook/"]),
        ("Utc::now", &["clock.rs"]),
    ];
    for (path, text) in sources() {
        if is_test(&path) {
            continue;
        }
        for (word, allowed) in places {
            let at_home = allowed.iter().any(|place| path.to_string_lossy().contains(&format!("src/{place}")));
            // `self::parquet::` is a module of ours.
            let code = code(&text).replace(&format!("self::{word}"), "");
            assert!(at_home || !code.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn every_dependency_has_its_reason_written_down() {
    let read = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let sections = manifest.iter().filter(|(name, _)| name.ends_with("dependencies"));
    let wanted: BTreeSet<_> = sections.flat_map(|(_, section)| section.as_table().unwrap().keys().cloned()).collect();
    assert!(wanted.contains("tokio") && wanted.contains("proptest"), "{wanted:?}");

    let page = read("docs/DEPENDENCIES.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next()).skip(2);
    let named: Vec<_> = rows.flat_map(|crates| crates.split(", ")).map(str::to_owned).collect();
    assert_eq!(named.iter().cloned().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(named.len(), wanted.len(), "a crate stands there twice");
}
