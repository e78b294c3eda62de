//! What a run knows about itself.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::order::Order;
use crate::model::{RunId, UnixSeconds};

/// What a run knows about itself.
pub struct Context<'a> {
    /// What was ordered.
    pub order: &'a Order,
    /// The run, once it has begun.
    pub run_id: Option<RunId>,
    /// Its instant.
    pub as_of: UnixSeconds,
    /// When this process began.
    pub started: DateTime<Utc>,
    /// The same on the steady clock.
    pub started_monotonic: Duration,
}
