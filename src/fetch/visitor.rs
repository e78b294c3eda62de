//! What a host does to a bucket that it shares with others, at each visit. Pure: the row and all clocks are handed in.
//!
//! The bucket has its server's clock, and says which server wrote it. What a host has to give back waits for its next
//! visit: a token that is late to come back breaks no limit. A visit that nobody confirmed may have been in vain, or not:
//! its errands are done again, what was seen of the clock is told again, and a token that was claimed in it, and that nobody
//! has, comes back by itself.
//!
//! The past is lost, so that a full minute counts as just spent, where the row is of another server (a standby that took
//! over or a backup that was restored may lack claims), cannot be read, or lies ahead of the server's clock; and where this
//! host sees that clock step ahead (`server_clock`).

use std::time::Duration;

use super::bucket::{Bucket, Completion, Limit, LostPast, Token};
use super::bucket_error::Lost;
use super::bucket_format::{BootId, decode, encode};
use super::server_clock::ServerClock;

/// What is to be done to the bucket.
#[derive(Debug)]
pub(super) enum Errand {
    Release(Token, Completion),
    Pause(Duration),
}

/// The row as it was read, and when.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub bytes: &'a [u8],
    /// Who has it now.
    pub server: BootId,
    /// The server's clock, read while nobody else could change the row.
    pub now: Duration,
    /// Our own clock before and after that.
    pub ours: (Duration, Duration),
}

/// A host's side of a shared bucket.
#[derive(Debug)]
pub(super) struct Visitor {
    limit: Limit,
    clock: ServerClock,
    /// Whether that clock was seen to step ahead, and the bucket may not know it yet.
    has_stepped: bool,
    /// With the time since when they wait, by our own clock.
    errands: Vec<(Duration, Errand)>,
    pub lost: Lost,
    /// The bucket as it was left last.
    seen: Bucket,
}

impl Visitor {
    pub fn new(limit: Limit) -> Self {
        let (clock, seen) = (ServerClock::default(), Bucket::default());
        Self { limit, clock, has_stepped: false, errands: Vec::new(), lost: Lost::Never, seen }
    }

    /// The row of a bucket that nobody has used, as a server makes it.
    pub fn unused(server: BootId) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&Bucket::default(), server, &mut bytes);
        bytes
    }

    pub const fn limit(&self) -> &Limit {
        &self.limit
    }

    /// The bucket as it was left last, and what the server's clock shows when ours shows `now`, as far as is known.
    pub fn seen(&self, now: Duration) -> (&Bucket, Duration) {
        (&self.seen, self.clock.estimate(now))
    }

    /// Has something done at the next visit.
    pub fn charge(&mut self, now: Duration, errand: Errand) {
        self.errands.push((now, errand));
    }

    pub const fn has_errands(&self) -> bool {
        !self.errands.is_empty()
    }

    /// Changes the bucket; gives what is to be written, which counts once [`Visitor::confirmed`] says so.
    pub fn visit<T>(
        &mut self,
        Reading { bytes, server, now, ours }: &Reading,
        change: impl FnOnce(&mut Bucket, Duration, &Limit) -> T,
    ) -> (T, Bucket, Vec<u8>) {
        let (now, limit) = (*now, self.limit);
        self.has_stepped |= self.clock.read(now, *ours);
        let (mut bucket, past) = match decode(bytes, *server, now) {
            Ok(bucket) if !self.has_stepped => (bucket, None),
            Ok(_) => (Bucket::just_spent(now, &limit), Some(LostPast::ClockAhead)),
            Err(LostPast::OtherBoot) => (Bucket::just_spent(now, &limit), Some(LostPast::OtherServer)),
            Err(lost) => (Bucket::just_spent(now, &limit), Some(lost)),
        };
        self.lost.note(past, bucket.lost_for(now));
        for (since, errand) in &self.errands {
            // It waited for so long at least, so that it was no later than this by the server's clock.
            let then = now.saturating_sub(ours.0.saturating_sub(*since));
            match errand {
                Errand::Release(token, completion) => bucket.take_back(token, *completion, then, &limit),
                Errand::Pause(pause) => bucket.pause(then, *pause),
            }
        }
        let value = change(&mut bucket, now, &limit);
        let mut written = Vec::new();
        encode(&bucket, *server, &mut written);
        (value, bucket, written)
    }

    /// What a visit left there is there.
    pub fn confirmed(&mut self, bucket: Bucket) {
        self.seen = bucket;
        self.has_stepped = false;
        self.errands.clear();
    }
}

#[cfg(test)]
mod tests;
