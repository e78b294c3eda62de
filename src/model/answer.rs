//! Answers: the API's counts for a slice, and what else can come back.

use super::{Cost, UnixMicros, UnixSeconds};

/// Checked counts of a slice: none negative, converted + unconverted = attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Counts {
    attempts: i64,
    converted: i64,
}

impl Counts {
    /// No attempt at all.
    pub const ZERO: Self = Self { attempts: 0, converted: 0 };

    /// `None` unless 0 ≤ converted ≤ attempts.
    #[must_use]
    pub const fn new(attempts: i64, converted: i64) -> Option<Self> {
        if 0 <= converted && converted <= attempts { Some(Self { attempts, converted }) } else { None }
    }

    /// Messages with a code.
    #[must_use]
    pub const fn attempts(self) -> i64 {
        self.attempts
    }

    /// Attempts whose code was entered.
    #[must_use]
    pub const fn converted(self) -> i64 {
        self.converted
    }

    /// Attempts whose code was not entered.
    #[must_use]
    pub const fn unconverted(self) -> i64 {
        self.attempts - self.converted
    }

    /// As if nothing had converted.
    #[must_use]
    pub const fn without_conversions(self) -> Self {
        Self { attempts: self.attempts, converted: 0 }
    }

    /// The sum of disjoint slices; `None` beyond 64 bits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let attempts = self.attempts.checked_add(other.attempts)?;
        Some(Self { attempts, converted: self.converted + other.converted })
    }

    /// Whether a later answer may hold this one: attempts and conversions do not go away, while attempts without one
    /// may convert.
    #[must_use]
    pub const fn may_become(self, later: Self) -> bool {
        self.attempts <= later.attempts && self.converted <= later.converted
    }

    /// What a whole holds beyond this part; `None` when the part does not fit into it in every count.
    #[must_use]
    pub const fn within(self, whole: Self) -> Option<Self> {
        if self.unconverted() > whole.unconverted() {
            return None;
        }
        Self::new(whole.attempts - self.attempts, whole.converted - self.converted)
    }
}

/// `conversion_rate_percentage` as the API sent it.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// A JSON string, its present form.
    Text(String),
    /// A JSON number in its literal form, the form until 2025.
    Number(String),
    /// JSON null.
    Null,
}

/// The five fields of the API's answer as received; `None` where a field was absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Body {
    /// `total_attempts`
    pub total_attempts: Option<i64>,
    /// `total_converted`
    pub total_converted: Option<i64>,
    /// `total_unconverted`
    pub total_unconverted: Option<i64>,
    /// `conversion_rate_percentage`
    pub conversion_rate_percentage: Option<Rate>,
    /// `url`; the inner `None` is JSON null.
    pub url: Option<Option<String>>,
}

/// Where an answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerSource {
    /// The API, within this run (now, or before it was taken up again).
    ThisRun,
    /// The ledger, from an earlier run.
    EarlierRun,
    /// The ledger: no answer, but what the answers of an earlier run imply.
    Inference,
    /// The ledger: no answer, but what listed attempts add up to, which Summary confirmed, and what they cost.
    List(Cost),
}

/// The API's counts for a slice, with the time it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// What was counted.
    pub counts: Counts,
    /// When the request that brought it was sent.
    pub asked_at: UnixMicros,
    /// The `as_of` of the run that asked.
    pub as_of: UnixSeconds,
    /// Where it was found.
    pub source: AnswerSource,
    /// The server's own time when it answered, from its `Date` header; `None`: it said none.
    pub server_at: Option<UnixSeconds>,
    /// Whether the run that asked passed its checks.
    pub proof: Proof,
}

/// Whether an answer has passed the checks of the run that asked for it (`docs/EVIDENCE.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Proof {
    /// It has: no new sum is needed for it.
    Proved,
    /// It has not, or nobody knows.
    #[default]
    Unproved,
}

impl Answer {
    /// The instant up to which this answer can vouch for finality: its run's `as_of`, but never later than its asking,
    /// by the host's clock and by the server's.
    #[must_use]
    pub fn reach(&self) -> UnixSeconds {
        let asked_at = self.asked_at.floor_seconds();
        self.as_of.min(asked_at).min(self.server_at.unwrap_or(asked_at))
    }
}

/// What came back for a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The API, or the ledger, told the slice's counts.
    Answered(Answer),
    /// Nothing usable, after every try that the rules allow.
    Failed(ApiFailure),
    /// The API may not be asked, and the ledger has nothing.
    NotRecorded,
}

/// A slice that could not be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiFailure {
    /// What kind of end it was.
    pub kind: FailureKind,
    /// For people: status, code, message, tries. Holds no secret.
    pub message: String,
}

/// How a slice failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// HTTP 400, 404 or 422: the API does not take these values.
    Refused,
    /// Any other 4xx that concerns this slice alone.
    Rejected,
    /// Tries or time used up on 5xx, timeouts, broken connections, unusable bodies.
    Exhausted,
}
