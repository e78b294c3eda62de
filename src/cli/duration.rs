//! How long requests take at the limit, and when they would be done.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::job::Limits;

/// With a full bucket: the first `burst` requests go at once, the others as tokens come back.
pub fn time_at_limit(requests: u64, limits: &Limits) -> Duration {
    let Some(limit) = limits.requests_per_minute.map(NonZeroU32::get) else { return Duration::ZERO };
    let burst = limits.burst.map_or(limit, NonZeroU32::get);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let waiting = requests.saturating_sub(u64::from(burst)) as f64;
    Duration::from_secs_f64(waiting * 60.0 / f64::from(limit))
}

/// When something is done that takes so long.
pub fn done_at(now: DateTime<Utc>, time: Duration) -> String {
    let end = chrono::Duration::from_std(time).ok().and_then(|time| now.checked_add_signed(time)).unwrap_or(now);
    end.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn limits(per_minute: u32, burst: Option<u32>) -> Limits {
        Limits {
            accounts_at_once: std::num::NonZeroUsize::MIN,
            requests_per_minute: NonZeroU32::new(per_minute),
            burst: burst.and_then(NonZeroU32::new),
            list_has_own_limit: false,
            concurrency: NonZeroUsize::MIN,
            timeout: Duration::from_secs(20),
            max_tries: NonZeroU32::MIN,
            retry_for: Duration::from_mins(10),
        }
    }

    #[test]
    fn the_first_burst_costs_no_time() {
        assert_eq!(time_at_limit(100, &limits(100, None)), Duration::ZERO);
        assert_eq!(time_at_limit(300, &limits(100, None)), Duration::from_mins(2));
        assert_eq!(time_at_limit(101, &limits(100, Some(1))), Duration::from_mins(1));
        assert_eq!(time_at_limit(1_000_000, &limits(0, None)), Duration::ZERO);
    }
}
