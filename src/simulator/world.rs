//! The simulated account's past: a pure function of the seed, counted quickly.
//!
//! Nothing exists before [`World::OPENED`] or after the instant that a question calls now. A conversion counts from
//! the second in which its code was entered. Days are made when first asked for and kept in bounded caches, which many
//! worlds may share.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::attempt::{Attempt, LONGEST_DELAY};
use super::cache::{Cached, Key};
use super::calendar::{DAY, FIRST_DAY};
use super::day::{Day, Filters, Tally, Totals};
use super::incidents::Incidents;
use super::kept::Kept;
use super::numbers::Numbers;
use super::origin::Origin;
use super::random::Random;
use super::services::{SERVICES, ServiceSids};
use super::traffic;
use crate::model::{AccountSid, Counts, ServiceSid, Slice, UnixSeconds};

/// Days that are worth threads to make them, of the one account.
const MANY: u32 = 16;

const ACCOUNT_LABEL: u64 = u64::from_be_bytes(*b"account!");

/// All attempts that an account ever made.
#[derive(Debug)]
pub struct World {
    origin: Origin,
    incidents: Incidents,
    services: Vec<ServiceSid>,
    kept: Arc<Kept>,
}

impl World {
    /// The account's first second: nothing happened before it.
    pub const OPENED: UnixSeconds = UnixSeconds(FIRST_DAY * DAY);

