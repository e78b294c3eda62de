//! `ledger prune`: forgets old answers.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::args::LedgerCommand;
use super::environment::Environment;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::output::say;
use crate::ledger::{Pruned, prune, prune_on};
use crate::model::StatePlace;
use crate::pipeline::HeldState;
use crate::state::StateServer;

/// Runs a ledger command.
pub fn ledger(command: LedgerCommand) -> Result<Exit, CommandError> {
    let LedgerCommand::Prune { before, state } = command;
    let environment = Environment::load();
    let pruned = match environment.state(state.place())? {
        StatePlace::Directory(directory) => in_directory(&directory, before)?,
        StatePlace::Database(url) => {
            let server = StateServer::new(&url, &environment.postgres_login()?);
            prune_on(&server, before).map_err(|error| CommandError::caused(&error))?
        }
    };
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

fn in_directory(directory: &Path, before: DateTime<Utc>) -> Result<Pruned, CommandError> {
    // Nothing is to be pruned in a directory that is missing, nor is it made.
    let held = if directory.is_dir() { Some(HeldState::take(directory, hooks()?.holder.machine)?) } else { None };
    let pruned = prune(directory, before);
    if let Some(held) = held {
        held.still_ours()?;
    }
    pruned.map_err(|error| CommandError::caused(&error))
}
