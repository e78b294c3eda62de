//! A run that kills itself, for crash tests; debug builds alone hold any of it.
//!
//! `VERIFY_ROLLUP_CRASH=sealed:3` lets `run` kill itself with SIGKILL when it passes the step `sealed` for the third
//! time: nothing is unwound, dropped or flushed. The names are those of [`ledger::LedgerStep`], [`atomic::DiskStep`] and
//! [`TurnStep`]; any other text is a usage error.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

use crate::accounts::TurnStep;
use crate::ledger;
use crate::pipeline::Hooks;
use crate::sink::atomic;

const VARIABLE: &str = "VERIFY_ROLLUP_CRASH";

/// A step, and which passing of it is fatal.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FailPoint {
    step: &'static str,
    passing: NonZeroU32,
}

/// Every step's name.
fn names() -> impl Iterator<Item = &'static str> {
    ledger::LedgerStep::ALL
        .map(ledger::LedgerStep::name)
        .into_iter()
        .chain(atomic::DiskStep::ALL.map(atomic::DiskStep::name))
        .chain(TurnStep::ALL.map(TurnStep::name))
}

/// The text names no fail point.
#[derive(Debug, thiserror::Error)]
#[error(
    "{VARIABLE}=`{text}` is no fail point; it takes STEP:N with N from 1 and one of {}",
    names().collect::<Vec<_>>().join(", ")
)]
pub struct UnknownFailPoint {
    text: String,
}

impl FromStr for FailPoint {
    type Err = UnknownFailPoint;

    fn from_str(text: &str) -> Result<Self, UnknownFailPoint> {
        let parsed = text.split_once(':').and_then(|(step, passing)| {
            Some(Self { step: names().find(|name| *name == step)?, passing: passing.parse().ok()? })
        });
        parsed.ok_or_else(|| UnknownFailPoint { text: text.to_owned() })
    }
}

/// The listeners of runs, armed as the environment says.
pub fn hooks() -> Result<Hooks, UnknownFailPoint> {
    let Some(pass) = armed()? else { return Ok(Hooks::default()) };
    let pass_too = pass.clone();
    let ledger = ledger::StepHook::new(move |step| pass(step.name()));
    let sink: atomic::StepHook = Arc::new(move |step, _| {
        pass_too(step.name());
        Ok(())
    });
    Ok(Hooks { ledger, sink, ..Hooks::default() })
}

/// The listener of accounts' turns, likewise.
pub fn turn_hook() -> Result<impl Fn(TurnStep) + Sync, UnknownFailPoint> {
    let pass = armed()?;
    Ok(move |step: TurnStep| pass.iter().for_each(|pass| pass(step.name())))
}

/// What is called with the name of each step that is passed; `None`: none is fatal.
fn armed() -> Result<Option<impl Fn(&str) + Clone + Send + Sync + 'static>, UnknownFailPoint> {
    let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
    let FailPoint { step: fatal, passing } = text.parse()?;
    let passed = Arc::new(AtomicU32::new(0));
    Ok(Some(move |step: &str| {
        if step == fatal && passed.fetch_add(1, Ordering::Relaxed) + 1 == passing.get() {
            // If it fails the run goes on, which the test that armed it notices.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_read_back() {
        let mut all: Vec<_> = names().collect();
        let count = ledger::LedgerStep::ALL.len() + atomic::DiskStep::ALL.len() + TurnStep::ALL.len();
        assert_eq!(all.len(), count);
        for name in &all {
            let point: FailPoint = format!("{name}:3").parse().unwrap();
            assert_eq!((point.step, point.passing.get()), (*name, 3));
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "sealed", "sealed:", "sealed:0", "sealed:-1", "sealed:x", "Sealed:1", "seal:1", ":1"] {
            let error = text.parse::<FailPoint>().unwrap_err().to_string();
            assert!(error.contains("batch-committed") && error.contains("folder-synced"), "{error}");
        }
    }
}
