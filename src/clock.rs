//! The only place that reads clocks. Everything else is handed a [`Clock`], so that tests run on time of their own.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The time of day, and a steady time that no wall-clock step moves.
pub trait Clock: Send + Sync + 'static {
    /// The time of day.
    fn now(&self) -> DateTime<Utc>;

    /// Time since an origin that all processes of one boot share; it never goes back.
    fn monotonic(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
        Utc::now()
    }

    fn monotonic(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// A clock that was set: its time of day is what somebody says, its steady time the machine's.
#[derive(Debug, Clone, Copy)]
pub struct SetClock {
    at: DateTime<Utc>,
    /// Since when it goes on; `None`: it stands still.
    goes_on_since: Option<Duration>,
}

impl SetClock {
    /// One that stands still.
    #[must_use]
    pub const fn standing(at: DateTime<Utc>) -> Self {
        Self { at, goes_on_since: None }
    }

    /// One that goes on from there.
    #[must_use]
    pub fn ticking(from: DateTime<Utc>) -> Self {
        Self { at: from, goes_on_since: Some(SystemClock.monotonic()) }
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        let passed = self.goes_on_since.map(|since| self.monotonic().saturating_sub(since)).unwrap_or_default();
        self.at + passed
    }

    fn monotonic(&self) -> Duration {
        SystemClock.monotonic()
    }
}
