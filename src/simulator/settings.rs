//! How a simulated account behaves: the values behind the flags of `simulate`.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::auth::Auth;
use super::faults::Faults;
use super::incidents::Incidents;
use super::limit::RateWindow;
use super::list::ListFlaws;
use super::origin::Accounts;
use super::services::ServiceSids;
use super::world::World;
use crate::model::{Interval, UnixSeconds, Window};

/// Everything that can be set. The default is a flawless account: any well-formed credentials, no limit, no latency,
/// no faults.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Names the world; the same seed gives the same account everywhere and for ever.
    pub seed: u64,
    /// Whether each SID that comes is an account of its own.
    pub accounts: Accounts,
    /// What befalls the account besides ordinary days.
    pub incidents: Incidents,
    /// What its services are called.
    pub services: ServiceSids,
    /// Who is let in.
    pub auth: Auth,
    /// Requests that one minute may hold; `None` = any number.
    pub requests_per_minute: Option<NonZeroU32>,
    /// What a minute is.
    pub window: RateWindow,
    /// How the exact second of `DateCreatedAfter` and `DateCreatedBefore` is treated.
    pub interval: Interval,
    /// How finely attempts are stamped.
    pub stamps: Stamps,
    /// What becomes of a bound's fraction of a second.
    pub fractions: Fractions,
    /// How long each answer is held back; `None` = not at all.
    pub latency: Option<Latency>,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// Parameters that the server silently ignores.
    pub ignored: Parameters,
    /// The request, counted from 1, with which that begins; until then every parameter is heeded.
    pub ignored_from: u64,
    /// How far back attempts are held; older ones count as if they had never been made. `None` = for ever.
    pub retention: Option<Duration>,
    /// How the list of single attempts behaves.
    pub list: ListFlaws,
}

impl Settings {
    /// From the oldest second that is still held to the present one.
    pub(super) fn existing(&self, now: DateTime<Utc>) -> Option<Window> {
        let start = self.retention.map_or(World::OPENED, |retention| World::OPENED.max(horizon(now, retention)));
        Window::new(start, UnixSeconds::from(now).plus_seconds(1))
    }
}

/// The first whole second that is no older than so long.
pub(super) fn horizon(now: DateTime<Utc>, age: Duration) -> UnixSeconds {
    let horizon = TimeDelta::from_std(age).ok().and_then(|age| now.checked_sub_signed(age));
    horizon.map_or(World::OPENED, |horizon| {
        UnixSeconds::from(horizon).plus_seconds(i64::from(horizon.timestamp_subsec_nanos() > 0))
    })
}

/// How finely attempts are stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamps {
    /// In whole seconds.
    #[default]
    Whole,
    /// Somewhere within their second; those of one second together.
    Fractional,
}

/// What becomes of a bound's fraction of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fractions {
    /// It counts.
    #[default]
    Heeded,
    /// It is cut off, towards the past.
    CutOff,
    /// It is rounded to the nearest second, halves upwards.
    Rounded,
    /// The request is refused.
    Refused,
}

/// The text is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected whole or fractional")]
pub struct UnknownStamps;

impl FromStr for Stamps {
    type Err = UnknownStamps;

    fn from_str(text: &str) -> Result<Self, UnknownStamps> {
        match text {
            "whole" => Ok(Self::Whole),
            "fractional" => Ok(Self::Fractional),
            _ => Err(UnknownStamps),
        }
    }
}

/// The text is none of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected heeded, cut-off, rounded or refused")]
pub struct UnknownFractions;

impl FromStr for Fractions {
    type Err = UnknownFractions;

    fn from_str(text: &str) -> Result<Self, UnknownFractions> {
        match text {
            "heeded" => Ok(Self::Heeded),
            "cut-off" => Ok(Self::CutOff),
            "rounded" => Ok(Self::Rounded),
            "refused" => Ok(Self::Refused),
            _ => Err(UnknownFractions),
        }
    }
}

/// A range of waiting times, drawn from evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    shortest: Duration,
    longest: Duration,
}

impl Latency {
    /// `None` unless shortest ≤ longest.
    #[must_use]
    pub fn new(shortest: Duration, longest: Duration) -> Option<Self> {
        (shortest <= longest).then_some(Self { shortest, longest })
    }

    /// The wait at a point in [0, 1) of the range.
    pub(super) fn at(self, point: f64) -> Duration {
        self.shortest + self.longest.saturating_sub(self.shortest).mul_f64(point)
    }
}

/// The text is no latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time or a range of times in ms or s, the shorter first, such as 50ms or 20ms-1.5s")]
pub struct InvalidLatency;

