//! What a plan depends on besides its matrix.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::model::{Listing, Remainder, Settling, Strategy, UnixSeconds};

/// What a plan depends on besides its matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Which slices are asked.
    pub strategy: Strategy,
    /// Where attempts may be read page by page instead.
    pub pages: Pages,
    /// The run's instant, to which settling and retention refer.
    pub as_of: UnixSeconds,
    /// The host's time when the run began, which stands where the server says none.
    pub now: UnixSeconds,
    /// When answers become final.
    pub settling: Settling,
    /// How long after its end a window's attempts may still grow; its conversions may until it settles.
    pub attempts_settle: Duration,
    /// How far back from `as_of` the API surely holds data; `None` = forever.
    pub retention: Option<Duration>,
    /// Whether the table gets the remainder's rows. Their totals are asked either way.
    pub remainder: Remainder,
    /// Whether the matrix's countries are a choice or all there are.
    pub countries: Listing,
    /// Whether the matrix's channels are a choice or all there are.
    pub channels: Listing,
    /// Whether answers of earlier runs will do.
    pub freshness: Freshness,
    /// How many questions are asked side by side at least, although the answer to one may spare another: enough to use
    /// the limit. Fewer take longer, more ask more.
    pub breadth: NonZeroUsize,
}

/// What a job's default limits come to.
const BREADTH: NonZeroUsize = NonZeroUsize::new(10).unwrap();

impl Terms {
    /// The exhaustive plan, over ground that never expires and values that are listed; all else as in a job file that
    /// says nothing of it.
    #[must_use]
    pub const fn new(as_of: UnixSeconds) -> Self {
        Self {
            strategy: Strategy::Exhaustive,
            pages: Pages::Never,
            as_of,
            now: as_of,
            settling: Settling { settle_after: Duration::from_hours(24) },
            attempts_settle: Duration::from_hours(1),
            retention: None,
            remainder: Remainder::Keep,
            countries: Listing::Listed,
            channels: Listing::Listed,
            freshness: Freshness::Reuse,
            breadth: BREADTH,
        }
    }
}

/// Where the list of single attempts is read (`docs/PLANNER.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Nowhere.
    Never,
    /// Where that takes fewer requests.
    WhereFewer,
    /// As far back as it reaches.
    WhereTheyReach,
}

/// Whether settled answers of earlier runs stand for a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// They do.
    Reuse,
    /// They don't: everything is asked afresh, as far back as the API holds data.
    Refresh,
}
