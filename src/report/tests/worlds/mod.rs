//! Accounts of many shapes, as rows: what happens on calm days, and what is planted in them.
//!
//! Pure: a world, a seed and a day give the same counts every time. Rates differ from day to day by more than coins do,
//! volumes follow weekdays, trends, campaigns and holidays. Nothing here is the simulator's, so that what the report
//! learnt to leave alone is not what one generator happens to do.

mod draw;
mod plant;
mod shapes;

use std::fmt::Write as _;

use chrono::{DateTime, Datelike};

pub use self::draw::Draw;
pub use self::plant::Planted;
pub use self::shapes::shapes;
use super::sample::{DAY, Dataset, window};
use crate::model::{AccountSid, Channel, Country, Counts, RowKey, ServiceSid};

/// Who shares the luck of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shock {
    /// Nobody: each cell has its own.
    Cell,
    /// A country's channels.
    Country,
    /// A channel's countries.
    Channel,
    /// All.
    Account,
}

/// What an account is like.
#[derive(Debug, Clone)]
pub struct World {
    pub name: &'static str,
    /// `hour`, `day` or `week`.
    pub every: &'static str,
    /// Code, attempts of a working day, rate; a single one without a code if countries are not split.
    pub countries: Vec<(&'static str, f64, f64)>,
    /// Their parts of the attempts; a single part of 1 without a channel if channels are not split.
    pub channels: Vec<(Option<Channel>, f64)>,
    /// How many; 0 = not split.
    pub services: usize,
    /// Attempts of a weekend's day as a part of a working day's.
    pub weekend: f64,
    /// How rates differ from day to day: a standard deviation.
    pub rate_sd: f64,
    pub shock: Shock,
    /// How volumes do, as a part of them.
    pub volume_sd: f64,
    /// What volumes grow by in a day, as a part of them.
    pub growth: f64,
    /// What rates change by in a day.
    pub drift: f64,
    /// Campaigns of a country in a month: its volume doubles for two to five days.
    pub campaigns: f64,
    /// Holidays in a month: one or two days on which the volume of all halves.
    pub holidays: f64,
    /// A channel that nobody used at first, and the part of the attempts that it takes over by the end of October.
    pub newcomer: Option<(Channel, f64)>,
}

/// A cell's counts in an hour or a day, and what was to be expected on such a day before its own luck.
#[derive(Debug, Clone, Copy)]
pub struct Drawn {
    pub service: usize,
    pub country: usize,
    pub channel: usize,
    pub hour: i64,
    pub mean: f64,
    pub attempts: f64,
    pub converted: f64,
}

/// The first day of history, and what happens before does not matter: growth is counted from here.
const FIRST: i64 = 20_670;

/// Days since the first one.
fn age(day: i64) -> f64 {
    i32::try_from(day - FIRST).unwrap().into()
}

/// The hours of a day as parts of it.
fn hours() -> [f64; 24] {
    let weight = |hour: usize| {
        if hour < 6 {
            1.0
        } else if (9..21).contains(&hour) {
            6.0
        } else {
            3.0
        }
    };
    let all: f64 = (0..24).map(weight).sum();
    std::array::from_fn(|hour| weight(hour) / all)
}

impl World {
    /// The job that would have asked for it.
    pub fn job(&self) -> String {
        let quoted = |words: Vec<String>| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let mut matrix = String::new();
        let codes: Vec<String> = self
            .countries
            .iter()
            .map(|country| country.0)
            .filter(|code| !["", "ZZ"].contains(code))
            .map(str::to_owned)
            .collect();
        let has_rest = self.countries.iter().any(|country| country.0 == "ZZ");
        if !codes.is_empty() {
            let _ = write!(matrix, "countries = [{}]\nremainder = {has_rest}\n", quoted(codes));
        }
        let names =
            self.channels.iter().filter_map(|(channel, _)| *channel).chain(self.newcomer.map(|(channel, _)| channel));
        let names: Vec<String> = names.map(|channel| channel.to_string()).collect();
        if !names.is_empty() {
            let _ = writeln!(matrix, "channels = [{}]", quoted(names));
        }
        if self.services > 0 {
            let sids = (0..self.services).map(|number| service(number).to_string()).collect();
            let _ = writeln!(matrix, "services = [{}]", quoted(sids));
        }
        format!("name = \"world\"\n[windows]\nrange = \"last-month\"\nevery = \"{}\"\n[matrix]\n{matrix}", self.every)
    }

    /// The parts of the attempts that channels have on a day.
    fn parts(&self, day: i64) -> Vec<(Option<Channel>, f64)> {
        let mut parts = self.channels.clone();
        if let Some((channel, last)) = self.newcomer {
            // Nothing for a month, then a straight line.
            let part = last * ((age(day) - 30.0) / 57.0).clamp(0.0, 1.0);
            for (_, other) in &mut parts {
                *other *= 1.0 - part;
            }
            parts.push((Some(channel), part));
        }
        parts
    }

