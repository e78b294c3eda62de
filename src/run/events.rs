//! What happens during a run, for whoever watches: a bar, log lines, or nobody.

use std::fmt;
use std::time::Duration;

use crate::fetch::{LostBucket, Outlook, Used};
use crate::model::{RunId, Slice, UnixSeconds, Window};

/// Counts of a run so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// HTTP requests, each retry included.
    pub sent: u64,
    /// Requests that brought a usable answer.
    pub answered: u64,
    /// Requests that repeated an earlier one of the same question.
    pub retries: u64,
    /// Requests answered with 429.
    pub throttled: u64,
    /// Questions given up without an answer, and ranges of the list; values that the API may refuse are not among them.
    pub failed: u64,
    /// Questions that the ledger answered.
    pub from_ledger: u64,
    /// Pages of the list that came; they are among the answered.
    pub pages: u64,
}

/// What a request asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The counts of a slice.
    Slice(Slice),
    /// A page of the list.
    Page {
        /// Which, from 1.
        number: u64,
        /// Of which range.
        range: Window,
    },
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slice(slice) => slice.fmt(f),
            Self::Page { number, range } => write!(f, "page {number} of the list, {range}"),
        }
    }
}

/// How many questions a run is expected to put to the API, before it puts any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// All of them, those of the run that were answered before it was taken up again included.
    pub questions: u64,
    /// Those of the drill-down among them.
    pub drilled: u64,
    /// Those for evidence among them: they come last, and the planner counts them as they come.
    pub evidence: u64,
    /// Whether that is known, or assumed for want of anything better.
    pub basis: Basis,
}

/// What an expectation rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// What is asked is known, or the account's past tells.
    Known,
    /// Nothing is known of the account.
    Assumed,
}

/// The state of a run at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// Questions and pages of this run that are over: answered, or given up. Those answered before it was taken up again
    /// count, what the ledger knew from other runs doesn't.
    pub done: u64,
    /// Questions and pages that are surely still to come: on their way, or waiting for a token, their next try or the
    /// page before.
    pub wanted: u64,
    /// Questions that are still to come at most, as far as the planner counts them now; the ledger may answer some.
    pub open: u64,
    /// Questions of the drill-down in all, once its answers tell how many to expect.
    pub drilled: Option<u64>,
    /// Requests on their way.
    pub in_flight: usize,
    /// How long until the limit lets the next request start that waits for it.
    pub token_in: Option<Duration>,
    /// What the limit allows; `None`: there is none.
    pub outlook: Option<Outlook>,
    /// The counts so far.
    pub tally: Tally,
}

impl Snapshot {
    /// Whether something was asked, and nothing answered so far.
    #[must_use]
    pub const fn is_unanswered(&self) -> bool {
        self.tally.sent > 0 && self.tally.answered == 0
    }
}

/// A 429 that came with tokens to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowded {
    /// How much of the limit was used, by all who share it.
    pub used: Used,
    /// How many requests were in flight.
    pub in_flight: u32,
    /// How many were allowed from then on.
    pub allowed: u32,
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { used, in_flight, allowed } = self;
        match used.limit {
            Some(limit) => write!(f, "HTTP 429 well below the limit ({} of {limit} a minute)", used.tokens)?,
            None => write!(f, "HTTP 429 without a limit of ours")?,
        }
        write!(
            f,
            ", with {in_flight} requests in flight: others use the account, or the API takes fewer at once; from here \
             on at most {allowed} are in flight, more again as answers come"
        )
    }
}

/// Something that a watcher may want to show.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The run has its identifier; nothing was asked yet.
    Began {
        /// It.
        run_id: RunId,
        /// Its instant.
        as_of: UnixSeconds,
        /// Whether it had begun before.
        taken_up: bool,
    },
    /// What is to be asked is known, or estimated.
    Foreseen(Expected),
    /// Time has passed; sent a few times a second at most.
    Progress(Snapshot),
    /// Nobody asks for a while, as it is not known how much was spent.
    BucketLost(&'a LostBucket),
    /// The API answered 429; nobody asks for a while.
    Throttled {
        /// How long.
        pause: Duration,
    },
    /// A 429 came with tokens to spare, so that fewer requests are in flight from here on; told once.
    Crowded(Crowded),
    /// Failures without a success between them; nobody asks for a while.
    Paused {
        /// How long.
        pause: Duration,
    },
    /// A request failed and will be repeated.
    Retrying {
        /// What was asked.
        wanted: Wanted,
        /// What went wrong.
        reason: &'a str,
        /// How long it waits.
        wait: Duration,
        /// Requests of the run that were answered before: while there are none, what went wrong may concern all.
        answered: u64,
    },
    /// A question was given up.
    Failed {
        /// What was asked.
        wanted: Wanted,
        /// What went wrong, and how often it was tried.
        reason: &'a str,
    },
    /// No new requests; waiting for those in flight.
    Draining {
        /// How many are still on their way.
        in_flight: usize,
    },
    /// The loop has ended.
    Ended(Snapshot),
}

/// A watcher. It cannot fail and cannot slow the run down by more than its own call.
pub trait Observer {
    /// Shows an event, or not.
    fn on(&mut self, event: &Event<'_>);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn on(&mut self, _event: &Event<'_>) {}
}
