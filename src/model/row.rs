//! Rows of the finished table, as `DESIGN` orders and names their columns.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{AccountSid, Channel, Cost, Country, Counts, Prefix, ServiceSid, Slice, UnixMicros, Window};

/// How a row's counts are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// The API was asked for exactly this cell.
    Measured,
    /// The counts follow from other answers (remainders of such do).
    Implied,
    /// Listed attempts, counted one by one, whose sums Summary confirmed.
    Listed,
}

impl Provenance {
    /// The column's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Implied => "implied",
            Self::Listed => "listed",
        }
    }

    /// The inverse of [`Provenance::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Measured, Self::Implied, Self::Listed].into_iter().find(|provenance| provenance.name() == name)
    }
}

/// A run's identifier: a version 7 UUID, which sorts by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub Uuid);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What a row is about. Its derived order is the table's: bytewise, nulls first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    /// The account.
    pub account: AccountSid,
    /// The window; the table sorts by its start.
    pub window: Window,
    /// `None` = all.
    pub service: Option<ServiceSid>,
    /// `None` = all; [`Country::REMAINDER`] is the remainder.
    pub country: Option<Country>,
    /// `None` = all.
    pub channel: Option<Channel>,
    /// `None` = all.
    pub prefix: Option<Prefix>,
}

impl RowKey {
    /// What is counted in the row, unless it is a remainder.
    #[must_use]
    pub const fn slice(&self) -> Slice {
        let &Self { account: _, window: range, service, country, channel, prefix } = self;
        Slice { range, service, country, channel, prefix }
    }
}

/// The `row_key` column: account, window start, service, country, channel and prefix, joined with `|`, `*` for all.
impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn part<T: fmt::Display>(f: &mut fmt::Formatter<'_>, value: Option<&T>) -> fmt::Result {
            match value {
                Some(value) => write!(f, "|{value}"),
                None => f.write_str("|*"),
            }
        }
        write!(f, "{}|{}", self.account, self.window.start())?;
        part(f, self.service.as_ref())?;
        part(f, self.country.as_ref())?;
        part(f, self.channel.as_ref())?;
        part(f, self.prefix.as_ref())
    }
}

/// One row: a cell or a remainder. Rates are derived from the counts when written (`rollup`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub key: RowKey,
    /// The window's first local date in the job's zone.
    pub window_date: NaiveDate,
    /// The counts.
    pub counts: Counts,
    /// Asked, inferred, or listed.
    pub provenance: Provenance,
    /// What its attempts cost, where they were listed.
    pub cost: Option<Cost>,
    /// Whether the counts are final.
    pub is_final: bool,
    /// When they were asked.
    pub asked_at: UnixMicros,
    /// The run that last changed the row.
    pub run_id: RunId,
    /// When it last changed; `None`: before the table told.
    pub published_at: Option<UnixMicros>,
}

impl Row {
    /// Whether a column differs that is not about who asked, and when.
    #[must_use]
    pub fn changes(&self, stored: &Self) -> bool {
        let Self { asked_at, run_id, published_at, .. } = *stored;
        Self { asked_at, run_id, published_at, ..*self } != *stored
    }
}
