//! What a request asks, as the API's documentation has it, and which attempts that is.

use chrono::DateTime;

use crate::world::{Attempt, sid};

/// A query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    After,
    Before,
    Service,
    Country,
    Channel,
    Prefix,
}

/// Bounds are in milliseconds, as the wire can carry fractions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    pub after: Option<i64>,
    pub before: Option<i64>,
    pub service: Option<String>,
    pub country: Option<String>,
    pub channel: Option<String>,
    pub prefix: Option<String>,
}

impl Question {
    /// The message of a 400 otherwise.
    pub fn parse(query: &str) -> Result<Self, String> {
        let mut question = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let instant = || {
                DateTime::parse_from_rfc3339(&value)
                    .map(|time| Some(time.timestamp_millis()))
                    .map_err(|_| format!("Invalid parameter {name}"))
            };
            match name.as_ref() {
                "DateCreatedAfter" => question.after = instant()?,
                "DateCreatedBefore" => question.before = instant()?,
                "VerifyServiceSid" => question.service = Some(value.into_owned()),
                "Country" => question.country = Some(value.into_owned()),
                "Channel" => question.channel = Some(value.into_owned()),
                "DestinationPrefix" => question.prefix = Some(value.into_owned()),
                // A parameter that is not recognised is ignored.
                _ => {}
            }
        }
        Ok(question)
    }

    /// The value of a filter, if it is set; bounds have none that lies name.
    pub fn value(&self, filter: Filter) -> Option<&str> {
        match filter {
            Filter::After => self.after.map(|_| ""),
            Filter::Before => self.before.map(|_| ""),
            Filter::Service => self.service.as_deref(),
            Filter::Country => self.country.as_deref(),
            Filter::Channel => self.channel.as_deref(),
            Filter::Prefix => self.prefix.as_deref(),
        }
    }

    pub fn drop_filter(&mut self, filter: Filter) {
        match filter {
            Filter::After => self.after = None,
            Filter::Before => self.before = None,
            Filter::Service => self.service = None,
            Filter::Country => self.country = None,
            Filter::Channel => self.channel = None,
            Filter::Prefix => self.prefix = None,
        }
    }

    /// Half-open, as the job files say by default.
    pub fn holds(&self, attempt: &Attempt) -> bool {
        let at = attempt.at * 1_000;
        self.after.is_none_or(|after| after <= at)
            && self.before.is_none_or(|before| at < before)
            && self.picks(attempt)
    }

    /// By everything but time.
    pub fn picks(&self, attempt: &Attempt) -> bool {
        self.service.as_ref().is_none_or(|service| *service == sid(attempt.service))
            && self.country.as_deref().is_none_or(|country| attempt.country == Some(country))
            && self.channel.as_ref().is_none_or(|channel| channel == attempt.channel)
            && self
                .prefix
                .as_ref()
                .is_none_or(|prefix| attempt.number.as_ref().is_some_and(|it| it.starts_with(prefix)))
    }

    /// How long the range is, in seconds; without both bounds it has no end.
    pub fn seconds(&self) -> i64 {
        self.after.zip(self.before).map_or(i64::MAX, |(after, before)| (before - after) / 1_000)
    }
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = |bound: Option<i64>| bound.map_or("any".to_owned(), |at| crate::job::time(at / 1_000));
        write!(f, "{} {}", bound(self.after), bound(self.before))?;
        let values = [&self.service, &self.country, &self.channel, &self.prefix];
        values.into_iter().flatten().try_for_each(|value| write!(f, " {value}"))
    }
}