    /// Whether a stretch that begins at random, so many times a month, holds a day.
    fn holds(seed: u64, label: u64, day: i64, a_month: f64, longest: usize) -> bool {
        (0..).take(longest).any(|back: i64| {
            let mut draw = Draw::of(&[seed, label, (day - back).cast_unsigned()]);
            draw.chance(a_month / 30.0) && back < 1 + i64::try_from(draw.below(longest)).unwrap()
        })
    }

    /// A day's counts; `day` counts from 1970-01-01.
    pub fn day(&self, seed: u64, day: i64) -> Vec<Drawn> {
        let mut found = Vec::new();
        let label = |kind: u64, place: u64| Draw::of(&[seed, 7, day.cast_unsigned(), kind, place]);
        let is_weekend = matches!((day + 3).rem_euclid(7), 5 | 6);
        let age = age(day);
        let mut all = (1.0 + self.growth).powf(age) * if is_weekend { self.weekend } else { 1.0 };
        if Self::holds(seed, 1, day, self.holidays, 2) {
            all *= 0.5;
        }
        let hours = hours();
        let services = self.services.max(1);
        for (country, (_, daily, rate)) in self.countries.iter().enumerate() {
            let campaign = Self::holds(seed, 10 + country as u64, day, self.campaigns, 5);
            let level = daily
                * all
                * if campaign { 2.0 } else { 1.0 }
                * (self.volume_sd * label(1, country as u64).normal()).exp();
            for (channel, (_, part)) in self.parts(day).into_iter().enumerate() {
                let cell = (country * 10 + channel) as u64;
                for service in 0..services {
                    let shared = match self.shock {
                        Shock::Cell => cell * 10 + service as u64,
                        Shock::Country => country as u64,
                        Shock::Channel => channel as u64,
                        Shock::Account => 0,
                    };
                    let luck = self.rate_sd * label(2, shared).normal();
                    let rate = (rate - 0.06 * f64::from(u8::try_from(channel).unwrap()) + self.drift * age + luck)
                        .clamp(0.02, 0.98);
                    // The first service has half of the attempts, the second a quarter.
                    let halvings = service.min(services.saturating_sub(2)) + usize::from(self.services > 1);
                    let of_service = 0.5_f64.powi(i32::try_from(halvings).unwrap());
                    let mean = level * part * of_service;
                    let mut draw = label(3, cell * 10 + service as u64);
                    let slots: &[f64] = if self.every == "hour" { &hours } else { &[1.0] };
                    for (hour, of_day) in (0..).zip(slots) {
                        let attempts = draw.poisson(mean * of_day);
                        let converted = draw.binomial(attempts, rate);
                        found.push(Drawn { service, country, channel, hour, mean, attempts, converted });
                    }
                }
            }
        }
        found
    }

    /// Some days of the world, each changed by a function.
    pub fn dataset(
        &self,
        seed: u64,
        days: std::ops::Range<i64>,
        mut change: impl FnMut(i64, &mut Vec<Drawn>),
    ) -> Dataset {
        let mut dataset = Dataset::of(&self.job());
        let seconds = match self.every {
            "hour" => 3600,
            "week" => 7 * DAY,
            _ => DAY,
        };
        for day in days {
            let mut cells = self.day(seed, day);
            change(day, &mut cells);
            cells.sort_by_key(|cell| cell.hour);
            for cell in cells {
                let start = match self.every {
                    // Weeks begin on Mondays.
                    "week" => (day - (day + 3).rem_euclid(7)) * DAY,
                    _ => day * DAY + cell.hour * 3600,
                };
                if dataset.windows.last().is_none_or(|last| last.window.start().0 != start) {
                    dataset.add_window(window(start, seconds), true);
                }
                self.add(&mut dataset, &cell, day);
            }
        }
        dataset
    }

    fn add(&self, dataset: &mut Dataset, cell: &Drawn, day: i64) {
        let key = RowKey {
            account: AccountSid::ZEROS,
            window: dataset.windows.last().unwrap().window,
            service: (self.services > 0).then(|| service(cell.service)),
            country: self.country(cell.country),
            channel: self.parts(day)[cell.channel].0,
            prefix: None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers")]
        dataset.add_keyed(key, Counts::new(cell.attempts as i64, cell.converted as i64).unwrap());
    }

    pub fn country(&self, number: usize) -> Option<Country> {
        Country::from_table(self.countries[number].0)
    }
}

/// The sid of a service by its number.
pub fn service(number: usize) -> ServiceSid {
    format!("VA{:032}", number + 1).parse().unwrap()
}

/// Whether a day is a Saturday or Sunday, as the report's calendar has it.
#[test]
fn the_days_are_those_of_the_calendar() {
    let first = DateTime::from_timestamp(FIRST * DAY, 0).unwrap();
    assert_eq!((first.date_naive().to_string().as_str(), first.weekday()), ("2026-08-05", chrono::Weekday::Wed));
}
