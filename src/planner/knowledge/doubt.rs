//! What this run must prove: the settled windows that are in doubt, and the windows by which filters are tried.

use std::ops::Range;

use super::Knowledge;
use crate::model::{Counts, Window};
use crate::planner::evidence::History;
use crate::planner::index::{CountryIndex, Lane};
use crate::planner::retention::WindowStatus;

impl Knowledge {
    /// The settled windows whose numbers this run must prove, as one stretch.
    pub(in crate::planner) fn stretch_in_doubt(&self) -> Option<Range<usize>> {
        let windows = self.layout.range_windows();
        let is_settled = !windows.is_empty() && !self.layout.is_provisional_range();
        (is_settled && windows.clone().all(|window| self.is_askable(window))).then_some(windows)
    }

    /// The windows of that stretch.
    pub(in crate::planner) fn windows_in_doubt(&self) -> impl Iterator<Item = usize> + use<> {
        self.stretch_in_doubt().into_iter().flatten()
    }

    /// The range of what is in doubt, unless all of it is known to hold nothing.
    pub(in crate::planner) fn range_in_doubt(&self) -> Option<Window> {
        let windows = self.stretch_in_doubt()?;
        let is_empty = windows.clone().all(|window| self.is_empty[window]);
        if is_empty { None } else { self.layout.hull(windows) }
    }

    /// The windows by which filters are tried: those in doubt, or where nothing has settled the growing ones, whose
    /// wholes are younger than their parts.
    pub(in crate::planner) fn windows_tried(&self) -> impl Iterator<Item = usize> + use<> {
        let windows = self.layout.range_windows();
        let is_empty = windows.clone().all(|window| self.is_empty[window]);
        let is_held = windows.clone().all(|window| self.is_askable(window));
        Some(windows).filter(|_| is_held && !is_empty).into_iter().flatten()
    }

    /// The range of these windows.
    pub(in crate::planner) fn range_tried(&self) -> Option<Window> {
        let mut windows = self.windows_tried();
        let first = windows.next()?;
        self.layout.hull(first..windows.last().map_or(first, |last| last) + 1)
    }

    /// What a lane holds in the windows by which filters are tried, all countries together.
    pub(in crate::planner) fn lane_tried(&self, lane: Lane) -> Option<Counts> {
        let mut totals = self.windows_tried().map(|window| self.store.counts(self.layout.window_total(window, lane)));
        totals.try_fold(Counts::ZERO, |sum, total| sum.checked_add(total?))
    }

    /// Whether the list told a lane's cells in these windows: they rest on margins, and on no filter beside another. A
    /// cell that was asked beside listed ones, such as of a country that the job did not have before, does.
    pub(in crate::planner) fn is_listed_lane(&self, lane: Lane) -> bool {
        let cells = |window: usize| self.countries_of(lane).map(move |it| self.layout.cell(window, it, lane));
        let mut windows = self.windows_tried();
        windows.all(|window| {
            let total = self.layout.window_total(window, lane);
            self.store.is_listed(total) && cells(window).all(|cell| self.store.is_listed(cell))
        })
    }

    /// What a country holds in a lane in these windows.
    pub(in crate::planner) fn country_tried(&self, country: CountryIndex, lane: Lane) -> Option<Counts> {
        let mut cells = self.windows_tried().map(|window| self.store.counts(self.layout.cell(window, country, lane)));
        cells.try_fold(Counts::ZERO, |sum, cell| sum.checked_add(cell?))
    }

    /// Where no attempts lie before the range, its first windows may have lost some, or all: what an earlier run saw
    /// decides whether they can be final (V7).
    pub(in crate::planner) fn doubt_history(&mut self) {
        if self.evidence.history != Some(History::Nothing) {
            return;
        }
        let is_told = self.status.contains(&WindowStatus::Expired) && self.old.0 > 0;
        let Some(windows) = self.stretch_in_doubt().filter(|_| !is_told) else { return };
        if self.memory.has_attempts_before {
            let first = windows.clone().find(|&window| self.holds_attempts(window));
            let end = first.map_or(windows.end, |first| first + 1);
            self.evidence.unsettled_windows.extend(windows.start..end);
        }
        self.evidence.leave_unproven(
            "history",
            "the API shows no attempts before the range, so its first windows may have lost some already".to_owned(),
        );
    }
}
