//! What becomes of windows that start before the retention's horizon.
//!
//! They are looked up in the ledger first. What it doesn't have is asked only where the API is seen to hold data; the
//! rest is expired, or left alone where the published dataset has it. Nothing is asked twice to find that out.

use crate::model::{UnixSeconds, Window};

use super::knowledge::Knowledge;
use super::{Freshness, Terms};

/// How a window stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Asked as usual.
    Live,
    /// Known from earlier runs; asked no more.
    Recalled(Held),
    /// In the published dataset already, and the API may hold it no longer: left alone.
    Archived,
    /// The API holds it no longer.
    Expired,
    /// Nobody could tell whether the API still holds it.
    Doubtful,
    /// It ends after the server's now.
    Future,
}

/// Whether the API is seen to hold a window's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    NotSeen,
}

/// How many windows started before the horizon, and how many of these have ended by then.
pub(super) fn old_windows(windows: &[Window], terms: &Terms) -> (usize, usize) {
    let Some(horizon) = horizon(terms) else { return (0, 0) };
    let old = windows.partition_point(|window| window.start() < horizon);
    let ended = windows.partition_point(|window| window.end() <= horizon);
    (old, ended)
}

/// Windows that start before this instant may be gone.
fn horizon(terms: &Terms) -> Option<UnixSeconds> {
    let seconds = i64::try_from(terms.retention?.as_secs()).unwrap_or(i64::MAX);
    Some(terms.as_of.plus_seconds(seconds.saturating_neg()))
}

/// How far back the API shows attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// The API holds the windows from this index on.
    From(usize),
    /// It shows nothing of old windows.
    Nothing,
    /// A question failed.
    Unknown(String),
}

impl Knowledge {
    /// Whether some old window is neither recalled nor archived, or is to be asked afresh if possible.
    pub(super) fn needs_reach(&self) -> bool {
        let is_open = |window: &usize| self.status[*window] == Status::Live;
        (0..self.old.0).filter(is_open).any(|window| match self.terms.freshness {
            Freshness::Reuse => !self.archived[window] && !self.is_recalled(window),
            Freshness::Refresh => !self.archived[window] || self.is_recalled(window),
        })
    }

    /// Decides how old windows stand; `None`: nobody needed to look how far back the API holds data.
    pub(super) fn settle_status(&mut self, found: Option<Reach>) {
        let refresh = self.terms.freshness == Freshness::Refresh;
        for window in (0..self.old.0).filter(|&window| self.status[window] == Status::Live).collect::<Vec<_>>() {
            let held = matches!(found, Some(Reach::From(first)) if first <= window);
            let recalled = self.is_recalled(window);
            self.status[window] = match (recalled, held) {
                (false, _) if self.archived[window] => Status::Archived,
                (true, true) if refresh => Status::Live,
                (true, true) => Status::Recalled(Held::Yes),
                (true, false) => Status::Recalled(Held::NotSeen),
                (false, true) => Status::Live,
                (false, false) if matches!(found, Some(Reach::Unknown(_))) => Status::Doubtful,
                (false, false) => Status::Expired,
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
        let is_recalled = |window: usize| matches!(self.status[window], Status::Recalled(_));
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
        for window in (0..self.old.0).filter(|&window| self.status[window] == Status::Live) {
            self.layout.nodes_of_window(window).for_each(|node| self.store.forget(node));
        }
    }
}
