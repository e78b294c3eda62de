//! SMS pumping: now and then somebody has codes sent to numbers that earn him a share of the fee, and enters none.
//!
//! An attack hits one service and one country for some hours of one UTC day, in one block of numbers. It is what the
//! conversion rates of the finished table should make visible.

use super::attempt::{Attempt, delay};
use super::countries::{PROFILES, country_of};
use super::origin::Origin;
use super::random::Random;
use super::services::SERVICES;
use crate::model::Channel;

const LABEL: u64 = u64::from_be_bytes(*b"pumping!");

/// Where termination fees tempt.
const TARGETS: [&str; 10] = ["ID", "NG", "PK", "BD", "LK", "TN", "UZ", "TJ", "AZ", "MG"];

/// Adds the day's attack, if there is one: about one day in thirty.
pub(super) fn strike(origin: &Origin, day: i64, attempts: &mut Vec<Attempt>) {
    let mut random = Random::stream(origin.seed, &[LABEL, day.cast_unsigned()]);
    if !random.chance(1.0 / 30.0) {
        return;
    }
    let target = *random.pick(&TARGETS);
    let place = (0..).zip(&PROFILES).map(|(place, _)| place).find(|place| {
        let country = country_of(*place);
        country.is_some_and(|country| country.code() == target)
    });
    let Some(place) = place else { return };
    let number = PROFILES[usize::from(place)].block(&mut random);
    // Staff access, the last service, is out of an attacker's reach.
    let service = u8::try_from(SERVICES.len() - 1).map_or(0, |open| random.below(u32::from(open)));
    let hours = random.between(1, 6);
    let start = random.between(0, 24 - hours) * 3600;
    for _ in 0..origin.struck_by(random.between(400, 3000)) {
        attempts.push(Attempt {
            second: start + random.below(hours * 3600),
            service: u8::try_from(service).unwrap_or(0),
            place,
            channel: if random.chance(0.85) { Channel::Sms } else { Channel::Call },
            number: Some(number(random.below(1000))),
            delay: random.chance(0.01).then(|| delay(&mut random)),
        });
    }
}
