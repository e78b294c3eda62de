//! Growing windows whose attempts stand still: what an earlier run learnt of them need not be asked again.
//!
//! Soon after a window closed its attempts are all there, as they are counted by when they were made; only conversions
//! still come. So a cell without attempts, or whose attempts have all converted, is as it was, and is taken from the
//! ledger. Cells with attempts that may yet convert are asked afresh, and their attempts must be the same. Where they
//! are not, nothing that was taken from the ledger for that window stands: all of it is asked, and the change is told.

use std::collections::{BTreeSet, HashMap};

use super::layout::{Node, Place};
use crate::model::Counts;

/// What earlier runs counted, and where that changed.
#[derive(Debug)]
pub(super) struct Growth {
    /// Attempts by cell or total.
    attempts: HashMap<Node, i64>,
    has_history: Vec<bool>,
    /// Windows that changed and wait to be forgotten.
    pending: BTreeSet<usize>,
    /// All that changed.
    moved: BTreeSet<usize>,
}

impl Growth {
    pub(super) fn new(windows: usize) -> Self {
        Self {
            attempts: HashMap::new(),
            has_history: vec![false; windows],
            pending: BTreeSet::new(),
            moved: BTreeSet::new(),
        }
    }

    /// Notes what an earlier run counted after the window's attempts had come to rest.
    pub(super) fn remember(&mut self, node: Node, window: usize, counts: Counts) {
        self.attempts.insert(node, counts.attempts());
        self.has_history[window] = true;
    }

    /// Whether an earlier run asked for the window after its attempts had come to rest.
    pub(super) fn has_history(&self, window: usize) -> bool {
        self.has_history[window]
    }

    /// Windows whose attempts changed although they should have stood still, ascending.
    pub(super) fn moved(&self) -> impl Iterator<Item = usize> + '_ {
        self.moved.iter().copied()
    }

    /// Holds a fresh answer against what an earlier run counted.
    pub(super) fn compare(&mut self, node: Node, place: Place, counts: Counts) {
        let (Place::Cell { window, .. } | Place::WindowTotal { window, .. }) = place else { return };
        if self.attempts.get(&node).is_some_and(|&attempts| attempts != counts.attempts()) && self.moved.insert(window)
        {
            self.pending.insert(window);
        }
    }
    /// Windows that changed and whose answers from the ledger still stand; they are handed out once.
    pub(super) fn take_pending(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.pending)
    }
}
