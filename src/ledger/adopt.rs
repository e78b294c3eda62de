//! Taking in what a published dataset holds, on a machine that lost its state: its rows stand for the answers that they
//! once came from, so that nothing settled is asked again.
//!
//! They are kept as what a run of their own implied, in one step, and as proved: they passed their run's checks. What
//! other runs left of the same windows is not.

use chrono::{DateTime, Utc};
use rusqlite::TransactionBehavior;

use super::error::LedgerError;
use super::log::Inference;
use super::run::{Owner, RunEnd, RunRequest};
use super::schema::{self, Sharing};
use super::sqlite::{Ledger, LedgerOptions};
use super::writer;
use super::{note_table, run_table};
use crate::model::Note;

/// The job's name in the table of runs, which no job file can have.
const JOB: &str = "(dataset)";

impl Ledger {
    /// Keeps what published windows hold, and notes about it. What was looked up before is read anew.
    ///
    /// # Errors
    /// The ledger cannot be written; then nothing is kept.
    pub fn adopt(&mut self, rows: &[Inference], notes: &[Note], now: DateTime<Utc>) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let failed = |source| LedgerError::sqlite(&path, source);
        self.anchor.check()?;
        let mut connection = schema::open(&path, Sharing::Turns(LedgerOptions::LOCK_WAIT))?;
        let owner = self.owner;
        let mut write = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let request = RunRequest {
                job: JOB,
                fingerprint: JOB,
                earlier_fingerprints: &[],
                as_of: None,
                now,
                settling: self.reader.scope().policy.settling,
                interval: owner.interval,
            };
            let last: i64 = transaction.query_row("SELECT coalesce(max(id), 0) FROM answers", [], |row| row.get(0))?;
            let (run, _) = run_table::begin(&transaction, owner.origin, &request)?;
            writer::add_inferences(&transaction, Owner { run, ..owner }, rows)?;
            run_table::prove_run(&transaction, run, last)?;
            note_table::update(&transaction, owner.origin, &[], notes)?;
            run_table::end(&transaction, run, RunEnd::Published, now.into())?;
            transaction.commit()
        };
        write().map_err(failed)?;
        let reading = schema::open(&self.path, Sharing::Turns(LedgerOptions::LOCK_WAIT))?;
        self.reader.reconnect(reading);
        Ok(())
    }
}
