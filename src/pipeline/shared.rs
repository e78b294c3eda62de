//! What the runs of a process have in common, so that many at once take no more of it than one.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::state::{Pools, StateDirectory};

/// Of a run that is alone: nothing.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// The state directory, which is held while this process works.
    pub(super) directory: Option<StateDirectory>,
    /// Connections to the database of the state.
    pub(super) pools: Option<Arc<Pools>>,
    /// Who may load a table.
    pub(super) loads: Option<Arc<Semaphore>>,
}
