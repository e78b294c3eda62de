//! What deserves attention, and how was looked for it, as numbers.

use schemars::JsonSchema;
use serde::Serialize;

use super::numbers::Names;
use crate::report::{Alike, Evidence, Flag, FlagKind, Fresh, History, Look, Member, Thresholds, Unlooked};

#[derive(Serialize, JsonSchema)]
pub struct FlagRecord<'r> {
    kind: Kind,
    /// Of an outage, what fell away: attempts or conversions.
    outage_of: Option<Lost>,
    #[serde(flatten)]
    place: Names,
    first_date: String,
    last_date: String,
    window_start: Option<String>,
    window_end: Option<String>,
    provisional: bool,
    total_attempts: i64,
    total_converted: i64,
    usual_attempts: f64,
    usual_rate: Option<f64>,
    usual_rate_attempts: Option<i64>,
    /// The days, or longer windows, from which the usual attempts are known.
    usual_first_date: Option<String>,
    usual_last_date: Option<String>,
    usual_units: Option<usize>,
    /// What these have in common with the flagged ones.
    usual_alike: Option<AlikeRecord>,
    p_value: Option<f64>,
    /// What it is about in attempts or conversions; flags are sorted by it.
    weight: f64,
    members: Vec<MemberRecord>,
    sentence: &'r str,
    job: Option<&'r str>,
}

#[derive(Serialize, JsonSchema)]
struct MemberRecord {
    country: String,
    total_attempts: i64,
    total_converted: i64,
    usual_attempts: f64,
}

