//! What ledger and dataset remember of the account.

use super::failure::Failure;
use crate::ledger::Ledger;
use crate::model::{UnixSeconds, Window};
use crate::planner::Memory;
use crate::sink::dataset::Dataset;

/// What ledger and dataset remember of the account, as far as it matters to a range.
pub fn memory(
    ledger: &Ledger,
    dataset: &Dataset,
    adopted_windows: usize,
    range: Option<Window>,
) -> Result<Memory, Failure> {
    let Some(range) = range else { return Ok(Memory::default()) };
    let before = Window::new(UnixSeconds(0), range.start());
    let has_attempts = |within| ledger.has_attempts(within).map_err(|error| Failure::caused(&error));
    let mut published = dataset.stored().rows(Some(range));
    Ok(Memory {
        notes: ledger.notes().map_err(|error| Failure::caused(&error))?,
        has_attempts_inside: published.any(|row| row.is_ok_and(|row| row.counts.attempts() > 0))
            || has_attempts(range)?,
        has_attempts_before: before.map_or(Ok(false), has_attempts)?,
        adopted_windows,
    })
}
