//! The parts of a report: each is a table, and may be a chart.

use chrono::{NaiveDate, NaiveTime};

use super::{Figure, FlagScope, Interval};
use crate::model::{Channel, Country, Counts, Prefix, ServiceSid};

/// A day, or a longer window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendPoint {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, inclusive; of a day the same.
    pub last: NaiveDate,
    /// Whether it is a Saturday or Sunday; false of longer windows.
    pub is_weekend: bool,
    /// Its numbers; `None` of a day that the dataset does not hold, which is not the same as zero.
    pub figure: Option<Figure>,
    /// How sure they are.
    pub state: TrendState,
}

/// How sure the numbers of a day are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendState {
    /// They will not change.
    Final,
    /// They may still grow.
    Provisional,
    /// Some of the day's windows are missing.
    Partial,
    /// All of them are missing.
    Missing,
}

impl TrendState {
    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Provisional => "provisional",
            Self::Partial => "partial",
            Self::Missing => "missing",
        }
    }
}

/// A channel's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelLine {
    /// The channel.
    pub channel: Channel,
    /// Its numbers.
    pub figure: Figure,
}

/// A service's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLine {
    /// The service.
    pub service: ServiceSid,
    /// Its name in the job file, if it has one.
    pub name: Option<String>,
    /// Its numbers.
    pub figure: Figure,
}

/// A destination prefix's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrefixLine {
    /// The country, the remainder among them; `None` where countries are not split.
    pub country: Option<Country>,
    /// How the numbers begin.
    pub prefix: Prefix,
    /// Its numbers.
    pub figure: Figure,
}

/// All destination prefixes.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefixes {
    /// Those with attempts, most attempts first.
    pub lines: Vec<PrefixLine>,
    /// How many of the lines a page lists one by one; the others are the tail. Never leaves a tail of one.
    pub shown: usize,
    /// The sum of `lines[shown..]`; `None` if nothing is left.
    pub tail: Option<Figure>,
    /// How many prefixes were asked for and had no attempt.
    pub silent: usize,
    /// Whether a line's country says more than that all are of one.
    pub has_countries: bool,
}

/// What a service is by one channel, or in one country.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServicePlace {
    /// The service.
    pub service: ServiceSid,
    /// The country; `None` = of all.
    pub country: Option<Country>,
    /// The channel; `None` = by all.
    pub channel: Option<Channel>,
    /// Its numbers.
    pub figure: Figure,
}

/// The attempts of a day, or a longer window, in the finest part of the table; `None` = not split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TidyLine {
    /// The first date.
    pub first: NaiveDate,
    /// The last date, inclusive; of a day the same.
    pub last: NaiveDate,
    /// How sure the counts are.
    pub state: TrendState,
    /// The service.
    pub service: Option<ServiceSid>,
    /// The country.
    pub country: Option<Country>,
    /// The channel.
    pub channel: Option<Channel>,
    /// The counts; never zero.
    pub counts: Counts,
}

/// What had settled in a country and channel, without attacks; `None` = not split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SettledCell {
    /// The country, the remainder among them.
    pub country: Option<Country>,
    /// The channel.
    pub channel: Option<Channel>,
    /// Attempts; real, as an attack is taken out down to what was to be expected. Above 0.
    pub attempts: f64,
    /// Conversions.
    pub converted: f64,
}

/// An hour of a day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourPoint {
    /// When it begins, on the local clock; an hour that occurs twice is there twice.
    pub start: NaiveTime,
    /// Its numbers; `None` of an hour that the dataset does not hold, which is not the same as zero.
    pub figure: Option<Figure>,
    /// How sure they are.
    pub state: TrendState,
}

/// A country's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountryLine {
    /// The country; never the remainder.
    pub country: Country,
    /// Its numbers.
    pub figure: Figure,
}

