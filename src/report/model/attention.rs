//! What deserves attention: flags with their evidence.

use chrono::NaiveDate;

use crate::model::{Channel, Country, Counts, Prefix, ServiceSid, Window};

/// What was found, and how it was looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    /// The flags, gravest first; usually none.
    pub flags: Vec<Flag>,
    /// Attacks that raise no flag and are taken out of comparisons all the same: those of the compared period, and lesser
    /// ones, which are less than a spike; ascending.
    pub taken_out: Vec<Flag>,
    /// What was looked for, and what was not: one of each kind.
    pub looks: Vec<Look>,
    /// Places that were not judged on some days, as the job asked for something else before.
    pub fresh: Vec<Fresh>,
    /// What each cell was compared with; `None` if the dataset holds nothing before the period, so that only what
    /// stands out within the period could be found.
    pub history: Option<History>,
    /// The thresholds that were used.
    pub thresholds: Thresholds,
    /// All places that were tested for a drop, so that those of many reports can be judged together.
    pub drops: Vec<DropTest>,
}

/// A place that was tested for a drop of its conversion rate.
#[derive(Debug, Clone, PartialEq)]
pub struct DropTest {
    /// The place.
    pub place: FlagScope,
    /// How probable its rate is by chance, if it did not fall by more than drifts do.
    pub p_value: f64,
    /// What is told where all tests together leave it no chance; `None` where the fall is too small, or by itself not sure.
    pub flag: Option<Box<Flag>>,
}

/// A place of which too few days were asked for alike to judge it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// The place.
    pub place: FlagScope,
    /// The first of the period's days on which it was not judged.
    pub first: NaiveDate,
    /// The last, inclusive.
    pub last: NaiveDate,
    /// How many days, or windows where they are longer, were asked for alike.
    pub there: usize,
    /// How many it takes.
    pub needed: usize,
}

/// How one kind of thing was looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// What.
    pub kind: FlagKind,
    /// How many parts of the table were judged: places, channels, countries.
    pub judged: usize,
    /// How many of the period's days or windows could be judged in any of them.
    pub units: usize,
    /// How often chance might have raised such a flag in this report: a flag's probability times this is that of any false
    /// one.
    pub tests: f64,
    /// Why it was not looked for; `None` if it was.
    pub unlooked: Option<Unlooked>,
}

/// Why something was not looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlooked {
    /// Too few days, or windows where they are longer, to know what is usual.
    TooFewUnits {
        /// How many are there.
        there: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Too few days before the period.
    TooFewBefore {
        /// How many are there.
        there: usize,
        /// How many it takes.
        needed: usize,
    },
    /// No part of the table has enough attempts.
    TooFewAttempts {
        /// How many it takes.
        needed: i64,
    },
    /// No day of the period, or longer window, is known from end to end.
    NoneComplete,
    /// All of the period's windows may still change.
    AllProvisional,
    /// Countries are not split.
    NoCountries,
    /// No channel of the job sends over the phone network.
    NoPhone,
}

/// The days before the period that cells were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, inclusive; of a window that crosses into the period, its last one.
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
    /// Attempts have fallen away where they are below this part of what was to be expected.
    pub silent_below: f64,
    /// Where fewer attempts were to be expected, nothing is said of their absence.
    pub silent_attempts: i64,
    /// The least attempts of a country that appeared.
    pub new_country_attempts: i64,
}

/// What a flag is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// A volume spike with low conversion: the pattern of SMS pumping.
    Pumping,
    /// Hardly any attempts where many were to be expected.
    Silence,
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
    /// How the destination numbers begin.
    pub prefix: Option<Prefix>,
    /// So many countries that are too small to be judged alone, together.
    pub small_countries: Option<usize>,
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
    /// Of small countries together: those that had the most beyond the usual, the most first.
    pub members: Vec<Member>,
    /// The evidence in one sentence, for people.
    pub sentence: String,
    /// Of pumping in a country: a job file that asks for that country by destination prefix.
    pub job: Option<String>,
}

/// A country of some that were judged together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// The country.
    pub country: Country,
    /// Its counts during the flagged time.
    pub counts: Counts,
    /// The attempts that were to be expected of it then.
    pub usual_attempts: f64,
}

/// The numbers that a flag rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The counts during the flagged time.
    pub counts: Counts,
    /// The attempts that were to be expected then.
    pub usual_attempts: f64,
    /// The rate that was to be expected; `None` without history, and where only attempts matter.
    pub usual_rate: Option<f64>,
    /// The attempts that this rate rests on.
    pub usual_of: Option<i64>,
    /// The days that the usual attempts rest on; `None` where that is the whole history.
    pub basis: Option<Basis>,
    /// How probable numbers as unusual as these are by chance; `None` where that is no question.
    pub p_value: Option<f64>,
    /// How much it matters, in attempts or conversions: the flags' order.
    pub weight: f64,
}

/// The days, or longer windows, that an expectation rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, inclusive.
    pub last: NaiveDate,
    /// How many days or windows.
    pub units: usize,
    /// What they have in common with the flagged ones.
    pub alike: Alike,
}

/// What days have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alike {
    /// The weekday.
    Weekday,
    /// They are working days.
    WorkingDay,
    /// They are days of a weekend.
    Weekend,
    /// They are near.
    Any,
}
