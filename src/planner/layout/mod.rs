//! Where each slice of a plan lives: slices are numbered, cells first, then the totals above them.
//!
//! The numbers ascend from parts to wholes, so that sorting them is asking parts first. A total that another question
//! already answers (countries not split, a range of one window) has no number of its own: it is that other slice.
//! Everything is computed from the matrix's sorted lists; no slice is stored.

mod place;
mod runs;
#[cfg(test)]
mod tests;
mod time;
mod values;

pub(super) use place::{Node, Place};

use super::Terms;
use super::index::{CountryIndex, Group, Lane, Position};
use crate::model::{Listing, Matrix, Settling, Slice};

/// The numbering, and the range that R2 and R3 speak of.
#[derive(Debug)]
pub(super) struct Layout {
    matrix: Matrix,
    settling: Settling,
    attempts: Settling,
    /// Whether the channels are split into all there are.
    has_all_channels: bool,
    /// Whether each group has a whole above its channels.
    has_group_wholes: bool,
    /// Cells of a window and country of one service: channels × prefixes.
    stride: usize,
    windows_at: usize,
    ranges_at: usize,
    groups_at: usize,
    end: usize,
    settled_windows: usize,
    /// Windows from this one on may still gain attempts.
    open_from: usize,
    /// The first window of the range; windows before it stay out of R2 and R3.
    first: usize,
}

impl Layout {
    pub(super) fn new(matrix: Matrix, terms: &Terms) -> Self {
        let shape = matrix.shape();
        let lanes = shape.service_count() * shape.channel_count() * shape.prefix_count();
        let groups = shape.service_count() * shape.prefix_count();
        let windows = matrix.windows().len();
        let splits_channels = shape.channels.is_some() && windows > 0;
        let has_all_channels = terms.channels == Listing::Every && splits_channels;
        // A question for each of many prefixes would cost more than the bound on their channels proves.
        let has_group_wholes = has_all_channels || (splits_channels && shape.prefixes.is_none());
        let windows_at = matrix.cells();
        let ranges_at = windows_at + if shape.countries.is_some() { windows * lanes } else { 0 };
        let groups_at = ranges_at + if windows > 1 { lanes } else { 0 };
        let end = groups_at + if has_group_wholes { groups } else { 0 };
        let settled_windows =
            matrix.windows().partition_point(|&window| terms.settling.is_settled(window, terms.as_of));
        let attempts = Settling { settle_after: terms.attempts_settle };
        let open_from = matrix.windows().partition_point(|&window| attempts.is_settled(window, terms.as_of));
        Self {
            open_from: open_from.max(settled_windows),
            attempts,
            stride: shape.channel_count() * shape.prefix_count(),
            settling: terms.settling,
            has_all_channels,
            has_group_wholes,
            windows_at,
            ranges_at,
            groups_at,
            end,
            settled_windows,
            first: 0,
            matrix,
        }
    }

    pub(super) const fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    pub(super) const fn splits_countries(&self) -> bool {
        self.matrix.shape().countries.is_some()
    }

    pub(super) const fn has_all_channels(&self) -> bool {
        self.has_all_channels
    }

    /// Whether each group has a whole above its channels: with all channels their sum, with listed ones a bound.
    pub(super) const fn has_group_wholes(&self) -> bool {
        self.has_group_wholes
    }

    /// How many numbers there are.
    pub(super) const fn node_count(&self) -> usize {
        self.end
    }

    /// How many of the numbers are cells; they come first.
    pub(super) const fn cell_count(&self) -> usize {
        self.windows_at
    }

    pub(super) fn cell(&self, window: usize, country: CountryIndex, lane: Lane) -> Node {
        let (service, rest) = (lane.number() / self.stride, lane.number() % self.stride);
        let per_window = self.matrix.shape().cells_per_window();
        let row = service * self.country_count() + country.number();
        Node::new(window * per_window + row * self.stride + rest)
    }

    pub(super) fn window_total(&self, window: usize, lane: Lane) -> Node {
        if self.splits_countries() {
            Node::new(self.windows_at + window * self.lane_count() + lane.number())
        } else {
            self.cell(window, CountryIndex::at(0), lane)
        }
    }

    /// The total of the range, which must not be empty.
    pub(super) fn range_total(&self, lane: Lane) -> Node {
        if self.has_range_totals() {
            Node::new(self.ranges_at + lane.number())
        } else {
            self.window_total(self.first, lane)
        }
    }

    /// R3's whole; only when [`Layout::has_group_wholes`].
    pub(super) fn all_channels(&self, group: Group) -> Node {
        Node::new(self.groups_at + group.number())
    }

    pub(super) fn place(&self, node: Node) -> Place {
        let index = node.index();
        if index < self.windows_at {
            let per_window = self.matrix.shape().cells_per_window();
            let (window, within) = (index / per_window, index % per_window);
            let (row, rest) = (within / self.stride, within % self.stride);
            let (service, country) = (row / self.country_count(), row % self.country_count());
            let lane = Lane::at(service * self.stride + rest);
            Place::Cell { window, country: CountryIndex::at(country), lane }
        } else if index < self.ranges_at {
            let index = index - self.windows_at;
            Place::WindowTotal { window: index / self.lane_count(), lane: Lane::at(index % self.lane_count()) }
        } else if index < self.groups_at {
            Place::RangeTotal { lane: Lane::at(index - self.ranges_at) }
        } else {
            Place::AllChannels { group: Group::at(index - self.groups_at) }
        }
    }

    /// What is asked for a number. Ranges and groups speak of the present range, which must not be empty.
    pub(super) fn slice(&self, node: Node) -> Slice {
        let windows = self.matrix.windows();
        let range = || self.range().expect("totals of the range are asked only while windows are in it");
        match self.place(node) {
            Place::Cell { window, country, lane } => self.slice_of(windows[window], Some(country), lane),
            Place::WindowTotal { window, lane } => self.slice_of(windows[window], None, lane),
            Place::RangeTotal { lane } => self.slice_of(range(), None, lane),
            Place::AllChannels { group } => {
                Slice { channel: None, ..self.slice_of(range(), None, self.any_lane_of(group)) }
            }
        }
    }

    /// The number of a slice; `None` when it is none of the plan's.
    pub(super) fn node(&self, slice: &Slice) -> Option<Node> {
        /// All values are the first position where there are no others.
        fn or_only<I: Position>(index: Option<I>, is_all: bool) -> Option<I> {
            if is_all { Some(I::at(0)) } else { index }
        }
        let shape = self.matrix.shape();
        let service = or_only(self.service_index(slice.service), slice.service.is_none() && shape.services.is_none())?;
        let prefix = or_only(self.prefix_index(slice.prefix), slice.prefix.is_none() && shape.prefixes.is_none())?;
        if self.has_group_wholes && slice.channel.is_none() {
            return (slice.country.is_none() && Some(slice.range) == self.range())
                .then(|| self.all_channels(self.group(service, prefix)));
        }
        let channel = or_only(self.channel_index(slice.channel), slice.channel.is_none() && shape.channels.is_none())?;
        let lane = self.lane(service, channel, prefix);
        if slice.country.is_none() && self.has_range_totals() && Some(slice.range) == self.range() {
            return Some(self.range_total(lane));
        }
        let window = self.matrix.windows().binary_search(&slice.range).ok()?;
        if slice.country.is_none() {
            return Some(self.window_total(window, lane));
        }
        Some(self.cell(window, self.country_index(slice.country)?, lane))
    }
}
