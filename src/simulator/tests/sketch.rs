//! The world in outline, for tests that need thousands of months: the counts of whole days, drawn from the same rates
//! as the single attempts of `traffic`, in a hundredth of the time.
//!
//! Services are summed: a place's traffic is the sum of theirs, its rate their mean. Weather strikes a place as it does
//! there. Attacks are those of `attack`, attempt by attempt.

use crate::model::{Channel, Country, Counts};
use crate::simulator::attack;
use crate::simulator::calendar::{growth, is_weekend};
use crate::simulator::countries::{NOWHERE, PROFILES, country_of};
use crate::simulator::incidents::Outage;
use crate::simulator::origin::Origin;
use crate::simulator::random::Random;
use crate::simulator::services::SERVICES;
use crate::simulator::traffic::{self, Weather};

const LABEL: u64 = u64::from_be_bytes(*b"sketches");

/// Counts of a place and channel, over a day or an hour.
#[derive(Debug, Clone, Copy)]
pub struct Sketched {
    /// `None`: e-mail.
    pub country: Option<Country>,
    /// Its channel.
    pub channel: Channel,
    /// Its counts.
    pub counts: Counts,
}

/// What is planted in a day.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    /// What fails.
    pub channel: Channel,
    /// Hours of the UTC day.
    pub hours: (u32, u32),
}

/// A world in outline.
#[derive(Debug)]
pub struct Sketch {
    seed: u64,
    places: Vec<Outline>,
}

/// A place's traffic, all services together.
#[derive(Debug)]
struct Outline {
    /// Attempts on an ordinary working day, and on one of a weekend.
    volume: [f64; 2],
    /// Their rate before weather and channel.
    rate: f64,
    /// The hours of a UTC day as parts of it.
    hours: [f64; 24],
}

impl Outline {
    fn of(seed: u64, place: u8) -> Self {
        let profile = PROFILES.get(usize::from(place));
        let (mut volume, mut rates, mut hours) = ([0.0; 2], 0.0, [0.0; 24]);
        for (number, service) in (0..).zip(&SERVICES) {
            let daily = match profile {
                None => service.email,
                Some(profile) if traffic::is_offered(seed, number, service, place) => profile.daily * service.share,
                Some(_) => continue,
            };
            let offset = profile.map_or(0, |profile| profile.utc_offset);
            let weights = f64::from(service.hours.iter().sum::<u32>());
            for (hour, weight) in service.hours.into_iter().enumerate() {
                let part = daily * f64::from(weight) / weights;
                let utc = (i32::try_from(hour).unwrap() - offset).rem_euclid(24);
                hours[usize::try_from(utc).unwrap()] += part;
                rates += part * service.conversion * traffic::hour_factor(hour);
            }
            volume[0] += daily;
            volume[1] += daily * service.weekend;
        }
        let base = profile.map_or(0.78, |profile| profile.converts / 1000.0);
        let whole = volume[0].max(f64::MIN_POSITIVE);
        Self { volume, rate: base * rates / whole, hours: hours.map(|part| part / whole) }
    }
}

