//! What happens on one day of the world: a pure function of its origin and the day.
//!
//! Each service and place draws from a stream of its own, so that a change in one profile leaves all the others'
//! attempts where they were.

use std::collections::BTreeMap;

use super::attempt::{Attempt, Outcome, delay, draws_of_delay};
use super::calendar::{growth, is_weekend};
use super::countries::{NOWHERE, PROFILES, Profile};
use super::day::{Tally, leaf};
use super::incidents::{self, Incidents, befall};
use super::origin::Origin;
use super::random::{Chance, Random};
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
pub(super) fn attempts(origin: &Origin, day: i64, incidents: Incidents) -> Vec<Attempt> {
    let mut attempts = unordered(origin, day, incidents);
    attempts.sort_by_key(|attempt| attempt.second);
    attempts
}

/// The same in any order, for those who count them.
pub(super) fn unordered(origin: &Origin, day: i64, incidents: Incidents) -> Vec<Attempt> {
    let mut attempts = Vec::with_capacity(origin.part_of(9000) as usize);
    sources(origin, day, |_| true).for_each(|source| source.draw(|source, rates| attempts.push(source.attempt(rates))));
    befall(incidents, origin, day, &mut attempts);
    attempts
}

/// What they come to by [`leaf`], in any order: the same draws, of which those are passed over that no total counts.
pub(super) fn tallies(origin: &Origin, day: i64, incidents: Incidents) -> Vec<(u32, Tally)> {
    let (mut tallies, mut others) = (Vec::with_capacity(400), BTreeMap::<u32, Tally>::new());
    let tally = |source: Source| {
        let (service, place) = (source.service(), source.place);
        let mut of_channel = [Tally::default(); Channel::ALL.len()];
        source.draw(|source, rates| {
            let outcome = source.outcome(rates, |_, random| random.skip(Profile::DRAWS_OF_NUMBER)).0;
            of_channel[outcome.channel as usize].count(outcome.is_converted);
        });
        let made = Channel::ALL.into_iter().zip(of_channel).filter(|(_, tally)| tally.attempts > 0);
        tallies.extend(made.map(|(channel, tally)| (leaf(service, place, channel), tally)));
    };
    for attempt in settled(origin, day, incidents, |_| true, tally) {
        let tally = others.entry(leaf(attempt.service, attempt.place, attempt.channel)).or_default();
        tally.count(attempt.delay.is_some());
    }
    tallies.extend(others);
    tallies
}

/// What each attempt comes to, with its number, of those alone that begin with a digit: of no other countries is
/// anything drawn.
pub(super) fn numbers(origin: &Origin, day: i64, incidents: Incidents, digit: u64) -> Vec<(Outcome, Prefix)> {
    let is_there = |place: u8| {
        PROFILES.get(usize::from(place)).is_some_and(|destination| destination.calling_code.first_digit() == digit)
    };
    let mut drawn = Vec::new();
    let draw = |source: Source| {
        source.draw(|source, rates| {
            let (outcome, number) = source.outcome(rates, Profile::number);
            drawn.push((outcome, number.expect("countries have numbers")));
        });
    };
    let others = settled(origin, day, incidents, is_there, draw);
    drawn.extend(others.iter().filter_map(|attempt| Some((Outcome::from(attempt), attempt.number?))));
    drawn
}

/// Draws from the sources of some places, and returns what else was sent there: an attack, or everything where incidents
/// change what would have happened.
fn settled(
    origin: &Origin,
    day: i64,
    incidents: Incidents,
    is_wanted: impl Fn(u8) -> bool + Copy,
    draw: impl FnMut(Source),
) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    if incidents::change(incidents, origin.seed, day) {
        attempts = unordered(origin, day, incidents);
    } else {
        sources(origin, day, is_wanted).for_each(draw);
        befall(incidents, origin, day, &mut attempts);
    }
    attempts.retain(|attempt| is_wanted(attempt.place));
    attempts
}

