//! What deserves attention, and how was looked for it, as numbers.

use serde::Serialize;

use super::numbers::Names;
use crate::report::{Evidence, Flag, FlagKind, Look, Member, Unlooked};

#[derive(Serialize)]
pub struct FlagRecord<'r> {
    kind: &'static str,
    /// Of an outage, what fell away: attempts or conversions.
    outage_of: Option<&'static str>,
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
    p_value: Option<f64>,
    /// What it is about in attempts or conversions; flags are sorted by it.
    weight: f64,
    members: Vec<MemberRecord>,
    sentence: &'r str,
    job: Option<&'r str>,
}

#[derive(Serialize)]
struct MemberRecord {
    country: String,
    total_attempts: i64,
    total_converted: i64,
    usual_attempts: f64,
}

#[derive(Serialize)]
pub struct LookRecord {
    kind: &'static str,
    outage_of: Option<&'static str>,
    looked_for: bool,
    /// Parts of the table that were judged, and the period's days, or longer windows, in which any of them was.
    judged: usize,
    units: usize,
    /// Why it was not looked for: how many are there of how many that it takes.
    reason: Option<&'static str>,
    there: Option<usize>,
    needed: Option<i64>,
}

const fn kind(kind: FlagKind) -> (&'static str, Option<&'static str>) {
    match kind {
        FlagKind::Pumping => ("pumping", None),
        FlagKind::Silence => ("outage", Some("attempts")),
        FlagKind::Outage => ("outage", Some("conversions")),
        FlagKind::Drop => ("drop", None),
        FlagKind::NewCountry => ("new-country", None),
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
            p_value,
            weight,
            members: flag.members.iter().map(Into::into).collect(),
            sentence: &flag.sentence,
            job: flag.job.as_deref(),
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

impl From<&Look> for LookRecord {
    fn from(look: &Look) -> Self {
        let (kind, outage_of) = kind(look.kind);
        let counted = |count: usize| i64::try_from(count).ok();
        let (reason, there, needed) = match look.unlooked {
            None => (None, None, None),
            Some(Unlooked::TooFewUnits { there, needed }) => (Some("too-few-days"), Some(there), counted(needed)),
            Some(Unlooked::TooFewBefore { there, needed }) => {
                (Some("too-few-days-before"), Some(there), counted(needed))
            }
            Some(Unlooked::TooFewAttempts { needed }) => (Some("too-few-attempts"), None, Some(needed)),
            Some(Unlooked::NoneComplete) => (Some("none-complete"), None, None),
            Some(Unlooked::AllProvisional) => (Some("all-provisional"), None, None),
            Some(Unlooked::NoCountries) => (Some("no-countries"), None, None),
            Some(Unlooked::NoPhone) => (Some("no-phone-channel"), None, None),
        };
        let Look { judged, units, .. } = *look;
        Self { kind, outage_of, looked_for: reason.is_none(), judged, units, reason, there, needed }
    }
}
