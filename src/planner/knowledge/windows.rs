//! How a window stands: whether it is asked, what earlier runs know of it, and who finds its cells.

use super::Knowledge;
use crate::model::{AnswerSource, Counts, Strategy};
use crate::planner::Freshness;
use crate::planner::layout::{Node, Place};
use crate::planner::retention::{Retained, WindowStatus};

impl Knowledge {
    /// Whether a window is asked as usual.
    pub(in crate::planner) fn is_live_window(&self, window: usize) -> bool {
        self.status[window] == WindowStatus::Live && !self.is_empty[window]
    }

    /// Whether a cell or total is asked as usual.
    pub(in crate::planner) fn is_live(&self, place: Place) -> bool {
        let is_live_range = || self.layout.range_windows().any(|window| !self.is_empty[window]);
        place.window().map_or_else(is_live_range, |window| self.is_live_window(window))
    }

    /// Whether the API still holds what a window's slices count, as far as is known.
    pub(in crate::planner) fn is_askable(&self, window: usize) -> bool {
        matches!(self.status[window], WindowStatus::Live | WindowStatus::Recalled(Retained::Yes))
    }

    /// Whether every cell and total of a window is known.
    pub(in crate::planner) fn is_recalled(&self, window: usize) -> bool {
        self.layout.nodes_of_window(window).all(|node| self.store.is_known(node))
    }

    /// Whether earlier runs know all of a window and passed their checks with it.
    pub(in crate::planner) fn is_proved(&self, window: usize) -> bool {
        self.is_recalled(window) && self.layout.nodes_of_window(window).all(|node| self.store.is_proved(node))
    }

    /// Whether nothing is to be asked of a window: it was proved, or it is published and too old to be asked.
    pub(in crate::planner) fn is_settled_matter(&self, window: usize) -> bool {
        self.is_proved(window) || (window < self.old.0 && self.archived[window] && !self.is_recalled(window))
    }

    /// How many windows are looked up in the ledger before anything is asked: those that have settled, those that may
    /// have expired, and all that the drill would look for.
    pub(in crate::planner) fn recalled_windows(&self) -> usize {
        match (self.terms.strategy, self.terms.freshness) {
            (Strategy::DrillDown, Freshness::Reuse) => self.old.0.max(self.layout.first_open_window()),
            (Strategy::Exhaustive, Freshness::Reuse) => self.old.0.max(self.layout.first_provisional_window()),
            (_, Freshness::Refresh) => self.old.0,
        }
    }

    /// Whether a window's totals hold attempts, as far as they are known.
    pub(in crate::planner) fn holds_attempts(&self, window: usize) -> bool {
        let total = |lane| self.store.counts(self.layout.window_total(window, lane));
        self.layout.lanes().filter_map(total).any(|total| total != Counts::ZERO)
    }

    /// Whether the drill looks for a window's cells.
    pub(in crate::planner) fn is_drilled_window(&self, window: usize) -> bool {
        self.drilled.get(window).copied().unwrap_or_default()
    }

    /// Whether it looks for a cell or a window's total.
    pub(in crate::planner) fn is_drilled(&self, place: Place) -> bool {
        place.window().is_some_and(|window| self.is_drilled_window(window))
    }

    /// Whether a window's cells were found by the drill alone.
    pub(in crate::planner) fn is_found_by_drill(&self, window: usize) -> bool {
        self.is_drilled_window(window) && !self.is_given_up[window]
    }

    /// Whether all of a window was listed, and confirmed by its margins.
    pub(in crate::planner) fn is_listed(&self, window: usize) -> bool {
        self.listed.is_whole.contains(&window)
    }

    /// Forgets what was taken from the ledger for growing windows that changed; whether there were any.
    pub(in crate::planner) fn forget_moved(&mut self) -> bool {
        let moved = self.growth.take_pending();
        for &window in &moved {
            for cell in self.layout.cells_of_windows(window..window + 1).map(Node) {
                if self.store.known(cell).is_some_and(|known| known.source != AnswerSource::ThisRun) {
                    self.store.forget(cell);
                }
            }
        }
        !moved.is_empty()
    }
}
