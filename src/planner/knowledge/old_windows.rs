//! What becomes of windows that start before the retention's horizon.
//!
//! They are looked up in the ledger first. What it doesn't have is asked only where the API is seen to hold data; the
//! rest is expired, or left alone where the published dataset has it. Nothing is asked twice to find that out.

use super::Knowledge;
use crate::planner::Freshness;
use crate::planner::retention::{Reach, Retained, WindowStatus};

impl Knowledge {
    /// Whether some old window is neither recalled nor archived, or is to be asked afresh if possible.
    pub(in crate::planner) fn needs_reach(&self) -> bool {
        let is_open = |window: &usize| self.status[*window] == WindowStatus::Live;
        (0..self.old.0).filter(is_open).any(|window| match self.terms.freshness {
            Freshness::Reuse => !self.archived[window] && !self.is_recalled(window),
            Freshness::Refresh => !self.archived[window] || self.is_recalled(window),
        })
    }

    /// Decides how old windows stand; `None`: nobody needed to look how far back the API holds data.
    pub(in crate::planner) fn settle_status(&mut self, found: Option<Reach>) {
        let refresh = self.terms.freshness == Freshness::Refresh;
        for window in (0..self.old.0).filter(|&window| self.status[window] == WindowStatus::Live).collect::<Vec<_>>() {
            let held = matches!(found, Some(Reach::From(first)) if first <= window);
            let recalled = self.is_recalled(window);
            self.status[window] = match (recalled, held) {
                (false, _) if self.archived[window] => WindowStatus::Archived,
                (true, true) if refresh => WindowStatus::Live,
                (true, true) => WindowStatus::Recalled(Retained::Yes),
                (true, false) => WindowStatus::Recalled(Retained::NotSeen),
                (false, true) => WindowStatus::Live,
                (false, false) if matches!(found, Some(Reach::Unknown(_))) => WindowStatus::Doubtful,
                (false, false) => WindowStatus::Expired,
            };
        }
        let is_all_recalled = found.is_none();
        if let Some(Reach::Unknown(reason)) = found {
            self.retention_failure = Some(reason);
        }
        self.settle_range(is_all_recalled);
        if refresh {
            self.forget_old_windows();
        }
    }

    /// R2 and R3 speak of the windows that the API holds, from the last gap on; or of all, when the ledger does.
    fn settle_range(&mut self, is_all_recalled: bool) {
        let old = self.old.0;
        let first = (0..old).rev().find(|&window| !self.is_askable(window)).map_or(0, |gap| gap + 1);
        let is_recalled = |window: usize| matches!(self.status[window], WindowStatus::Recalled(_));
        let stands_as_recalled = is_all_recalled
            && (0..old).all(is_recalled)
            && self.layout.totals_of_range().all(|node| self.store.is_known(node));
        if first > self.layout.range_windows().start && !stands_as_recalled {
            self.forget_totals_of_range();
            self.layout.narrow(first);
        }
    }

    fn forget_old_windows(&mut self) {
        if self.old.0 > 0 {
            self.forget_totals_of_range();
        }
        for window in (0..self.old.0).filter(|&window| self.status[window] == WindowStatus::Live) {
            self.layout.nodes_of_window(window).for_each(|node| self.store.forget(node));
        }
    }
}
