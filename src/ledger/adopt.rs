//! Taking in what a published dataset holds, on a machine that lost its state: its rows stand for the answers that they
//! once came from, so that nothing settled is asked again.
//!
//! They are kept as what a run of their own implied, in one step, and as proved: they passed their run's checks.

use chrono::{DateTime, Utc};
use rusqlite::{TransactionBehavior, params};
use uuid::{Timestamp, Uuid};

use super::error::LedgerError;
use super::log::Inference;
use super::reader::Reader;
use super::run::RunEnd;
use super::schema::{self, Sharing};
use super::sent::Sent;
use super::sqlite::{Ledger, LedgerOptions};
use super::writer::{self, Owner};
use super::{note_table, run_table};
use crate::model::{Note, Window};

/// The job's name in the table of runs, which no job file can have.
const JOB: &str = "(dataset)";

impl Ledger {
    /// Keeps what published windows hold, and notes about it. What was looked up before is read anew.
    ///
    /// # Errors
    /// The ledger cannot be written; then nothing is kept.
    pub fn adopt(
        &mut self,
        rows: &[Inference],
        windows: &[Window],
        notes: &[Note],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let path = self.path.clone();
        let failed = |source| LedgerError::sqlite(&path, source);
        let mut connection = schema::open(&path, Sharing::Turns(LedgerOptions::LOCK_WAIT))?;
        let owner = self.owner;
        let mut write = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let run_id = Uuid::new_v7(Timestamp::from_unix_time(
                u64::try_from(now.timestamp()).unwrap_or(0),
                now.timestamp_subsec_nanos(),
                0,
                0,
            ));
            transaction.execute(
                "INSERT INTO runs (run_id, origin, job, fingerprint, as_of, as_of_given, started_at, seen_at, status)
                 VALUES (?1, ?2, ?3, ?3, ?4, 0, ?5, ?5, ?6)",
                params![
                    run_id.to_string(),
                    owner.origin,
                    JOB,
                    now.timestamp(),
                    now.timestamp_micros(),
                    RunEnd::Published.name()
                ],
            )?;
            let of_dataset = Owner { run: transaction.last_insert_rowid(), ..owner };
            writer::add_inferences(&transaction, of_dataset, rows)?;
            note_table::update(&transaction, owner.origin, &[], notes)?;
            let bounds: Vec<Sent> = windows.iter().map(|&window| Sent::of(window, owner.interval)).collect();
            run_table::prove(&transaction, owner.origin, &bounds)?;
            run_table::end(&transaction, of_dataset.run, RunEnd::Published, now.into())?;
            transaction.commit()
        };
        write().map_err(failed)?;
        let reading = schema::open(&self.path, Sharing::Turns(LedgerOptions::LOCK_WAIT))?;
        self.reader = Reader::new(reading, self.path.clone(), self.reader.scope());
        Ok(())
    }
}
