//! `ledger prune`: forgets old answers.

use super::args::LedgerCommand;
use super::environment::Environment;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::output::say;
use crate::ledger::prune;
use crate::pipeline::HeldState;

/// Runs a ledger command.
pub fn ledger(command: LedgerCommand) -> Result<Exit, CommandError> {
    let LedgerCommand::Prune { before, state_dir } = command;
    let directory = Environment::load().state_dir(state_dir)?;
    // Nothing is to be pruned in a directory that is missing, nor is it made.
    let held = if directory.is_dir() { Some(HeldState::take(&directory, hooks()?.machine)?) } else { None };
    let pruned = prune(&directory, before);
    if let Some(held) = held {
        held.still_ours()?;
    }
    let pruned = pruned.map_err(|error| CommandError::caused(&error))?;
    let text = format!(
        "deleted {} answers and {} runs asked before {}; the ledger went from {} to {} bytes\n",
        pruned.answers,
        pruned.runs,
        before.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        pruned.bytes_before,
        pruned.bytes_after
    );
    say(&text)
}