fn sources(origin: &Origin, day: i64, is_wanted: impl Fn(u8) -> bool + Copy) -> impl Iterator<Item = Source> {
    let (origin, seed) = (*origin, origin.seed);
    let services = (0..).zip(SERVICES.iter().zip(HOURS.iter()));
    services.flat_map(move |(service, (profile, hours))| {
        (0..=NOWHERE).filter(move |place| origin.reaches(*place) && is_wanted(*place)).map(move |place| {
            let random = Random::stream(seed, &[Label::Traffic as u64, day.cast_unsigned(), service, u64::from(place)]);
            let destination = PROFILES.get(usize::from(place));
            Source { seed, volume: origin.volume(), day, service, profile, hours, place, destination, random }
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
    /// As a part of the one account's.
    volume: f64,
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
    /// As often as there are attempts.
    fn draw(mut self, mut one: impl FnMut(&mut Self, &Rates)) {
        let expected = self.expected();
        if expected <= 0.0 {
            return;
        }
        let weather = Weather::of(self.seed, self.day, self.place);
        let mut volume = expected * weather.volume * self.volume;
        let mut conversion = self.profile.conversion * weather.conversion;
        if weather.carrier_fails {
            volume *= Weather::FAILING_VOLUME;
            conversion *= Weather::FAILING_CONVERSION;
        }
        let count = self.random.occurrences(volume);
        if count == 0 {
            return;
        }
        let rates = Rates::of(self.destination.map_or(780.0, |destination| destination.converts) / 1000.0 * conversion);
        for _ in 0..count {
            one(&mut self, &rates);
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

    fn service(&self) -> u8 {
        u8::try_from(self.service).unwrap_or(u8::MAX)
    }

    /// One attempt.
    fn attempt(&mut self, rates: &Rates) -> Attempt {
        let hour = self.local_hour();
        let channel = self.destination.map_or(Channel::Email, |destination| self.channel(destination, hour));
        let number = self.destination.map(|destination| destination.number(&mut self.random));
        let offset = self.destination.map_or(0, |destination| destination.utc_offset);
        let utc_hour = (i32::try_from(hour).unwrap_or(0) - offset).rem_euclid(24).cast_unsigned();
        Attempt {
            second: utc_hour * 3600 + self.random.below(3600),
            service: self.service(),
            place: self.place,
            channel,
            number,
            delay: self.random.hits(rates.at(channel, hour)).then(|| delay(&mut self.random)),
        }
    }

    /// The same attempt without its second and its delay, and what `number` makes of the draws of its number.
    fn outcome<N>(&mut self, rates: &Rates, number: impl Fn(&Profile, &mut Random) -> N) -> (Outcome, Option<N>) {
        let hour = self.local_hour();
        let channel = self.destination.map_or(Channel::Email, |destination| self.channel(destination, hour));
        let number = self.destination.map(|destination| number(destination, &mut self.random));
        self.random.skip(1);
        let is_converted = self.random.hits(rates.at(channel, hour));
        let draws = draws_of_delay(self.random.clone());
        self.random.skip(if is_converted { draws } else { 0 });
        let service = self.service();
        (Outcome { service, place: self.place, channel, is_converted }, number)
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

/// Factors on conversion rates at night, by day and in the evening.
const FACTORS: [f64; 3] = [0.82, 1.0, 1.03];

/// For each local hour the one that holds.
const PART_OF_DAY: [u8; 24] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1, 1];

#[cfg(test)]
pub(super) const fn hour_factor(hour: usize) -> f64 {
    FACTORS[PART_OF_DAY[hour] as usize]
}

/// How likely codes of a source are entered on a day, by channel and part of the day.
struct Rates([[Chance; FACTORS.len()]; Channel::ALL.len()]);

impl Rates {
    /// `rate` is how many convert, before channel and hour.
    fn of(rate: f64) -> Self {
        let of_part = |channel, factor: f64| Chance::of((rate * channel_factor(channel) * factor).min(0.97));
        Self(Channel::ALL.map(|channel| FACTORS.map(|factor| of_part(channel, factor))))
    }

    const fn at(&self, channel: Channel, hour: u32) -> Chance {
        self.0[channel as usize][PART_OF_DAY[hour as usize] as usize]
    }
}

#[cfg(test)]
mod tests;
