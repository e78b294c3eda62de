//! The simulated account's past: a pure function of the seed, counted quickly.
//!
//! Nothing exists before [`World::OPENED`] or after the instant that a question calls now. A conversion counts from
//! the second in which its code was entered. Days are made when first asked for and kept in bounded caches.

use std::num::NonZeroUsize;

use super::attempt::{Attempt, LONGEST_DELAY};
use super::cache::{Cache, Cached};
use super::calendar::{DAY, FIRST_DAY};
use super::day::{Day, Filters, Tally, Totals};
use super::incidents::Incidents;
use super::random::Random;
use super::services::{SERVICES, ServiceSids};
use super::traffic;
use crate::model::{AccountSid, Counts, ServiceSid, Slice, UnixSeconds};

/// About 60 MB when full: more than a year of days for parts and prefixes.
const DAYS: NonZeroUsize = NonZeroUsize::new(400).expect("not zero");

/// About 60 MB when full: eleven years of whole days.
const TOTALS: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

/// About 15 MB when full: the days that a list reaches back over.
const LISTED: NonZeroUsize = NonZeroUsize::new(40).expect("not zero");

const ACCOUNT_LABEL: u64 = u64::from_be_bytes(*b"account!");

/// All attempts that an account ever made.
#[derive(Debug)]
pub struct World {
    seed: u64,
    incidents: Incidents,
    services: Vec<ServiceSid>,
    days: Cache<Day>,
    totals: Cache<Totals>,
    listed: Cache<Vec<Attempt>>,
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
        Self {
            seed,
            incidents,
            services: ServiceSids::default().of(seed),
            days: Cache::new(DAYS),
            totals: Cache::new(TOTALS),
            listed: Cache::new(LISTED),
        }
    }

    /// The same with its services called otherwise.
    #[must_use]
    pub fn with_services(self, sids: &ServiceSids) -> Self {
        Self { services: sids.of(self.seed), ..self }
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

    /// The account's own identifier, for those who came with a key.
    pub(super) fn account(&self) -> AccountSid {
        Random::stream(self.seed, &[ACCOUNT_LABEL]).sid("AC").parse().expect("32 hexadecimal digits")
    }

    /// The counts of a slice as they stand at `now`.
    #[must_use]
    pub fn count(&self, slice: &Slice, now: UnixSeconds) -> Counts {
        let day = |day| Some(self.days.get_or_make(day, || Day::new(&self.attempts(day))));
        let unordered = |day| traffic::unordered(self.seed, day, self.incidents);
        let totals = |day| {
            let make = || if day < FIRST_DAY { Totals::new(&[]) } else { Totals::new(&unordered(day)) };
            Some(self.totals.get_or_make(day, make))
        };
        self.sum(slice, now, day, totals).expect("missing days are made")
    }

    /// The same if no day has to be made for it, which takes about a millisecond each.
    #[must_use]
    pub fn count_if_cached(&self, slice: &Slice, now: UnixSeconds) -> Option<Counts> {
        self.sum(slice, now, |day| self.days.get(day), |day| self.totals.get(day))
    }

    fn sum(
        &self,
        slice: &Slice,
        now: UnixSeconds,
        find_day: impl Fn(i64) -> Option<Cached<Day>>,
        find_totals: impl Fn(i64) -> Option<Cached<Totals>>,
    ) -> Option<Counts> {
        let Some(filters) = Filters::new(slice, &self.services) else { return Some(Counts::ZERO) };
        let start = slice.range.start().max(Self::OPENED).0;
        let end = slice.range.end().min(now.plus_seconds(1)).0;
        let (mut attempts, mut converted) = (0i64, 0i64);
        let mut from = start;
        while from < end {
            let day = from.div_euclid(DAY);
            let (midnight, next) = (day * DAY, (day + 1) * DAY);
            let to = end.min(next);
            let settled = next + i64::from(LONGEST_DELAY) <= now.0;
            let tally = if from == midnight && to == next && settled && filters.prefix.is_none() {
                find_totals(day)?.tally(&filters)
            } else {
                find_day(day)?.tally(offset(from - midnight)..offset(to - midnight), &filters, offset(now.0 - midnight))
            };
            let Tally { attempts: more, converted: of_these } = tally;
            attempts += i64::from(more);
            converted += i64::from(of_these);
            from = to;
        }
        Some(Counts::new(attempts, converted).expect("each attempt converts at most once"))
    }

    /// The attempts of a day, kept for the next page.
    pub(super) fn listed_day(&self, day: i64) -> Cached<Vec<Attempt>> {
        self.listed.get_or_make(day, || self.attempts(day))
    }

    /// The attempts of a day since 1970-01-01, by second, those still to come included.
    pub(super) fn attempts(&self, day: i64) -> Vec<Attempt> {
        if day < FIRST_DAY { Vec::new() } else { traffic::attempts(self.seed, day, self.incidents) }
    }
}

/// Seconds since a midnight, at most those after which nothing changes any more.
fn offset(seconds: i64) -> u32 {
    u32::try_from(seconds.min(DAY + i64::from(LONGEST_DELAY))).unwrap_or(0)
}

#[cfg(test)]
mod tests;