impl Sketch {
    /// The outline of [`World::new`](crate::simulator::World::new) of the same seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let places = (0..=NOWHERE).map(|place| Outline::of(seed, place)).collect();
        Self { seed, places }
    }

    /// A calm day's counts; `day` counts from 1970-01-01.
    #[must_use]
    pub fn day(&self, day: i64) -> Vec<Sketched> {
        let mut found = Vec::with_capacity(4 * self.places.len());
        self.draw(day, |place, channel, volume, rate, _, random| {
            found.push(sketched(place, channel, volume, rate, random));
        });
        found
    }

    /// Hour by hour, of the busiest countries, with a channel that fails.
    #[must_use]
    pub fn hours(&self, day: i64, countries: u8, planted: Option<Planted>) -> Vec<(u32, Sketched)> {
        let mut found = Vec::new();
        self.draw(day, |place, channel, volume, rate, hours, random| {
            for (hour, part) in (0..).zip(hours).filter(|_| place < countries) {
                let fails = planted.is_some_and(|planted| {
                    planted.channel == channel && (planted.hours.0..planted.hours.1).contains(&hour)
                });
                let rate = if fails { rate * 0.03 } else { rate };
                found.push((hour, sketched(place, channel, volume * part, rate, random)));
            }
        });
        found
    }

    /// An attack as the world has them, and the country that it hits.
    #[must_use]
    pub fn attack(&self, day: i64) -> Option<Vec<Sketched>> {
        let mut attempts = Vec::new();
        attack::strike(&Origin::one(self.seed), day, &mut attempts);
        let country = country_of(attempts.first()?.place);
        let count = |channel: Channel| {
            let of_channel = attempts.iter().filter(|attempt| attempt.channel == channel);
            let (all, converted) =
                of_channel.fold((0, 0), |sum, attempt| (sum.0 + 1, sum.1 + i64::from(attempt.delay.is_some())));
            Sketched { country, channel, counts: Counts::new(all, converted).unwrap() }
        };
        Some(vec![count(Channel::Sms), count(Channel::Call)])
    }

    /// A failure as the world has them.
    #[must_use]
    pub fn outage(&self, number: u64) -> Planted {
        let outage = Outage::drawn(&mut Random::stream(self.seed, &[LABEL, number]));
        Planted { channel: outage.channel, hours: (outage.start / 3600, outage.end / 3600) }
    }

    fn draw(&self, day: i64, mut cell: impl FnMut(u8, Channel, f64, f64, &[f64; 24], &mut Random)) {
        let mut random = Random::stream(self.seed, &[LABEL, day.cast_unsigned(), 1]);
        for (place, outline) in (0..).zip(&self.places) {
            let weather = Weather::of(self.seed, day, place);
            let (volume_part, rate_part) =
                if weather.carrier_fails { (Weather::FAILING_VOLUME, Weather::FAILING_CONVERSION) } else { (1.0, 1.0) };
            let daily = outline.volume[usize::from(is_weekend(day))] * growth(day);
            let volume = daily * weather.volume * volume_part;
            let rate = outline.rate * weather.conversion * rate_part;
            let hours = &outline.hours;
            match PROFILES.get(usize::from(place)) {
                None => cell(place, Channel::Email, volume, rate, hours, &mut random),
                Some(profile) => {
                    for (channel, part) in profile.parts() {
                        let rate = (rate * traffic::channel_factor(channel)).min(0.97);
                        cell(place, channel, volume * part, rate, hours, &mut random);
                    }
                }
            }
        }
    }
}

fn sketched(place: u8, channel: Channel, volume: f64, rate: f64, random: &mut Random) -> Sketched {
    // As many trials as `Random::occurrences` has, a quarter of which happen.
    let trials = (4.0 * volume.ceil()).max(4.0);
    let attempts = binomial(trials, volume / trials, random);
    let converted = binomial(attempts, rate, random);
    #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
    let counts = Counts::new(attempts as i64, converted as i64).unwrap();
    Sketched { country: country_of(place), channel, counts }
}

/// Binomial; of many trials by the normal approximation.
fn binomial(trials: f64, rate: f64, random: &mut Random) -> f64 {
    let spread = trials * rate * (1.0 - rate);
    if spread < 9.0 {
        let mut hits = 0.0;
        let mut left = trials;
        while left > 0.0 {
            hits += f64::from(u8::from(random.chance(rate)));
            left -= 1.0;
        }
        return hits;
    }
    let (one, other) = (1.0 - random.unit(), random.unit());
    let normal = (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos();
    spread.sqrt().mul_add(normal, trials * rate).round().clamp(0.0, trials)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Slice, UnixSeconds, Window};
    use crate::simulator::{Incidents, World};

    /// Over four weeks each busy cell has the attempts and conversions of the world itself, within what days differ.
    #[test]
    fn the_sketch_is_like_the_world() {
        let (seed, first, days) = (3, 20_300, 28);
        let world = World::with(seed, Incidents::Nothing);
        let sketch = Sketch::new(seed);
        let sketched: Vec<Sketched> = (first..first + days).flat_map(|day| sketch.day(day)).collect();
        let range = Window::new(UnixSeconds(first * 86_400), UnixSeconds((first + days) * 86_400)).unwrap();
        let later = UnixSeconds((first + days + 9) * 86_400);
        for (code, channel) in [
            (Some("US"), Channel::Sms),
            (Some("BR"), Channel::Whatsapp),
            (Some("IN"), Channel::Sms),
            (Some("MX"), Channel::Call),
            (Some("DE"), Channel::Sms),
            (None, Channel::Email),
        ] {
            let country: Option<Country> = code.map(|code| code.parse().unwrap());
            let slice = Slice { country, channel: Some(channel), ..Slice::whole(range) };
            let true_counts = world.count(&slice, later);
            let of_cell = sketched.iter().filter(|cell| cell.country == country && cell.channel == channel);
            let drawn = of_cell.fold(Counts::ZERO, |sum, cell| sum.checked_add(cell.counts).unwrap());
            let ratio = |one: i64, other: i64| {
                f64::from(i32::try_from(one).unwrap()) / f64::from(i32::try_from(other).unwrap())
            };
            let volume = ratio(drawn.attempts(), true_counts.attempts());
            let rate = |counts: Counts| ratio(counts.converted(), counts.attempts());
            assert!((0.8..1.25).contains(&volume), "{code:?} {channel}: {volume}");
            assert!((rate(drawn) - rate(true_counts)).abs() < 0.04, "{code:?} {channel}");
        }
    }
}
