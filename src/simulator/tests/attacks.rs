//! The attacks of a world as tests of other rooms need them: known from outside.

use crate::model::{Country, Prefix, Slice, UnixSeconds};
use crate::simulator::World;
use crate::simulator::attack;
use crate::simulator::attempt::Attempt;
use crate::simulator::calendar::DAY;
use crate::simulator::origin::Origin;

/// One day's attack.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Whose numbers it pumps.
    pub country: Country,
    /// The block of a thousand neighbouring numbers.
    pub block: Prefix,
}

/// The attack of a day since 1970-01-01, if there is one.
pub fn attack(seed: u64, day: i64) -> Option<Attack> {
    let mut struck = Vec::new();
    attack::strike(&Origin::one(seed), day, &mut struck);
    let number = struck.first()?.number?;
    Some(Attack { country: struck[0].country()?, block: Prefix::from_digits(number.digits() / 1000)? })
}

/// Instant, number and conversion of all attempts of a slice of whole days.
pub fn attempts(world: &World, slice: &Slice) -> Vec<(UnixSeconds, Option<Prefix>, bool)> {
    let days = slice.range.start().0.div_euclid(DAY)..slice.range.end().0.div_euclid(DAY);
    let told = |day: i64, attempt: &Attempt| {
        (UnixSeconds(day * DAY + i64::from(attempt.second)), attempt.number, attempt.delay.is_some())
    };
    days.flat_map(|day| world.attempts(day).into_iter().map(move |attempt| (day, attempt)))
        .filter(|(_, attempt)| slice.country.is_none() || attempt.country() == slice.country)
        .map(|(day, attempt)| told(day, &attempt))
        .collect()
}