impl FromStr for Latency {
    type Err = InvalidLatency;

    fn from_str(text: &str) -> Result<Self, InvalidLatency> {
        let (shortest, longest) = text.split_once('-').unwrap_or((text, text));
        let time = |text: &str| {
            let (number, scale) = match text.strip_suffix("ms") {
                Some(number) => (number, 0.001),
                None => (text.strip_suffix('s')?, 1.0),
            };
            let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let seconds = number.parse::<f64>().ok().filter(|_| plain)? * scale;
            Duration::try_from_secs_f64(seconds).ok()
        };
        let range = time(shortest).zip(time(longest));
        range.and_then(|(shortest, longest)| Self::new(shortest, longest)).ok_or(InvalidLatency)
    }
}

/// A query parameter of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// `VerifyServiceSid`
    VerifyServiceSid,
    /// `DateCreatedAfter`
    DateCreatedAfter,
    /// `DateCreatedBefore`
    DateCreatedBefore,
    /// `Country`
    Country,
    /// `Channel`
    Channel,
    /// `DestinationPrefix`
    DestinationPrefix,
}

impl Parameter {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::VerifyServiceSid,
        Self::DateCreatedAfter,
        Self::DateCreatedBefore,
        Self::Country,
        Self::Channel,
        Self::DestinationPrefix,
    ];

    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyServiceSid => "VerifyServiceSid",
            Self::DateCreatedAfter => "DateCreatedAfter",
            Self::DateCreatedBefore => "DateCreatedBefore",
            Self::Country => "Country",
            Self::Channel => "Channel",
            Self::DestinationPrefix => "DestinationPrefix",
        }
    }
}

/// A set of parameters. Collect several to unite them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parameters(u8);

impl Parameters {
    /// No parameter.
    pub const NONE: Self = Self(0);
    /// Every parameter.
    pub const ALL: Self = Self((1 << Parameter::ALL.len()) - 1);

    /// Whether a parameter is in the set.
    #[must_use]
    pub const fn contains(self, parameter: Parameter) -> bool {
        self.0 & (1 << parameter as u8) != 0
    }

    /// The set and one more parameter.
    #[must_use]
    pub const fn with(self, parameter: Parameter) -> Self {
        Self(self.0 | (1 << parameter as u8))
    }
}

impl FromIterator<Self> for Parameters {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        Self(sets.into_iter().fold(0, |union, set| union | set.0))
    }
}

/// The text names no parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected one of VerifyServiceSid, DateCreatedAfter, DateCreatedBefore, Country, Channel, DestinationPrefix, or all"
)]
pub struct UnknownParameter;

impl FromStr for Parameters {
    type Err = UnknownParameter;

    fn from_str(text: &str) -> Result<Self, UnknownParameter> {
        if text.eq_ignore_ascii_case("all") {
            return Ok(Self::ALL);
        }
        let parameter = Parameter::ALL.into_iter().find(|parameter| parameter.name().eq_ignore_ascii_case(text));
        parameter.map(|parameter| Self::NONE.with(parameter)).ok_or(UnknownParameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies() {
        let latency = |low, high| Latency::new(Duration::from_millis(low), Duration::from_millis(high)).unwrap();
        assert_eq!("20ms-80ms".parse(), Ok(latency(20, 80)));
        assert_eq!("50ms".parse(), Ok(latency(50, 50)));
        assert_eq!("0ms-1.5s".parse(), Ok(latency(0, 1500)));
        for bad in
            ["", "20", "20-80", "80ms-20ms", "-20ms", "20ms-", "1h", "infs", "nanms", "1e3s", "99999999999999999999s"]
        {
            assert_eq!(bad.parse::<Latency>(), Err(InvalidLatency), "{bad}");
        }
        assert_eq!(latency(20, 80).at(0.5), Duration::from_millis(50));
    }

    #[test]
    fn parameters() {
        let country = Parameters::NONE.with(Parameter::Country);
        assert_eq!("Country".parse(), Ok(country));
        assert_eq!("country".parse(), Ok(country));
        assert_eq!("all".parse(), Ok(Parameters::ALL));
        assert_eq!("Nation".parse::<Parameters>(), Err(UnknownParameter));
        let both: Parameters = [country, Parameters::NONE.with(Parameter::Channel)].into_iter().collect();
        assert!(both.contains(Parameter::Channel) && both.contains(Parameter::Country));
        assert!(!both.contains(Parameter::DestinationPrefix));
        assert!(Parameter::ALL.into_iter().all(|parameter| Parameters::ALL.contains(parameter)));
    }
}
