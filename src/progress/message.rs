//! The events of a run, as they are told.

use std::time::Duration;

use super::bar::human;
use super::counts::Counts;
use super::eta::Left;
use super::hindrance::Reason;
use super::line::plain;
use super::view::View;
use crate::message::{Level, Message};
use crate::run::{Basis, Crowded, Expected};
use schemars::JsonSchema;
use serde::Serialize;

/// An event of a run.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ProgressMessage {
    /// The run has its identifier; nothing was asked yet.
    RunBegan {
        /// The instant to which relative ranges and settling refer, RFC 3339.
        as_of: String,
        /// Whether it goes on with a run that ended before it published.
        taken_up: bool,
        /// For the words alone.
        #[serde(skip)]
        run_id: String,
    },
    /// How much the run is expected to ask.
    RunForeseen {
        /// Questions in all; of a run that is taken up, those that were answered before are among them.
        expected: u64,
        /// What that rests on.
        basis: Grounds,
    },
    /// How far the run has come: when asking begins, every ten seconds, and when it ends.
    Progress {
        /// Questions of the run that are over: answered, or given up.
        done: u64,
        /// Questions in all, as far as is expected; it follows what is asked, and `done / expected` never shrinks.
        expected: u64,
        /// What `expected` rests on.
        basis: Grounds,
        /// Requests in the last minute, before a minute has passed as many as a minute would hold; never above the
        /// limit. `null` before the first.
        rate_per_minute: Option<u64>,
        /// How many more seconds the run is expected to take; `null` where nobody can tell.
        seconds_left: Option<u64>,
        /// Where `basis` is `assumed`: how many more seconds it can take at most, at the limit.
        seconds_left_at_most: Option<u64>,
        /// Requests on their way.
        in_flight: u64,
        /// Every HTTP request so far.
        sent: u64,
        /// Requests that repeated an earlier one.
        retries: u64,
        /// Requests answered with 429.
        throttled: u64,
        /// Questions given up.
        failed: u64,
        /// Questions that the ledger answered.
        answered_from_ledger: u64,
        /// Why nobody asks right now; `null` while somebody does, or may.
        waiting: Option<WaitingRecord>,
        /// For the words alone.
        #[serde(skip)]
        words: String,
    },
    /// How far the work on many accounts has come: every ten seconds.
    AccountsProgress {
        /// Accounts in all.
        accounts: u64,
        /// Those whose turn is over.
        done: u64,
        /// Those of them of which not all was published.
        incomplete: u64,
        /// Those that are worked on.
        at_work: u64,
        /// Every HTTP request so far.
        sent: u64,
        /// Requests answered with 429.
        throttled: u64,
        /// For the words alone.
        #[serde(skip)]
        words: String,
    },
    /// Requests were sent, and none has brought a usable answer so far; each cause is told once.
    NoAnswerYet {
        /// What hinders it.
        cause: String,
    },
    /// Nobody asks for a while, as it is not known how much of the limit was spent.
    BucketLost {
        /// Which bucket, why, and how long it takes.
        cause: String,
    },
    /// The API answered 429: nobody who shares the limit asks for a while.
    Throttled {
        /// How long.
        seconds: f64,
    },
    /// A 429 came with tokens to spare: fewer requests are in flight from here on. Told once a run.
    Crowded {
        /// Tokens that were out, by all who share the limit.
        tokens_out: u64,
        /// The limit; `null`: none.
        limit: Option<u64>,
        /// How many requests were in flight.
        in_flight: u32,
        /// How many may be from here on.
        allowed: u32,
        /// For the words alone.
        #[serde(skip)]
        words: String,
    },
    /// No request succeeds: nobody asks for a while.
    Paused {
        /// How long.
        seconds: f64,
    },
    /// A request failed and will be repeated.
    Retrying {
        /// What was asked.
        question: String,
        /// What went wrong.
        cause: String,
        /// How long it waits.
        seconds: f64,
    },
    /// A question was given up.
    QuestionFailed {
        /// What was asked.
        question: String,
        /// What went wrong, and how often it was tried.
        cause: String,
        /// Whether others like it are only counted from here on, for the words alone.
        #[serde(skip)]
        is_last_told: bool,
    },
    /// A stop signal came: no new requests, those in flight are awaited and kept.
    Stopping {
        /// How many are still on their way.
        in_flight: u64,
    },
}

