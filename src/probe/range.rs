//! Where to look: a range of time that has attempts and no longer changes.

use super::gap::Gap;
use super::history::{History, LONGEST_HISTORY};
use super::script::{Pending, Script, Topic};
use crate::model::{RawSlice, UnixSeconds, Window};

const DAY: i64 = 86_400;

/// Attempts of the last hour may still be on their way into the API's counts.
const QUIET: i64 = 3600;
/// Attempts of the oldest ten minutes may be gone between two questions.
const FADING: i64 = 600;
/// Of a long range only the last days are looked at: what is found there tells of all of it.
const LONGEST: i64 = 31 * DAY;

/// A range and the attempts that the API counts between its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: UnixSeconds,
    pub(super) end: UnixSeconds,
    pub(super) attempts: i64,
}

impl Stretch {
    /// Everything in it.
    pub(super) fn question(&self) -> RawSlice {
        RawSlice::between(Some(self.start.into()), Some(self.end.into()))
    }
}

/// The range to look at, or why there is none.
pub(super) type FoundStretch = Result<Stretch, Gap>;

/// The first of these that has attempts: the job's range, the last month, all that a probe cares for. Where the history
/// is known, its oldest minutes are left out.
pub(super) fn choose(
    script: &mut Script<'_>,
    as_of: UnixSeconds,
    job: Option<Window>,
    history: Option<&History>,
) -> Result<FoundStretch, Pending> {
    let oldest = match history {
        Some(History::Since { from, .. }) => from.plus_seconds(FADING),
        Some(History::Longer | History::Unknown(_)) | None => as_of.plus_seconds(-DAY * i64::from(LONGEST_HISTORY)),
    };
    let newest = as_of.plus_seconds(-QUIET);
    let clip = |start: UnixSeconds, end: UnixSeconds| Window::new(start.max(oldest), end.min(newest));
    let recent = |window: Window| Window::new(window.start().max(window.end().plus_seconds(-LONGEST)), window.end());
    let ranges = [
        job.and_then(|range| clip(range.start(), range.end())).and_then(recent),
        clip(oldest, newest).and_then(recent),
        clip(oldest, newest),
    ];
    for range in ranges.into_iter().flatten() {
        let (start, end) = (range.start(), range.end());
        match script.count(Topic::Filters, Some(start.into()), Some(end.into()))? {
            Ok(0) => {}
            Ok(attempts) => return Ok(Ok(Stretch { start, end, attempts })),
            Err(gap) => return Ok(Err(gap)),
        }
    }
    Ok(Err(Gap::NoAttempts))
}
