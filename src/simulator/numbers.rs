//! A finished day's attempts by number, eight bytes each, so that a prefix is looked up in all of history. Those whose
//! numbers begin with the same digit stand together: no prefix has to look at others.

use super::attempt::Outcome;
use super::cache::Weigh;
use super::countries::NOWHERE;
use super::day::{Filters, Tally, numbers_with};
use super::services::SERVICES;
use crate::model::{Channel, Prefix};

/// Below the number's code: whether it converted, channel, place and service.
const CODE: u32 = 12;
const SERVICE: u32 = 10;
const PLACE: u32 = 4;
const CHANNEL: u32 = 1;
const CONVERTED: u64 = 1;

const _: () = assert!(SERVICES.len() <= 1 << (CODE - SERVICE) && NOWHERE as usize <= 1 << (SERVICE - PLACE));
const _: () = assert!(Channel::ALL.len() <= 1 << (PLACE - CHANNEL) && 11u64.pow(15) <= 1 << (64 - CODE));

/// The attempts to numbers that begin with one digit, in any order; every conversion has arrived.
#[derive(Debug)]
pub(super) struct Numbers(Box<[u64]>);

impl Weigh for Numbers {
    fn weight(&self) -> usize {
        size_of_val(&*self.0)
    }
}

impl Numbers {
    pub(super) fn new(outcomes: &[(Outcome, Prefix)]) -> Self {
        let word = |(outcome, number): &(Outcome, Prefix)| {
            let parts = [
                numbers_with(*number).start << CODE,
                u64::from(outcome.service) << SERVICE,
                u64::from(outcome.place) << PLACE,
                (outcome.channel as u64) << CHANNEL,
                u64::from(outcome.is_converted) * CONVERTED,
            ];
            parts.into_iter().sum()
        };
        Self(outcomes.iter().map(word).collect())
    }

    /// The place in a cache of those of a day that a prefix is about.
    pub(super) const fn key(day: i64, prefix: Prefix) -> i64 {
        day * 10 + prefix.first_digit().cast_signed()
    }

    /// The counts of the numbers that begin so, behind the filters.
    pub(super) fn tally(&self, prefix: Prefix, filters: &Filters) -> Tally {
        let (mut mask, mut wanted) = (0, 0);
        let mut pass = |value: Option<u64>, from: u32, to: u32| {
            if let Some(value) = value {
                mask |= (1 << to) - (1 << from);
                wanted |= value << from;
            }
        };
        pass(filters.service.map(u64::from), SERVICE, CODE);
        // E-mail has no number, and its place no bits here.
        if filters.place == Some(NOWHERE) {
            return Tally::default();
        }
        pass(filters.place.map(u64::from), PLACE, SERVICE);
        pass(filters.channel.map(|channel| channel as u64), CHANNEL, PLACE);
        let codes = numbers_with(prefix);
        let (start, length) = (codes.start << CODE, (codes.end - codes.start) << CODE);
        let mut tally = Tally::default();
        for word in &self.0 {
            let passes = word.wrapping_sub(start) < length && word & mask == wanted;
            tally.attempts += u32::from(passes);
            tally.converted += u32::from(passes && word & CONVERTED != 0);
        }
        tally
    }
}
