//! Where runs follow one another: what a contract for every ledger is tested with.

use super::*;
use crate::model::{Note, PostgresUrl, Split};
use crate::postgres::{Login, server};

/// A place where runs follow one another.
pub(super) trait Place: Default {
    type Log: AnswerLog;
    fn begin(&self, origin: &Origin, request: &RunRequest) -> Self::Log;
    fn run(log: &Self::Log) -> BegunRun;
    fn end_keeping(log: Self::Log, kept: &EndOfRun, now: i64);
    fn recall_around(log: &mut Self::Log, range: Window);
    fn split_by(log: &mut Self::Log, split: Split);
    fn notes(log: &Self::Log) -> Vec<Note>;
    fn has_attempts(log: &Self::Log, within: Window) -> bool;

    fn end(log: Self::Log, end: RunEnd, now: i64) {
        Self::end_keeping(log, &end.into(), now);
    }
}

pub(super) struct Disk(TempDir);

impl Default for Disk {
    fn default() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Place for Disk {
    type Log = Ledger;

    fn begin(&self, origin: &Origin, request: &RunRequest) -> Ledger {
        Ledger::begin_run(self.0.path(), origin, request, OPTIONS).unwrap()
    }

    fn run(log: &Ledger) -> BegunRun {
        *log.run()
    }

    fn end_keeping(log: Ledger, kept: &EndOfRun, now: i64) {
        log.end_run(kept, time(now)).unwrap();
    }

    fn recall_around(log: &mut Ledger, range: Window) {
        log.recall_around(range);
    }

    fn split_by(log: &mut Ledger, split: Split) {
        log.split_by(split);
    }

    fn notes(log: &Ledger) -> Vec<Note> {
        log.notes().unwrap()
    }

    fn has_attempts(log: &Ledger, within: Window) -> bool {
        log.has_attempts(within).unwrap()
    }
}

impl Place for MemoryStore {
    type Log = MemoryLedger;

    fn begin(&self, origin: &Origin, request: &RunRequest) -> MemoryLedger {
        MemoryLedger::begin_run(self, origin, request, LIMIT)
    }

    fn run(log: &MemoryLedger) -> BegunRun {
        *log.run()
    }

    fn end_keeping(log: MemoryLedger, kept: &EndOfRun, now: i64) {
        log.end_run(kept, time(now));
    }

    fn recall_around(log: &mut MemoryLedger, range: Window) {
        log.recall_around(range);
    }

    fn split_by(log: &mut MemoryLedger, split: Split) {
        log.split_by(split);
    }

    fn notes(log: &MemoryLedger) -> Vec<Note> {
        log.notes()
    }

    fn has_attempts(log: &MemoryLedger, within: Window) -> bool {
        log.has_attempts(within)
    }
}

/// A database of its own on the tests' server.
pub(super) struct Served(PostgresUrl);

impl Default for Served {
    fn default() -> Self {
        Self(server::new_database())
    }
}

impl Served {
    pub fn url(&self) -> &PostgresUrl {
        &self.0
    }
}

impl Place for Served {
    type Log = Ledger;

    fn begin(&self, origin: &Origin, request: &RunRequest) -> Ledger {
        let login = Login::default();
        Ledger::begin_run_on((&self.0, &login), origin, request, OPTIONS.unacknowledged, StepHook::none()).unwrap()
    }

    fn run(log: &Ledger) -> BegunRun {
        *log.run()
    }

    fn end_keeping(log: Ledger, kept: &EndOfRun, now: i64) {
        log.end_run(kept, time(now)).unwrap();
    }

    fn recall_around(log: &mut Ledger, range: Window) {
        log.recall_around(range);
    }

    fn split_by(log: &mut Ledger, split: Split) {
        log.split_by(split);
    }

    fn notes(log: &Ledger) -> Vec<Note> {
        log.notes().unwrap()
    }

    fn has_attempts(log: &Ledger, within: Window) -> bool {
        log.has_attempts(within).unwrap()
    }
}

/// Makes each test one of the ledger on disk, one of that in memory, and one of that of a server.
macro_rules! contract {
    ($($test:ident)*) => {
        mod disk {
            $(#[tokio::test]
            async fn $test() {
                super::$test::<crate::ledger::tests::place::Disk>().await;
            })*
        }
        mod served {
            $(#[tokio::test]
            async fn $test() {
                super::$test::<crate::ledger::tests::place::Served>().await;
            })*
        }
        mod memory {
            $(#[tokio::test(start_paused = true)]
            async fn $test() {
                super::$test::<crate::ledger::MemoryStore>().await;
            })*
        }
    };
}
pub(super) use contract;
