//! Data flows one way: lower rooms never import higher ones, and each foreign crate stays in its place.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which rooms of ours each room may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 12] = [
    ("model", &[]),
    ("clock", &[]),
    ("job", &["model"]),
    ("planner", &["model"]),
    ("rollup", &["model"]),
    ("fetch", &["model", "clock"]),
    ("ledger", &["model", "clock"]),
    ("simulator", &["model", "clock"]),
    ("sink", &["model", "rollup"]),
    ("run", &["model", "clock", "planner", "fetch", "ledger"]),
    ("progress", &["model", "clock", "run"]),
    ("cli", &["model", "clock", "job", "planner", "rollup", "fetch", "ledger", "simulator", "sink", "run", "progress"]),
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
        for (other, _) in MAY_IMPORT {
            let imports = code(&text).contains(&format!("crate::{other}::"));
            if other != room && imports && !allowed.contains(&other) {
                wrong.push(format!("{} imports {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    for (path, text) in sources() {
        if ["model", "job", "planner", "rollup"].contains(&room(&path).as_str()) && !is_test(&path) {
            for word in IMPURE {
                assert!(!code(&text).contains(word), "{} uses {word}", path.display());
            }
        }
    }
}

#[test]
fn each_foreign_crate_stays_in_its_place() {
    let places: [(&str, &[&str]); 6] = [
        ("reqwest::", &["fetch/http.rs"]),
        ("indicatif::", &["progress.rs"]),
        ("parquet::", &["sink/parquet.rs", "sink/parquet/"]),
        ("arrow::", &["rollup/schema.rs", "sink/parquet.rs", "sink/parquet/"]),
        ("rusqlite::", &["ledger/"]),
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
