//! What can go wrong with rows and files.

use std::io;
use std::path::{Path, PathBuf};

use crate::model::shown;
use crate::rollup::{RowError, SCHEMA_VERSION};

/// Rows that could not be written to a stream.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Rows must ascend strictly by key: sorted files promise it to their readers.
    #[error("row `{row_key}` does not come after its predecessor; this is a bug in verify-rollup")]
    OutOfOrder {
        /// The row's key.
        row_key: String,
    },
    /// The stream refused.
    #[error("failed to write rows")]
    Io(#[from] io::Error),
    /// The Parquet encoder refused.
    #[error("failed to encode rows as parquet: {0}")]
    Parquet(String),
}

/// Rows that could not be read from a stream.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream refused.
    #[error("failed to read rows")]
    Io(#[from] io::Error),
    /// Not a file of this format.
    #[error("not a readable {format} file: {message}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What the decoder says.
        message: String,
    },
    /// A file of this format that holds another table.
    #[error("not a table of verify-rollup: its columns differ")]
    ForeignSchema,
    /// A table of a later version of the tool.
    #[error("a table of schema version {version}, this build knows {SCHEMA_VERSION}; upgrade verify-rollup")]
    NewerSchema {
        /// The table's.
        version: u32,
    },
    /// A value that the table cannot hold.
    #[error("row {row}: {problem}")]
    Row {
        /// The row's position, from 1.
        row: u64,
        /// What is wrong.
        problem: RowError,
    },
    /// Rows do not ascend strictly by key.
    #[error("row {row} does not come after its predecessor")]
    OutOfOrder {
        /// The row's position, from 1.
        row: u64,
    },
}

/// The disk refused; the message says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// No space, or a quota is used up.
    #[error("no space left to {action} {}; free some and run again, nothing is lost", shown(path))]
    Full {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Permissions, or a read-only file system.
    #[error("not allowed to {action} {}; make it accessible to this user or choose another `--output`", shown(path))]
    Denied {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Anything else.
    #[error("failed to {action} {}", shown(path))]
    Other {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

impl DiskError {
    /// Adds to an I/O error what was tried and where.
    pub fn at(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { action, path, source },
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    Self::Denied { action, path, source }
                }
                _ => Self::Other { action, path, source },
            }
        }
    }
}
