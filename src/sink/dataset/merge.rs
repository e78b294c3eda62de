//! One window's rows: the stored ones, the new ones, or the better of both.

use std::cmp::Ordering;

use super::reading::{StoredRowError, StoredRows};
use super::window::StoredWindow;
use crate::model::{Provenance, Row};

/// Where the rows of a window come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin<'s> {
    /// As they stand on disk.
    Kept(&'s StoredWindow),
    /// From this run; there were none.
    New,
    /// From this run, in place of the same window's.
    Refreshed(&'s StoredWindow),
    /// From the ledger, which the same window's contradict.
    Rebuilt(&'s StoredWindow),
}

/// What went by while a window was merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) rows: u64,
    pub(super) provisional: u64,
    pub(super) total_attempts: i64,
    pub(super) total_converted: i64,
    /// Rows that the stored table does not have like this, or no longer has.
    pub(super) changed: u64,
    /// Rows that tell what their attempts cost.
    pub(super) with_cost: u64,
}

impl Facts {
    pub(super) const NONE: Self =
        Self { rows: 0, provisional: 0, total_attempts: 0, total_converted: 0, changed: 0, with_cost: 0 };

    fn count(&mut self, row: &Row) {
        self.rows += 1;
        self.provisional += u64::from(!row.is_final);
        self.with_cost += u64::from(row.cost.is_some());
        self.total_attempts = self.total_attempts.saturating_add(row.counts.attempts());
        self.total_converted = self.total_converted.saturating_add(row.counts.converted());
    }

    /// Whether the rows are final and none of their attempts has a cost.
    pub(super) const fn are_without_cost(&self) -> bool {
        self.total_attempts > 0 && self.provisional == 0 && self.with_cost == 0
    }
}

/// Passes a window's rows on in the table's order: as each stood, and as it is to be.
pub(super) fn merge<E: From<StoredRowError>>(
    origin: Origin<'_>,
    stored: &mut StoredRows<'_>,
    new: impl IntoIterator<Item = Row>,
    mut emit: impl FnMut(Option<&Row>, Option<&Row>) -> Result<(), E>,
) -> Result<Facts, E> {
    let mut facts = Facts::NONE;
    let mut pass = |before: Option<&Row>, after: Option<&Row>| {
        if let Some(row) = after {
            facts.count(row);
        }
        facts.changed += u64::from(before != after);
        emit(before, after)
    };
    match origin {
        Origin::Kept(window) => {
            stored.seek(window)?;
            while let Some(row) = stored.next()? {
                pass(Some(&row), Some(&row))?;
            }
        }
        Origin::New => {
            for row in new {
                pass(None, Some(&row))?;
            }
        }
        Origin::Refreshed(window) | Origin::Rebuilt(window) => {
            stored.seek(window)?;
            let mut old = stored.next()?;
            for row in new {
                while let Some(gone) = old.filter(|old| old.key < row.key) {
                    pass(Some(&gone), None)?;
                    old = stored.next()?;
                }
                match old {
                    Some(same) if same.key == row.key => {
                        let may_keep = matches!(origin, Origin::Refreshed(_));
                        let better = if may_keep && keeps(&same, &row) { same } else { row };
                        pass(Some(&same), Some(&better))?;
                        old = stored.next()?;
                    }
                    _ => pass(None, Some(&row))?,
                }
            }
            while let Some(gone) = old {
                pass(Some(&gone), None)?;
                old = stored.next()?;
            }
        }
    }
    Ok(facts)
}

/// Whether the stored row stays: nothing but its run would change, or nothing but its standing, to the worse. Final
/// stands above provisional, then a cost of more attempts above one of fewer or none, then what was measured or listed
/// above what is implied.
fn keeps(stored: &Row, new: &Row) -> bool {
    let priced = |row: &Row| row.cost.map(|cost| cost.priced);
    let standing = |row: &Row| (row.is_final, priced(row), row.provenance != Provenance::Implied);
    let Row { provenance, cost, is_final, .. } = *stored;
    if (Row { provenance, cost, is_final, ..*new }).changes(stored) {
        return false;
    }
    match standing(stored).cmp(&standing(new)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => cost == new.cost,
    }
}
