//! How the loop can be made to end, and how it ended.

use std::time::Duration;

use super::{AbsentCounts, Crowded, Tally};
use crate::fetch::{BucketError, GiveUpReason, OddPrices};
use crate::ledger::LedgerError;
use crate::model::UnixSeconds;
use crate::postgres::{Absence, PostgresError};

/// What a stop signal wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stop {
    /// Nothing: go on.
    #[default]
    Go,
    /// No new requests; keep what is in flight.
    Drain,
    /// Leave at once.
    Abort,
}

/// Why the run gave up before all was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{end}: {last_error}")]
pub struct GiveUp {
    /// What kind of end it was.
    pub end: GiveUpReason,
    /// The failure that decided it.
    pub last_error: String,
}

/// How the loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The planner has nothing left to ask.
    Finished,
    /// A stop signal.
    Stopped,
    /// See [`GiveUp`].
    GaveUp(GiveUp),
}

/// What the loop did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driven {
    /// How it ended.
    pub ending: Ending,
    /// Its counts.
    pub tally: Tally,
    /// How long it took.
    pub elapsed: Duration,
    /// The forms of bodies without counts that are known to mean zero, for later runs to know too.
    pub absent_counts: AbsentCounts,
    /// The latest time that the server said was its own.
    pub server_now: Option<UnixSeconds>,
    /// The first 429 that came with tokens to spare.
    pub crowded: Option<Crowded>,
    /// Listed prices that count as none though they are there.
    pub odd_prices: OddPrices,
}

/// The loop failed on the way; what the ledger committed stays.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct DriveFailure {
    /// What failed: the ledger, the limiter, or this program.
    #[source]
    pub error: DriveError,
    /// Its counts until then.
    pub tally: Tally,
}

impl Absence for DriveError {
    fn absence(&self) -> Option<&PostgresError> {
        match self {
            Self::Ledger(error) => error.absence(),
            Self::Limiter(BucketError::State(error)) => error.absence(),
            Self::Limiter(_) | Self::Bug(_) => None,
        }
    }

    fn comes_of_absence(&self) -> bool {
        match self {
            Self::Ledger(error) => error.comes_of_absence(),
            _ => self.absence().is_some(),
        }
    }
}

/// Why the loop failed.
#[derive(Debug, thiserror::Error)]
pub enum DriveError {
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The bucket file cannot be read or written.
    #[error(transparent)]
    Limiter(#[from] BucketError),
    /// A defect of this program.
    #[error("internal error, please report it: {0}")]
    Bug(String),
}
