//! A job as data: its text, its windows, and the true table of a world.

use std::fmt::Write;

use chrono::DateTime;

use crate::table::{Key, Row};
use crate::world::{Counts, DAY, HOUR, START, World, sid};

/// A dimension that the job may split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    No,
    All,
    Into(Vec<String>),
}

/// Some values of a dimension.
pub fn into(values: &[&str]) -> Split {
    Split::Into(values.iter().map(ToString::to_string).collect())
}

pub const CHANNELS: [&str; 5] = ["sms", "call", "email", "whatsapp", "rbm"];

#[derive(Debug, Clone)]
pub struct Job {
    pub start: i64,
    pub end: i64,
    /// Seconds of a window: an hour, a day, or all.
    pub every: i64,
    /// An IANA name, and how far east of UTC it is, without daylight saving.
    pub zone: (&'static str, i64),
    pub countries: Split,
    pub channels: Split,
    pub services: Split,
    pub prefixes: Split,
    pub remainder: bool,
    /// Whether single attempts may be read.
    pub list: bool,
    pub retention: &'static str,
    pub settle: i64,
    pub interval: &'static str,
    /// Further lines of `[limits]`.
    pub limits: &'static str,
    /// In place of `start` and `end` in the file; they must be what it comes to.
    pub range: Option<&'static str>,
}

impl Default for Job {
    /// Four days, three countries, all channels.
    fn default() -> Self {
        Self {
            start: START,
            end: START + 4 * DAY,
            every: DAY,
            zone: ("UTC", 0),
            countries: into(&["US", "CO", "DE"]),
            channels: Split::All,
            services: Split::No,
            prefixes: Split::No,
            remainder: true,
            list: false,
            retention: "none",
            settle: DAY,
            interval: "[)",
            limits: "retry_for = \"5s\"",
            range: None,
        }
    }
}

pub fn time(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).expect("a time").format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first services of the worlds.
pub fn services(number: usize) -> Split {
    Split::Into((0..number).map(sid).collect())
}

impl Job {
    pub fn text(&self) -> String {
        let every = if self.every == HOUR {
            "hour"
        } else if self.every == DAY {
            "day"
        } else {
            "whole"
        };
        let mut text = format!(
            "name = \"doubtful\"\n[source]\nlist = {}\nretention = \"{}\"\nsettle_after = \"{}s\"\ninterval = \"{}\"\n[windows]\n",
            self.list, self.retention, self.settle, self.interval
        );
        match self.range {
            Some(range) => writeln!(text, "range = \"{range}\"").expect("a string"),
            None => writeln!(text, "start = \"{}\"\nend = \"{}\"", time(self.start), time(self.end)).expect("a string"),
        }
        write!(text, "every = \"{every}\"\ntimezone = \"{}\"\n[matrix]\n", self.zone.0).expect("a string");
        for (name, split) in [
            ("countries", &self.countries),
            ("channels", &self.channels),
            ("services", &self.services),
            ("destination_prefixes", &self.prefixes),
        ] {
            match split {
                Split::No => {}
                Split::All => writeln!(text, "{name} = \"all\"").expect("a string"),
                Split::Into(values) => writeln!(text, "{name} = {values:?}").expect("a string"),
            }
        }
        if self.countries != Split::No {
            writeln!(text, "remainder = {}", self.remainder).expect("a string");
        }
        // A failed question costs a second or so, so there are few tries.
        let output = "[output]\nformats = [\"csv\"]\npartition = \"none\"\n";
        format!("{text}[limits]\nmax_tries = 2\n{}\n{output}", self.limits)
    }

    /// Cut in the job's zone.
    pub fn windows(&self) -> Vec<(i64, i64)> {
        if self.every > DAY {
            return vec![(self.start, self.end)];
        }
        let mut windows = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let next = start - (start + self.zone.1).rem_euclid(self.every) + self.every;
            windows.push((start, next.min(self.end)));
            start = next;
        }
        windows
    }

    /// The keys of all rows, remainders included. `"all"` countries are those of the rows.
    pub fn keys(&self) -> Vec<Key> {
        let values = |split: &Split, all: &[&str]| match split {
            Split::No => vec![String::new()],
            Split::All => all.iter().map(ToString::to_string).collect(),
            Split::Into(values) => values.clone(),
        };
        let mut countries = values(&self.countries, &[]);
        if self.countries != Split::No && self.remainder {
            countries.push("ZZ".to_owned());
        }
        let mut keys = Vec::new();
        for window in self.windows() {
            for service in values(&self.services, &[]) {
                for country in &countries {
                    for channel in values(&self.channels, &CHANNELS) {
                        for prefix in values(&self.prefixes, &[]) {
                            keys.push(Key {
                                window,
                                service: service.clone(),
                                country: country.clone(),
                                channel: channel.clone(),
                                prefix,
                            });
                        }
                    }
                }
            }
        }
        keys
    }

    /// What a row should say; a remainder is what the countries with rows leave.
    pub fn truth(world: &World, key: &Key, rows: &[Row]) -> Counts {
        let listed: Vec<&str> = rows
            .iter()
            .map(|row| &row.key)
            .filter(|other| other.same_but_country(key))
            .map(|other| other.country.as_str())
            .collect();
        world.count(|attempt| {
            (key.window.0..key.window.1).contains(&attempt.at)
                && (key.service.is_empty() || key.service == sid(attempt.service))
                && (key.channel.is_empty() || key.channel == attempt.channel)
                && (key.prefix.is_empty()
                    || attempt.number.as_ref().is_some_and(|number| number.starts_with(&key.prefix)))
                && match key.country.as_str() {
                    "" => true,
                    "ZZ" => !attempt.country.is_some_and(|country| listed.contains(&country)),
                    country => attempt.country == Some(country),
                }
        })
    }
}
