//! Which parameters the API heeds. Each gets a value that cannot occur: a parameter that is heeded then finds nothing
//! or is refused, one that is ignored finds what the same question without it finds. Where that is nothing too, the
//! two look alike, and it stays unknown.

use super::findings::Gap;
use super::range::Ground;
use super::script::{Answer, Pending, Script, Topic};
use crate::model::{Channel, Country, Prefix, RawSlice, ServiceSid, UnixMillis, UnixSeconds};

const DAY: i64 = 86_400;
/// 2000-01-01T00:00:00Z, before there was an API.
const LONG_AGO: UnixSeconds = UnixSeconds(946_684_800);
/// 2100-01-01T00:00:00Z, later than any attempt.
const FAR_AHEAD: UnixSeconds = UnixSeconds(4_102_444_800);

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

    /// The value that cannot occur, as people would say it.
    #[must_use]
    pub const fn control(self) -> &'static str {
        match self {
            Self::Service => "the service VA + 32 zeros",
            Self::After => "times after 2100",
            Self::Before => "times before 2000",
            Self::Country => "the country ZZ",
            Self::Channel => "the channel none",
            Self::Prefix => "numbers that begin with +999",
        }
    }

    fn add_control(self, whole: RawSlice) -> RawSlice {
        match self {
            Self::Service => RawSlice { service: Some(ServiceSid::ZEROS), ..whole },
            Self::After => RawSlice { after: Some(FAR_AHEAD.into()), ..whole },
            Self::Before => RawSlice { before: Some(LONG_AGO.into()), ..whole },
            Self::Country => RawSlice { country: Some(Country::REMAINDER), ..whole },
            Self::Channel => RawSlice { channel: Some(Channel::Control), ..whole },
            Self::Prefix => RawSlice { prefix: Some(Prefix::CONTROL), ..whole },
        }
    }
}

/// Whether a parameter is heeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterVerdict {
    /// The value that cannot occur found none of the `whole` attempts.
    Heeded {
        /// Attempts without the parameter.
        whole: i64,
    },
    /// The API refuses the value that cannot occur.
    Refused {
        /// Attempts without the parameter.
        whole: i64,
        /// In the API's words.
        reason: String,
    },
    /// The value that cannot occur found attempts.
    Ignored {
        /// How many.
        found: i64,
        /// Attempts without the parameter.
        whole: i64,
    },
    /// Neither was shown.
    Unknown(Gap),
}

/// One parameter, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterFinding {
    /// Which.
    pub parameter: Parameter,
    /// What.
    pub verdict: FilterVerdict,
}

impl FilterFinding {
    /// Whether the API surely takes the parameter into account.
    #[must_use]
    pub const fn is_heeded(&self) -> bool {
        matches!(self.verdict, FilterVerdict::Heeded { .. } | FilterVerdict::Refused { .. })
    }

    /// What stays unknown where nothing can be told without the parameter.
    pub(super) fn gap(&self) -> Option<Gap> {
        match &self.verdict {
            FilterVerdict::Heeded { .. } | FilterVerdict::Refused { .. } => None,
            FilterVerdict::Ignored { .. } => Some(Gap::Needs(self.parameter.name())),
            FilterVerdict::Unknown(gap) => Some(gap.clone()),
        }
    }
}

/// After and before, each in a range that cannot hold attempts, whatever becomes of the other.
pub(super) fn dates(script: &mut Script<'_>, whole: &Ground) -> Result<[FilterFinding; 2], Pending> {
    let whole = counted(whole);
    let around = |at: UnixSeconds| {
        let [after, before] = [at.plus_seconds(-DAY), at.plus_seconds(DAY)].map(UnixMillis::from);
        RawSlice::between(Some(after), Some(before))
    };
    Ok([
        finding(script, Parameter::After, around(FAR_AHEAD), &whole)?,
        finding(script, Parameter::Before, around(LONG_AGO), &whole)?,
    ])
}

/// The parameters other than time, held against the attempts of a range.
pub(super) fn values(script: &mut Script<'_>, ground: &Ground) -> Result<Vec<FilterFinding>, Pending> {
    let whole = counted(ground);
    let slice = ground.as_ref().map_or_else(
        |_| RawSlice::default(),
        |ground| RawSlice::between(Some(ground.start.into()), Some(ground.end.into())),
    );
    let parameters = [Parameter::Service, Parameter::Country, Parameter::Channel, Parameter::Prefix];
    parameters.into_iter().map(|parameter| finding(script, parameter, slice, &whole)).collect()
}

fn counted(ground: &Ground) -> Result<i64, Gap> {
    ground.as_ref().map(|ground| ground.attempts).map_err(Gap::clone)
}

fn finding(
    script: &mut Script<'_>,
    parameter: Parameter,
    without: RawSlice,
    whole: &Result<i64, Gap>,
) -> Result<FilterFinding, Pending> {
    let verdict = match whole {
        Err(gap) => FilterVerdict::Unknown(gap.clone()),
        Ok(whole) => {
            let whole = *whole;
            match script.ask(Topic::Filters, parameter.add_control(without))? {
                Answer::Counted(0) => FilterVerdict::Heeded { whole },
                Answer::Counted(found) => FilterVerdict::Ignored { found, whole },
                Answer::Refused(reason) => FilterVerdict::Refused { whole, reason },
                Answer::Missing(gap) => FilterVerdict::Unknown(gap),
            }
        }
    };
    Ok(FilterFinding { parameter, verdict })
}
