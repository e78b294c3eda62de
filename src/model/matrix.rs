//! The matrix of a job: its windows and the values of each dimension that it splits.

use std::time::Duration;

use super::{Cell, Channel, Country, Prefix, ServiceSid, Window};

/// Windows × services × countries × channels × prefixes, each in the table's order. It is never expanded in memory:
/// cells are computed from their index.
///
/// Invariants, kept by [`Matrix::new`]: windows are contiguous and ascending; every list is sorted, without
/// duplicates and, where present, not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    windows: Vec<Window>,
    shape: MatrixShape,
}

/// The values of the dimensions other than time; `None` = not split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatrixShape {
    /// Verify services.
    pub services: Option<Vec<ServiceSid>>,
    /// Destination countries.
    pub countries: Option<Vec<Country>>,
    /// Channels that codes are sent by.
    pub channels: Option<Vec<Channel>>,
    /// Destination prefixes, none of which begins another.
    pub prefixes: Option<Vec<Prefix>>,
}

fn sorted<T: Ord>(values: Option<Vec<T>>) -> Option<Vec<T>> {
    values.map(|mut values| {
        values.sort_unstable();
        values.dedup();
        values
    })
}

/// How many values a dimension counts: an unsplit one counts 1.
fn width<T>(values: Option<&Vec<T>>) -> usize {
    values.map_or(1, Vec::len)
}

fn value<T: Copy>(values: Option<&Vec<T>>, index: usize) -> Option<T> {
    values.map(|values| values[index])
}

impl Matrix {
    /// Sorts the values. `windows` must be contiguous and ascending; it may be empty.
    #[must_use]
    pub fn new(windows: Vec<Window>, shape: MatrixShape) -> Self {
        debug_assert!(windows.windows(2).all(|pair| pair[0].end() == pair[1].start()));
        let shape = MatrixShape {
            services: sorted(shape.services),
            countries: sorted(shape.countries),
            channels: sorted(shape.channels),
            prefixes: sorted(shape.prefixes),
        };
        Self { windows, shape }
    }

    /// The windows, ascending.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The other dimensions.
    #[must_use]
    pub const fn shape(&self) -> &MatrixShape {
        &self.shape
    }

    /// From the first window's start to the last one's end; `None` without windows.
    #[must_use]
    pub fn range(&self) -> Option<Window> {
        Some(self.windows.first()?.hull(*self.windows.last()?))
    }

    /// The length of the longest window; `None` without windows.
    #[must_use]
    pub fn longest_window(&self) -> Option<Duration> {
        self.windows.iter().copied().map(Window::length).max()
    }

    /// How many cells there are, remainders not counted.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.windows.len() * self.shape.cells_per_window()
    }

    /// The cell at an index in the fixed order window, service, country, channel, prefix.
    ///
    /// # Panics
    /// If `index` is not below [`Matrix::cells`].
    #[must_use]
    pub fn cell(&self, index: usize) -> Cell {
        let per_window = self.shape.cells_per_window();
        self.shape.cell(self.windows[index / per_window], index % per_window)
    }
}

impl MatrixShape {
    /// Number of services, 1 when not split.
    #[must_use]
    pub fn service_count(&self) -> usize {
        width(self.services.as_ref())
    }

    /// Number of countries, 1 when not split.
    #[must_use]
    pub fn country_count(&self) -> usize {
        width(self.countries.as_ref())
    }

    /// Number of channels, 1 when not split.
    #[must_use]
    pub fn channel_count(&self) -> usize {
        width(self.channels.as_ref())
    }

    /// Number of prefixes, 1 when not split.
    #[must_use]
    pub fn prefix_count(&self) -> usize {
        width(self.prefixes.as_ref())
    }

    /// Cells of one window.
    #[must_use]
    pub fn cells_per_window(&self) -> usize {
        self.service_count() * self.country_count() * self.channel_count() * self.prefix_count()
    }

    /// The service at an index below [`MatrixShape::service_count`]; `None` when not split. The others likewise.
    #[must_use]
    pub fn service(&self, index: usize) -> Option<ServiceSid> {
        value(self.services.as_ref(), index)
    }

    /// The country at an index.
    #[must_use]
    pub fn country(&self, index: usize) -> Option<Country> {
        value(self.countries.as_ref(), index)
    }

    /// The channel at an index.
    #[must_use]
    pub fn channel(&self, index: usize) -> Option<Channel> {
        value(self.channels.as_ref(), index)
    }

    /// The prefix at an index.
    #[must_use]
    pub fn prefix(&self, index: usize) -> Option<Prefix> {
        value(self.prefixes.as_ref(), index)
    }

    /// The cell of a window at an index in the order service, country, channel, prefix.
    #[must_use]
    pub fn cell(&self, window: Window, index: usize) -> Cell {
        let (index, prefix) = (index / self.prefix_count(), index % self.prefix_count());
        let (index, channel) = (index / self.channel_count(), index % self.channel_count());
        let (service, country) = (index / self.country_count(), index % self.country_count());
        Cell {
            window,
            service: self.service(service),
            country: self.country(country),
            channel: self.channel(channel),
            prefix: self.prefix(prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnixSeconds;

    fn window(start: i64) -> Window {
        Window::new(UnixSeconds(start), UnixSeconds(start + 60)).unwrap()
    }

    #[test]
    fn cells_come_in_the_order_window_service_country_channel_prefix() {
        let shape = MatrixShape {
            countries: Some(vec!["US".parse().unwrap(), "CO".parse().unwrap()]),
            channels: Some(vec![Channel::Sms, Channel::Call]),
            ..MatrixShape::default()
        };
        let matrix = Matrix::new(vec![window(0), window(60)], shape);
        let cells: Vec<String> = (0..matrix.cells())
            .map(|index| matrix.cell(index))
            .map(|cell| format!("{} {} {}", cell.window.start().0, cell.country.unwrap(), cell.channel.unwrap()))
            .collect();
        let expected =
            ["0 CO call", "0 CO sms", "0 US call", "0 US sms", "60 CO call", "60 CO sms", "60 US call", "60 US sms"];
        assert_eq!(cells, expected);
    }

    #[test]
    fn unsplit_dimensions_count_one() {
        let matrix = Matrix::new(vec![window(0)], MatrixShape::default());
        assert_eq!(matrix.cells(), 1);
        assert_eq!(matrix.cell(0).country, None);
    }
}
