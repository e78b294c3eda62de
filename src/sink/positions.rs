//! Where a stored file has the table's columns. They are found by name: files of older schemas lack the newest ones,
//! and a file that somebody rewrote may have others beside them.
//!
//! Refused: a file without one of the columns that every version has, or with a name twice.

use super::ReadError;
use crate::rollup::Column;

/// The position of each column in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Positions {
    of: [Option<usize>; Column::ALL.len()],
    foreign: Vec<String>,
}

impl Positions {
    /// The columns of a header.
    ///
    /// # Errors
    /// One of the first schema's columns is missing, or a name occurs twice.
    pub fn of<'n>(header: impl IntoIterator<Item = &'n str>) -> Result<Self, ReadError> {
        let mut positions = Self { of: [None; Column::ALL.len()], foreign: Vec::new() };
        for (index, name) in header.into_iter().enumerate() {
            match Column::ALL.into_iter().find(|column| column.name() == name) {
                Some(column) if positions.of[column.index()].is_some() => return Err(ReadError::ForeignSchema),
                Some(column) => positions.of[column.index()] = Some(index),
                None => positions.foreign.push(name.to_owned()),
            }
        }
        let is_there = |column: &Column| positions.get(*column).is_some() || column.since() > 1;
        if Column::ALL.iter().all(is_there) { Ok(positions) } else { Err(ReadError::ForeignSchema) }
    }

    /// The position of a column; `None`: the file is older than it.
    #[must_use]
    pub const fn get(&self, column: Column) -> Option<usize> {
        self.of[column.index()]
    }

    /// Columns that are none of the table's.
    #[must_use]
    pub fn foreign(&self) -> &[String] {
        &self.foreign
    }

    /// The version of the schema: the newest of its columns says it.
    #[must_use]
    pub fn schema_version(&self) -> u32 {
        let present = Column::ALL.into_iter().filter(|column| self.get(*column).is_some());
        present.map(Column::since).max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_files_lack_columns_and_rewritten_ones_have_more() {
        let names: Vec<&str> = Column::ALL.map(Column::name).to_vec();
        let all = Positions::of(names.iter().copied()).unwrap();
        assert_eq!((all.schema_version(), all.foreign()), (3, &[][..]));
        let second = Positions::of(names.iter().copied().take(20)).unwrap();
        assert_eq!((second.schema_version(), second.get(Column::PricedAttempts)), (2, None));
        let first = Positions::of(names.iter().copied().take(19)).unwrap();
        assert_eq!((first.schema_version(), first.get(Column::PublishedAt)), (1, None));
        let more = Positions::of(["note"].into_iter().chain(names.iter().copied().rev())).unwrap();
        assert_eq!((more.get(Column::RowKey), more.foreign()), (Some(23), &["note".to_owned()][..]));
        assert!(Positions::of(names.iter().copied().skip(1)).is_err(), "a key is missing");
        assert!(Positions::of(names.iter().copied().chain(["country"])).is_err(), "twice");
    }
}
