//! What tests ask of a run by variables, in debug builds alone: a release build does not look at them.
//!
//! `VERIFY_ROLLUP_CRASH` arms a fail point (`fail_point`), `VERIFY_ROLLUP_WITHOUT=V5` leaves out a rule of evidence, to
//! show what it is there for, `VERIFY_ROLLUP_MACHINE=HOST/BOOT` names the machine that the process counts as running on,
//! for tests of two machines on one state directory, and `VERIFY_ROLLUP_LEASE=BEAT/GONE/SILENCE`, in milliseconds, is the
//! rhythm of its lease.

use super::exit::CommandError;
use crate::accounts::TurnStep;
#[cfg(debug_assertions)]
use crate::pipeline::Holder;
use crate::pipeline::Hooks;

/// Those of this process.
#[cfg(debug_assertions)]
pub fn hooks() -> Result<Hooks, CommandError> {
    let hooks = super::fail_point::hooks().map_err(CommandError::usage)?;
    Ok(Hooks {
        without: named("VERIFY_ROLLUP_WITHOUT")?,
        holder: Holder { machine: named("VERIFY_ROLLUP_MACHINE")?, lease: named("VERIFY_ROLLUP_LEASE")? },
        ..hooks
    })
}

#[cfg(debug_assertions)]
fn named<T: std::str::FromStr<Err = String>>(variable: &str) -> Result<Option<T>, CommandError> {
    let Ok(text) = std::env::var(variable) else { return Ok(None) };
    text.parse().map(Some).map_err(|error| CommandError::usage(format!("{variable}: {error}")))
}

/// Who listens to the turns of this process.
#[cfg(debug_assertions)]
pub fn turn_hook() -> Result<impl Fn(TurnStep) + Sync, CommandError> {
    super::fail_point::turn_hook().map_err(CommandError::usage)
}

/// Nobody.
#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "debug builds refuse unknown names")]
pub fn turn_hook() -> Result<fn(TurnStep), CommandError> {
    Ok(|_| {})
}

/// None.
#[cfg(not(debug_assertions))]
#[expect(clippy::unnecessary_wraps, reason = "debug builds refuse unknown names")]
pub fn hooks() -> Result<Hooks, CommandError> {
    Ok(Hooks::default())
}
