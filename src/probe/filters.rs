//! What can be said of the parameters: a verdict on each, and what was seen for it.
//!
//! A parameter is heeded only where it was seen to narrow, on values that occur. That a value is refused shows that the
//! API validates it, and that one finds nothing may come of a filter that lets nothing through: neither is proof.

use std::fmt;

use super::gap::Gap;
use crate::model::{Channel, Country, Prefix, RawSlice, ServiceSid, UnixSeconds};

/// 2000-01-01T00:00:00Z, before there was an API.
pub(super) const LONG_AGO: UnixSeconds = UnixSeconds(946_684_800);
/// 2100-01-01T00:00:00Z, later than any attempt.
pub(super) const FAR_AHEAD: UnixSeconds = UnixSeconds(4_102_444_800);

/// A parameter of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// `VerifyServiceSid`
    Service,
    /// `DateCreatedAfter`
    After,
    /// `DateCreatedBefore`
    Before,
    /// `Country`
    Country,
    /// `Channel`
    Channel,
    /// `DestinationPrefix`
    Prefix,
}

impl Parameter {
    /// The API's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "VerifyServiceSid",
            Self::After => "DateCreatedAfter",
            Self::Before => "DateCreatedBefore",
            Self::Country => "Country",
            Self::Channel => "Channel",
            Self::Prefix => "DestinationPrefix",
        }
    }

    /// A value that cannot occur: where it finds attempts, the parameter is ignored. Otherwise it says nothing.
    pub(super) const fn control(self) -> Value {
        match self {
            Self::Service => Value::Service(ServiceSid::ZEROS),
            Self::After => Value::After(FAR_AHEAD),
            Self::Before => Value::Before(LONG_AGO),
            Self::Country => Value::Country(Country::REMAINDER),
            Self::Channel => Value::Channel(Channel::Control),
            Self::Prefix => Value::Prefix(Prefix::CONTROL),
        }
    }
}

/// A value of a parameter. Shown as people would say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Of `VerifyServiceSid`.
    Service(ServiceSid),
    /// Of `DateCreatedAfter`.
    After(UnixSeconds),
    /// Of `DateCreatedBefore`.
    Before(UnixSeconds),
    /// Of `Country`.
    Country(Country),
    /// Of `Channel`.
    Channel(Channel),
    /// Of `DestinationPrefix`.
    Prefix(Prefix),
}

impl Value {
    pub(super) fn added_to(self, slice: RawSlice) -> RawSlice {
        match self {
            Self::Service(service) => RawSlice { service: Some(service), ..slice },
            Self::After(after) => RawSlice { after: Some(after.into()), ..slice },
            Self::Before(before) => RawSlice { before: Some(before.into()), ..slice },
            Self::Country(country) => RawSlice { country: Some(country), ..slice },
            Self::Channel(channel) => RawSlice { channel: Some(channel), ..slice },
            Self::Prefix(prefix) => RawSlice { prefix: Some(prefix), ..slice },
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(service) => write!(f, "the service {service}"),
            Self::After(after) => write!(f, "times after {after}"),
            Self::Before(before) => write!(f, "times before {before}"),
            Self::Country(country) => write!(f, "the country {country}"),
            Self::Channel(channel) => write!(f, "the channel {channel}"),
            Self::Prefix(prefix) => write!(f, "numbers that begin with {prefix}"),
        }
    }
}

/// What was seen: values, and how many attempts each of them found of a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Attempts that the values could find: those without the parameter, e-mail's aside where it has no such value.
    pub whole: i64,
    /// E-mail's, which were taken off.
    pub email: i64,
    /// The values that show it.
    pub seen: Vec<(Value, i64)>,
}

/// Whether a parameter is heeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterVerdict {
    /// It narrows.
    Heeded(Sight),
    /// Values find what they cannot hold.
    Ignored(Sight),
    /// Every value there is finds nothing of a whole that holds attempts.
    Dead(Sight),
    /// It was asked for, and what came back proves neither.
    Unproven(Doubt),
    /// It could not be asked for.
    Unknown(Gap),
}

/// Why answers prove nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// Values of this parameter are the account's own, and none is known.
    #[error("the job names no value to ask for")]
    NoValue,
    /// Nothing tells a value that holds everything from one that is ignored.
    #[error("{0} holds all attempts, so nothing shows whether it is told from others")]
    Alone(Value),
    /// E-mail's attempts may be all that is missing.
    #[error("no two values differ, and how many attempts are e-mail's is not known")]
    Alike,
    /// So many values find nothing, and others were not asked or are refused.
    #[error("none of the {0} values that were answered holds an attempt, and there are others")]
    Silent(usize),
    /// The API's words.
    #[error("every value is refused, which shows that it is checked, not that it filters ({0})")]
    Refused(String),
    /// The same, of a longer prefix.
    #[error("it narrows, but a number's last digits are refused, so nothing shows that all digits count ({0})")]
    Length(String),
    /// No instant was found with attempts on both of its sides.
    #[error("all attempts lie too close together to tell a range from its part")]
    Close,
}

/// One parameter, alone or beside others, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterFinding {
    /// The parameter.
    pub parameter: Parameter,
    /// What else was given in every question.
    pub beside: &'static [Parameter],
    /// What the replies show of it.
    pub verdict: FilterVerdict,
}

impl FilterFinding {
    /// The same for a parameter alone.
    pub(super) const fn alone(parameter: Parameter, verdict: FilterVerdict) -> Self {
        Self { parameter, beside: &[], verdict }
    }

    /// `Channel`, or `Channel beside Country`.
    #[must_use]
    pub fn name(&self) -> String {
        let others: Vec<_> = self.beside.iter().map(|other| other.name()).collect();
        match others.as_slice() {
            [] => self.parameter.name().to_owned(),
            others => format!("{} beside {}", self.parameter.name(), others.join(" and ")),
        }
    }

    /// Whether the parameter was seen to narrow.
    #[must_use]
    pub const fn is_heeded(&self) -> bool {
        matches!(self.verdict, FilterVerdict::Heeded(_))
    }

    /// Whether rows that rest on it would be wrong.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self.verdict, FilterVerdict::Ignored(_) | FilterVerdict::Dead(_))
    }

    /// What stays unknown where nothing can be told without the parameter. One that is merely unproven is no obstacle.
    pub(super) fn gap(&self) -> Option<Gap> {
        match &self.verdict {
            FilterVerdict::Heeded(_) | FilterVerdict::Unproven(_) => None,
            FilterVerdict::Ignored(_) | FilterVerdict::Dead(_) => Some(Gap::Needs(self.parameter.name())),
            FilterVerdict::Unknown(gap) => Some(gap.clone()),
        }
    }

    /// The value that was seen to hold the most.
    pub(super) fn largest(&self) -> Option<(Value, i64)> {
        let FilterVerdict::Heeded(Sight { seen, .. }) = &self.verdict else { return None };
        seen.iter().copied().filter(|(_, attempts)| *attempts > 0).max_by_key(|(_, attempts)| *attempts)
    }
}
