//! How waits grow from failure to failure. Pure.

use std::time::Duration;

/// The longest wait before a try.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Uniform in [d/2, d], d = min(60 s, 1 s · 2^(step−1)), for steps from 1; `jitter` in [0, 1), anything else is
/// clamped.
pub(super) fn backoff(step: u32, jitter: f64) -> Duration {
    let doublings = step.saturating_sub(1).min(6);
    let longest = Duration::from_secs(1 << doublings).min(LONGEST_WAIT);
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 1.0 };
    (longest / 2).saturating_add((longest / 2).mul_f64(jitter))
}
