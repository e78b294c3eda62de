//! The windows of a layout: which of them may still change, and the range that R2 and R3 speak of.

use std::ops::Range;

use super::{Layout, Place};
use crate::model::{UnixSeconds, Window};

impl Layout {
    /// All windows.
    pub(in crate::planner) fn windows(&self) -> Range<usize> {
        0..self.matrix.windows().len()
    }

    /// The windows of R2 and R3: the settled ones, or where there are none of them the growing ones.
    pub(in crate::planner) fn range_windows(&self) -> Range<usize> {
        let end = if self.first < self.settled_windows { self.settled_windows } else { self.windows().end };
        self.first.min(end)..end
    }

    /// The range of R2 and R3; `None` when no window is in it.
    pub(in crate::planner) fn range(&self) -> Option<Window> {
        self.hull(self.range_windows())
    }

    /// The range of some windows; `None` when there is none.
    pub(in crate::planner) fn hull(&self, windows: Range<usize>) -> Option<Window> {
        let windows = self.matrix.windows().get(windows)?;
        Some(windows.first()?.hull(*windows.last()?))
    }

    /// Leaves the windows before `first` out of R2 and R3.
    pub(in crate::planner) fn narrow(&mut self, first: usize) {
        self.first = first;
    }

    /// Whether R2 speaks of more than one window, so that the range's totals are slices of their own.
    pub(in crate::planner) fn has_range_totals(&self) -> bool {
        self.range_windows().len() > 1
    }

    pub(in crate::planner) const fn first_provisional_window(&self) -> usize {
        self.settled_windows
    }

    pub(in crate::planner) const fn is_provisional_window(&self, window: usize) -> bool {
        window >= self.settled_windows
    }

    /// The windows that are not settled.
    pub(in crate::planner) fn provisional_windows(&self) -> Range<usize> {
        self.settled_windows..self.windows().end
    }

    pub(in crate::planner) fn is_provisional_range(&self) -> bool {
        self.range_windows().end > self.settled_windows
    }

    /// Whether a slice with this range can still grow.
    pub(in crate::planner) fn is_provisional(&self, place: Place) -> bool {
        place.window().map_or_else(|| self.is_provisional_range(), |window| self.is_provisional_window(window))
    }

    /// The first window that may still gain attempts.
    pub(in crate::planner) const fn first_open_window(&self) -> usize {
        self.open_from
    }

    /// Whether the attempts of a range stood still at an instant.
    pub(in crate::planner) fn are_attempts_settled_at(&self, range: Window, at: UnixSeconds) -> bool {
        self.attempts.is_settled(range, at)
    }

    /// Whether an answer for this range that reaches up to `at` is final.
    pub(in crate::planner) fn is_settled_at(&self, range: Window, at: UnixSeconds) -> bool {
        self.settling.is_settled(range, at)
    }

    /// Cells of a window in the middle are asked last: those before and after it then show to the end of the plan that
    /// both ends of a range are heeded.
    pub(in crate::planner) fn window_asked_last(&self) -> usize {
        self.windows().end / 2
    }
}
