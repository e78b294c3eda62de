//! How far the work on many accounts has come, in numbers.

/// How far the work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) done: u64,
    pub(super) incomplete: u64,
    pub(super) at_work: u64,
    pub(super) sent: u64,
    pub(super) throttled: u64,
}
