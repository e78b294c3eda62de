//! What a run knows about itself.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::args::JobArgs;
use super::load::Loaded;
use crate::model::{RunId, UnixSeconds};

/// What a run knows about itself.
pub struct Context<'a> {
    /// The command line.
    pub arguments: &'a JobArgs,
    /// The job.
    pub loaded: &'a Loaded,
    /// The run, once it has begun.
    pub run_id: Option<RunId>,
    /// Its instant.
    pub as_of: UnixSeconds,
    /// When this process began.
    pub started: DateTime<Utc>,
    /// The same on the steady clock.
    pub started_monotonic: Duration,
}
