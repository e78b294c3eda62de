//! The points that a ledger passes, for crash tests and tests of the order of things.

use std::fmt;
use std::sync::Arc;

/// A point after which a crash leaves something new behind, or somebody knows something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LedgerStep {
    /// The file exists, perhaps still without tables.
    LedgerCreated,
    /// The run is written, in a transaction that is still open.
    RunEntered,
    /// The run is durable.
    RunOpened,
    /// A transaction for a group of answers is open.
    BatchBegun,
    /// The group is written, and not yet committed.
    BatchInserted,
    /// The group is durable, and nobody knows.
    BatchCommitted,
    /// The run's loop can know that the group is durable.
    BatchReported,
    /// How the run ended is durable.
    RunEnded,
}

impl LedgerStep {
    /// Every step, in the order in which a run first passes them.
    pub const ALL: [Self; 8] = [
        Self::LedgerCreated,
        Self::RunEntered,
        Self::RunOpened,
        Self::BatchBegun,
        Self::BatchInserted,
        Self::BatchCommitted,
        Self::BatchReported,
        Self::RunEnded,
    ];

    /// Its name, distinct from those of other rooms' steps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LedgerCreated => "ledger-created",
            Self::RunEntered => "run-entered",
            Self::RunOpened => "run-opened",
            Self::BatchBegun => "batch-begun",
            Self::BatchInserted => "batch-inserted",
            Self::BatchCommitted => "batch-committed",
            Self::BatchReported => "batch-reported",
            Self::RunEnded => "run-ended",
        }
    }
}

/// Called at every [`LedgerStep`], on whichever thread passes it.
#[derive(Clone)]
pub struct StepHook(Arc<dyn Fn(LedgerStep) + Send + Sync>);

impl StepHook {
    /// Listens with a function.
    pub fn new(listen: impl Fn(LedgerStep) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listen))
    }

    /// Listens to nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| {})
    }

    pub(super) fn reached(&self, step: LedgerStep) {
        (self.0)(step);
    }
}

impl Default for StepHook {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for StepHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StepHook")
    }
}
