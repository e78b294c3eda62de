//! Why a run may not write any more to a ledger that hosts share.

/// Why a write is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// Another process took up the run, or the lease on its dataset.
    #[error(
        "another run took up what this one had begun, as this one gave no sign of life for too long: nothing more is \
         written here, and that run goes on with what this one learnt"
    )]
    Over,
    /// The database does not hold what it had confirmed.
    #[error(
        "the database lacks answers that it had confirmed, as one does that was put back to an earlier state, or whose \
         standby took over without them; run again to ask for what is missing"
    )]
    Back,
}
