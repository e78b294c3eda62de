//! Slices, the questions made of them, and where their answers may come from.

use std::fmt;

use super::{Channel, Country, Prefix, ServiceSid, Window};

/// Anything the API can be asked: one time range × (one value, or all) of every other dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slice {
    /// One contiguous time range.
    pub range: Window,
    /// One service, or all of the account's.
    pub service: Option<ServiceSid>,
    /// One destination country, or all and none (e-mail).
    pub country: Option<Country>,
    /// One channel, or all.
    pub channel: Option<Channel>,
    /// Numbers that begin so, or all.
    pub prefix: Option<Prefix>,
}

impl Slice {
    /// Everything of the account in a range.
    #[must_use]
    pub const fn whole(range: Window) -> Self {
        Self { range, service: None, country: None, channel: None, prefix: None }
    }

    /// Whether a filter has a value that cannot occur: a control question, which hopes for zero. Any service may occur.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.country == Some(Country::REMAINDER)
            || self.channel == Some(Channel::Control)
            || self.prefix == Some(Prefix::CONTROL)
    }
}

/// `2026-10-01T00:00:00Z – 2026-10-02T00:00:00Z US sms`: the range and the filters that are set.
impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.range)?;
        if let Some(service) = self.service {
            write!(f, " {service}")?;
        }
        if let Some(country) = self.country {
            write!(f, " {country}")?;
        }
        if let Some(channel) = self.channel {
            write!(f, " {channel}")?;
        }
        if let Some(prefix) = self.prefix {
            write!(f, " {prefix}")?;
        }
        Ok(())
    }
}

/// A parameter of the API that narrows an answer, and that an API might ignore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// `DateCreatedAfter` and `DateCreatedBefore`.
    Date,
    /// `VerifyServiceSid`.
    Service,
    /// `Country`.
    Country,
    /// `Channel`.
    Channel,
    /// `DestinationPrefix`.
    Prefix,
}

impl Filter {
    /// The API's parameter name or names.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::Date => "DateCreatedAfter/DateCreatedBefore",
            Self::Service => "VerifyServiceSid",
            Self::Country => "Country",
            Self::Channel => "Channel",
            Self::Prefix => "DestinationPrefix",
        }
    }
}

/// Which asking of a slice within one run this is. A resumed run replays its rounds one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Round {
    /// The first.
    First,
    /// After the parts of a total that may have grown meanwhile.
    After,
    /// Again, because a sum differed.
    Again,
    /// After all cells, for the evidence that what was found is so.
    Proof,
    /// Last of all: whether wholes are still what they were.
    Closing,
}

impl Round {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::First, Self::After, Self::Again, Self::Proof, Self::Closing];
}

/// Which answers of the ledger may stand for a question. Where the API may be asked, an answer of the same run and
/// round always may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reuse {
    /// None from other runs: the API is asked.
    Never,
    /// The newest of any run that was settled when it was asked; else the API is asked.
    Settled,
    /// The newest of another run that was settled when it was asked; the API is never asked.
    SettledOnly,
    /// The newest of any run; else the API is asked.
    AnyAge,
    /// The newest of another run; the API is never asked.
    AnyAgeOnly,
}

impl Reuse {
    /// Whether the API is asked when the ledger has nothing.
    #[must_use]
    pub const fn may_ask(self) -> bool {
        !matches!(self, Self::SettledOnly | Self::AnyAgeOnly)
    }
}

/// One thing the planner wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question {
    /// What is asked.
    pub slice: Slice,
    /// Which asking of it this is.
    pub round: Round,
    /// Which recorded answers will do.
    pub reuse: Reuse,
}
