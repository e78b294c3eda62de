//! What happens on one day of the world: a pure function of seed and day.
//!
//! Each service and place draws from a stream of its own, so that a change in one profile leaves all the others'
//! attempts where they were.

use super::attempt::{Attempt, delay};
use super::calendar::{growth, is_weekend};
use super::countries::{NOWHERE, PROFILES, Profile};
use super::incidents::{Incidents, befall};
use super::random::Random;
use super::services::{SERVICES, Service};
use crate::model::Channel;

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
    for (service, profile) in (0..).zip(&SERVICES) {
        for place in 0..=NOWHERE {
            let random = Random::stream(seed, &[Label::Traffic as u64, day.cast_unsigned(), service, u64::from(place)]);
            let destination = PROFILES.get(usize::from(place));
            let hours = profile.hours.iter().sum();
            let source = Source { seed, day, service, profile, hours, place, destination, random };
            source.draw(&mut attempts);
        }
    }
    befall(incidents, seed, day, &mut attempts);
    attempts
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
    /// The sum of its hours' weights.
    hours: u32,
    place: u8,
    destination: Option<&'static Profile>,
    random: Random,
}

impl Source {
    fn draw(mut self, attempts: &mut Vec<Attempt>) {
        let weather = Weather::of(self.seed, self.day, self.place);
        let mut volume = self.expected() * weather.volume;
        let mut conversion = self.profile.conversion * weather.conversion;
        if weather.carrier_fails {
            volume *= Weather::FAILING_VOLUME;
            conversion *= Weather::FAILING_CONVERSION;
        }
        for _ in 0..self.random.occurrences(volume) {
            let attempt = self.attempt(conversion);
            attempts.push(attempt);
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

    fn attempt(&mut self, conversion: f64) -> Attempt {
        let hour = self.local_hour();
        let (channel, number, rate) = match self.destination {
            None => (Channel::Email, None, 780.0),
            Some(destination) => {
                let channel = self.channel(destination, hour);
                (channel, Some(destination.number(&mut self.random)), destination.converts)
            }
        };
        let offset = self.destination.map_or(0, |destination| destination.utc_offset);
        let utc_hour = (i32::try_from(hour).unwrap_or(0) - offset).rem_euclid(24).cast_unsigned();
        let probability = (rate / 1000.0 * conversion * channel_factor(channel) * hour_factor(hour)).min(0.97);
        Attempt {
            second: utc_hour * 3600 + self.random.below(3600),
            service: u8::try_from(self.service).unwrap_or(u8::MAX),
            place: self.place,
            channel,
            number,
            delay: self.random.chance(probability).then(|| delay(&mut self.random)),
        }
    }

    fn local_hour(&mut self) -> u32 {
        let mut rest = self.random.below(self.hours);
        // By index: this is most of a day's work where nothing is optimised.
        let mut hour = 0;
        while hour < 23 && rest >= self.profile.hours[hour] {
            rest -= self.profile.hours[hour];
            hour += 1;
        }
        u32::try_from(hour).unwrap_or(23)
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
