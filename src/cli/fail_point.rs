//! A run that kills itself, for crash tests; debug builds alone hold any of it.
//!
//! `VERIFY_ROLLUP_CRASH=sealed:3` lets `run` kill itself with SIGKILL when it passes the step `sealed` for the third
//! time: nothing is unwound, dropped or flushed. The names are those of [`ledger::LedgerStep`] and
//! [`atomic::DiskStep`]; any other text is a usage error.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Signal, getpid, kill_process};

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

/// Armed as the environment says.
pub fn hooks() -> Result<Hooks, UnknownFailPoint> {
    match std::env::var(VARIABLE) {
        Ok(text) => Ok(armed(text.parse()?)),
        Err(_) => Ok(Hooks::default()),
    }
}

fn armed(FailPoint { step: fatal, passing }: FailPoint) -> Hooks {
    let passed = Arc::new(AtomicU32::new(0));
    let pass = move |step: &str| {
        if step == fatal && passed.fetch_add(1, Ordering::Relaxed) + 1 == passing.get() {
            // If it fails the run goes on, which the test that armed it notices.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    };
    let pass_too = pass.clone();
    let ledger = ledger::StepHook::new(move |step| pass(step.name()));
    let sink: atomic::StepHook = Arc::new(move |step, _| {
        pass_too(step.name());
        Ok(())
    });
    Hooks { ledger, sink, ..Hooks::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_read_back() {
        let mut all: Vec<_> = names().collect();
        assert_eq!(all.len(), ledger::LedgerStep::ALL.len() + atomic::DiskStep::ALL.len());
        for name in &all {
            let point: FailPoint = format!("{name}:3").parse().unwrap();
            assert_eq!((point.step, point.passing.get()), (*name, 3));
        }
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ledger::LedgerStep::ALL.len() + atomic::DiskStep::ALL.len());
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "sealed", "sealed:", "sealed:0", "sealed:-1", "sealed:x", "Sealed:1", "seal:1", ":1"] {
            let error = text.parse::<FailPoint>().unwrap_err().to_string();
            assert!(error.contains("batch-committed") && error.contains("folder-synced"), "{error}");
        }
    }
}
