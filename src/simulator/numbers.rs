//! A finished day's attempts by number, eight bytes each, so that a prefix is looked up in all of history.

use super::attempt::Attempt;
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

/// The attempts that have a number, in any order; every conversion has arrived.
#[derive(Debug)]
pub(super) struct Numbers(Box<[u64]>);

impl Numbers {
    pub(super) fn new(attempts: &[Attempt]) -> Self {
        let word = |attempt: &Attempt| {
            let parts = [
                numbers_with(attempt.number?).start << CODE,
                u64::from(attempt.service) << SERVICE,
                u64::from(attempt.place) << PLACE,
                (attempt.channel as u64) << CHANNEL,
                u64::from(attempt.delay.is_some()) * CONVERTED,
            ];
            Some(parts.into_iter().sum())
        };
        Self(attempts.iter().filter_map(word).collect())
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
