//! How long the heartbeats of a state directory's holder take, and how long their absence is believed.

use std::time::Duration;

/// How long things take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Between two heartbeats.
    pub beat: Duration,
    /// A heartbeat that is older speaks of a machine that is gone.
    pub silence: Duration,
    /// How long a mark must stand that was put in another machine's place.
    pub settle: Duration,
}

impl Timing {
    /// Five beats may fail before a machine seems gone.
    pub const DEFAULT: Self =
        Self { beat: Duration::from_secs(20), silence: Duration::from_mins(2), settle: Duration::from_secs(1) };
}
