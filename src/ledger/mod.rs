//! The durable record of answers and runs.
//!
//! An answer is durable before it counts: [`AnswerLog::record`] hands it to the one writer, [`AnswerLog::committed`]
//! says when it is on disk. Every answer is a row of its own; nothing is changed or removed except by [`prune()`], so
//! answers that were asked anew stay as history. What a run read from the list of single attempts is kept beside them, as
//! sums (`listed`).
//!
//! # The file
//! `ledger.sqlite` in the state directory, mode 0600, SQLite in WAL mode with `synchronous = FULL`. `application_id`
//! names it as ours, `user_version` counts its format; each format is reached from the one before by a migration
//! (`migrations`). Several processes may use one ledger at once: writers wait their turn.
//!
//! # The database
//! The same tables in a database that hosts share ([`crate::state::StateServer`]). Writers of one account and origin take
//! turns, others need not; what is acknowledged was committed with `synchronous_commit`. A run belongs to one process at
//! a time (`fence`), and a server that is away is waited for. Who only looks makes and writes nothing, and nobody prunes what
//! is in use.
//!
//! # What is refused
//! A directory that another machine took over while a run was open: nothing is written there any more.
//! A file that was removed or replaced while it is open: nothing that was written to it counts. A file of a newer
//! format, a file that is no ledger of ours, a damaged one (it is never repaired by guessing: move it away), a write
//! after a failed write: what a failed sync left on disk is unknown, so the ledger closes and says so. No secret is
//! ever handed to this module.

mod adopt;
mod anchor;
mod at_rest;
mod attempts;
mod behind;
mod cache;
mod codec;
mod database;
mod durable;
mod error;
mod fence;
mod home;
mod last_run;
mod listed;
mod log;
mod lookup;
mod memory;
mod migrations;
mod note_table;
mod past;
mod prune;
mod read_only;
mod reader;
mod run;
mod run_table;
mod schema;
mod sent;
mod step;
mod taken;
#[cfg(test)]
mod tests;
mod texts;
mod writer;

pub use behind::last_published;
pub use database::SqlError;
pub use durable::{Ledger, LedgerOptions};
pub use error::LedgerError;
pub use last_run::LastRun;
pub use log::{AnswerLog, FindAnswer, Inference, NewAnswer};
pub use memory::{MemoryLedger, MemoryStore};
pub use past::PastAnswer;
pub use prune::{Pruned, prune, prune_on};
pub use read_only::ReadOnlyLedger;
pub use run::{BegunRun, EndOfRun, Origin, RunEnd, RunRequest};
pub use step::{LedgerStep, StepHook};
pub use taken::Taken;
