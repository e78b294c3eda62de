//! What happens on one day of the world: a pure function of seed and day.
//!
//! Each service and place draws from a stream of its own, so that a change in one profile leaves all the others'
//! attempts where they were.

use super::attempt::{Attempt, Outcome, delay, draws_of_delay};
use super::calendar::{growth, is_weekend};
use super::countries::{NOWHERE, PROFILES, Profile};
use super::incidents::{self, Incidents, befall};
use super::random::Random;
use super::services::{HOURS, SERVICES, Service};
use crate::model::{Channel, Prefix};

/// Labels of the random streams.
#[derive(Clone, Copy)]
enum Label {
    Traffic = 1,
    Offered,
    Weather,
}

/// A day's attempts by second. `day` counts from 1970-01-01.
pub(super) fn attempts(seed: u64, day: i64, incidents: Incidents) -> Vec<Attempt> {
    let mut attempts = unordered(seed, day, incidents);
    attempts.sort_by_key(|attempt| attempt.second);
    attempts
}

/// The same in any order, for those who count them.
pub(super) fn unordered(seed: u64, day: i64, incidents: Incidents) -> Vec<Attempt> {
    let mut attempts = Vec::with_capacity(9000);
    sources(seed, day, |_| true).for_each(|source| source.draw(Source::attempt, &mut attempts));
    befall(incidents, seed, day, &mut attempts);
    attempts
}

/// What they come to, in any order: the same draws, of which those are passed over that no total counts.
pub(super) fn outcomes(seed: u64, day: i64, incidents: Incidents) -> Vec<Outcome> {
    let one = |source: &mut Source, rate| source.outcome(rate, |_, random| random.skip(Profile::DRAWS_OF_NUMBER)).0;
    settled(seed, day, incidents, |_| true, one, |attempt| Some(Outcome::from(attempt)))
}

/// The same with each number, of those alone that begin with a digit: of no other countries is anything drawn.
pub(super) fn numbers(seed: u64, day: i64, incidents: Incidents, digit: u64) -> Vec<(Outcome, Prefix)> {
    let is_there = |place: u8| {
        PROFILES.get(usize::from(place)).is_some_and(|destination| destination.calling_code.first_digit() == digit)
    };
    let one = |source: &mut Source, rate| {
        let (outcome, number) = source.outcome(rate, Profile::number);
        (outcome, number.expect("countries have numbers"))
    };
    settled(seed, day, incidents, is_there, one, |attempt| Some((Outcome::from(attempt), attempt.number?)))
}

/// What the attempts to some places come to: drawn by `one`, or made of whole attempts where incidents are in play.
fn settled<T>(
    seed: u64,
    day: i64,
    incidents: Incidents,
    is_wanted: impl Fn(u8) -> bool + Copy,
    one: impl Fn(&mut Source, f64) -> T,
    of: impl Fn(&Attempt) -> Option<T>,
) -> Vec<T> {
    let (mut drawn, mut attempts) = (Vec::new(), Vec::new());
    if incidents::change(incidents, seed, day) {
        attempts = unordered(seed, day, incidents);
    } else {
        sources(seed, day, is_wanted).for_each(|source| source.draw(&one, &mut drawn));
        befall(incidents, seed, day, &mut attempts);
    }
    drawn.extend(attempts.iter().filter(|attempt| is_wanted(attempt.place)).filter_map(of));
    drawn
}

fn sources(seed: u64, day: i64, is_wanted: impl Fn(u8) -> bool + Copy) -> impl Iterator<Item = Source> {
    let services = (0..).zip(SERVICES.iter().zip(HOURS.iter()));
    services.flat_map(move |(service, (profile, hours))| {
        (0..=NOWHERE).filter(move |place| is_wanted(*place)).map(move |place| {
            let random = Random::stream(seed, &[Label::Traffic as u64, day.cast_unsigned(), service, u64::from(place)]);
            let destination = PROFILES.get(usize::from(place));
            Source { seed, day, service, profile, hours, place, destination, random }
        })
    })
}

/// What strikes all services of a place alike on a day: busy days, carriers that fail.
pub(super) struct Weather {
    pub(super) volume: f64,
    pub(super) conversion: f64,
    pub(super) carrier_fails: bool,
}

impl Weather {
    pub(super) const FAILING_VOLUME: f64 = 0.3;
    pub(super) const FAILING_CONVERSION: f64 = 0.4;

    /// One stream per place and day.
    pub(super) fn of(seed: u64, day: i64, place: u8) -> Self {
        let mut random = Random::stream(seed, &[Label::Weather as u64, day.cast_unsigned(), u64::from(place)]);
        Self {
            volume: 0.85 + 0.3 * random.unit(),
            conversion: 0.97 + 0.06 * random.unit(),
            carrier_fails: random.chance(0.02),
        }
    }
}

/// Whether a service is offered in a country.
pub(super) fn is_offered(seed: u64, service: u64, profile: &Service, place: u8) -> bool {
    let mut lot = Random::stream(seed, &[Label::Offered as u64, service, u64::from(place)]);
    lot.below(100) < profile.reach
}

/// The traffic of one service to one place on one day.
struct Source {
    seed: u64,
    day: i64,
    service: u64,
    profile: &'static Service,
    /// Its local hours, as likely as they stand here.
    hours: &'static [u8],
    place: u8,
    destination: Option<&'static Profile>,
    random: Random,
}

