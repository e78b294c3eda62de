//! Where each slice of a plan lives: slices are numbered, cells first, then the totals above them.
//!
//! The numbers ascend from parts to wholes, so that sorting them is asking parts first. A total that another question
//! already answers (countries not split, a range of one window) has no number of its own: it is that other slice.
//! Everything is computed from the matrix's sorted lists; no slice is stored.

use crate::model::{Cell, Country, Matrix, Settling, Slice, UnixSeconds, Window};

use super::{Listing, Terms};

/// A numbered slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node(pub(super) u32);

impl Node {
    fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("a job has at most 10 million cells, and fewer totals than twice that"))
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a numbered slice is. A lane is one (service, channel, prefix), a group one (service, prefix).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// A row of the table.
    Cell { window: usize, country: usize, lane: usize },
    /// All countries of a window: R1's whole.
    WindowTotal { window: usize, lane: usize },
    /// All windows: R2's whole.
    RangeTotal { lane: usize },
    /// All channels of the range: R3's whole.
    AllChannels { group: usize },
}

impl Place {
    /// The one window that it is about; `None`: the range.
    pub(super) const fn window(self) -> Option<usize> {
        match self {
            Self::Cell { window, .. } | Self::WindowTotal { window, .. } => Some(window),
            Self::RangeTotal { .. } | Self::AllChannels { .. } => None,
        }
    }

