//! How many requests a strategy sends, and on what grounds that is expected.

use std::fmt;

/// Attempts a day of the accounts that are assumed where nothing is known: few, as many as may be expected, many.
pub(super) const ASSUMED: [f64; 3] = [10.0, 1_000.0, 100_000.0];

/// How many requests a strategy sends.
#[derive(Debug, Clone, Copy)]
pub struct Requests {
    /// Whatever comes.
    pub least: u64,
    /// Whatever attempts there are.
    pub most: u64,
    /// As may be expected.
    pub expected: u64,
    /// Of those expected, the drill-down's.
    pub drilled: u64,
    /// Of those expected, the ones for evidence.
    pub evidence: u64,
    /// The same for few attempts and for many; all three agree where attempts are known or don't matter.
    pub few: u64,
    /// See [`Requests::few`].
    pub many: u64,
    /// Why so many are expected.
    pub grounds: Grounds,
}

/// What an expectation rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grounds {
    /// Every cell and total is asked.
    Counted,
    /// No settled window is open, and others are asked cell by cell.
    NothingSettled,
    /// What the ledger knows of so many windows, and the attempts in them.
    History {
        /// Settled windows.
        windows: usize,
        /// What they hold.
        attempts: u64,
    },
    /// The list was read before: what was kept of so many windows is confirmed only.
    Kept {
        /// Settled windows.
        windows: usize,
    },
    /// The ledger knows nothing.
    Assumption,
}

impl Grounds {
    /// Whether it is known what is asked, or was learnt from the account.
    #[must_use]
    pub const fn are_known(self) -> bool {
        !matches!(self, Self::Assumption)
    }
}

impl fmt::Display for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted => f.write_str("counted: every cell and total that the ledger does not answer"),
            Self::NothingSettled => f.write_str("no settled window is open; others are asked cell by cell"),
            Self::History { windows, attempts } => {
                write!(f, "expected from {windows} settled windows in the ledger with {attempts} attempts")
            }
            Self::Kept { windows } => {
                write!(
                    f,
                    "the ledger keeps what was listed of {windows} settled windows: only their sums are confirmed"
                )
            }
            Self::Assumption => {
                let [few, middle, many] = ASSUMED;
                write!(
                    f,
                    "no history: assumed are {middle} attempts a day ({few} to {many}), a long tail of countries, \
                     mostly text messages"
                )
            }
        }
    }
}
