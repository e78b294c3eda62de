//! Hostile inputs, replayed: every file of `fuzz/corpus`, and inputs whose size alone is hostile. Nothing panics,
//! nothing hangs, and no input costs more memory than [`BOUND`] beyond its own size.
//!
//! Each kind is replayed by a process of its own, this test binary started anew for the one test, so that a hang can be
//! ended, memory be measured, and an allocation without end fails there. `make fuzz` looks for more inputs.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "fuzz_corpora/hostile.rs"]
mod hostile;
#[path = "../fuzz/src/lib.rs"]
mod inputs;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use inputs::{api_body, bucket_file, cli_arguments, job_file, ledger_file, manifest};

/// KiB that one input may cost beyond its size.
const BOUND: u64 = 256 * 1024;
/// Tells the child that it is one.
const CHILD: &str = "FUZZ_CORPORA_CHILD";
/// A hang takes longer, and nothing else does; in steps of a tenth of a second.
const WATCHDOG: u32 = 3000;

/// Replays a kind's corpus and its hostile sizes in a child, and waits for it.
fn replay(kind: &str, replay: fn(&[u8]), hostile: &[(&str, Vec<u8>)]) {
    let corpus = corpus(kind);
    assert!(!corpus.is_empty(), "fuzz/corpus/{kind} is empty");
    if std::env::var_os(CHILD).is_some() {
        for (name, bytes) in hostile {
            measured(name, bytes, replay);
        }
        for path in &corpus {
            measured(&path.display().to_string(), &fs::read(path).unwrap(), replay);
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (log, said) = (folder.path().join("log"), || fs::read_to_string(folder.path().join("log")).unwrap());
    File::create(&log).unwrap();
    let appending = || File::options().append(true).open(&log).unwrap();
    // An allocation without end is refused, not only noticed.
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 4194304; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", kind, "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .stdout(appending())
        .stderr(appending())
        .spawn()
        .unwrap();
    let mut status = None;
    for _ in 0..WATCHDOG {
        status = child.try_wait().unwrap();
        if status.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let Some(status) = status else {
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("hangs:\n{}", said());
    };
    let replayed = said().lines().filter(|line| line.starts_with("replayed ")).count();
    assert!(status.success(), "{status}\n{}", said());
    assert_eq!(replayed, corpus.len() + hostile.len(), "{}", said());
    // Shown by `--nocapture`.
    print!("{}", said());
}

/// Every file of a kind's corpus.
fn corpus(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(kind);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn measured(name: &str, bytes: &[u8], replay: fn(&[u8])) {
    eprintln!("replaying {name}, {} bytes", bytes.len());
    // Resets the peak to what is used now; where that is not allowed, only growth beyond the peak so far is seen.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = peak();
    replay(bytes);
    let grown = peak() - before;
    let bound = BOUND + bytes.len() as u64 / 1024;
    assert!(grown <= bound, "{name} cost {grown} KiB, more than {bound}");
    eprintln!("replayed {name}: {grown} KiB");
}

/// The greatest resident size so far, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn job_file() {
    replay("job_file", job_file::replay, &hostile::job_files());
}

#[test]
fn api_body() {
    replay("api_body", api_body::replay, &hostile::api_bodies());
}

#[test]
fn ledger_file() {
    replay("ledger_file", ledger_file::replay, &hostile::ledger_files());
}

#[test]
fn bucket_file() {
    replay("bucket_file", bucket_file::replay, &hostile::bucket_files());
}

#[test]
fn manifest() {
    replay("manifest", manifest::replay, &hostile::manifests());
}

#[test]
fn cli_arguments() {
    replay("cli_arguments", cli_arguments::replay, &hostile::command_lines());
}

/// Inputs from which the others are derived: were they refused at the door, the others would try nothing.
#[test]
fn sound_seeds_are_what_the_program_writes() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)).unwrap();
    let remedy = "run `cargo run --manifest-path fuzz/Cargo.toml --example seeds`";
    let (json, csv) = manifest::sound();
    assert_eq!(json, read("corpus/manifest/sound.json"), "{remedy}");
    assert_eq!(csv, read("data/fuzzed.csv"), "{remedy}");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ledger.sqlite"), ledger_file::SOUND).unwrap();
    assert_eq!(ledger_file::look(folder.path()).unwrap(), ledger_file::FOUND, "{remedy}");
    ledger_file::write(folder.path()).unwrap();
}

/// Small enough to be read through, and to be cloned by everybody.
#[test]
fn corpora_stay_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let kinds: Vec<_> = fs::read_dir(folder).unwrap().map(|kind| kind.unwrap().file_name()).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    let files = kinds.iter().flat_map(|kind| corpus(kind.to_str().unwrap()));
    let sizes: Vec<u64> = files.map(|path| path.metadata().unwrap().len()).collect();
    assert!(sizes.iter().all(|size| *size <= 64 * 1024), "{sizes:?}");
    assert!(sizes.iter().sum::<u64>() <= 300 * 1024, "{}", sizes.iter().sum::<u64>());
}
