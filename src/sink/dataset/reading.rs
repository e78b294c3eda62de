//! Reading stored rows back, window by window, without going through a file twice when it can be helped.

use std::path::PathBuf;

use super::paths::{DataFile, DatasetPaths};
use super::window::StoredWindow;
use crate::model::{Row, Window, shown};
use crate::sink::{ReadError, RowReader};

/// A stored row that could not be read back.
#[derive(Debug, thiserror::Error)]
#[error("failed to read back {}", shown(path))]
pub struct StoredRowError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: ReadError,
}

/// A place in a stored file. Windows that are asked for in ascending order cost one pass.
pub(super) struct StoredRows<'a> {
    layout: &'a DatasetPaths,
    open: Option<Open>,
}

struct Open {
    place: DataFile,
    rows: RowReader,
    /// The row after the last one that was given out.
    ahead: Option<Row>,
    /// The last window that was asked for.
    reached: Window,
}

impl<'a> StoredRows<'a> {
    pub(super) const fn new(layout: &'a DatasetPaths) -> Self {
        Self { layout, open: None }
    }

    /// Goes to the first row of a window.
    pub(super) fn seek(&mut self, stored: &StoredWindow) -> Result<(), StoredRowError> {
        let place = stored.source;
        match &mut self.open {
            Some(open) if open.place == place && open.reached < stored.window => open.reached = stored.window,
            _ => {
                let path = self.layout.path(place);
                let rows = RowReader::open(place.format, &path).map_err(|source| StoredRowError { path, source })?;
                self.open = Some(Open { place, rows, ahead: None, reached: stored.window });
            }
        }
        Ok(())
    }

    /// The next row of the window that was last sought; `None` after its last one.
    pub(super) fn next(&mut self) -> Result<Option<Row>, StoredRowError> {
        let Some(open) = &mut self.open else { return Ok(None) };
        loop {
            let row = match open.ahead.take() {
                Some(row) => row,
                None => match open.rows.next() {
                    Some(Ok(row)) => row,
                    Some(Err(source)) => return Err(StoredRowError { path: self.layout.path(open.place), source }),
                    None => return Ok(None),
                },
            };
            if row.key.window == open.reached {
                return Ok(Some(row));
            }
            if row.key.window > open.reached {
                open.ahead = Some(row);
                return Ok(None);
            }
        }
    }

    /// All rows of some windows. Ends after an error.
    pub(super) fn of_windows<'w>(
        mut self,
        mut windows: impl Iterator<Item = &'w StoredWindow>,
    ) -> impl Iterator<Item = Result<Row, StoredRowError>> {
        let mut failed = false;
        std::iter::from_fn(move || {
            while !failed {
                let next = match self.next() {
                    Ok(None) => match self.seek(windows.next()?) {
                        Ok(()) => continue,
                        Err(error) => Err(error),
                    },
                    Ok(Some(row)) => Ok(row),
                    Err(error) => Err(error),
                };
                failed = next.is_err();
                return Some(next);
            }
            None
        })
    }
}
