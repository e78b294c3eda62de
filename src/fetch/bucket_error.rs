//! What goes wrong with a bucket that is shared, and what is told of one whose past is lost.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::bucket::LostPast;
use crate::model::shown;
use crate::state::StateError;

/// The shared bucket cannot be used; without it no request may be sent.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The disk refused.
    #[error("cannot {action} {}", shown(path))]
    Disk {
        /// Such as `write the limiter's bucket`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody removed its row.
    #[error("the limiter's bucket of {name} was removed from the database; leave its tables alone and run again")]
    Gone {
        /// Whose.
        name: String,
    },
    /// The state is not ours any more, or its server is away.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A bucket whose past is lost, for people: why nobody asks for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostBucket {
    place: String,
    /// `None`: another process found it so, a moment ago.
    past: Option<LostPast>,
    left: Duration,
}

impl fmt::Display for LostBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.past {
            Some(LostPast::Unreadable) => "is unreadable",
            Some(LostPast::OtherBoot) => "is of another boot or another machine",
            Some(LostPast::OtherServer) => "is of a server before, or of another state of it",
            Some(LostPast::ClockAhead) => "has a server whose clock stepped ahead",
            None => "was found unreadable, or of another boot or machine",
        };
        let (place, seconds) = (&self.place, self.left.as_secs() + 1);
        write!(
            f,
            "the limiter's bucket {place} {why}: a full minute counts as just spent, the first request is sent in \
             {seconds} s"
        )
    }
}

/// What was found of a lost past, and whether anybody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lost {
    Untold(Option<LostPast>, Duration),
    Told,
    Never,
}

impl Lost {
    /// A look found the past lost, or that it still counts as spent for so long.
    pub fn note(&mut self, past: Option<LostPast>, left: Option<Duration>) {
        if let Some(left) = left
            && (past.is_some() || *self == Self::Never)
        {
            *self = Self::Untold(past, left);
        }
    }

    /// What is to be told of the bucket at a place, once.
    pub fn take(&mut self, place: &str) -> Option<LostBucket> {
        let Self::Untold(past, left) = *self else { return None };
        *self = Self::Told;
        Some(LostBucket { place: place.to_owned(), past, left })
    }
}
