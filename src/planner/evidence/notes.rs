//! What earlier runs saw of the account, and what this one adds.
//!
//! Evidence about filters counts for 36 hours; what a control answered, and that the account has shown anything at all,
//! counts for ever. The names are this module's; the ledger keeps them as they are.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Note, UnixMicros, UnixSeconds};

/// How long evidence about a filter counts.
const COUNTS_FOR: i64 = 36 * 3600;

/// The account has shown attempts.
pub(in crate::planner) const SHOWN: &str = "account shown";
/// The unfiltered total of what was proved earlier was held against the ledger's.
pub(in crate::planner) const TOTAL: &str = "proved total held";
/// The longest range, in seconds, that is tried whole, since a longer one was not answered.
pub(in crate::planner) const LONGEST: &str = "longest stretch";

/// Notes of earlier runs and of this one.
#[derive(Debug, Default)]
pub(in crate::planner) struct Notes {
    kept: BTreeMap<String, (i64, UnixMicros)>,
    fresh: BTreeMap<String, i64>,
    revoked: BTreeSet<String>,
    now: UnixSeconds,
}

impl Notes {
    pub(in crate::planner) fn new(kept: &[Note], now: UnixSeconds) -> Self {
        let kept = kept.iter().map(|note| (note.name.clone(), (note.value, note.seen_at))).collect();
        Self { kept, now, ..Self::default() }
    }

    /// The value of a note that has no term.
    pub(in crate::planner) fn ever(&self, name: &str) -> Option<i64> {
        if self.revoked.contains(name) {
            return None;
        }
        self.fresh.get(name).copied().or_else(|| self.kept.get(name).map(|(value, _)| *value))
    }

    /// The value of a note that still counts.
    pub(in crate::planner) fn lately(&self, name: &str) -> Option<i64> {
        if self.revoked.contains(name) {
            return None;
        }
        self.fresh.get(name).copied().or_else(|| self.within(name, COUNTS_FOR))
    }

    /// The value that an earlier run noted within so many seconds.
    pub(in crate::planner) fn within(&self, name: &str, seconds: i64) -> Option<i64> {
        let is_recent = |seen_at: UnixMicros| (seen_at.floor_seconds().0 - self.now.0).abs() <= seconds;
        self.kept.get(name).filter(|(_, seen_at)| is_recent(*seen_at)).map(|(value, _)| *value)
    }

    pub(in crate::planner) fn add(&mut self, name: impl Into<String>, value: i64) {
        let name = name.into();
        self.revoked.remove(&name);
        self.fresh.insert(name, value);
    }

    /// Forgets what this name said: it was seen to be otherwise.
    pub(in crate::planner) fn revoke(&mut self, name: &str) {
        self.fresh.remove(name);
        self.revoked.insert(name.to_owned());
    }

    /// What this run saw.
    pub(in crate::planner) fn fresh(&self, seen_at: UnixMicros) -> Vec<Note> {
        self.fresh.iter().map(|(name, &value)| Note { name: name.clone(), value, seen_at }).collect()
    }

    /// What this run saw to be otherwise.
    pub(in crate::planner) fn revoked(&self) -> Vec<String> {
        self.revoked.iter().cloned().collect()
    }
}
