//! Which machine this process counts as: its own, or, in a debug build, the one that `VERIFY_ROLLUP_MACHINE=HOST/BOOT`
//! names.
//!
//! This is for tests of two machines on one state directory: a release build does not look at the variable.

use super::exit::CommandError;
use crate::state::Machine;

/// The machine.
#[cfg(debug_assertions)]
pub fn machine() -> Result<Machine, CommandError> {
    const VARIABLE: &str = "VERIFY_ROLLUP_MACHINE";
    let Ok(text) = std::env::var(VARIABLE) else { return this() };
    match text.split_once('/') {
        Some((host, boot)) => Ok(Machine { boot: boot.to_owned(), host: host.to_owned() }),
        None => Err(CommandError::usage([VARIABLE, "takes HOST/BOOT"].join(" "))),
    }
}

/// The machine.
#[cfg(not(debug_assertions))]
pub fn machine() -> Result<Machine, CommandError> {
    this()
}

fn this() -> Result<Machine, CommandError> {
    Machine::this().map_err(|error| CommandError::caused(&error))
}
