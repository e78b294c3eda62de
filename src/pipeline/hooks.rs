//! Who listens to a run's steps, and what it leaves out: nobody and nothing, but for tests.

use super::hold::Holder;
use crate::ledger;
use crate::planner::Rule;
use crate::sink::atomic;

/// The listeners of a run.
#[derive(Clone)]
pub struct Hooks {
    /// To the ledger.
    pub ledger: ledger::StepHook,
    /// To the publication.
    pub sink: atomic::StepHook,
    /// The rule of evidence that is left out, to show what it is there for.
    pub without: Option<Rule>,
    /// Who the run counts as.
    pub holder: Holder,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { ledger: ledger::StepHook::none(), sink: atomic::no_hook(), without: None, holder: Holder::default() }
    }
}
