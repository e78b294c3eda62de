//! What the numbers rest on: coverage, provenance, reconciliation, and what they do not say.

use chrono::NaiveDate;

use super::attention::FlagScope;
use crate::model::{RunId, UnixMicros, UnixSeconds, Window};

/// Which of the period's days the numbers cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// The period's days.
    pub days: usize,
    /// Days that are covered from end to end.
    pub covered: usize,
    /// Days of which no window is published.
    pub missing: Vec<NaiveDate>,
    /// Days of which some windows are published.
    pub partial: Vec<NaiveDate>,
    /// Days whose windows were over at the report's instant and are not all in the dataset: never asked, or expired.
    pub absent: Vec<NaiveDate>,
    /// Days with a window that may still change.
    pub provisional: Vec<NaiveDate>,
    /// Windows that begin in the period and end after it: they are counted here, with the days beyond.
    pub beyond: Vec<Window>,
    /// Days at the period's beginning that belong to a window which began before it: they are counted there.
    pub counted_before: Vec<NaiveDate>,
    /// What was asked for on some of these days only: its numbers are of those.
    pub asked_in_part: Vec<AskedInPart>,
    /// Whether the period had ended at the report's instant.
    pub is_over: bool,
}

/// A part of the table that the job asked for on some days only, as its lists changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedInPart {
    /// The country, channel, service or prefix.
    pub place: FlagScope,
    /// Days on which every window asked for it.
    pub days: usize,
    /// Days that are there.
    pub of: usize,
}

impl Coverage {
    /// Whether every day is there and none of them may change.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.covered == self.days && self.provisional.is_empty()
    }
}

/// How the numbers were obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Windows of the period.
    pub windows: usize,
    /// Their rows.
    pub rows: u64,
    /// Rows of which the API was asked directly.
    pub measured_rows: u64,
    /// Rows that follow from other answers; remainders always do.
    pub implied_rows: u64,
    /// Rows whose attempts were counted one by one in the list, confirmed by sums that the API was asked for.
    pub listed_rows: u64,
    /// Rows that may still change.
    pub provisional_rows: u64,
    /// When the oldest of the answers was asked; `None` without rows.
    pub first_asked_at: Option<UnixMicros>,
    /// When the newest of them was asked.
    pub last_asked_at: Option<UnixMicros>,
    /// The runs that last changed the period's windows, ascending.
    pub runs: Vec<RunId>,
    /// The last run that changed the dataset.
    pub last_run: RunFacts,
    /// Files that are not as the manifest says, and rows that were lost with theirs; for people.
    pub damage: Vec<String>,
}

/// The last run that changed the dataset, and what its sums said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The run.
    pub run_id: RunId,
    /// The instant that its relative ranges referred to.
    pub as_of: UnixSeconds,
    /// When it published.
    pub published_at: UnixSeconds,
    /// Whether all its sums held.
    pub reconciled: bool,
    /// How many were checked.
    pub identities_checked: u64,
    /// Those that did not hold, one sentence each.
    pub differences: Vec<String>,
}

/// What the numbers are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Attempts are messages, not people.
    AttemptsAreNotUsers,
    /// A user who falls back from SMS to a call lowers the rate of SMS.
    FallbackLowersRates,
    /// Nobody says what attempts cost.
    NoPrices,
    /// Costs are those that the list gives for single attempts.
    CostsAreListed,
    /// Some of them are at the job's prices.
    PricesFillIn,
    /// Costs are at the job's prices, which the API does not know.
    PricesAreTheJobs,
    /// Every number is invented: the account is simulated.
    Simulated,
    /// Only some countries were asked for, and the rest of the world is not in the totals.
    OnlyListedCountries,
    /// Only some channels were asked for.
    OnlyListedChannels,
    /// Only some services were asked for.
    OnlyListedServices,
    /// Only some destination prefixes were asked for.
    OnlyListedPrefixes,
    /// Windows that cross the period's ends are counted where they begin.
    WindowsCrossTheEnds,
}

impl Note {
    /// The note, in one or two sentences.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::AttemptsAreNotUsers => {
                "An attempt is one message with a code. Somebody who asks for three codes is three attempts, and \
                 converts at most once with each."
            }
            Self::FallbackLowersRates => {
                "Where a code that does not arrive by SMS is sent again by call, the first attempt stays unconverted: \
                 the fallback lowers the rate of SMS although the user got in."
            }
            Self::NoPrices => {
                "What attempts cost can't be told: this API knows no prices, and the job gives none ([report.prices])."
            }
            Self::CostsAreListed => {
                "Costs are the channels' fees alone, as the list of attempts gives them; what is paid for a successful \
                 verification besides is not in them. What unconverted attempts cost is reckoned at the mean of their \
                 country and channel, and of their service where services are split."
            }
            Self::PricesFillIn => "Attempts whose rows give no cost are counted at the job's prices ([report.prices]).",
            Self::PricesAreTheJobs => {
                "Costs are attempts at the job's prices, which this API does not know; what is paid for a successful \
                 verification besides is not in them."
            }
            Self::Simulated => "The account is simulated: every number is invented.",
            Self::OnlyListedCountries => {
                "Only the listed countries are counted; attempts elsewhere, and e-mail, are not in the totals."
            }
            Self::OnlyListedChannels => "Only the listed channels are counted; others are not in the totals.",
            Self::OnlyListedServices => "Only the listed services are counted; others are not in the totals.",
            Self::OnlyListedPrefixes => {
                "Only numbers with the listed prefixes are counted; others are not in the totals."
            }
            Self::WindowsCrossTheEnds => {
                "A window is counted in the period in which it begins, whole, as in the dataset's partitions."
            }
        }
    }
}
