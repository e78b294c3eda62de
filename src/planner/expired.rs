//! Expired ground: what becomes of windows that start before the retention's horizon.
//!
//! They are looked up in the ledger first. What it doesn't have is asked only where the API is seen to hold data; the
//! rest is expired, or left alone where the published dataset has it. Nothing is asked twice to find that out.

use crate::model::{UnixSeconds, Window};

use super::ground::Finding;
use super::plan::Plan;
use super::{Freshness, Terms};

/// How a window stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
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

impl Plan {
    pub(super) fn is_recalled(&self, window: usize) -> bool {
        let shape = self.layout.matrix().shape();
        let is_known = |country, lane| self.store.is_known(self.layout.cell(window, country, lane));
        (0..self.layout.lanes()).all(|lane| {
            self.store.is_known(self.layout.window_total(window, lane))
                && (0..shape.country_count()).all(|country| is_known(country, lane))
        })
    }

    /// Why the search for the ground failed, if it did.
    pub(super) fn ground_failure(&self) -> Option<&str> {
        match self.ground.as_ref()?.next() {
            Err(Finding::Unknown(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Whether some old window is neither recalled nor archived, or is to be asked afresh if possible.
    pub(super) fn needs_ground(&self) -> bool {
        (0..self.old.0).any(|window| match self.terms.freshness {
            Freshness::Reuse => !self.archived[window] && !self.is_recalled(window),
            Freshness::Refresh => !self.archived[window] || self.is_recalled(window),
        })
    }

    pub(super) fn settle_ground(&mut self) {
        let found = self.ground.as_ref().and_then(|search| search.next().err()).cloned();
        let refresh = self.terms.freshness == Freshness::Refresh;
        for window in 0..self.old.0 {
            let held = matches!(found, Some(Finding::From(first)) if first <= window);
            let recalled = self.is_recalled(window);
            self.standings[window] = match (recalled, held) {
                (false, _) if self.archived[window] => Standing::Archived,
                (true, true) if refresh => Standing::Live,
                (true, true) => Standing::Recalled(Held::Yes),
                (true, false) => Standing::Recalled(Held::NotSeen),
                (false, true) => Standing::Live,
                (false, false) if matches!(found, Some(Finding::Unknown(_))) => Standing::Doubtful,
                (false, false) => Standing::Expired,
            };
        }
        self.settle_range(found.is_none());
        if refresh {
            self.forget_old_windows();
        }
    }

    /// R2 and R3 speak of the windows that the API holds, from the last gap on; or of all, when the ledger does.
    fn settle_range(&mut self, is_all_recalled: bool) {
        let old = self.old.0;
        let is_asked =
            |&window: &usize| matches!(self.standings[window], Standing::Live | Standing::Recalled(Held::Yes));
        let first = (0..old).rev().find(|window| !is_asked(window)).map_or(0, |gap| gap + 1);
        let is_recalled = |window: usize| matches!(self.standings[window], Standing::Recalled(_));
        let stands_as_recalled = is_all_recalled
            && (0..old).all(is_recalled)
            && self.layout.totals_of_range().all(|node| self.store.is_known(node));
        if first > 0 && !stands_as_recalled {
            self.forget_totals_of_range();
            self.layout.narrow(first);
        }
    }

    fn forget_totals_of_range(&mut self) {
        for node in self.layout.totals_of_range() {
            self.store.forget(node);
        }
    }

    fn forget_old_windows(&mut self) {
        if self.old.0 > 0 {
            self.forget_totals_of_range();
        }
        for window in (0..self.old.0).filter(|&window| self.standings[window] == Standing::Live) {
            for lane in 0..self.layout.lanes() {
                self.store.forget(self.layout.window_total(window, lane));
                for country in 0..self.layout.countries() {
                    self.store.forget(self.layout.cell(window, country, lane));
                }
            }
        }
    }
}