impl Source {
    fn draw<T>(mut self, one: impl Fn(&mut Self, f64) -> T, drawn: &mut Vec<T>) {
        let weather = Weather::of(self.seed, self.day, self.place);
        let mut volume = self.expected() * weather.volume;
        let mut conversion = self.profile.conversion * weather.conversion;
        if weather.carrier_fails {
            volume *= Weather::FAILING_VOLUME;
            conversion *= Weather::FAILING_CONVERSION;
        }
        let rate = self.destination.map_or(780.0, |destination| destination.converts) / 1000.0 * conversion;
        for _ in 0..self.random.occurrences(volume) {
            let next = one(&mut self, rate);
            drawn.push(next);
        }
    }

    /// Attempts on such a day, before the day's own luck.
    fn expected(&self) -> f64 {
        let Some(destination) = self.destination else {
            return self.profile.email * self.calendar();
        };
        if is_offered(self.seed, self.service, self.profile, self.place) {
            destination.daily * self.profile.share * self.calendar()
        } else {
            0.0
        }
    }

    /// Weekends, and slow growth from four fifths at the start of 2024 to six fifths four years later.
    fn calendar(&self) -> f64 {
        growth(self.day) * if is_weekend(self.day) { self.profile.weekend } else { 1.0 }
    }

    /// One attempt; `rate` is how many convert, before channel and hour.
    fn attempt(&mut self, rate: f64) -> Attempt {
        let hour = self.local_hour();
        let channel = self.destination.map_or(Channel::Email, |destination| self.channel(destination, hour));
        let number = self.destination.map(|destination| destination.number(&mut self.random));
        let offset = self.destination.map_or(0, |destination| destination.utc_offset);
        let utc_hour = (i32::try_from(hour).unwrap_or(0) - offset).rem_euclid(24).cast_unsigned();
        Attempt {
            second: utc_hour * 3600 + self.random.below(3600),
            service: u8::try_from(self.service).unwrap_or(u8::MAX),
            place: self.place,
            channel,
            number,
            delay: self.converts(rate, channel, hour).then(|| delay(&mut self.random)),
        }
    }

    /// The same attempt without its second and its delay, and what `number` makes of the draws of its number.
    fn outcome<N>(&mut self, rate: f64, number: impl Fn(&Profile, &mut Random) -> N) -> (Outcome, Option<N>) {
        let hour = self.local_hour();
        let channel = self.destination.map_or(Channel::Email, |destination| self.channel(destination, hour));
        let number = self.destination.map(|destination| number(destination, &mut self.random));
        self.random.skip(1);
        let is_converted = self.converts(rate, channel, hour);
        let draws = draws_of_delay(self.random.clone());
        self.random.skip(if is_converted { draws } else { 0 });
        let service = u8::try_from(self.service).unwrap_or(u8::MAX);
        (Outcome { service, place: self.place, channel, is_converted }, number)
    }

    fn converts(&mut self, rate: f64, channel: Channel, hour: u32) -> bool {
        self.random.chance((rate * channel_factor(channel) * hour_factor(hour)).min(0.97))
    }

    fn local_hour(&mut self) -> u32 {
        let bound = u32::try_from(self.hours.len()).unwrap_or(u32::MAX);
        u32::from(self.hours[self.random.below(bound) as usize])
    }

    /// At night people are texted rather than called.
    fn channel(&mut self, destination: &Profile, hour: u32) -> Channel {
        match destination.channel(self.random.below(100)) {
            Channel::Call if hour < 6 && self.random.chance(0.6) => Channel::Sms,
            channel => channel,
        }
    }
}

pub(super) const fn channel_factor(channel: Channel) -> f64 {
    match channel {
        Channel::Call => 0.74,
        Channel::Rbm => 0.93,
        Channel::Whatsapp => 1.08,
        Channel::Email | Channel::Sms | Channel::Control => 1.0,
    }
}

pub(super) const fn hour_factor(hour: u32) -> f64 {
    match hour {
        0..6 => 0.82,
        18..22 => 1.03,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Totals rest on outcomes alone, and prefixes on those of some countries; nothing else may come of them than of the
    /// attempts.
    #[test]
    fn outcomes_are_those_of_the_attempts() {
        for incidents in [Incidents::Nothing, Incidents::Attacks, Incidents::AttacksAndOutages] {
            for day in (20_000..20_070).filter(|day| day % 7 == 0 || incidents::change(incidents, 5, *day)) {
                let attempts = unordered(5, day, incidents);
                let of_all: Vec<_> = attempts.iter().map(Outcome::from).collect();
                assert_eq!(outcomes(5, day, incidents), of_all, "{day}");
                for digit in 1..=9 {
                    let numbered =
                        attempts.iter().filter_map(|attempt| Some((Outcome::from(attempt), attempt.number?)));
                    let of_digit: Vec<_> = numbered.filter(|(_, number)| number.first_digit() == digit).collect();
                    assert_eq!(numbers(5, day, incidents, digit), of_digit, "{day} +{digit}");
                }
            }
        }
        assert!((20_000..20_070).any(|day| incidents::change(Incidents::AttacksAndOutages, 5, day)));
    }
}
