//! What befalls the account besides ordinary days: attacks, and channels that fail.
//!
//! A channel fails for some hours of about one UTC day in thirty: its messages hardly arrive anywhere, so hardly any
//! code is entered. Streams of their own decide this, so that worlds without failures stay as they always were.

use std::str::FromStr;

use super::attack;
use super::attempt::Attempt;
use super::origin::Origin;
use super::random::Random;
use crate::model::Channel;

const LABEL: u64 = u64::from_be_bytes(*b"outages!");

/// The part of the codes that are entered all the same while a channel fails.
const ENTERED: f64 = 0.03;

/// What befalls a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Incidents {
    /// Nothing: calm days alone.
    Nothing,
    /// SMS pumping now and then.
    #[default]
    Attacks,
    /// The same, and channels that fail for hours.
    AttacksAndOutages,
}

/// The text is none of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected none, attacks or all")]
pub struct UnknownIncidents;

impl FromStr for Incidents {
    type Err = UnknownIncidents;

    fn from_str(text: &str) -> Result<Self, UnknownIncidents> {
        match text {
            "none" => Ok(Self::Nothing),
            "attacks" => Ok(Self::Attacks),
            "all" => Ok(Self::AttacksAndOutages),
            _ => Err(UnknownIncidents),
        }
    }
}

/// A channel that fails from one second of a day to before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) channel: Channel,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Outage {
    /// The day's failure, if there is one.
    pub(super) fn of(seed: u64, day: i64) -> Option<Self> {
        let mut random = Random::stream(seed, &[LABEL, day.cast_unsigned()]);
        if !random.chance(1.0 / 30.0) {
            return None;
        }
        Some(Self::drawn(&mut random))
    }

    /// A failure of 4 to 12 hours.
    pub(super) fn drawn(random: &mut Random) -> Self {
        let channel = *random.pick(&[Channel::Sms, Channel::Call, Channel::Whatsapp]);
        let hours = random.between(4, 12);
        let start = random.between(0, 24 - hours);
        Self { channel, start: start * 3600, end: (start + hours) * 3600 }
    }

    pub(super) const fn holds(&self, channel: Channel, second: u32) -> bool {
        channel as u8 == self.channel as u8 && self.start <= second && second < self.end
    }
}

/// Whether the day's incidents change what would have happened without them; others only add to it.
pub(super) fn change(incidents: Incidents, seed: u64, day: i64) -> bool {
    incidents == Incidents::AttacksAndOutages && Outage::of(seed, day).is_some()
}

/// Adds the day's incidents to its attempts.
pub(super) fn befall(incidents: Incidents, origin: &Origin, day: i64, attempts: &mut Vec<Attempt>) {
    if incidents != Incidents::Nothing {
        attack::strike(origin, day, attempts);
    }
    if incidents == Incidents::AttacksAndOutages
        && let Some(outage) = Outage::of(origin.seed, day)
    {
        let mut random = Random::stream(origin.seed, &[LABEL, day.cast_unsigned(), 1]);
        for attempt in attempts.iter_mut().filter(|attempt| outage.holds(attempt.channel, attempt.second)) {
            attempt.delay = attempt.delay.filter(|_| random.chance(ENTERED));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::traffic;
    use super::*;

    const FIRST: i64 = 20_000;

    #[test]
    fn the_usual_world_has_attacks_and_nothing_else() {
        for day in FIRST..FIRST + 40 {
            let calm = traffic::attempts(&Origin::one(5), day, Incidents::Nothing);
            let usual = traffic::attempts(&Origin::one(5), day, Incidents::default());
            let struck: Vec<_> = usual.iter().filter(|attempt| !calm.contains(attempt)).collect();
            assert_eq!(usual.len() - calm.len(), struck.len());
            assert!(struck.iter().all(|attempt| matches!(attempt.channel, Channel::Sms | Channel::Call)));
        }
    }

    #[test]
    fn outages_come_about_once_in_thirty_days_and_take_conversions_alone() {
        let days: Vec<i64> = (FIRST..FIRST + 3000).filter(|day| Outage::of(5, *day).is_some()).collect();
        assert!((70..130).contains(&days.len()), "{}", days.len());
        let outage = Outage::of(5, days[0]).unwrap();
        let before = traffic::attempts(&Origin::one(5), days[0], Incidents::Attacks);
        let after = traffic::attempts(&Origin::one(5), days[0], Incidents::AttacksAndOutages);
        assert_eq!(before.len(), after.len());
        let (mut hit, mut entered) = (0, 0);
        for (before, after) in before.iter().zip(&after) {
            if outage.holds(before.channel, before.second) {
                hit += u32::from(before.delay.is_some());
                entered += u32::from(after.delay.is_some());
            } else {
                assert_eq!(before, after);
            }
        }
        assert!(hit > 20 && entered * 10 < hit, "{entered} of {hit}");
    }

    #[test]
    fn they_are_named_by_words() {
        assert_eq!("all".parse(), Ok(Incidents::AttacksAndOutages));
        assert_eq!("attacks".parse(), Ok(Incidents::default()));
        assert_eq!("None".parse::<Incidents>(), Err(UnknownIncidents));
    }
}