    /// The rank of its kind, parts below wholes.
    pub(super) const fn level(self) -> u8 {
        match self {
            Self::Cell { .. } => 0,
            Self::WindowTotal { .. } => 1,
            Self::RangeTotal { .. } => 2,
            Self::AllChannels { .. } => 3,
        }
    }
}

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

    pub(super) fn windows(&self) -> usize {
        self.matrix.windows().len()
    }

    pub(super) fn lanes(&self) -> usize {
        self.matrix.shape().service_count() * self.stride
    }

    pub(super) fn channels(&self) -> usize {
        self.matrix.shape().channel_count()
    }

    /// The lane of a group's channel.
    pub(super) fn lane_of(&self, group: usize, channel: usize) -> usize {
        let prefixes = self.matrix.shape().prefix_count();
        group / prefixes * self.stride + channel * prefixes + group % prefixes
    }

    pub(super) fn groups(&self) -> usize {
        self.matrix.shape().service_count() * self.matrix.shape().prefix_count()
    }

    pub(super) fn countries(&self) -> usize {
        self.matrix.shape().country_count()
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
    pub(super) const fn nodes(&self) -> usize {
        self.end
    }

    /// How many of the numbers are cells; they come first.
    pub(super) const fn cells(&self) -> usize {
        self.windows_at
    }

    /// The windows of R2 and R3: the settled ones, or where there are none of them the growing ones.
    pub(super) fn range_windows(&self) -> std::ops::Range<usize> {
        let end = if self.first < self.settled_windows { self.settled_windows } else { self.windows() };
        self.first.min(end)..end
    }

    /// The range of R2 and R3; `None` when no window is in it.
    pub(super) fn range(&self) -> Option<Window> {
        self.hull(self.range_windows())
    }

    /// The range of some windows; `None` when there is none.
    pub(super) fn hull(&self, windows: std::ops::Range<usize>) -> Option<Window> {
        let windows = self.matrix.windows().get(windows)?;
        Some(windows.first()?.hull(*windows.last()?))
    }

    /// Leaves the windows before `first` out of R2 and R3.
    pub(super) fn narrow(&mut self, first: usize) {
        self.first = first;
    }

    /// Whether R2 speaks of more than one window, so that the range's totals are slices of their own.
    pub(super) fn has_range_totals(&self) -> bool {
        self.range_windows().len() > 1
    }

    pub(super) const fn is_provisional_window(&self, window: usize) -> bool {
        window >= self.settled_windows
    }

    pub(super) fn is_provisional_range(&self) -> bool {
        self.range_windows().end > self.settled_windows
    }

    /// The first window that may still gain attempts.
    pub(super) const fn first_open_window(&self) -> usize {
        self.open_from
    }

    /// Whether the attempts of a range stood still at an instant.
    pub(super) fn are_attempts_settled_at(&self, range: Window, at: UnixSeconds) -> bool {
        self.attempts.is_settled(range, at)
    }

    pub(super) const fn first_provisional_window(&self) -> usize {
        self.settled_windows
    }

    /// Whether a slice with this range can still grow.
    pub(super) fn is_provisional(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => self.is_provisional_window(window),
            Place::RangeTotal { .. } | Place::AllChannels { .. } => self.is_provisional_range(),
        }
    }

    /// Whether an answer for this range that reaches up to `at` is final.
    pub(super) fn is_settled_at(&self, range: Window, at: UnixSeconds) -> bool {
        self.settling.is_settled(range, at)
    }

    /// Cells of a window in the middle are asked last: those before and after it then show to the end of the plan that
    /// both ends of a range are heeded.
    pub(super) fn window_asked_last(&self) -> usize {
        self.windows() / 2
    }

    pub(super) fn cell(&self, window: usize, country: usize, lane: usize) -> Node {
        let (service, rest) = (lane / self.stride, lane % self.stride);
        let per_window = self.matrix.shape().cells_per_window();
        Node::new(window * per_window + (service * self.countries() + country) * self.stride + rest)
    }

    pub(super) fn window_total(&self, window: usize, lane: usize) -> Node {
        if self.splits_countries() {
            Node::new(self.windows_at + window * self.lanes() + lane)
        } else {
            self.cell(window, 0, lane)
        }
    }

    /// The total of the range, which must not be empty.
    pub(super) fn range_total(&self, lane: usize) -> Node {
        if self.has_range_totals() { Node::new(self.ranges_at + lane) } else { self.window_total(self.first, lane) }
    }

    /// R3's whole; only when [`Layout::has_group_wholes`].
    pub(super) fn all_channels(&self, group: usize) -> Node {
        Node::new(self.groups_at + group)
    }

    /// The numbers of everything that speaks of one window.
    pub(super) fn cells_and_window_totals(&self) -> impl Iterator<Item = Node> + use<> {
        (0..self.ranges_at).map(Node::new)
    }

    /// The numbers of everything that speaks of the range.
    pub(super) fn totals_of_range(&self) -> impl Iterator<Item = Node> + use<> {
        (self.ranges_at..self.end).map(Node::new)
    }

    pub(super) fn group_of(&self, lane: usize) -> usize {
        let prefixes = self.matrix.shape().prefix_count();
        lane / self.stride * prefixes + lane % prefixes
    }

    /// The lanes of a group, one for each channel.
    pub(super) fn lanes_of(&self, group: usize) -> impl Iterator<Item = usize> + use<> {
        let prefixes = self.matrix.shape().prefix_count();
        let first = group / prefixes * self.stride + group % prefixes;
        (first..first + self.stride).step_by(prefixes)
    }

    pub(super) fn place(&self, node: Node) -> Place {
        let index = node.index();
        if index < self.windows_at {
            let per_window = self.matrix.shape().cells_per_window();
            let (window, within) = (index / per_window, index % per_window);
            let (line, rest) = (within / self.stride, within % self.stride);
            let (service, country) = (line / self.countries(), line % self.countries());
            Place::Cell { window, country, lane: service * self.stride + rest }
        } else if index < self.ranges_at {
            let index = index - self.windows_at;
            Place::WindowTotal { window: index / self.lanes(), lane: index % self.lanes() }
        } else if index < self.groups_at {
            Place::RangeTotal { lane: index - self.ranges_at }
        } else {
            Place::AllChannels { group: index - self.groups_at }
        }
    }

    /// The row key of a place: what names it to people.
    pub(super) fn cell_of(&self, window: Window, country: Option<Country>, lane: usize) -> Cell {
        let shape = self.matrix.shape();
        let prefixes = shape.prefix_count();
        Cell {
            window,
            service: shape.service(lane / self.stride),
            country,
            channel: shape.channel(lane % self.stride / prefixes),
            prefix: shape.prefix(lane % prefixes),
        }
    }

    /// What is asked for a number. Ranges and groups speak of the present range, which must not be empty.
    pub(super) fn slice(&self, node: Node) -> Slice {
        let windows = self.matrix.windows();
        let range = || self.range().expect("totals of the range are asked only while windows are in it");
        let cell = match self.place(node) {
            Place::Cell { window, country, lane } => {
                self.cell_of(windows[window], self.matrix.shape().country(country), lane)
            }
            Place::WindowTotal { window, lane } => self.cell_of(windows[window], None, lane),
            Place::RangeTotal { lane } => self.cell_of(range(), None, lane),
            Place::AllChannels { group } => {
                let lane = self.lanes_of(group).next().expect("a split dimension has a value");
                Cell { channel: None, ..self.cell_of(range(), None, lane) }
            }
        };
        let Cell { window, service, country, channel, prefix } = cell;
        Slice { range: window, service, country, channel, prefix }
    }

    /// The number of a slice; `None` when it is none of the plan's.
    pub(super) fn node(&self, slice: &Slice) -> Option<Node> {
        fn find<T: Ord>(values: Option<&Vec<T>>, value: Option<T>) -> Option<usize> {
            match (values, value) {
                (None, None) => Some(0),
                (Some(values), Some(value)) => values.binary_search(&value).ok(),
                _ => None,
            }
        }
        let shape = self.matrix.shape();
        let prefixes = shape.prefix_count();
        let service = find(shape.services.as_ref(), slice.service)?;
        let prefix = find(shape.prefixes.as_ref(), slice.prefix)?;
        if self.has_group_wholes && slice.channel.is_none() {
            return (slice.country.is_none() && Some(slice.range) == self.range())
                .then(|| self.all_channels(service * prefixes + prefix));
        }
        let channel = find(shape.channels.as_ref(), slice.channel)?;
        let lane = service * self.stride + channel * prefixes + prefix;
        if slice.country.is_none() && self.has_range_totals() && Some(slice.range) == self.range() {
            return Some(self.range_total(lane));
        }
        let window = self.matrix.windows().binary_search(&slice.range).ok()?;
        if slice.country.is_none() {
            return Some(self.window_total(window, lane));
        }
        let country = find(shape.countries.as_ref(), slice.country)?;
        Some(self.cell(window, country, lane))
    }
}
