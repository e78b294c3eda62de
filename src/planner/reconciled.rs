//! What the identities of a plan came to, from the verdicts on its windows: whoever says whether a run reconciled, or
//! how it ended, asks here, so that the two cannot contradict each other.

use super::verdict::Verdict;

/// What the identities of a plan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconciled {
    /// Every identity that is due was checked and holds.
    Wholly,
    /// None that was checked differs; others could not be, or drifted with a range that grows.
    Partly,
    /// Some differ: their windows are held back.
    No,
}

/// Whether something was left open beside the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    Closed,
    /// An identity without a part or its whole, or a sum that drifted.
    Open,
}

impl Reconciled {
    pub(super) fn of(verdicts: &[Verdict], rest: Rest) -> Self {
        if verdicts.contains(&Verdict::Differs) {
            Self::No
        } else if rest == Rest::Open || verdicts.contains(&Verdict::Incomplete) {
            Self::Partly
        } else {
            Self::Wholly
        }
    }
}
