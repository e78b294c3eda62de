//! The ledger as others see it: what goes in, and what can be asked of it.

use super::error::LedgerError;
use crate::model::{Answer, Body, Counts, NewTally, Question, Segment, Slice, Tally, UnixMicros, UnixSeconds};

/// An answer on its way to the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAnswer {
    /// The caller's number for it, which [`AnswerLog::committed`] gives back; unique among the unacknowledged.
    pub ticket: u64,
    /// What was asked.
    pub question: Question,
    /// When the request that brought the answer was sent.
    pub asked_at: UnixMicros,
    /// The answer as received.
    pub body: Body,
    /// What it says, checked.
    pub counts: Counts,
    /// The server's own time when it answered.
    pub server_at: Option<UnixSeconds>,
}

/// What waits to become durable.
#[derive(Debug)]
pub(super) enum Pending {
    Answer(NewAnswer),
    Tally {
        ticket: u64,
        tally: NewTally,
        /// By which it is split, as they are kept.
        prefixes: String,
    },
}

impl Pending {
    pub const fn ticket(&self) -> u64 {
        match self {
            Self::Answer(NewAnswer { ticket, .. }) | Self::Tally { ticket, .. } => *ticket,
        }
    }

    pub const fn asked_at(&self) -> UnixMicros {
        match self {
            Self::Answer(NewAnswer { asked_at, .. }) | Self::Tally { tally: NewTally { asked_at, .. }, .. } => {
                *asked_at
            }
        }
    }
}

/// What the answers of a run imply for a slice that nobody asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inference {
    /// The slice.
    pub slice: Slice,
    /// What it holds.
    pub counts: Counts,
    /// When the youngest of the answers was asked that it rests on.
    pub asked_at: UnixMicros,
}

/// Looks answers up.
pub trait FindAnswer {
    /// The recorded answer that may stand for a question: the newest of this run to the same slice and round, else the
    /// newest of other runs of the same account and origin that the question's [`Reuse`](crate::model::Reuse) admits.
    /// Where none may, what other runs' settled answers to other ranges say together, as an inference: within the range
    /// that the ledger was told to recall around. For a question that may not be asked, a window of the list which other
    /// runs confirmed comes before such sums, if it was settled when it was read and the ledger was told how the job
    /// splits.
    ///
    /// Whether an answer was settled when asked is judged at its [`Answer::reach`]. What other processes record after a
    /// range was first looked up may be missed: at worst a question is asked that someone else has just asked.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError>;

    /// What listed attempts of a segment add up to: as this run read exactly this segment, or, where its reuse admits
    /// none of that, as other runs' confirmed windows have it that cover it, settled when they were read. A ledger that
    /// keeps no tallies has none.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    fn find_listed(&mut self, _: &Segment) -> Result<Option<Tally>, LedgerError> {
        Ok(None)
    }
}

/// The ledger as the run's loop sees it: answers go in, tickets of durable ones come out.
pub trait AnswerLog: FindAnswer {
    /// Hands an answer to the writer, without waiting.
    ///
    /// # Errors
    /// An earlier write failed, or more answers are unacknowledged than were agreed when the ledger was opened.
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError>;

    /// Hands a segment's tally to the writer, as [`AnswerLog::record`] an answer: it becomes durable whole, or not at all,
    /// and counts as one answer that is unacknowledged. A range that is recorded again is kept again.
    ///
    /// # Errors
    /// As [`AnswerLog::record`], and of a ledger that keeps no tallies.
    fn record_tally(&mut self, _ticket: u64, _: NewTally) -> Result<(), LedgerError> {
        Err(LedgerError::EarlierFailure { cause: "this ledger keeps no tallies".to_owned(), was_absence: false })
    }

    /// Waits until more answers are durable and returns their tickets, each once. It waits forever while none is on its
    /// way, and loses nothing when dropped before it is ready.
    ///
    /// # Errors
    /// A write failed: answers without an acknowledgement are not durable, and every later `record` and `committed`
    /// fails too.
    fn committed(&mut self) -> impl Future<Output = Result<Vec<u64>, LedgerError>> + Send;
}
