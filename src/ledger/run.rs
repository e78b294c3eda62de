//! Runs: how one begins, ends, and is taken up again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::{Timestamp, Uuid};

use super::log::Inference;
use crate::model::{AccountSid, Confirmed, Interval, Note, Proof, RunId, Settling, UnixMicros, UnixSeconds, Window};

/// How long a run that ended before publishing may be taken up, counted from when it was last seen.
pub(super) const STAYS_OPEN: Duration = Duration::from_hours(1);

/// Whose answers these are. Answers of another account or origin are never seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The account.
    pub account: AccountSid,
    /// Where it is asked: scheme, host and port of the API, or `simulator`.
    pub origin: String,
}

/// What a run wants to be.
#[derive(Debug, Clone, Copy)]
pub struct RunRequest<'a> {
    /// The job's name, for people who read the ledger.
    pub job: &'a str,
    /// Equal for equal job, options and dataset: only then is an open run taken up.
    pub fingerprint: &'a str,
    /// What earlier releases would have recorded in its place: their open runs are taken up, too.
    pub earlier_fingerprints: &'a [String],
    /// The `as_of` that was asked for; `None` leaves it to the run.
    pub as_of: Option<UnixSeconds>,
    /// The time now.
    pub now: DateTime<Utc>,
    /// When answers become final.
    pub settling: Settling,
    /// How the API treats the exact second of a bound: it tells which windows the recorded answers are about.
    pub interval: Interval,
}

/// Whose rows are written, and how its windows are sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    pub origin: i64,
    pub run: i64,
    pub interval: Interval,
}

/// A run under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BegunRun {
    /// Its identifier.
    pub run_id: RunId,
    /// Its instant.
    pub as_of: UnixSeconds,
    /// When it began; of a run taken up, when it first did.
    pub started_at: UnixMicros,
    /// Whether it had begun before.
    pub taken_up: bool,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// Every window is published. Closed.
    Published,
    /// Sums differ, though asked afresh, or what was seen contradicts itself. Closed: other runs reuse what passed all
    /// checks, and ask anew for the rest.
    Unreconciled,
    /// The API ignored a filter, so what it answered may be about something else. Closed, and no other run reuses it.
    Untrusted,
    /// Cells are unknown. Stays open.
    Incomplete,
    /// Stopped by a signal. Stays open.
    Interrupted,
    /// Ended by an error. Stays open.
    Failed,
}

impl RunEnd {
    /// The text in the ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Unreconciled => "unreconciled",
            Self::Untrusted => "untrusted",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }

    /// Whether another run may reuse an answer of this one.
    pub(super) fn lends(self, proof: Proof) -> bool {
        match self {
            Self::Untrusted => false,
            Self::Unreconciled => proof == Proof::Proved,
            Self::Published | Self::Incomplete | Self::Interrupted | Self::Failed => true,
        }
    }

    /// How a run ended, by its text in the ledger; `None`: it is open, or a later release named its end.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all =
            [Self::Published, Self::Unreconciled, Self::Untrusted, Self::Incomplete, Self::Interrupted, Self::Failed];
        all.into_iter().find(|end| end.name() == name)
    }

    /// Whether the run may still be taken up.
    pub(super) const fn stays_open(self) -> bool {
        !matches!(self, Self::Published | Self::Unreconciled | Self::Untrusted)
    }
}

/// How a run ended, and what is kept of it: all of this is written, or nothing.
#[derive(Debug, Clone, Copy)]
pub struct EndOfRun<'a> {
    /// How it ended.
    pub end: RunEnd,
    /// What its answers imply.
    pub inferences: &'a [Inference],
    /// What it saw of the account; of each name, the ledger keeps what was seen last.
    pub notes: &'a [Note],
    /// Names of notes that it belied: they go, whoever saw them, before its own are kept.
    pub forgotten_notes: &'a [String],
    /// Windows whose answers, this run's and others', passed its checks.
    pub proved: &'a [Window],
    /// Windows whose listed sums were confirmed.
    pub confirmed: &'a [Confirmed],
}

/// An end of which nothing else is kept.
impl From<RunEnd> for EndOfRun<'static> {
    fn from(end: RunEnd) -> Self {
        Self { end, inferences: &[], notes: &[], forgotten_notes: &[], proved: &[], confirmed: &[] }
    }
}

/// Where an `as_of` came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AsOf {
    /// Asked for.
    Given(UnixSeconds),
    /// The run's start.
    Start(UnixSeconds),
}

impl AsOf {
    pub const fn instant(self) -> UnixSeconds {
        match self {
            Self::Given(instant) | Self::Start(instant) => instant,
        }
    }
}

/// A run as the ledger knows it, already of the right account, origin and fingerprint, and not closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenRun {
    /// The ledger's number for it.
    pub id: i64,
    pub run_id: RunId,
    pub as_of: AsOf,
    pub started_at: UnixMicros,
    /// Its start, its end, or the latest request whose answer it recorded.
    pub seen_at: UnixMicros,
}

impl OpenRun {
    pub fn begun(&self) -> BegunRun {
        let &Self { run_id, as_of, started_at, .. } = self;
        BegunRun { run_id, as_of: as_of.instant(), started_at, taken_up: true }
    }

    fn suits(&self, request: &RunRequest) -> bool {
        let wait = i64::try_from(STAYS_OPEN.as_micros()).unwrap_or(i64::MAX);
        let seen_lately = UnixMicros::from(request.now).0 <= self.seen_at.0.saturating_add(wait);
        seen_lately
            && match (request.as_of, self.as_of) {
                (None, AsOf::Start(_)) => true,
                (None, AsOf::Given(_)) => false,
                (Some(wanted), as_of) => as_of.instant() == wanted,
            }
    }
}

/// The run to take up: the one that began last among those that suit.
pub(super) fn to_take_up(open: impl IntoIterator<Item = OpenRun>, request: &RunRequest) -> Option<OpenRun> {
    open.into_iter().filter(|run| run.suits(request)).max_by_key(|run| (run.started_at, run.id))
}

impl RunRequest<'_> {
    /// All that it answers to.
    pub(super) fn fingerprints(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.fingerprint).chain(self.earlier_fingerprints.iter().map(String::as_str))
    }

    /// A run of its own.
    pub(super) fn fresh(&self) -> BegunRun {
        let seconds = u64::try_from(self.now.timestamp()).unwrap_or(0);
        let stamp = Timestamp::from_unix_time(seconds, self.now.timestamp_subsec_nanos(), 0, 0);
        BegunRun {
            run_id: RunId(Uuid::new_v7(stamp)),
            as_of: self.as_of.unwrap_or_else(|| self.now.into()),
            started_at: self.now.into(),
            taken_up: false,
        }
    }

    /// Where the `as_of` of a fresh run comes from.
    pub(super) fn fresh_as_of(&self) -> AsOf {
        self.as_of.map_or_else(|| AsOf::Start(self.now.into()), AsOf::Given)
    }
}
