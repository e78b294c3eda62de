//! Where runs follow one another: what a contract for every ledger is tested with.

use super::*;
use crate::model::{Note, PostgresUrl, Split};
use crate::postgres::{Login, server};
use crate::state::{Lease, State, StateServer};

/// A place where runs follow one another.
pub(super) trait Place: Default {
    type Log: Kept;
    fn begin(&self, origin: &Origin, request: &RunRequest) -> Self::Log;

    fn run(log: &Self::Log) -> BegunRun {
        log.begun()
    }

    fn end(log: Self::Log, end: RunEnd, now: i64) {
        Self::end_keeping(log, &end.into(), now);
    }

    fn end_keeping(log: Self::Log, kept: &EndOfRun, now: i64) {
        log.end_keeping(kept, now);
    }

    fn recall_around(log: &mut Self::Log, range: Window) {
        log.recall(range);
    }

    fn split_by(log: &mut Self::Log, split: Split) {
        log.split(split);
    }

    fn notes(log: &Self::Log) -> Vec<Note> {
        log.noted()
    }

    fn has_attempts(log: &Self::Log, within: Window) -> bool {
        log.knows_attempts(within)
    }
}

/// A ledger, wherever it is kept.
pub(super) trait Kept: AnswerLog {
    fn begun(&self) -> BegunRun;
    fn end_keeping(self, kept: &EndOfRun, now: i64);
    fn recall(&mut self, range: Window);
    fn split(&mut self, split: Split);
    fn noted(&self) -> Vec<Note>;
    fn knows_attempts(&self, within: Window) -> bool;
}

impl Kept for Ledger {
    fn begun(&self) -> BegunRun {
        *self.run()
    }

    fn end_keeping(self, kept: &EndOfRun, now: i64) {
        self.end_run(kept, time(now)).unwrap();
    }

    fn recall(&mut self, range: Window) {
        self.recall_around(range);
    }

    fn split(&mut self, split: Split) {
        self.split_by(split);
    }

    fn noted(&self) -> Vec<Note> {
        self.notes().unwrap()
    }

    fn knows_attempts(&self, within: Window) -> bool {
        self.has_attempts(within).unwrap()
    }
}

impl Kept for MemoryLedger {
    fn begun(&self) -> BegunRun {
        *self.run()
    }

    fn end_keeping(self, kept: &EndOfRun, now: i64) {
        self.end_run(kept, time(now));
    }

    fn recall(&mut self, range: Window) {
        self.recall_around(range);
    }

    fn split(&mut self, split: Split) {
        self.split_by(split);
    }

    fn noted(&self) -> Vec<Note> {
        self.notes()
    }

    fn knows_attempts(&self, within: Window) -> bool {
        self.has_attempts(within)
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
}

impl Place for MemoryStore {
    type Log = MemoryLedger;

    fn begin(&self, origin: &Origin, request: &RunRequest) -> MemoryLedger {
        MemoryLedger::begin_run(self, origin, request, LIMIT)
    }
}

/// A database of its own on the tests' server.
pub(super) struct Served(StateServer);

impl Default for Served {
    fn default() -> Self {
        Self(StateServer::new(&server::new_database(), &Login::default()))
    }
}

impl Served {
    pub fn server(&self) -> &StateServer {
        &self.0
    }

    pub fn url(&self) -> &PostgresUrl {
        &self.0.url
    }

    pub fn try_begin(
        &self,
        origin: &Origin,
        request: &RunRequest,
        lease: Option<Lease>,
    ) -> Result<Ledger, LedgerError> {
        Ledger::begin_run_in(
            &State::Server(Box::new(self.0.clone()), lease),
            origin,
            request,
            OPTIONS,
            StepHook::none(),
        )
    }
}

impl Place for Served {
    type Log = Ledger;

    fn begin(&self, origin: &Origin, request: &RunRequest) -> Ledger {
        self.try_begin(origin, request, None).unwrap()
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
