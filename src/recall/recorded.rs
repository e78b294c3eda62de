//! Answers as the ledger returns them.

use crate::model::{
    Answer, AnswerSource, Channel, Country, Counts, Prefix, Proof, Provenance, Round, ServiceSid, Slice, UnixMicros,
    UnixSeconds, Window,
};

/// A slice without its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Filters {
    /// One service, or all; likewise below.
    pub service: Option<ServiceSid>,
    /// One country.
    pub country: Option<Country>,
    /// One channel.
    pub channel: Option<Channel>,
    /// Numbers that begin so.
    pub prefix: Option<Prefix>,
}

impl Filters {
    /// The slice of a range.
    #[must_use]
    pub const fn slice(self, range: Window) -> Slice {
        let Self { service, country, channel, prefix } = self;
        Slice { range, service, country, channel, prefix }
    }
}

impl From<&Slice> for Filters {
    fn from(slice: &Slice) -> Self {
        let &Slice { range: _, service, country, channel, prefix } = slice;
        Self { service, country, channel, prefix }
    }
}

/// What there is to know of a recorded answer to a slice.
#[derive(Debug, Clone, Copy)]
pub struct Recorded {
    /// The run that asked, as the ledger numbers it.
    pub run: i64,
    /// The run's instant.
    pub as_of: UnixSeconds,
    /// Which asking of its run it was.
    pub round: Round,
    /// When the request that brought it was sent.
    pub asked_at: UnixMicros,
    /// What was counted.
    pub counts: Counts,
    /// Whether somebody answered, or the run's answers imply it.
    pub provenance: Provenance,
    /// The server's time when it answered; `None`: it said none, or nobody answered.
    pub server_at: Option<UnixSeconds>,
    /// Whether its run passed its checks.
    pub proof: Proof,
}

impl Recorded {
    /// The answer, with where it was found.
    pub(super) fn answer(&self, source: AnswerSource) -> Answer {
        Answer {
            counts: self.counts,
            asked_at: self.asked_at,
            as_of: self.as_of,
            source,
            server_at: self.server_at,
            // A run that goes on has passed nothing yet.
            proof: if source == AnswerSource::ThisRun { Proof::Unproved } else { self.proof },
        }
    }
}
