//! What was seen of an account, kept for later runs.

use super::UnixMicros;

/// Something seen of an account at one origin. The planner names notes and reads them; the ledger keeps the newest of
/// each name, and knows nothing of what they mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What was seen; unique within an account and origin.
    pub name: String,
    /// How much or how far, in the unit of its name.
    pub value: i64,
    /// When it was seen, by this host's clock.
    pub seen_at: UnixMicros,
}
