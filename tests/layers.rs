//! Data flows one way: lower rooms never import higher ones, and each foreign crate stays in its place and is accounted
//! for.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/imports.rs"]
mod imports;

use std::collections::BTreeSet;
use std::path::Path;

use imports::{Names, Source, absolute, module, sources};

/// Which rooms of ours each room may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 25] = [
    ("model", &[]),
    ("message", &[]),
    ("clock", &[]),
    ("splitmix64", &[]),
    ("job", &["model"]),
    ("planner", &["model", "splitmix64"]),
    ("recall", &["model"]),
    ("probe", &["model"]),
    ("listing", &["model"]),
    ("investigate", &["model"]),
    ("rollup", &["model"]),
    ("state", &["model", "postgres"]),
    ("postgres", &["model", "message", "clock"]),
    ("fetch", &["model", "message", "clock", "state", "postgres"]),
    ("ledger", &["model", "clock", "recall", "state", "postgres"]),
    ("simulator", &["model", "clock", "splitmix64"]),
    ("notify", &["model", "message", "job", "fetch"]),
    ("store", &["model", "fetch"]),
    ("sink", &["model", "rollup", "postgres", "store"]),
    ("report", &["model", "splitmix64", "job", "rollup", "sink"]),
    ("run", &["model", "clock", "listing", "planner", "fetch", "ledger", "postgres"]),
    ("progress", &["message", "clock", "fetch", "run"]),
    (
        "pipeline",
        &[
            "model",
            "message",
            "clock",
            "job",
            "planner",
            "recall",
            "rollup",
            "state",
            "postgres",
            "fetch",
            "ledger",
            "simulator",
            "store",
            "sink",
            "report",
            "run",
        ],
    ),
    ("accounts", &["model", "message", "job", "state", "ledger", "run", "pipeline"]),
    (
        "cli",
        &[
            "accounts",
            "model",
            "message",
            "clock",
            "job",
            "planner",
            "probe",
            "listing",
            "investigate",
            "rollup",
            "fetch",
            "ledger",
            "notify",
            "simulator",
            "sink",
            "state",
            "store",
            "postgres",
            "report",
            "run",
            "pipeline",
            "progress",
        ],
    ),
];

/// Words that must not appear in the pure rooms.
const IMPURE: [&str; 8] =
    ["tokio::", "reqwest::", "std::fs", "std::net", "SystemTime", "Instant::now", "Utc::now", "rusqlite::"];

/// The first folder below src, or the file's stem: `fetch` for fetch/http.rs.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// All paths of a file, those included that it only hands on.
fn paths(source: &Source) -> impl Iterator<Item = &Names> {
    source.paths.iter().chain(source.aliases.values())
}

/// The rooms that a file names; a glob at the root stands for every room.
fn rooms_named(file: &str, source: &Source) -> BTreeSet<String> {
    paths(source).filter_map(|path| absolute(&module(file), path)?.into_iter().next()).collect()
}

/// Whether a file names something foreign.
fn names_foreign(source: &Source, word: &str) -> bool {
    let is_foreign = |path: &&Names| !["crate", "self", "super"].contains(&path[0].as_str());
    paths(source).filter(is_foreign).any(|path| path.join("::").contains(word))
}

#[test]
fn rooms_are_found_in_every_form() {
    let table: [(&str, &[&str]); 7] = [
        ("use crate::ledger as book;", &["ledger"]),
        ("use crate::{model::{Cell, run}, fetch, sink::{atomic::{self, A}, csv}};", &["fetch", "model", "sink"]),
        ("pub fn f(x: crate::run::Stop) -> super::super::model::Cell {}", &["model", "run"]),
        ("pub(crate) use crate::{model, *};", &["*", "model"]),
        ("mod inner { pub use super::super::super::run::X; }", &["run"]),
        ("use super::run::X;", &["fetch"]),
        ("pub(crate) use subcrate::run::X;", &[]),
    ];
    for (text, expected) in table {
        let found = rooms_named("fetch/http.rs", &Source::read(text));
        assert!(found.iter().eq(expected), "{text}: {found:?}");
    }
}

#[test]
fn lower_rooms_never_import_higher_ones() {
    let mut wrong = Vec::new();
    for (file, source) in sources() {
        let room = room(&file);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room), "{room} has no rule here");
            continue;
        };
        for other in rooms_named(&file, &source) {
            if other != room && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{file} imports {other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_is_pure() {
    for (file, source) in sources() {
        if ["model", "job", "planner", "recall", "probe", "listing", "investigate", "rollup", "report"]
            .contains(&room(&file))
        {
            for word in IMPURE {
                assert!(!names_foreign(&source, word), "{file} uses {word}");
            }
        }
    }
}

#[test]
fn each_foreign_crate_stays_in_its_place() {
    let places: [(&str, &[&str]); 15] = [
        ("reqwest::", &["fetch/http.rs", "fetch/http/", "notify/post.rs", "store/client.rs"]),
        ("object_store::", &["store/", "sink/dataset/mirror/tests.rs"]),
        ("indicatif::", &["progress/bar.rs"]),
        ("tracing::", &["message.rs", "cli/log/"]),
        ("tracing_subscriber::", &["cli/log/"]),
        ("parquet::", &["sink/parquet.rs", "sink/parquet/"]),
        ("arrow::", &["rollup/schema.rs", "sink/parquet.rs", "sink/parquet/"]),
        (
            "rusqlite::",
            &["ledger/database.rs", "ledger/schema.rs", "ledger/anchor.rs", "ledger/error.rs", "ledger/at_rest.rs"],
        ),
        ("tokio_postgres::", &["postgres/"]),
        ("tokio_rustls::", &["postgres/tls.rs", "simulator/tls.rs"]),
        ("rcgen::", &["simulator/tls.rs"]),
        ("maud::", &["report/render/html/"]),
        ("plotters::", &["report/render/chart/canvas.rs"]),
        ("rust_xlsxwriter::", &["report/render/workbook/"]),
        ("Utc::now", &["clock.rs"]),
    ];
    for (file, source) in sources() {
        for (word, allowed) in places {
            let is_at_home = allowed.iter().any(|place| file.starts_with(place));
            assert!(is_at_home || !names_foreign(&source, word), "{file} uses {word}");
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