/// All countries.
#[derive(Debug, Clone, PartialEq)]
pub struct Countries {
    /// Those with attempts, most attempts first.
    pub lines: Vec<CountryLine>,
    /// How many of the lines a page lists one by one; the others are the tail. Never leaves a tail of one.
    pub shown: usize,
    /// The sum of `lines[shown..]`; `None` if nothing is left.
    pub tail: Option<Figure>,
    /// Attempts outside the job's countries, e-mail among them; `None` if the table has no such rows.
    pub remainder: Option<Figure>,
    /// How many countries were asked for and had no attempt.
    pub silent: usize,
}

impl Countries {
    /// Every line, listed or not, and what lies outside the job's countries as [`Country::REMAINDER`].
    pub fn all(&self) -> impl Iterator<Item = (Country, &Figure)> {
        let lines = self.lines.iter().map(|line| (line.country, &line.figure));
        lines.chain(self.remainder.iter().map(|rest| (Country::REMAINDER, rest)))
    }
}

/// Country × channel.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// The columns: channels with attempts, most attempts first.
    pub channels: Vec<Channel>,
    /// The countries of [`Countries::lines`] in that order.
    pub rows: Vec<HeatRow>,
    /// As [`Countries::shown`].
    pub shown: usize,
    /// The sums of `rows[shown..]`, a value for each column; `None` if nothing is left.
    pub tail: Option<Vec<Counts>>,
    /// Attempts outside the job's countries, a value for each column; `None` if the table has no such rows.
    pub remainder: Option<Vec<Counts>>,
    /// Cells with fewer attempts are too small to be judged by their rate.
    pub ranked_from: i64,
}

/// A country's row.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatRow {
    /// The country.
    pub country: Country,
    /// A value for each column.
    pub cells: Vec<Counts>,
}

/// What moved against the compared period: rates of which it is sure that they did, all comparisons taken together, and
/// that did so by as much as matters. Only parts that are ranked in both are compared; attacks are taken out of both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Movers {
    /// Rates that rose, the surest great rise first.
    pub best: Vec<Mover>,
    /// Rates that fell, the surest great fall first.
    pub worst: Vec<Mover>,
    /// How many parts had enough attempts in both periods to be compared.
    pub compared: usize,
    /// The share of those listed that is expected to be chance, at most (Benjamini–Hochberg).
    pub false_discovery: f64,
    /// The least move that is listed, as a difference of rates.
    pub least: f64,
    /// Everything together, whether it surely moved or not; `None` where it could not be compared. Its share of false
    /// discoveries is that of itself alone.
    pub whole: Option<Mover>,
}

/// A part whose rate moved.
#[derive(Debug, Clone, PartialEq)]
pub struct Mover {
    /// What it is.
    pub place: FlagScope,
    /// Its numbers.
    pub figure: Figure,
    /// By how much its rate moved, without attacks, with its 95 % interval.
    pub rate: Interval,
    /// How probable such a move is by chance, up or down, as much as the part's days differ.
    pub p_value: f64,
    /// The least share of false discoveries at which it would be listed.
    pub q_value: f64,
}

/// An hour of the week, over all its occurrences that the dataset holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HourCell {
    /// Their sum.
    pub counts: Counts,
    /// How often the hour is there; 0 is not the same as an hour without attempts.
    pub times: u32,
}

impl HourCell {
    /// Attempts per hour that is there; `None` where none is.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 attempts a mean is rounded like any other double")]
    pub fn mean(&self) -> Option<f64> {
        (self.times > 0).then(|| self.counts.attempts() as f64 / f64::from(self.times))
    }
}

/// Hour of the local day × weekday.
#[derive(Debug, Clone, PartialEq)]
pub struct HourGrid {
    /// `cells[weekday][hour]`, Monday first, over the whole period. An hour that occurs twice counts in its own.
    pub cells: [[HourCell; 24]; 7],
    /// Cells with fewer attempts are too small to be judged by their rate.
    pub ranked_from: i64,
}
