//! When the tokens that are out come back, to the second: how long further requests will take.
//!
//! A forecast, not a promise: it takes it that nobody else claims tokens, and that requests take as long as those did
//! whose tokens rest. Tokens that were out before a run began count, whoever took them.

use std::time::Duration;

use super::{ANYBODYS_LIMIT, Bucket, Limit, REST, nanos};

/// Tokens come back within so many seconds; what takes longer counts as the last.
const SECONDS: usize = 128;
/// A request that was sent so lately will be answered as others were; an older one is taken for lost.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// What the limit allows from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    tokens: u32,
    /// How many are out, which may be more: others may have a higher limit.
    out: u64,
    /// How many of these come back in each second from now.
    returning: [u64; SECONDS],
    /// From one start with a token to the next.
    cycle: Duration,
    /// When a start is allowed at all: after a pause, and by the burst.
    first: Duration,
    /// So many starts at most in so long.
    burst: (u32, Duration),
}

impl Bucket {
    /// What it allows from now on.
    #[must_use]
    pub fn outlook(&self, now: Duration, limit: &Limit) -> Outlook {
        let at = nanos(now);
        let held = || self.holds.iter().filter(|hold| hold.returns > at);
        let resting = held().filter(|hold| hold.id == 0 && hold.tokens < ANYBODYS_LIMIT);
        let (count, spans) = resting.fold((0_u64, 0_u64), |(count, spans), hold| {
            let span = hold.returns.saturating_sub(hold.started);
            (count + hold.tokens, spans.saturating_add(span.saturating_mul(hold.tokens)))
        });
        let cycle = spans.checked_div(count).unwrap_or_default().max(nanos(REST));
        let mut returning = [0_u64; SECONDS];
        let mut count_out = 0_u64;
        for hold in held() {
            let is_on_its_way = hold.id != 0 && at.saturating_sub(hold.started) <= nanos(ON_ITS_WAY);
            let answered = hold.started.saturating_add(cycle).max(at + nanos(REST));
            let returns = if is_on_its_way { hold.returns.min(answered) } else { hold.returns };
            let second = usize::try_from((returns - at) / 1_000_000_000).unwrap_or(SECONDS).min(SECONDS - 1);
            returning[second] = returning[second].saturating_add(hold.tokens);
            count_out = count_out.saturating_add(hold.tokens);
        }
        let first = self.paused_until.max(self.burst_ready(at, limit)).saturating_sub(at);
        let burst_window = Duration::from_nanos(limit.burst_window());
        Outlook {
            tokens: limit.tokens.get(),
            out: count_out,
            returning,
            cycle: Duration::from_nanos(cycle),
            first: Duration::from_nanos(first),
            burst: (limit.burst.get(), burst_window),
        }
    }
}

impl Outlook {
    /// How long until so many requests can have started; none takes no time.
    #[must_use]
    pub fn time_for(&self, requests: u64) -> Duration {
        let Some(before) = requests.checked_sub(1) else { return Duration::ZERO };
        let tokens = u64::from(self.tokens);
        let cycles = u32::try_from(before / tokens).unwrap_or(u32::MAX);
        let (burst, window) = (u64::from(self.burst.0), self.burst.1);
        let bursts = u32::try_from(before / burst).unwrap_or(u32::MAX);
        let by_tokens = self.back(before % tokens + 1).saturating_add(self.cycle.saturating_mul(cycles));
        by_tokens.max(self.first.saturating_add(window.saturating_mul(bursts)))
    }

    /// How long until so many requests, no more than there are tokens, can have started with those in the bucket and
    /// those that come back.
    fn back(&self, requests: u64) -> Duration {
        let needed = self.out.saturating_add(requests).saturating_sub(u64::from(self.tokens));
        if needed == 0 {
            return self.first;
        }
        let mut back = 0_u64;
        let seconds = self.returning.iter().take_while(|tokens| {
            back = back.saturating_add(**tokens);
            back < needed
        });
        Duration::from_secs(seconds.count() as u64 + 1).max(self.first)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::{Completion, Token};
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(per_minute: u32, burst: Option<u32>) -> Limit {
        let whole = |number| NonZeroU32::new(number).unwrap();
        Limit::new(whole(per_minute), burst.map(whole), 20 * SECOND)
    }

    fn claim(bucket: &mut Bucket, now: Duration, limit: &Limit) -> Token {
        bucket.claim(now, limit).unwrap()
    }

    /// A bucket of 100 of which some were used a while ago, each for half a second.
    fn used(tokens: u64, ago: Duration) -> Bucket {
        let (mut bucket, limit) = (Bucket::default(), limit(100, None));
        let start = (1000 * SECOND).saturating_sub(ago);
        for _ in 0..tokens {
            let token = claim(&mut bucket, start, &limit);
            bucket.release(token, Completion::Complete, start + SECOND / 2, &limit);
        }
        bucket
    }

    fn millis(bucket: &Bucket, requests: u64) -> u128 {
        bucket.outlook(1000 * SECOND, &limit(100, None)).time_for(requests).as_millis()
    }

    #[test]
    fn a_full_bucket_is_spent_at_once_and_then_once_a_minute() {
        let bucket = Bucket::default();
        let times = [0, 1, 100, 101, 200, 201, 1_000].map(|requests| millis(&bucket, requests));
        assert_eq!(times, [0, 0, 0, 60_050, 60_050, 120_100, 540_450]);
    }

    #[test]
    fn tokens_that_are_out_count_whoever_took_them() {
        // They come back 60.55 s after they were taken, 50 s ago.
        let bucket = used(100, 50 * SECOND);
        let times = [1, 100, 101, 250].map(|requests| millis(&bucket, requests));
        assert_eq!(times, [11_000, 11_000, 11_000 + 60_550, 11_000 + 2 * 60_550]);
        assert_eq!([60, 61].map(|requests| millis(&used(40, 50 * SECOND), requests)), [0, 11_000]);
    }

    #[test]
    fn what_a_killed_run_took_comes_back_later_than_what_is_on_its_way() {
        let (mut killed, limit) = (Bucket::default(), limit(100, None));
        for _ in 0..100 {
            let _lost = claim(&mut killed, 990 * SECOND, &limit);
        }
        assert_eq!(millis(&killed, 1), 71_000, "80.05 s after it was claimed");
        let mut busy = Bucket::default();
        for _ in 0..100 {
            let _in_flight = claim(&mut busy, 999 * SECOND, &limit);
        }
        assert_eq!(millis(&busy, 1), 61_000);
    }

    #[test]
    fn nothing_starts_in_a_pause_or_against_the_burst() {
        let mut paused = Bucket::default();
        paused.pause(1000 * SECOND, 40 * SECOND);
        assert_eq!([1, 100, 101].map(|requests| millis(&paused, requests)), [40_000, 40_000, 40_000 + 60_050]);
        let steady = limit(100, Some(1));
        let outlook = Bucket::default().outlook(Duration::ZERO, &steady);
        assert_eq!([1, 2, 11].map(|requests| outlook.time_for(requests).as_millis()), [0, 600, 6_000]);
    }

    #[test]
    fn a_lost_past_is_waited_for_whole() {
        let limit = limit(100, None);
        let bucket = Bucket::just_spent(1000 * SECOND, &limit);
        assert_eq!([1, 100].map(|requests| millis(&bucket, requests)), [81_000, 81_000]);
        assert_eq!(millis(&bucket, 101), 81_000 + 60_050);
    }
}
