//! What deserves attention: flags with their evidence.

use chrono::NaiveDate;

use crate::model::{Channel, Country, Counts, ServiceSid, Window};

/// What was found, and how it was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// The flags, gravest first; usually none.
    pub flags: Vec<Flag>,
    /// How many cells had enough attempts, here and before, to be tested for a drop.
    pub cells_tested: usize,
    /// What each cell was compared with; `None` if the dataset holds nothing before the period, so that only what
    /// stands out within the period could be found.
    pub history: Option<History>,
    /// The thresholds that were used.
    pub thresholds: Thresholds,
}

/// The days before the period that cells were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, inclusive: the day before the period.
    pub last: NaiveDate,
    /// How many of these days the dataset covers.
    pub days: usize,
}

/// From where on something is flagged; `[report.attention]` of the job file. Fractions from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The share of false flags among the drops that is accepted (Benjamini–Hochberg).
    pub false_discovery: f64,
    /// The least fall of a rate that is a drop, as a difference of rates.
    pub drop: f64,
    /// Cells with fewer attempts, in the period or before, are not tested for a drop.
    pub drop_attempts: i64,
    /// How many times the usual attempts of a day are a spike.
    pub spike_factor: f64,
    /// The least attempts beyond the usual that are a spike.
    pub spike_attempts: i64,
    /// The greatest conversion rate of the attempts beyond the usual for which they look like pumping.
    pub spike_rate: f64,
    /// A channel has failed while its rate is below this part of its usual one.
    pub failed_below: f64,
    /// The least attempts of a country that appeared.
    pub new_country_attempts: i64,
}

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// A volume spike with low conversion: the pattern of SMS pumping.
    Pumping,
    /// A channel whose codes were not entered for hours or days.
    Outage,
    /// A conversion rate below the cell's own history.
    Drop,
    /// A country with attempts that had none before.
    NewCountry,
}

/// A part of the table; `None` = all.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct FlagScope {
    /// The service.
    pub service: Option<ServiceSid>,
    /// The service's name in the job file.
    pub service_name: Option<String>,
    /// The country.
    pub country: Option<Country>,
    /// The channel.
    pub channel: Option<Channel>,
}

/// Something that deserves attention.
#[derive(Debug, Clone, PartialEq)]
pub struct Flag {
    /// What happened.
    pub kind: FlagKind,
    /// The part of the traffic that it happened to.
    pub place: FlagScope,
    /// The first local date.
    pub first: NaiveDate,
    /// The last local date, inclusive.
    pub last: NaiveDate,
    /// Exactly when, where it is known more exactly than by days.
    pub window: Option<Window>,
    /// Whether some of its windows may still change.
    pub is_provisional: bool,
    /// The numbers.
    pub evidence: Evidence,
    /// The evidence in one sentence, for people.
    pub sentence: String,
    /// Of pumping in a country: a job file that asks for that country by destination prefix.
    pub job: Option<String>,
}

/// The numbers that a flag rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The counts during the flagged time.
    pub counts: Counts,
    /// The attempts that were to be expected then.
    pub usual_attempts: f64,
    /// The usual rate; `None` without history.
    pub usual_rate: Option<f64>,
    /// How probable numbers as unusual as these are by chance; `None` where that is no question.
    pub p_value: Option<f64>,
    /// How much it matters, in attempts or conversions: the flags' order.
    pub weight: f64,
}
