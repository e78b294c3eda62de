//! Writes the seeds that people cannot: sound files of the current formats, and ledgers whose schema is a trap.
//!
//! `cargo run --manifest-path fuzz/Cargo.toml --example seeds`, after a format has changed.

use std::path::Path;

use inputs::{ledger_file, manifest};
use rusqlite::Connection;

/// An open run that can be taken up, whose identifier never changes, and a closed one whose answers can be reused.
const SOUND: &str = "
    UPDATE runs SET run_id = '01990000-0000-7000-8000-000000000001';
    INSERT INTO runs SELECT 2, '01990000-0000-7000-8000-000000000002', origin, job, 'other', as_of, 1, started_at,
        seen_at, seen_at, 'published' FROM runs;
    INSERT INTO answers SELECT NULL, origin, 2, range_start, range_end, NULL, 'CO', NULL, NULL, 0, asked_at, 5, 3, 5, 3,
        2, 'null', 0, 0, 1794182400, 1 FROM answers;
    INSERT INTO notes VALUES (1, 'history', 1790812800, 1790899200000000)";

/// What each hostile ledger has, that a sound one has not.
const TRAPS: [(&str, &str); 7] = [
    (
        "endless-view",
        "DROP TABLE answers; CREATE VIEW answers AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)
         SELECT x AS id, 1 AS origin, 1 AS run, 1790812800 AS range_start, 1790899200 AS range_end, NULL AS service,
         NULL AS country, NULL AS channel, NULL AS prefix, 0 AS round, 0 AS asked_at, 0 AS attempts, 0 AS converted
         FROM n",
    ),
    (
        "endless-trigger",
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN INSERT INTO texts (text)
         WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT hex(randomblob(9)) FROM n; END",
    ),
    ("deleting-trigger", "CREATE TRIGGER t AFTER INSERT ON answers BEGIN DELETE FROM answers; END"),
    (
        "generated-column",
        "DROP TABLE texts;
         CREATE TABLE texts (id INTEGER PRIMARY KEY, raw TEXT, text TEXT AS (hex(zeroblob(400000000))))",
    ),
    ("missing-column", "ALTER TABLE runs DROP COLUMN seen_at"),
    ("other-index", "DROP INDEX answers_by_range; CREATE INDEX answers_by_range ON answers (hex(zeroblob(attempts)))"),
    (
        "far-times",
        "UPDATE runs SET as_of = 9223372036854775807, started_at = -9223372036854775807, seen_at = 9223372036854775807;
         UPDATE answers SET asked_at = -9223372036854775807, attempts = 9223372036854775807, converted = 0,
            server_at = 9223372036854775807;
         INSERT INTO ranges VALUES (1, 62, -9223372036854775808, 9223372036854775807)",
    ),
];

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("ledger.sqlite");
    // Small pages keep seeds small; the first open by the program finds them as they are.
    let connection = Connection::open(&file).expect("a database");
    connection.execute_batch("PRAGMA page_size = 512; VACUUM").expect("small pages");
    drop(connection);
    ledger_file::write(folder.path()).expect("a ledger");
    let store = |name: &str, sql: &str| {
        let connection = Connection::open(&file).expect("a ledger");
        connection.execute_batch("PRAGMA foreign_keys = OFF").expect("a pragma");
        connection.execute_batch(sql).expect("SQL of ours");
        connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").expect("one file");
        drop(connection);
        std::fs::copy(&file, corpus.join("ledger_file").join(format!("{name}.sqlite"))).expect("a seed");
    };
    store("sound", SOUND);
    let sound = std::fs::read(&file).expect("a ledger");
    for (name, sql) in TRAPS {
        std::fs::write(&file, &sound).expect("a ledger");
        store(name, sql);
    }
    let (json, csv) = manifest::sound();
    std::fs::write(corpus.join("manifest/sound.json"), json).expect("a seed");
    std::fs::write(corpus.join("../data/fuzzed.csv"), csv).expect("a seed");
}
