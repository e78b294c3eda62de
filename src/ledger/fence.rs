//! Whose a run is on a server, and which of its groups of answers are written.
//!
//! A host that was silent for too long may come back after another took up its run, and an acknowledgement may be lost
//! with the connection. So the row of a run names its holder, and counts the groups that this one wrote; each write
//! raises the count by one, in its own transaction and with the row in hand. A holder that is not named any more writes
//! nothing; a group that is tried again is found to be written, or is written; a server that was put back to a time
//! before an acknowledged group is noticed. On one machine a file's locks and its place do for that.

use uuid::Uuid;

use super::database::{Database, Result, values};
use super::taken::Taken;
use crate::state::Lease;

/// Whether a group is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passed {
    Now,
    /// A try before wrote it, and its acknowledgement was lost.
    Before,
}

/// Our name in the row of our run, and how many groups we wrote.
#[derive(Debug, Clone)]
pub(super) struct Fence {
    holder: String,
    written: i64,
}

/// Lets a transaction go on only while a lease is ours; whoever takes it over waits for its end.
pub(super) fn hold(database: &Database, lease: Option<&Lease>) -> Result<()> {
    let Some((name, token)) = lease.map(Lease::proof) else { return Ok(()) };
    let held = "SELECT token FROM leases WHERE name = ?1 FOR SHARE";
    let found = database.first(held, values![name], |row| row.integer(0))?;
    if found == Some(token) { Ok(()) } else { Err(Taken::Over.into()) }
}

impl Fence {
    /// Puts our name into the row of a run that we enter or take up, in the same transaction; the lease that allows that
    /// must be ours still.
    pub fn take(database: &Database, run: i64, lease: Option<&Lease>) -> Result<Option<Self>> {
        if let Database::File(_) = database {
            return Ok(None);
        }
        hold(database, lease)?;
        let holder = Uuid::now_v7().to_string();
        database.execute("UPDATE runs SET holder = ?2, written = 0 WHERE id = ?1", values![run, &holder])?;
        Ok(Some(Self { holder, written: 0 }))
    }

    /// Counts the next group, whose transaction this begins.
    pub fn pass(&self, database: &Database, run: i64) -> Result<Passed> {
        let next = self.written + 1;
        let count = "UPDATE runs SET written = ?3 WHERE id = ?1 AND holder = ?2 AND written = ?4";
        if database.execute(count, values![run, &self.holder, next, self.written])? == 1 {
            return Ok(Passed::Now);
        }
        let row = "SELECT holder, written FROM runs WHERE id = ?1";
        let found = database.first(row, values![run], |row| Ok((row.text(0)? == self.holder, row.integer(1)?)))?;
        match found {
            Some((true, written)) if written == next => Ok(Passed::Before),
            Some((false, _)) => Err(Taken::Over.into()),
            Some((true, _)) | None => Err(Taken::Back.into()),
        }
    }

    /// The group was written, and we know it.
    pub const fn passed(&mut self) {
        self.written += 1;
    }
}
