//! The token bucket: how many requests may start, and when the next may. Pure; time is handed in.
//!
//! **Assumption.** A request starts within [`FRESH`] of its claim or not at all ([`Token::is_fresh`]), and its bytes
//! arrive at most D ([`Limit`]) after its claim, on the bucket's clock.
//!
//! **Claim.** Take the requests that arrive within any one minute. They are no more than the limit of the run whose
//! claim was the last among theirs.
//!
//! **Proof.** Be s that last claim. Its request arrives within the minute, so s is before the minute's end. Each of the
//! others was claimed no later and arrived within the minute. Its token rests [`REST`], a little over a minute, from an
//! instant when it had surely arrived: the end of the complete response, or else claim + D. So it came back after the
//! minute's end and was out at s. The claim at s counted all of them, and found fewer out than its limit.
//!
//! The proof knows neither processes nor the kind of minute, so it holds for all that share the bucket, and for fixed
//! and sliding windows at the server. What it leans on:
//! - *Kills*: a claim is in the bucket before the request starts, and comes back by itself.
//! - *A lost past* ([`LostPast`]) counts as requests of unknown fate, as many as anybody's limit; D is then the
//!   finder's.
//! - *Clocks*: steps of the wall clock are not seen. The monotonic clock stands still while the machine sleeps, as do
//!   the requests that wait in it, so what leaves after the sleep is within its D, and a minute of the server's is
//!   never more than a minute here. A clock that ran on would give tokens back while their requests wait. The surplus
//!   over 60 s is for clocks of slightly different speeds.
//! - *Machines*: a bucket has one clock, as one boot at a time uses its directory ([`crate::state`]). The next boot
//!   finds a lost past. One in a database has the server's (`bucket_row`).
//! - *Stopped processes* (SIGSTOP, Ctrl-Z): the clock runs on. A token that was claimed before is then not fresh; a try
//!   under way meets its own time limit before it sends. Only the instant between that look and the write stays open.
//!
//! Kept by `tests/limiter.rs` (the loop in virtual time against an adversary), `tests/limiter_processes.rs` (processes,
//! real time, strict servers) and `no_minute_sees_more_arrivals_than_tokens` (the bucket alone).
//!
//! A refused claim says how long to wait. The wait is never too long, whatever other runs do: a token that comes back
//! early rests first. So nobody needs to poll, and no time is lost.

mod outlook;

use std::num::NonZeroU32;
use std::time::Duration;

pub use outlook::Outlook;

/// How long a token rests after its request is over.
const REST: Duration = Duration::from_millis(60_050);
/// The least D: the API's own time limit is 15 s.
const LEAST_HOLD: Duration = Duration::from_secs(20);
/// How long after its claim a request may start. With at most 10 s for connecting, bytes leave well before D.
const FRESH: Duration = Duration::from_secs(2);
/// What a lost past counts as: more than any run's limit.
const ANYBODYS_LIMIT: u64 = u32::MAX as u64 + 1;
/// Beyond so many tokens, those that rest are counted in steps of [`GRAIN`], so that a claim's cost stays bounded.
const EXACT_TOKENS: u32 = 1024;
const GRAIN: u64 = 50_000_000;
/// More are never out; a file that says so is damaged.
pub(super) const MOST_HOLDS: usize = 100_000;

/// The bounds of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    tokens: NonZeroU32,
    burst: NonZeroU32,
    hold: Duration,
}

impl Limit {
    pub(super) const fn tokens(&self) -> NonZeroU32 {
        self.tokens
    }

    /// At most `per_minute` arrivals in any minute, and at most `burst` = b (default and maximum: `per_minute`) starts
    /// in any b · 60 s / `per_minute`. D is `timeout`, the longest a request can take, but at least 20 s.
    #[must_use]
    pub fn new(per_minute: NonZeroU32, burst: Option<NonZeroU32>, timeout: Duration) -> Self {
        let burst = burst.map_or(per_minute, |burst| burst.min(per_minute));
        Self { tokens: per_minute, burst, hold: timeout.max(LEAST_HOLD) }
    }

