//! Numbers that belong together: of a kind, as runs of bare numbers, and of a window.

use std::ops::Range;

use super::{Layout, Node};
use crate::planner::index::Lane;

impl Layout {
    /// The cells of some windows.
    pub(in crate::planner) fn cells_of_windows(&self, windows: Range<usize>) -> Range<u32> {
        let per_window = self.matrix.shape().cells_per_window();
        run(windows.start * per_window..windows.end * per_window)
    }

    /// The totals of some windows, where they are slices of their own.
    pub(in crate::planner) fn totals_of_windows(&self, windows: Range<usize>) -> Range<u32> {
        let (at, lanes) = (self.windows_at, self.lane_count());
        if self.splits_countries() { run(at + windows.start * lanes..at + windows.end * lanes) } else { 0..0 }
    }

    /// The totals of the range, where they are slices of their own.
    pub(in crate::planner) fn range_totals(&self) -> Range<u32> {
        if self.has_range_totals() { run(self.ranges_at..self.ranges_at + self.lane_count()) } else { 0..0 }
    }

    /// The wholes of R3, where there are any.
    pub(in crate::planner) fn group_wholes(&self) -> Range<u32> {
        let is_asked = self.has_group_wholes() && self.range().is_some();
        if is_asked { run(self.groups_at..self.end) } else { 0..0 }
    }

    /// All cells.
    pub(in crate::planner) fn cells(&self) -> impl Iterator<Item = Node> + use<> {
        (0..self.cell_count()).map(Node::new)
    }

    /// Everything that speaks of one window.
    pub(in crate::planner) fn cells_and_window_totals(&self) -> impl Iterator<Item = Node> + use<> {
        (0..self.ranges_at).map(Node::new)
    }

    /// Everything that speaks of the range.
    pub(in crate::planner) fn totals_of_range(&self) -> impl Iterator<Item = Node> + use<> {
        (self.ranges_at..self.end).map(Node::new)
    }

    /// A lane's cells in a window, and the total above them. Where countries are not split, these are the same.
    pub(in crate::planner) fn line(&self, window: usize, lane: Lane) -> impl Iterator<Item = Node> + '_ {
        let cells = self.countries().map(move |country| self.cell(window, country, lane));
        cells.chain([self.window_total(window, lane)])
    }

    /// The lines of a window.
    pub(in crate::planner) fn nodes_of_window(&self, window: usize) -> impl Iterator<Item = Node> + '_ {
        self.lanes().flat_map(move |lane| self.line(window, lane))
    }
}

fn run(numbers: Range<usize>) -> Range<u32> {
    Node::new(numbers.start).0..Node::new(numbers.end).0
}
