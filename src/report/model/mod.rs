//! What a report holds: numbers with their sample sizes, and what is to be said of them.
//!
//! Plain data, without formatting: rates and shares are fractions from 0 to 1, differences of rates are fractions too
//! (0.05 = five percentage points), dates are local dates of the job's zone. Lists are complete; what a page shows of
//! a long one is said beside it ([`Countries::shown`]). Where a job does not split a dimension, its part is `None` or
//! empty, and nothing has to be drawn.

mod attention;
mod costs;
mod figure;
mod origin;
mod period;
mod sections;

pub use attention::{
    Alike, Attention, Basis, DropTest, Evidence, Flag, FlagKind, FlagScope, Fresh, History, Look, Member, Thresholds,
    Unlooked,
};
pub use costs::{Cost, CostLine, CostSource, Costs, CurrencyCosts, ServiceCosts, Unpriced, WhyUnpriced};
pub use figure::{Change, Cleared, Figure, Interval, MixBasis};
pub use origin::{AskedInPart, Coverage, Note, Origin, RunFacts};
pub use period::{Period, PeriodKind};
pub use sections::{
    ChannelLine, Countries, CountryLine, HeatMap, HeatRow, HourCell, HourGrid, HourPoint, Mover, Movers, PrefixLine,
    Prefixes, ServiceLine, ServicePlace, SettledCell, TidyLine, TrendPoint, TrendState,
};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::model::{AccountSid, UnixSeconds};
use crate::sink::dataset::Split;

/// The report of one period of one job's dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The job's name.
    pub job: String,
    /// The job's description; may be empty.
    pub description: String,
    /// The account.
    pub account: AccountSid,
    /// The API's origin, such as `https://verify.twilio.com`, or `simulator`: then every number is invented.
    pub source: String,
    /// The zone of all dates and hours.
    pub timezone: Tz,
    /// How windows are cut: `hour`, `day`, `week`, `month` or `whole`.
    pub every: String,
    /// Which dimensions the dataset splits.
    pub split: Split,
    /// What is reported.
    pub period: Period,
    /// What it is compared with; `None` if the dataset holds nothing of it.
    pub compared: Option<Period>,
    /// How many of the compared period's days are covered from end to end: the comparison rests on these alone.
    pub compared_days: usize,
    /// The dates that their windows cover; more or others than the period's where windows cross its ends.
    pub compared_dates: Vec<NaiveDate>,
    /// The instant that the report refers to: what had settled, which period was the last complete one.
    pub as_of: UnixSeconds,
    /// Rates of fewer attempts are not ranked, nor judged.
    pub ranked_from: i64,
    /// Everything together: its share is 1.
    pub totals: Figure,
    /// The country that the job asks for, if it is one alone, beside all the rest: the report is of this one first.
    pub lead: Option<CountryLine>,
    /// Day by day, or window by window where windows are longer; ascending, with days that are missing.
    pub trend: Vec<TrendPoint>,
    /// By channel, most attempts first; empty where channels are not split.
    pub channels: Vec<ChannelLine>,
    /// By country; `None` where countries are not split.
    pub countries: Option<Countries>,
    /// Country × channel; `None` unless both are split.
    pub heat_map: Option<HeatMap>,
    /// By service, most attempts first; empty where services are not split.
    pub services: Vec<ServiceLine>,
    /// By destination prefix; `None` where prefixes are not split.
    pub prefixes: Option<Prefixes>,
    /// What attempts cost; `None` if neither rows nor job give prices.
    pub costs: Option<Costs>,
    /// Each service by channel, then each by country, in the order of `services`, most attempts first.
    pub service_places: Vec<ServicePlace>,
    /// The period's counts by day and all that is split; ascending by day.
    pub tidy: Vec<TidyLine>,
    /// Attempts of the days that are compared, where the compared ones are there and had none.
    pub came: Option<f64>,
    /// What of the period had settled, without attacks, by country and channel as far as these are split; ascending.
    pub settled: Vec<SettledCell>,
    /// What rose and fell most against the compared period; empty without one.
    pub movers: Movers,
    /// Hour × weekday; `None` unless windows are hours, and of a single day.
    pub hours: Option<HourGrid>,
    /// Hour by hour, ascending, with hours that are missing; empty unless windows are hours and the period is a day.
    pub day: Vec<HourPoint>,
    /// What deserves attention.
    pub attention: Attention,
    /// Which days the numbers cover, and which may still change.
    pub coverage: Coverage,
    /// How the numbers were obtained.
    pub origin: Origin,
    /// What the numbers are not, in the order in which it should be told.
    pub notes: Vec<Note>,
}
