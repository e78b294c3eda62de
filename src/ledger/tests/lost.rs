//! A ledger whose directory another machine takes over while a run is open.

use std::fs::{self, File};

use super::*;
use crate::state::{Machine, State, StateDirectory, Timing};

const TIMING: Timing = Timing { settle: Duration::ZERO, ..Timing::DEFAULT };

fn hold(dir: &Path, name: &str) -> StateDirectory {
    let machine = Machine { boot: name.to_owned(), host: name.to_owned() };
    StateDirectory::hold(dir, &machine, UnixSeconds(100_000), TIMING).unwrap()
}

fn begin_in(state: &StateDirectory) -> Ledger {
    let state = State::Directory(state.clone());
    Ledger::begin_run_in(&state, &origin(), &request(100_000), OPTIONS, StepHook::none()).unwrap()
}

fn take_over(dir: &Path) -> StateDirectory {
    let mark = File::options().write(true).open(dir.join("holder")).unwrap();
    let beaten = mark.metadata().unwrap().modified().unwrap();
    mark.set_modified(beaten - TIMING.silence).unwrap();
    hold(dir, "two")
}

/// The ledger and its journal.
fn bytes(dir: &Path) -> [Option<Vec<u8>>; 2] {
    ["ledger.sqlite", "ledger.sqlite-wal"].map(|name| fs::read(dir.join(name)).ok())
}

#[tokio::test]
async fn nothing_is_written_into_another_machines_ledger() {
    for ending in ["record", "adopt", "end"] {
        let folder = TempDir::new().unwrap();
        let dir = folder.path();
        let state = hold(dir, "one");
        let mut ledger = begin_in(&state);
        write(&mut ledger, [record(0, slice(0), Round::First, 100_000, 5)]).await;
        let _new = take_over(dir);
        let before = bytes(dir);
        assert!(before[1].is_some(), "the journal holds what was committed");
        let error = match ending {
            "record" => {
                ledger.record(record(1, slice(1), Round::First, 100_001, 6)).unwrap();
                let error = ledger.committed().await.unwrap_err();
                drop(ledger);
                error
            }
            "adopt" => {
                let error = ledger.adopt(&[], &[], time(100_001)).unwrap_err();
                drop(ledger);
                error
            }
            _ => ledger.end_run(&RunEnd::Published.into(), time(100_002)).unwrap_err(),
        };
        assert!(matches!(&error, LedgerError::State(lost) if lost.is_another_machine()), "{ending}: {error}");
        assert_eq!(bytes(dir), before, "{ending}: closing it neither moved the journal into the file nor removed it");
    }
}

/// What the former holder had committed, and no more, is what the next finds.
#[tokio::test]
async fn the_next_holder_finds_what_was_committed() {
    let folder = TempDir::new().unwrap();
    let state = hold(folder.path(), "one");
    let mut old = begin_in(&state);
    write(&mut old, [record(0, slice(0), Round::First, 100_000, 5)]).await;
    let new = take_over(folder.path());
    old.record(record(1, slice(1), Round::First, 100_001, 6)).unwrap();
    old.committed().await.unwrap_err();
    let mut ledger = begin_in(&new);
    drop(old);
    write(&mut ledger, [record(2, slice(2), Round::First, 100_002, 7)]).await;
    let mut attempts = |start| found(&mut ledger, question(slice(start), Round::First, Reuse::Settled));
    assert_eq!(
        [attempts(0), attempts(1), attempts(2)].map(|found| found.map(|(attempts, _)| attempts)),
        [Some(5), None, Some(7)]
    );
}
