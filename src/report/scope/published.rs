//! A published window, as a report is told of it.

use std::sync::Arc;

use crate::model::{MatrixShape, RunId, Window};

/// A published window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The window.
    pub window: Window,
    /// Whether its numbers may no longer change.
    pub is_final: bool,
    /// The run that last changed it.
    pub run_id: RunId,
    /// The matrix that it was published with.
    pub shape: Arc<MatrixShape>,
}