    /// The world of a seed. Cheap: days are made when they are asked for.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with(seed, Incidents::default())
    }

    /// The world of a seed in which something else befalls the account than attacks.
    #[must_use]
    pub fn with(seed: u64, incidents: Incidents) -> Self {
        Self::of(Origin::one(seed), incidents, &ServiceSids::default(), Arc::new(Kept::new()))
    }

    /// One of the worlds whose days are kept together.
    pub(super) fn of(origin: Origin, incidents: Incidents, services: &ServiceSids, kept: Arc<Kept>) -> Self {
        Self { origin, incidents, services: services.of(origin.seed), kept }
    }

    /// The services' names, in their order.
    pub fn service_names() -> impl Iterator<Item = &'static str> {
        SERVICES.iter().map(|service| service.name)
    }

    /// The account's services, busiest first.
    #[must_use]
    pub fn services(&self) -> &[ServiceSid] {
        &self.services
    }

    /// From which its attempts' details follow.
    pub(super) const fn seed(&self) -> u64 {
        self.origin.seed
    }

    /// The one account's own identifier, for those who came with a key.
    pub(super) fn account(&self) -> AccountSid {
        Random::stream(self.origin.seed, &[ACCOUNT_LABEL]).sid("AC").parse().expect("32 hexadecimal digits")
    }

    /// The counts of a slice as they stand at `now`.
    #[must_use]
    pub fn count(&self, slice: &Slice, now: UnixSeconds) -> Counts {
        self.make(slice, now);
        let whole = |day, filters: &Filters| Some(self.whole(day, filters));
        let part = |day| Some(self.kept.days.get_or_make(self.key(day), || Day::new(&self.attempts(day))));
        self.sum(slice, now, whole, part).expect("missing days are made")
    }

    /// The same if no day has to be made for it.
    #[must_use]
    pub fn count_if_cached(&self, slice: &Slice, now: UnixSeconds) -> Option<Counts> {
        let whole = |day, filters: &Filters| match filters.prefix {
            Some(prefix) => Some(self.kept.numbers.get(self.key(Numbers::key(day, prefix)))?.tally(prefix, filters)),
            None => Some(self.kept.totals.get(self.key(day))?.tally(filters)),
        };
        self.sum(slice, now, whole, |day| self.kept.days.get(self.key(day)))
    }

    /// Makes whole days that are missing on all cores, if they are many.
    fn make(&self, slice: &Slice, now: UnixSeconds) {
        let Some(filters) = Filters::new(slice, &self.services) else { return };
        let is_missing = |day: &i64| match filters.prefix {
            Some(prefix) => self.kept.numbers.get(self.key(Numbers::key(*day, prefix))).is_none(),
            None => self.kept.totals.get(self.key(*day)).is_none(),
        };
        let whole = Part::all(slice, now).filter(|part| part.is_whole).map(|part| part.day);
        let missing: Vec<i64> = whole.filter(is_missing).collect();
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let work = u32::try_from(missing.len()).unwrap_or(u32::MAX);
        if self.origin.part_of(work) < MANY || threads == 1 {
            return;
        }
        // Each takes the next one: later days have more attempts, and a core may be somebody else's.
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(day) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                        self.whole(*day, &filters);
                    }
                });
            }
        });
    }

    /// The counts of a whole day on which every conversion has arrived.
    fn whole(&self, day: i64, filters: &Filters) -> Tally {
        let Self { origin, incidents, kept, .. } = self;
        if let Some(prefix) = filters.prefix {
            let make = || Numbers::new(&traffic::numbers(origin, day, *incidents, prefix.first_digit()));
            kept.numbers.get_or_make(self.key(Numbers::key(day, prefix)), make).tally(prefix, filters)
        } else {
            let make = || Totals::new(traffic::tallies(origin, day, *incidents));
            kept.totals.get_or_make(self.key(day), make).tally(filters)
        }
    }

    fn sum(
        &self,
        slice: &Slice,
        now: UnixSeconds,
        whole: impl Fn(i64, &Filters) -> Option<Tally>,
        find: impl Fn(i64) -> Option<Cached<Day>>,
    ) -> Option<Counts> {
        let Some(filters) = Filters::new(slice, &self.services) else { return Some(Counts::ZERO) };
        let (mut attempts, mut converted) = (0i64, 0i64);
        for Part { day, seconds, is_whole } in Part::all(slice, now) {
            let tally = if is_whole {
                whole(day, &filters)?
            } else {
                find(day)?.tally(seconds, &filters, offset(now.0 - day * DAY))
            };
            attempts += i64::from(tally.attempts);
            converted += i64::from(tally.converted);
        }
        Some(Counts::new(attempts, converted).expect("each attempt converts at most once"))
    }

    /// The attempts of a day, kept for the next page.
    pub(super) fn listed_day(&self, day: i64) -> Cached<Vec<Attempt>> {
        self.kept.listed.get_or_make(self.key(day), || self.attempts(day))
    }

    /// The attempts of a day since 1970-01-01, by second, those still to come included.
    pub(super) fn attempts(&self, day: i64) -> Vec<Attempt> {
        if day < FIRST_DAY { Vec::new() } else { traffic::attempts(&self.origin, day, self.incidents) }
    }

    /// Where something of a day is kept.
    const fn key(&self, day: i64) -> Key {
        (self.origin.seed, day)
    }
}

/// What a range has of one day.
struct Part {
    day: i64,
    seconds: Range<u32>,
    /// It is all of it, and every conversion has arrived.
    is_whole: bool,
}

impl Part {
    /// Each day's part of a slice's range, as far as it has existed by `now`.
    fn all(slice: &Slice, now: UnixSeconds) -> impl Iterator<Item = Self> {
        let start = slice.range.start().max(World::OPENED).0;
        let end = slice.range.end().min(now.plus_seconds(1)).0;
        let days = if start < end { start.div_euclid(DAY)..(end - 1).div_euclid(DAY) + 1 } else { 0..0 };
        days.map(move |day| {
            let (midnight, next) = (day * DAY, (day + 1) * DAY);
            let (from, to) = (start.max(midnight), end.min(next));
            let is_settled = next + i64::from(LONGEST_DELAY) <= now.0;
            let seconds = offset(from - midnight)..offset(to - midnight);
            Self { day, seconds, is_whole: from == midnight && to == next && is_settled }
        })
    }
}

/// Seconds since a midnight, at most those after which nothing changes any more.
fn offset(seconds: i64) -> u32 {
    u32::try_from(seconds.min(DAY + i64::from(LONGEST_DELAY))).unwrap_or(0)
}

#[cfg(test)]
mod tests;
