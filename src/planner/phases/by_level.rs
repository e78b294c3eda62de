//! Cells and totals that are asked level by level: those of one kind come back before those of the next are put.

use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Layout, Node};

/// What is left to ask, and what is in flight.
#[derive(Debug)]
pub(super) struct ByLevel {
    /// Taken from the end.
    open: Vec<Node>,
    level: u8,
    in_flight: usize,
}

impl ByLevel {
    pub(super) fn wholes_first(mut nodes: Vec<Node>, known: &mut Knowledge) -> Self {
        nodes.sort_unstable();
        Self::in_order(nodes, known)
    }

    pub(super) fn parts_first(mut nodes: Vec<Node>, known: &mut Knowledge) -> Self {
        nodes.sort_unstable_by(|a, b| b.cmp(a));
        Self::in_order(nodes, known)
    }

    fn in_order(open: Vec<Node>, known: &mut Knowledge) -> Self {
        known.progress.planned += open.len() as u64;
        Self { level: open.last().map_or(0, |&node| known.layout.place(node).level()), open, in_flight: 0 }
    }

    /// The next one that can be asked.
    pub(super) fn next(&mut self, layout: &Layout) -> Option<Node> {
        let node = *self.open.last()?;
        let level = layout.place(node).level();
        if level != self.level && self.in_flight > 0 {
            return None;
        }
        self.level = level;
        self.in_flight += 1;
        self.open.pop()
    }

    /// Takes note that one has come back.
    pub(super) fn count_in(&mut self) {
        self.in_flight -= 1;
    }

    /// Whether nothing is left to ask.
    pub(super) fn is_over(&self) -> bool {
        self.open.is_empty()
    }
}