/// What an expectation rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// What is asked is known, or answers tell: those that the ledger has, or the run's own.
    Known,
    /// Nothing is known of the account.
    Assumed,
}

/// Why nobody asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitingRecord {
    /// For what.
    reason: WaitingFor,
    /// How many more seconds.
    seconds: u64,
    /// What went wrong, in a few words; `null` where nothing did.
    cause: Option<String>,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// The limit.
    Limit,
    /// The pause after a 429.
    Throttled,
    /// A pause after failures without a success between them.
    Paused,
    /// The next try of a question.
    Retry,
}

impl From<Basis> for Grounds {
    fn from(basis: Basis) -> Self {
        match basis {
            Basis::Known => Self::Known,
            Basis::Assumed => Self::Assumed,
        }
    }
}

/// Whole seconds, rounded up.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl ProgressMessage {
    pub(super) fn foreseen(expected: &Expected) -> Self {
        Self::RunForeseen { expected: expected.questions, basis: expected.basis.into() }
    }

    pub(super) fn progress(view: &View) -> Self {
        let waiting = view.waiting.as_ref().map(|waiting| WaitingRecord {
            reason: match waiting.what {
                Reason::Limit => WaitingFor::Limit,
                Reason::Throttled => WaitingFor::Throttled,
                Reason::Paused => WaitingFor::Paused,
                Reason::Retry => WaitingFor::Retry,
            },
            seconds: whole_seconds(waiting.left),
            cause: waiting.cause.clone(),
        });
        let (seconds_left, seconds_left_at_most) = match view.left {
            Left::About(time) => (Some(whole_seconds(time)), None),
            Left::AtMost(time) => (None, Some(whole_seconds(time))),
            Left::Untold | Left::Unanswered => (None, None),
        };
        let tally = view.tally;
        Self::Progress {
            done: view.done,
            expected: view.total,
            basis: view.basis.into(),
            rate_per_minute: view.per_minute,
            seconds_left,
            seconds_left_at_most,
            in_flight: view.in_flight as u64,
            sent: tally.sent,
            retries: tally.retries,
            throttled: tally.throttled,
            failed: tally.failed,
            answered_from_ledger: tally.from_ledger,
            waiting,
            words: plain(view, human),
        }
    }

    pub(super) const fn accounts(counts: &Counts, words: String) -> Self {
        let Counts { total: accounts, done, incomplete, at_work, sent, throttled } = *counts;
        Self::AccountsProgress { accounts, done, incomplete, at_work, sent, throttled, words }
    }

    pub(super) fn crowded(crowded: &Crowded) -> Self {
        let Crowded { used, in_flight, allowed } = *crowded;
        let words = crowded.to_string();
        Self::Crowded { tokens_out: used.tokens, limit: used.limit, in_flight, allowed, words }
    }
}

impl Message for ProgressMessage {
    fn level(&self) -> Level {
        match self {
            Self::BucketLost { .. } | Self::Crowded { .. } => Level::WARN,
            Self::Retrying { .. } => Level::DEBUG,
            _ => Level::INFO,
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::RunBegan { as_of, taken_up: true, run_id } => format!("taking up run {run_id} of {as_of}"),
            Self::RunBegan { .. } | Self::RunForeseen { .. } => return None,
            Self::Progress { words, .. } | Self::AccountsProgress { words, .. } | Self::Crowded { words, .. } => {
                words.clone()
            }
            Self::NoAnswerYet { cause } => format!("no usable answer yet: {cause}"),
            Self::BucketLost { cause } => cause.clone(),
            Self::Throttled { seconds } => format!(
                "the API answered 429 (too many requests): nobody asks for {}",
                human(Duration::try_from_secs_f64(*seconds).unwrap_or_default())
            ),
            Self::Paused { seconds } => format!("no request succeeds: pausing for {seconds:.1} s"),
            Self::Retrying { question, cause, seconds } => format!("{question}: {cause}; again in {seconds:.1} s"),
            Self::QuestionFailed { question, cause, is_last_told } => {
                let told = format!("given up: {question}: {cause}");
                if *is_last_told {
                    format!("{told}\nfurther questions that are given up are only counted (-v tells each)")
                } else {
                    told
                }
            }
            Self::Stopping { in_flight } => {
                format!("stopping: {in_flight} requests in flight are awaited and kept; a second signal leaves at once")
            }
        })
    }
}
