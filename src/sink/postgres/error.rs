//! Why a table could not be brought to what the dataset holds.

use crate::postgres::PostgresError;
use crate::sink::WriteError;
use crate::sink::dataset::StoredRowError;

/// The table could not be brought to what the dataset holds: it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It holds something else.
    #[error("the table {table} holds another dataset ({differences}); give the job another `postgres_table`")]
    OtherDataset {
        /// Its name.
        table: String,
        /// In what it differs.
        differences: String,
    },
    /// It is something else.
    #[error("{table} is no table of this tool's, as it lacks {lacking}; give the job another `postgres_table`")]
    NotATable {
        /// Its name.
        table: String,
        /// What it lacks.
        lacking: String,
    },
    /// A column cannot hold what it should.
    #[error("{column} of the table {table} is {there} and must be {wanted}; alter it, or name another table")]
    OtherType {
        /// Its name.
        table: String,
        /// The column.
        column: &'static str,
        /// What it is.
        there: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// The dataset's files cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredRowError),
    /// Rows cannot be encoded.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl LoadError {
    /// Whether the job names a table that is not for it.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::OtherDataset { .. } | Self::NotATable { .. } | Self::OtherType { .. })
    }
}
