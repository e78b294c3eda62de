//! Taking in what a published dataset holds, on a machine that lost its state: its rows stand for the answers that they
//! once came from, so that nothing settled is asked again.
//!
//! They are kept as what a run of their own implied, in one step, and as proved: they passed their run's checks. What
//! other runs left of the same windows is not.

use chrono::{DateTime, Utc};

use super::database::values;
use super::durable::Ledger;
use super::error::LedgerError;
use super::log::Inference;
use super::run::{Owner, RunEnd, RunRequest};
use super::writer;
use super::{fence, note_table, run_table};
use crate::model::Note;

/// The job's name in the table of runs, which no job file can have.
const JOB: &str = "(dataset)";

impl Ledger {
    /// Keeps what published windows hold, and notes about it. What was looked up before is read anew.
    ///
    /// # Errors
    /// The ledger cannot be written; then nothing is kept.
    pub fn adopt(&mut self, rows: &[Inference], notes: &[Note], now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.home.check()?;
        let owner = self.owner;
        let database = self.home.open()?.for_origin(owner.origin);
        let turn = self.home.turn();
        let written = database.write(|database| {
            fence::hold(database, self.home.lease())?;
            let request = RunRequest {
                job: JOB,
                fingerprint: JOB,
                earlier_fingerprints: &[],
                as_of: None,
                now,
                settling: self.reader.scope().policy.settling,
                interval: owner.interval,
            };
            let last = database.only("SELECT coalesce(max(id), 0) FROM answers", values![], |row| row.integer(0))?;
            let (run, _) = run_table::begin(database, owner.origin, &request)?;
            writer::add_inferences(database, Owner { run, ..owner }, rows)?;
            run_table::prove_run(database, run, last)?;
            note_table::update(database, owner.origin, &[], notes)?;
            run_table::end(database, run, RunEnd::Published, now.into())
        });
        drop(turn);
        written.map_err(|source| self.home.failed(source))?;
        self.reader.reconnect(self.home.open()?);
        Ok(())
    }
}
