//! How a window stands in a plan, and which ones start before the retention's horizon.

use crate::model::{UnixSeconds, Window};

use super::Terms;

/// How a window stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowStatus {
    /// Asked as usual.
    Live,
    /// Known from earlier runs; asked no more.
    Recalled(Retained),
    /// In the published dataset already, and the API may hold it no longer: left alone.
    Archived,
    /// The API holds it no longer.
    Expired,
    /// Nobody could tell whether the API still holds it.
    Doubtful,
    /// It ends after the server's now.
    Future,
}

/// Whether the API is seen to hold a window's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retained {
    Yes,
    NotSeen,
}

/// How many windows started before the horizon, and how many of these have ended by then.
pub(super) fn old_windows(windows: &[Window], terms: &Terms) -> (usize, usize) {
    let Some(horizon) = horizon(terms) else { return (0, 0) };
    let old = windows.partition_point(|window| window.start() < horizon);
    let ended = windows.partition_point(|window| window.end() <= horizon);
    (old, ended)
}

/// Windows that start before this instant may be gone.
fn horizon(terms: &Terms) -> Option<UnixSeconds> {
    let seconds = i64::try_from(terms.retention?.as_secs()).unwrap_or(i64::MAX);
    Some(terms.as_of.plus_seconds(seconds.saturating_neg()))
}

/// How far back the API shows attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// The API holds the windows from this index on.
    From(usize),
    /// It shows nothing of old windows.
    Nothing,
    /// A question failed.
    Unknown(String),
}
