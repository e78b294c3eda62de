//! The limiter of a run: a bucket, shared or not, with a clock. It never waits; it says how long to.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bucket::{Bucket, Completion, Limit, Outlook, Token};
use super::bucket_error::{BucketError, LostBucket};
use super::bucket_file::BucketFile;
use super::bucket_row::BucketRow;
use super::in_flight::Used;
use crate::clock::Clock;
use crate::state::State;

/// Whether a request may start.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Now.
    Granted(Token),
    /// Not before so long; then ask again.
    Wait(Duration),
}

/// Lets requests start as the limit allows.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    bounds: Bounds,
    /// Who else could use the account under the same state; `None`: nobody.
    state: Option<State>,
}

enum Bounds {
    /// Only pauses count.
    None(Bucket),
    Own(Bucket, Limit),
    Shared(BucketFile, Limit),
    Served(Box<BucketRow>),
}

impl Limiter {
    /// No limit (`requests_per_minute = 0`); a 429 still pauses this run.
    #[must_use]
    pub fn unlimited(clock: Arc<dyn Clock>) -> Self {
        Self { clock, bounds: Bounds::None(Bucket::default()), state: None }
    }

    /// A bucket of its own, for an API that nobody else asks.
    #[must_use]
    pub fn in_memory(limit: Limit, clock: Arc<dyn Clock>) -> Self {
        Self { clock, bounds: Bounds::Own(Bucket::default(), limit), state: None }
    }

    /// A bucket shared with every process that opens the same file.
    #[must_use]
    pub fn shared(file: BucketFile, limit: Limit, clock: Arc<dyn Clock>) -> Self {
        Self { clock, bounds: Bounds::Shared(file, limit), state: None }
    }

    /// A bucket shared with every host that opens the same row.
    #[must_use]
    pub fn served(row: BucketRow, clock: Arc<dyn Clock>) -> Self {
        Self { clock, bounds: Bounds::Served(Box::new(row)), state: None }
    }

    /// Lets requests start only while the state may be used.
    #[must_use]
    pub fn within(self, state: &State) -> Self {
        Self { state: Some(state.clone()), ..self }
    }

    /// Does what waits to be done, and tells whether the state may be used still.
    pub fn tend(&mut self) -> Result<(), BucketError> {
        if let Bounds::Served(row) = &mut self.bounds {
            row.tend()?;
        }
        self.check()
    }

    fn check(&self) -> Result<(), BucketError> {
        self.state.as_ref().map_or(Ok(()), |state| Ok(state.check()?))
    }

    /// Whether the bucket is another machine's.
    #[must_use]
    pub const fn is_far(&self) -> bool {
        matches!(self.bounds, Bounds::Served(_))
    }

    /// That the shared bucket's past was found to be lost, once.
    pub fn take_lost_bucket(&mut self) -> Option<LostBucket> {
        match &mut self.bounds {
            Bounds::Shared(file, _) => file.take_lost(),
            Bounds::Served(row) => row.take_lost(),
            Bounds::None(_) | Bounds::Own(..) => None,
        }
    }

    /// What the limit allows from now on, as far as the bucket was seen; `None`: there is no limit.
    #[must_use]
    pub fn outlook(&self) -> Option<Outlook> {
        let now = self.clock.monotonic();
        match &self.bounds {
            Bounds::None(_) => None,
            Bounds::Own(bucket, limit) => Some(bucket.outlook(now, limit)),
            Bounds::Shared(file, limit) => Some(file.seen().outlook(now, limit)),
            Bounds::Served(row) => Some(row.outlook()),
        }
    }

    /// Claims a token for a request that starts at once.
    pub fn try_claim(&mut self) -> Result<Claim, BucketError> {
        self.check()?;
        let claimed = match &mut self.bounds {
            Bounds::None(bucket) => bucket.claim_unlimited(self.clock.monotonic()),
            Bounds::Own(bucket, limit) => bucket.claim(self.clock.monotonic(), limit),
            Bounds::Shared(file, limit) => file.update(&*self.clock, limit, |bucket, now| bucket.claim(now, limit))?,
            Bounds::Served(row) => row.claim()?,
        };
        Ok(claimed.map_or_else(Claim::Wait, Claim::Granted))
    }

    /// Gives a token back when its request is over.
    pub fn release(&mut self, token: Token, completion: Completion) -> Result<(), BucketError> {
        match &mut self.bounds {
            Bounds::None(_) => {}
            Bounds::Own(bucket, limit) => bucket.release(token, completion, self.clock.monotonic(), limit),
            Bounds::Shared(file, limit) => {
                file.update(&*self.clock, limit, |bucket, now| bucket.release(token, completion, now, limit))?;
            }
            Bounds::Served(row) => row.release(token, completion),
        }
        Ok(())
    }

    /// How much of the limit is used, by all who share it.
    pub fn used(&mut self) -> Result<Used, BucketError> {
        let (tokens, limit) = match &mut self.bounds {
            Bounds::None(_) => return Ok(Used { tokens: 0, limit: None }),
            Bounds::Own(bucket, limit) => (bucket.out(self.clock.monotonic()), &*limit),
            Bounds::Shared(file, limit) => (file.update(&*self.clock, limit, |bucket, now| bucket.out(now))?, &*limit),
            Bounds::Served(row) => {
                row.tend()?;
                (row.out(), row.limit())
            }
        };
        Ok(Used { tokens, limit: Some(u64::from(limit.tokens().get())) })
    }

    /// Lets nobody who shares the bucket claim for so long; after a 429.
    pub fn pause(&mut self, pause: Duration) -> Result<(), BucketError> {
        match &mut self.bounds {
            Bounds::None(bucket) | Bounds::Own(bucket, _) => bucket.pause(self.clock.monotonic(), pause),
            Bounds::Shared(file, limit) => {
                file.update(&*self.clock, limit, |bucket, now| bucket.pause(now, pause))?;
            }
            Bounds::Served(row) => row.pause(pause)?,
        }
        Ok(())
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds: &dyn fmt::Debug = match &self.bounds {
            Bounds::None(_) => &"none",
            Bounds::Own(_, limit) => limit,
            Bounds::Shared(file, _) => file,
            Bounds::Served(row) => row,
        };
        f.debug_struct("Limiter").field("bounds", bounds).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
