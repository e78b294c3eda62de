//! The compressions of Parquet, as the job file names them.

use serde::{Deserialize, Serialize};

/// How Parquet pages are compressed. CSV files never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Zstandard, level 3.
    #[default]
    Zstd,
    /// Snappy, which the oldest readers know too.
    Snappy,
    /// Pages as they are.
    None,
}