    /// The width of the burst's window; zero when the tokens alone bound the starts.
    fn burst_window(&self) -> u64 {
        if self.burst == self.tokens {
            return 0;
        }
        (u64::from(self.burst.get()) * 60_000_000_000).div_ceil(u64::from(self.tokens.get()))
    }

    fn grain(&self) -> u64 {
        if self.tokens.get() > EXACT_TOKENS { GRAIN } else { 1 }
    }
}

/// The right to start one request now. Without a release it comes back by itself, as for a dead process.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a token pays for one request"]
pub struct Token {
    id: u64,
    started: u64,
    returns: u64,
    /// When it was claimed, on the clock of who claimed it; the bucket's may be another.
    claimed: Duration,
}

impl Token {
    /// Whether the request may still start. A process that was stopped meanwhile must give the token back instead.
    #[must_use]
    pub fn is_fresh(&self, now: Duration) -> bool {
        now.saturating_sub(self.claimed) <= FRESH
    }

    /// The same token of a bucket that has another clock, asked for at `asked` by our own: its start there is no earlier.
    pub(super) const fn asked_for_at(self, asked: Duration) -> Self {
        Self { claimed: asked, ..self }
    }
}

/// What is known of a request that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    /// It was answered: it has arrived.
    Complete,
    /// It may still be under way.
    Unknown,
}

/// Why it is not known which tokens are out. Either way requests may have started this instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostPast {
    /// The bucket is of another boot, which may be that of another machine that used it up to now.
    OtherBoot,
    /// The bucket cannot be read.
    Unreadable,
    /// The server of the bucket is another than before, or was put back to an earlier state.
    OtherServer,
    /// The clock of the bucket's server stepped ahead.
    ClockAhead,
}

/// Tokens that are out. All times are nanoseconds of one monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hold {
    /// 0 for tokens that rest: nobody asks for them any more.
    pub(super) id: u64,
    pub(super) tokens: u64,
    /// The latest start among them.
    pub(super) started: u64,
    pub(super) returns: u64,
}

/// Which tokens are out, and whether all must wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bucket {
    pub(super) holds: Vec<Hold>,
    pub(super) paused_until: u64,
    pub(super) last_id: u64,
}

impl Bucket {
    /// A bucket whose past is unknown: a full minute's tokens, by anybody's limit, have just been spent.
    #[must_use]
    pub fn just_spent(now: Duration, limit: &Limit) -> Self {
        let returns = nanos(now + limit.hold + REST);
        let spent = Hold { id: 0, tokens: ANYBODYS_LIMIT, started: nanos(now), returns };
        Self { holds: vec![spent], ..Self::default() }
    }

    /// How long a lost past still counts as spent.
    pub(super) fn lost_for(&self, now: Duration) -> Option<Duration> {
        let lost = self.holds.iter().filter(|hold| hold.tokens >= ANYBODYS_LIMIT).map(|hold| hold.returns).max()?;
        lost.checked_sub(nanos(now)).filter(|left| *left > 0).map(Duration::from_nanos)
    }

    /// Takes a token for a request that starts now, or says how long to wait before asking again.
    pub fn claim(&mut self, now: Duration, limit: &Limit) -> Result<Token, Duration> {
        let at = nanos(now);
        self.holds.retain(|hold| hold.returns > at);
        let ready = self.paused_until.max(self.tokens_ready(at, limit)).max(self.burst_ready(at, limit));
        if ready > at {
            return Err(Duration::from_nanos(ready - at));
        }
        // Ids stay unique when the bucket's past is lost: no run claims a token a nanosecond.
        self.last_id = at.max(self.last_id.saturating_add(1));
        let token = Token { id: self.last_id, started: at, returns: nanos(now + limit.hold + REST), claimed: now };
        self.holds.push(Hold { id: token.id, tokens: 1, started: at, returns: token.returns });
        Ok(token)
    }

