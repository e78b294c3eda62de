//! The windows of a data file that no manifest describes, learnt from its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::identity::{DatasetIdentity, Split};
use super::paths::{DataFile, DatasetPaths};
use super::window::StoredWindow;
use crate::model::{Channel, Country, MatrixShape, Prefix, Row, RunId, ServiceSid, UnixMicros, Window};
use crate::sink::{ReadError, RowReader};

/// Why a file cannot be used; for people.
pub(super) enum Unusable {
    /// It is no table, or a damaged one.
    Unreadable(String),
    /// It is a table about something else.
    OtherTable(String),
    /// A later version of the tool wrote it.
    Newer(ReadError),
}

/// What a file holds.
pub(super) struct Contents {
    pub(super) windows: Vec<StoredWindow>,
    /// Columns of somebody else.
    pub(super) foreign_columns: Vec<String>,
}

/// Reads a whole file. Every cell is a row, so the values that occur are the matrix it was published with.
pub(super) fn inspect(
    layout: &DatasetPaths,
    place: DataFile,
    expected: Option<&DatasetIdentity>,
) -> Result<Contents, Unusable> {
    let rows = RowReader::open(place.format, &layout.path(place)).map_err(unreadable)?;
    let foreign_columns = rows.foreign_columns().to_vec();
    let mut windows: Vec<StoredWindow> = Vec::new();
    let mut current: Option<Gathered> = None;
    for row in rows {
        let row = row.map_err(unreadable)?;
        if expected.is_some_and(|identity| identity.account_sid != row.key.account) {
            return Err(Unusable::OtherTable(format!("it holds rows of the account {}", row.key.account)));
        }
        let gathered = match current.take() {
            Some(gathered) if gathered.window == row.key.window => gathered,
            finished => {
                if finished.as_ref().is_some_and(|finished| finished.window.overlaps(row.key.window)) {
                    return Err(Unusable::Unreadable(format!("its windows overlap at {}", row.key.window.start())));
                }
                windows.extend(finished.map(|finished| finished.into_stored(place)).transpose()?);
                Gathered::new(&row)
            }
        };
        current = Some(gathered.with(&row));
    }
    windows.extend(current.map(|finished| finished.into_stored(place)).transpose()?);
    let splits_differ =
        |stored: &StoredWindow| expected.is_some_and(|identity| identity.split != Split::from(stored.shape.as_ref()));
    if windows.iter().any(splits_differ) {
        return Err(Unusable::OtherTable("its rows split other dimensions".to_owned()));
    }
    Ok(Contents { windows, foreign_columns })
}

fn unreadable(error: ReadError) -> Unusable {
    let message = error.to_string();
    match error {
        ReadError::NewerSchema { .. } => Unusable::Newer(error),
        ReadError::Io(source) => Unusable::Unreadable(format!("{message}: {source}")),
        _ => Unusable::Unreadable(message),
    }
}

/// What the rows of one window say together.
struct Gathered {
    window: Window,
    is_final: bool,
    rows: u64,
    total_attempts: i64,
    total_converted: i64,
    run_id: RunId,
    published_at: Option<UnixMicros>,
    services: BTreeSet<Option<ServiceSid>>,
    countries: BTreeSet<Option<Country>>,
    channels: BTreeSet<Option<Channel>>,
    prefixes: BTreeSet<Option<Prefix>>,
}

impl Gathered {
    fn new(row: &Row) -> Self {
        Self {
            window: row.key.window,
            is_final: true,
            rows: 0,
            total_attempts: 0,
            total_converted: 0,
            run_id: row.run_id,
            published_at: row.published_at,
            services: BTreeSet::new(),
            countries: BTreeSet::new(),
            channels: BTreeSet::new(),
            prefixes: BTreeSet::new(),
        }
    }

    fn with(mut self, row: &Row) -> Self {
        self.is_final &= row.is_final;
        self.rows += 1;
        self.total_attempts = self.total_attempts.saturating_add(row.counts.attempts());
        self.total_converted = self.total_converted.saturating_add(row.counts.converted());
        self.run_id = self.run_id.max(row.run_id);
        self.published_at = self.published_at.max(row.published_at);
        self.services.insert(row.key.service);
        if row.key.country != Some(Country::REMAINDER) {
            self.countries.insert(row.key.country);
        }
        self.channels.insert(row.key.channel);
        self.prefixes.insert(row.key.prefix);
        self
    }

    fn into_stored(self, source: DataFile) -> Result<StoredWindow, Unusable> {
        fn values<T>(found: BTreeSet<Option<T>>) -> Result<Option<Vec<T>>, Unusable> {
            let size = found.len();
            let values: Vec<_> = found.into_iter().flatten().collect();
            match values.len() {
                0 if size > 0 => Ok(None),
                present if present == size => Ok(Some(values)),
                _ => Err(Unusable::OtherTable("some of its rows split a dimension and others don't".to_owned())),
            }
        }
        let shape = MatrixShape {
            services: values(self.services)?,
            countries: values(self.countries)?,
            channels: values(self.channels)?,
            prefixes: values(self.prefixes)?,
        };
        Ok(StoredWindow {
            window: self.window,
            is_final: self.is_final,
            rows: self.rows,
            total_attempts: self.total_attempts,
            total_converted: self.total_converted,
            run_id: self.run_id,
            shape: Arc::new(shape),
            source,
            published_at: self.published_at,
        })
    }
}