#[derive(Serialize, JsonSchema)]
pub struct LookRecord {
    /// The same for people.
    sentence: String,
    kind: Kind,
    outage_of: Option<Lost>,
    looked_for: bool,
    /// Parts of the table that were judged, and the period's days, or longer windows, in which any of them was.
    judged: usize,
    units: usize,
    /// Why it was not looked for: how many are there of how many that it takes.
    reason: Option<Reason>,
    there: Option<usize>,
    needed: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Pumping,
    Outage,
    Drop,
    NewCountry,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lost {
    Attempts,
    Conversions,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Reason {
    TooFewDays,
    TooFewDaysBefore,
    TooFewAttempts,
    NoneComplete,
    AllProvisional,
    NoCountries,
    NoPhoneChannel,
}

pub const fn kind(kind: FlagKind) -> (Kind, Option<Lost>) {
    match kind {
        FlagKind::Pumping => (Kind::Pumping, None),
        FlagKind::Silence => (Kind::Outage, Some(Lost::Attempts)),
        FlagKind::Outage => (Kind::Outage, Some(Lost::Conversions)),
        FlagKind::Drop => (Kind::Drop, None),
        FlagKind::NewCountry => (Kind::NewCountry, None),
    }
}

impl<'r> From<&'r Flag> for FlagRecord<'r> {
    fn from(flag: &'r Flag) -> Self {
        let Evidence { counts, usual_attempts, usual_rate, usual_of, basis, p_value, weight } = flag.evidence;
        let (kind, outage_of) = kind(flag.kind);
        Self {
            kind,
            outage_of,
            place: (&flag.place).into(),
            first_date: flag.first.to_string(),
            last_date: flag.last.to_string(),
            window_start: flag.window.map(|window| window.start().to_string()),
            window_end: flag.window.map(|window| window.end().to_string()),
            provisional: flag.is_provisional,
            total_attempts: counts.attempts(),
            total_converted: counts.converted(),
            usual_attempts,
            usual_rate,
            usual_rate_attempts: usual_of,
            usual_first_date: basis.map(|basis| basis.first.to_string()),
            usual_last_date: basis.map(|basis| basis.last.to_string()),
            usual_units: basis.map(|basis| basis.units),
            usual_alike: basis.map(|basis| basis.alike.into()),
            p_value,
            weight,
            members: flag.members.iter().map(Into::into).collect(),
            sentence: &flag.sentence,
            job: flag.job.as_deref(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum AlikeRecord {
    Weekday,
    WorkingDay,
    Weekend,
    Any,
}

impl From<Alike> for AlikeRecord {
    fn from(alike: Alike) -> Self {
        match alike {
            Alike::Weekday => Self::Weekday,
            Alike::WorkingDay => Self::WorkingDay,
            Alike::Weekend => Self::Weekend,
            Alike::Any => Self::Any,
        }
    }
}

impl From<&Member> for MemberRecord {
    fn from(member: &Member) -> Self {
        Self {
            country: member.country.to_string(),
            total_attempts: member.counts.attempts(),
            total_converted: member.counts.converted(),
            usual_attempts: member.usual_attempts,
        }
    }
}

impl LookRecord {
    pub fn new(look: &Look, sentence: String) -> Self {
        let (kind, outage_of) = kind(look.kind);
        let counted = |count: usize| i64::try_from(count).ok();
        let (reason, there, needed) = match look.unlooked {
            None => (None, None, None),
            Some(Unlooked::TooFewUnits { there, needed }) => (Some(Reason::TooFewDays), Some(there), counted(needed)),
            Some(Unlooked::TooFewBefore { there, needed }) => {
                (Some(Reason::TooFewDaysBefore), Some(there), counted(needed))
            }
            Some(Unlooked::TooFewAttempts { needed }) => (Some(Reason::TooFewAttempts), None, Some(needed)),
            Some(Unlooked::NoneComplete) => (Some(Reason::NoneComplete), None, None),
            Some(Unlooked::AllProvisional) => (Some(Reason::AllProvisional), None, None),
            Some(Unlooked::NoCountries) => (Some(Reason::NoCountries), None, None),
            Some(Unlooked::NoPhone) => (Some(Reason::NoPhoneChannel), None, None),
        };
        let Look { judged, units, .. } = *look;
        Self { sentence, kind, outage_of, looked_for: reason.is_none(), judged, units, reason, there, needed }
    }
}

#[derive(Serialize, JsonSchema)]
pub struct UnjudgedRecord {
    #[serde(flatten)]
    place: Names,
    first_date: String,
    last_date: String,
    /// How many days, or windows where they are longer, were asked for alike.
    there: usize,
    needed: usize,
}

impl From<&Fresh> for UnjudgedRecord {
    fn from(fresh: &Fresh) -> Self {
        Self {
            place: (&fresh.place).into(),
            first_date: fresh.first.to_string(),
            last_date: fresh.last.to_string(),
            there: fresh.there,
            needed: fresh.needed,
        }
    }
}

/// The days before the period that it was looked at with.
#[derive(Serialize, JsonSchema)]
pub struct HistoryRecord {
    first_date: String,
    last_date: String,
    /// How many of these days the dataset covers.
    days: usize,
}

impl From<History> for HistoryRecord {
    fn from(history: History) -> Self {
        let History { first, last, days } = history;
        Self { first_date: first.to_string(), last_date: last.to_string(), days }
    }
}

/// From where on something is flagged: `[report.attention]`, shares as fractions.
#[derive(Serialize, JsonSchema)]
pub struct ThresholdsRecord {
    false_discovery: f64,
    drop: f64,
    drop_attempts: i64,
    spike_factor: f64,
    spike_attempts: i64,
    spike_rate: f64,
    failed_below: f64,
    silent_below: f64,
    silent_attempts: i64,
    new_country_attempts: i64,
}

impl From<Thresholds> for ThresholdsRecord {
    fn from(thresholds: Thresholds) -> Self {
        Self {
            false_discovery: thresholds.false_discovery,
            drop: thresholds.drop,
            drop_attempts: thresholds.drop_attempts,
            spike_factor: thresholds.spike_factor,
            spike_attempts: thresholds.spike_attempts,
            spike_rate: thresholds.spike_rate,
            failed_below: thresholds.failed_below,
            silent_below: thresholds.silent_below,
            silent_attempts: thresholds.silent_attempts,
            new_country_attempts: thresholds.new_country_attempts,
        }
    }
}
