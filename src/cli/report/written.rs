//! A file that was written.

use std::path::PathBuf;

use crate::job::ReportFormat;

/// One of the report's files.
pub struct Written {
    /// Its form.
    pub format: ReportFormat,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: usize,
}