    /// Takes a token that no limit counts and that needs no release; only a pause refuses it.
    pub(super) fn claim_unlimited(&self, now: Duration) -> Result<Token, Duration> {
        let at = nanos(now);
        match self.paused_until.checked_sub(at) {
            None | Some(0) => Ok(Token { id: 0, started: at, returns: at, claimed: now }),
            Some(wait) => Err(Duration::from_nanos(wait)),
        }
    }

    /// Gives a token back once its request is over; it then rests.
    ///
    /// A token that the bucket doesn't know, because its past was lost, is entered afresh.
    #[expect(clippy::needless_pass_by_value, reason = "a token is given back once")]
    pub fn release(&mut self, token: Token, completion: Completion, now: Duration, limit: &Limit) {
        self.take_back(&token, completion, now, limit);
    }

    /// The same of one that may be given back again, should it be unknown whether it was.
    pub(super) fn take_back(&mut self, token: &Token, completion: Completion, now: Duration, limit: &Limit) {
        if let Some(index) = self.holds.iter().rposition(|hold| hold.id == token.id) {
            self.holds.swap_remove(index);
        }
        let returns = match completion {
            Completion::Complete => nanos(now + REST),
            Completion::Unknown => token.returns,
        };
        let returns = returns.div_ceil(limit.grain()).saturating_mul(limit.grain());
        match self.holds.iter_mut().rfind(|hold| hold.id == 0 && hold.returns == returns) {
            Some(resting) => {
                resting.tokens = resting.tokens.saturating_add(1);
                resting.started = resting.started.max(token.started);
            }
            None => self.holds.push(Hold { id: 0, tokens: 1, started: token.started, returns }),
        }
    }

    /// How many tokens are out: requests that are under way, or that arrived within the last minute or so.
    pub(super) fn out(&self, now: Duration) -> u64 {
        let out = self.holds.iter().filter(|hold| hold.returns > nanos(now));
        out.fold(0, |sum, hold| sum.saturating_add(hold.tokens))
    }

    /// Lets nobody claim for so long. Never shortens a pause.
    pub fn pause(&mut self, now: Duration, pause: Duration) {
        self.paused_until = self.paused_until.max(nanos(now.saturating_add(pause)));
    }

    /// When fewer tokens than the limit are out, at the earliest.
    fn tokens_ready(&self, at: u64, limit: &Limit) -> u64 {
        let tokens = u64::from(limit.tokens.get());
        let mut out = self.holds.iter().fold(0_u64, |sum, hold| sum.saturating_add(hold.tokens));
        if out < tokens && self.holds.len() < MOST_HOLDS {
            return at;
        }
        let mut returning: Vec<(u64, u64)> = self.holds.iter().map(|hold| (hold.returns, hold.tokens)).collect();
        returning.sort_unstable();
        // A request that ends this instant gives its token back after a rest.
        let mut ready = at + nanos(REST);
        for (returns, count) in returning {
            out = out.saturating_sub(count);
            if out < tokens {
                ready = ready.min(returns);
                break;
            }
        }
        ready
    }

    /// When a start makes no more than `burst` within the burst's window.
    fn burst_ready(&self, at: u64, limit: &Limit) -> u64 {
        let (window, burst) = (limit.burst_window(), u64::from(limit.burst.get()));
        if window == 0 {
            return at;
        }
        let recent = self.holds.iter().filter(|hold| hold.started + window > at);
        let mut starts: Vec<(u64, u64)> = recent.map(|hold| (hold.started, hold.tokens)).collect();
        starts.sort_unstable();
        let mut counted = 0_u64;
        for (started, count) in starts.into_iter().rev() {
            counted = counted.saturating_add(count);
            if counted >= burst {
                return started + window;
            }
        }
        at
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
